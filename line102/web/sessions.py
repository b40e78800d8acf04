"""Who may look: the console key, sessions by random token, and a brake on guessing."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger()

LIFETIME = timedelta(days=30)
SESSIONS_KEPT = 500  # when full, the session that expires first is dropped
WRONG_KEYS = 10  # wrong keys from one address …
WITHIN = timedelta(minutes=1)  # … within this time close the door for that address until they are older
ADDRESSES_KEPT = 1000  # when full, the address that was wrong longest ago is forgotten


class Sessions:
    """Server-side sessions: the cookie holds a random token, we keep only its SHA-256, so each can be revoked.

    Kept in ``file`` (mode 0600) across restarts, so that no console has to sign in again in the middle of a shift;
    in memory only when ``file`` is None. Deleting the file signs everybody out at the next start.
    """

    def __init__(self, key: str, file: Path | None) -> None:
        self._key = key.encode()
        self._file = file
        self._until: dict[str, datetime] = _read(file, key) if file is not None else {}

    def key_matches(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._key, given.encode("utf-8", "replace"))

    def open(self, now: datetime) -> str:
        """A new session's token; the caller writes the table down with ``save``."""
        token = secrets.token_urlsafe(32)
        self._until = {digest: until for digest, until in self._until.items() if until > now}
        while len(self._until) >= SESSIONS_KEPT:
            del self._until[min(self._until, key=self._until.__getitem__)]
        self._until[_digest(token)] = now + LIFETIME
        return token

    def is_open(self, token: str, now: datetime) -> bool:
        until = self._until.get(_digest(token))
        return until is not None and until > now

    def save(self) -> None:
        """Blocking; a disk that takes nothing costs only the sessions' survival of a restart."""
        if self._file is None:
            return
        table = {digest: until.isoformat() for digest, until in self._until.items()}
        new = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as out:
                json.dump({"key": _digest(self._key.decode()), "sessions": table}, out)
            new.replace(self._file)
        except OSError as error:
            log.warning("sessions_not_written", why=str(error))


@dataclass
class WrongKeys:
    """Counts wrong keys by address."""

    _times: dict[str, deque[datetime]] = field(default_factory=dict)

    def note(self, address: str, now: datetime) -> None:
        times = self._times.pop(address, None) or deque(maxlen=WRONG_KEYS)
        times.append(now)
        self._times[address] = times  # last in the dict: newest
        while len(self._times) > ADDRESSES_KEPT:
            del self._times[next(iter(self._times))]

    def closed(self, address: str, now: datetime) -> bool:
        times = self._times.get(address)
        return times is not None and len(times) == WRONG_KEYS and now - times[0] < WITHIN


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()  # a cookie may hold anything


def _read(file: Path, key: str) -> dict[str, datetime]:
    """The sessions written down for this very key: a new key signs everybody out, and so does an unreadable file."""
    try:
        held = json.loads(file.read_text())
        if not hmac.compare_digest(held["key"], _digest(key)):
            return {}
        return {str(d): datetime.fromisoformat(u).astimezone(UTC) for d, u in held["sessions"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("sessions_not_read", why=type(error).__name__)
        return {}
