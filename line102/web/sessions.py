"""Who is signed in: server-side sessions, each of which can be ended."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import structlog
from pydantic import TypeAdapter, ValidationError

from line102.passwords import digest_of, new_token

log = structlog.get_logger()

LIFETIME = timedelta(hours=12)  # a shift; then the password is asked for again
OVERRUN = timedelta(hours=1)  # later, for a session in use: a call that runs over the shift's end is not cut off
IN_USE = timedelta(minutes=5)  # a page that is open asks more often than this
SESSIONS_KEPT = 2000  # when full, the session that expires first is dropped
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    account: str
    until: datetime
    seen: datetime
    address: str


_TABLE = TypeAdapter(dict[str, Session])


class Sessions:
    """The cookie holds a random token, we keep only its SHA-256.

    Kept in ``file`` (mode 0600) across restarts, so that nobody signs in again in the middle of a shift; in memory only
    when ``file`` is None. Deleting the file signs everybody out at the next start.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._held: dict[str, Session] = _read(file) if file is not None else {}
        self._writing = Lock()  # two who sign in at once are written one after the other

    def open(self, account: str, address: str, now: datetime) -> str:
        """A new session's token; the caller writes the table down with ``save``."""
        token = new_token()
        self._held = {digest: held for digest, held in self._held.items() if held.until + OVERRUN > now}
        while len(self._held) >= SESSIONS_KEPT:
            del self._held[min(self._held, key=lambda digest: self._held[digest].until)]
        self._held[digest_of(token)] = Session(account=account, until=now + LIFETIME, seen=now, address=address)
        return token

    def of(self, token: str, now: datetime) -> Session | None:
        """The open session of this token, which is in use now."""
        digest = digest_of(token)
        held = self._held.get(digest)
        if held is None or not _is_open(held, now):
            return None
        if now - held.seen >= SEEN_EVERY:
            held = self._held[digest] = replace(held, seen=now)
        return held

    def end(self, token: str) -> None:
        self._held.pop(digest_of(token), None)

    def end_all(self, account: str, *, but: str = "") -> int:
        """End an account's sessions, except the one of the token ``but``; how many there were."""
        kept = digest_of(but)
        ended = [d for d, held in self._held.items() if held.account == account and d != kept]
        for digest in ended:
            del self._held[digest]
        return len(ended)

    def accounts(self, now: datetime) -> frozenset[str]:
        """Who is signed in somewhere."""
        return frozenset(held.account for held in self._held.values() if _is_open(held, now))

    def last_seen(self, account: str) -> datetime | None:
        return max((held.seen for held in self._held.values() if held.account == account), default=None)

    def save(self) -> None:
        """Blocking; a disk that takes nothing costs only the sessions' survival of a restart."""
        if self._file is None:
            return
        with self._writing:
            try:
                self._write(self._file, self._held.copy())  # others sign in meanwhile
            except OSError as error:
                log.warning("sessions_not_written", why=str(error))

    @staticmethod
    def _write(file: Path, held: dict[str, Session]) -> None:
        new = file.with_suffix(".new")
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump({digest: _plain(session) for digest, session in held.items()}, out)
        new.replace(file)


def _is_open(held: Session, now: datetime) -> bool:
    return held.until + (OVERRUN if now - held.seen < IN_USE else timedelta(0)) > now


def _plain(held: Session) -> dict[str, str]:
    values = asdict(held)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _read(file: Path) -> dict[str, Session]:
    """The sessions written down. An unreadable file signs everybody out."""
    try:
        return _TABLE.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        log.warning("sessions_not_read", why=type(error).__name__)
        return {}
