"""A process known by its number and the moment it began: a number alone may be somebody else's by now."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """One process of this machine. ``began``: clock ticks since boot, field 22 of /proc/PID/stat."""

    pid: int
    began: int

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        return look(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            if self.alive:
                os.kill(self.pid, number)


def look(pid: int) -> Running | None:
    """The process ``pid``; None when there is none or it is a zombie. Source: proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else Running(pid, int(fields[19]))


def remember(path: Path, process: Running) -> None:
    """Write ``process`` into a pid file, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(f"{process.pid} {process.began}\n", "ascii")
    partial.replace(path)


def recall(path: Path) -> Running | None:
    """The process a pid file names, if it still runs."""
    try:
        pid, began = path.read_text("ascii").split()
        process = Running(int(pid), int(began))
    except (OSError, ValueError):
        return None
    return process if process.alive else None


def owner_and_name(pid: int) -> tuple[int, str] | None:
    """(user id, program's short name) of a process. Source: proc(5)."""
    try:
        name = Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
        return Path(f"/proc/{pid}").stat().st_uid, name
    except OSError:
        return None
