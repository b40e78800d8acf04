"""The one file with secrets: made at first start with random values, mode 0600. There is no default password."""

from __future__ import annotations

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
    console_key: str
    phones: dict[str, str]

    def __repr__(self) -> str:
        return f"Secrets(<hidden>, phones={sorted(self.phones)})"


def read_or_make_secrets(file: Path, phones: tuple[str, ...]) -> Secrets:
    """Read ``file``; make it, or add what is missing in it (a new phone). Raises BadSetting."""
    known = _read(file)
    wanted = ("ami", "ari", "console_key", *(f"phone_{name}" for name in phones))
    missing = [name for name in wanted if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(_BYTES) for name in missing}
        _write(file, known)
    return Secrets(
        ami=known["ami"],
        ari=known["ari"],
        console_key=known["console_key"],
        phones={name: known[f"phone_{name}"] for name in phones},
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


def _write(file: Path, values: dict[str, str]) -> None:
    lines = ["# Secrets of line102, made at first start. Never share or commit this file.\n"]
    lines += [f'{name} = "{value}"\n' for name, value in values.items()]
    partial = file.with_suffix(".partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.writelines(lines)
        partial.replace(file)
    except OSError as error:
        raise BadSetting(str(file), f"cannot be written ({error.strerror})", "Make the data folder writable") from error
