"""Keeps Asterisk running. A process of its own: whoever started it may die, and it may die itself; calls go on.

It starts Asterisk in a session of its own and starts it again when it dies. It never stops Asterisk: SIGTERM ends
the supervisor only. Started again, it adopts the Asterisk that runs. One per instance, held by a lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telephony.embedded.process import Running, look, owner_and_name, recall, remember

log = logging.getLogger("line102.pbx_supervisor")
STEADY = timedelta(seconds=10)  # who ran this long is started again at once
FIRST_DELAY = timedelta(seconds=0.2)
LONGEST_DELAY = timedelta(seconds=5)  # 102 does not wait longer for a PBX that keeps dying


@dataclass(frozen=True, slots=True)
class Plan:
    """What to keep running. Lives in ``supervisor/plan.json``; ``fallback_pid`` is the pid file Asterisk writes."""

    command: list[str]
    uid: int
    fallback_pid: str

    @classmethod
    def load(cls, path: Path) -> Plan:
        return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        said = {"command": self.command, "uid": self.uid, "fallback_pid": self.fallback_pid}
        path.write_text(json.dumps(said, indent=1), "utf-8")


def next_delay(last: timedelta, ran_for: timedelta) -> timedelta:
    """How long to wait before the next start: nothing after a steady run, else doubling up to LONGEST_DELAY."""
    if ran_for >= STEADY:
        return timedelta(0)
    return min(max(last * 2, FIRST_DELAY), LONGEST_DELAY)


class Supervisor:
    """One Asterisk kept running from the plan in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plan = Plan.load(folder / "plan.json")
        self._pid_file = folder / "asterisk.pid"

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; 0 then. 3: another supervisor has this instance."""
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log.warning("another supervisor has this instance")
                return 3
            me = look(os.getpid())
            assert me is not None
            remember(self._folder / "supervisor.pid", me)
            self._keep_running(_stop_requests())
        return 0

    def _keep_running(self, stop: int) -> None:
        delay = timedelta(0)
        while True:
            began = time.monotonic()
            process = self._adopt() or self._start()
            if not self._wait_for_end(process, stop):
                log.info("supervisor ends, Asterisk goes on: pid=%d", process.pid)
                return
            ran_for = timedelta(seconds=time.monotonic() - began)
            delay = next_delay(delay, ran_for)
            log.error("Asterisk ended: ran_s=%.1f delay_s=%.1f", ran_for.total_seconds(), delay.total_seconds())
            if _readable(stop, delay):
                return

    def _adopt(self) -> Running | None:
        """The Asterisk already running for this instance, if any."""
        found = recall(self._pid_file) or self._fallback()
        if found is not None:
            remember(self._pid_file, found)
            log.info("Asterisk adopted: pid=%d", found.pid)
        return found

    def _fallback(self) -> Running | None:
        """What Asterisk's own pid file names, for a supervisor killed between start and writing its own file."""
        try:
            pid = int(Path(self._plan.fallback_pid).read_text("ascii"))
        except (OSError, ValueError):
            return None
        return look(pid) if owner_and_name(pid) == (self._plan.uid, "asterisk") else None

    def _start(self) -> Running:
        with (self._folder / "asterisk.out").open("wb") as out:
            child = subprocess.Popen(
                self._plan.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd="/"
            )
        process = look(child.pid) or Running(child.pid, 0)
        remember(self._pid_file, process)
        log.info("Asterisk started: pid=%d", child.pid)
        return process

    def _wait_for_end(self, process: Running, stop: int) -> bool:
        """True when the process has ended, False when we are asked to stop."""
        try:
            watched = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return True
        try:
            if not process.alive:
                _reap(process.pid)
                return True
            ended, _, _ = select.select([watched, stop], [], [])
            if stop in ended:
                return False
            _reap(process.pid)
            return True
        finally:
            os.close(watched)


def _reap(pid: int) -> None:
    """Collect our dead child; an adopted one is not ours to collect."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _stop_requests() -> int:
    """A file descriptor that becomes readable on SIGTERM or SIGINT."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return reading


def _readable(descriptor: int, within: timedelta) -> bool:
    return bool(select.select([descriptor], [], [], within.total_seconds())[0])
