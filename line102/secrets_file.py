"""The one file with secrets: made at first start with random values, mode 0600. There is no default password."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from line102.errors import BadSetting

_BYTES = 24  # of randomness in each secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Passwords by what they open. ``phones``: SIP passwords of the operators, "duty" and "probe"."""

    ami: str
    ari: str
    metrics_key: str  # shown by a scraper on another machine
    phones: dict[str, str]
    oidc: str = ""  # ours at the centre's OpenID Connect provider; the only one that a person writes down

    def __repr__(self) -> str:
        return f"Secrets(<hidden>, phones={sorted(self.phones)})"


def read_or_make_secrets(file: Path, phones: tuple[str, ...]) -> Secrets:
    """Read ``file``; make it, or add what is missing in it (a new phone). Raises BadSetting.

    Two commands at once at the first start get the same ones.
    """
    wanted = ("ami", "ari", "metrics_key", *(f"phone_{name}" for name in phones))
    known = _read(file)
    if any(name not in known for name in wanted):
        known = _complete(file, wanted)
    return Secrets(
        ami=known["ami"],
        ari=known["ari"],
        metrics_key=known["metrics_key"],
        phones={name: known[f"phone_{name}"] for name in phones},
        oidc=known.get("oidc", ""),
    )


def _read(file: Path) -> dict[str, str]:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadSetting(str(file), f"cannot be read ({error.strerror})", "Run as the user that owns it") from error
    if mode & 0o077:
        raise BadSetting(str(file), f"others may read it (mode {mode:04o})", f"Run: chmod 600 {file}")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(
            str(file), f"is not valid TOML: {error}", "Correct it, or delete it to make new ones"
        ) from error
    for name, value in values.items():
        if not isinstance(value, str) or len(value) < 16:
            raise BadSetting(f"{file}: {name}", "is not a text of at least 16 characters", "Delete the line")
    return values


def _complete(file: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    """``file`` with a random value for each name that it lacks, written whole or not at all."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # held for milliseconds; ends with the process that holds it
            known = _read(file)
            values = known | {name: secrets.token_urlsafe(_BYTES) for name in wanted if name not in known}
            _write(file, values)
            return values
    except OSError as error:
        raise BadSetting(str(file), f"cannot be written ({error.strerror})", "Make the data folder writable") from error


def _write(file: Path, values: dict[str, str]) -> None:
    lines = ["# Secrets of line102, made at first start. Never share or commit this file.\n"]
    lines += [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]  # JSON's texts are TOML's too
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.writelines(lines)
        out.flush()
        os.fsync(out.fileno())  # an empty file after a power cut would mean new passwords for every phone
    partial.replace(file)
