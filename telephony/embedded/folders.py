"""The instance folder: configuration, spool, logs, with rights that let Asterisk in and strangers not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FOLDERS = ("lib", "lib/keys", "spool", "spool/monitor", "sounds", "log", "log/cdr-custom", "log/cel-custom", "run")


def lay_out(instance: Path, files: Mapping[str, str], *, uid: int) -> None:
    """Make the folders and write ``files`` into etc/. Files there that are not in ``files`` are removed.

    The service's group may read spool and log; etc (passwords) is for Asterisk alone; supervisor/ for us alone.
    """
    group = os.getegid()
    instance.mkdir(parents=True, exist_ok=True)
    _hand_over(instance, uid, group, 0o750)
    _folder(instance / "supervisor", os.geteuid(), group, 0o700)
    _folder(instance / "etc", uid, group, 0o700)
    for name in FOLDERS:
        _folder(instance / name, uid, group, 0o2750)
    for old in (instance / "etc").glob("*.conf"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        _write(instance / "etc" / name, text, uid, group)


def _folder(path: Path, uid: int, group: int, mode: int) -> None:
    path.mkdir(exist_ok=True)
    _hand_over(path, uid, group, mode)


def _write(path: Path, text: str, uid: int, group: int) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    _hand_over(partial, uid, group, 0o600)
    partial.replace(path)


def _hand_over(path: Path, uid: int, group: int, mode: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, uid, group, follow_symlinks=False)
    path.chmod(mode)
