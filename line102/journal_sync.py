"""Bringing the journal to the platter without holding up the event loop: one thread, one fdatasync at a time.

A written line is in the kernel at once and survives our own death. Against a power cut it must be synced, which takes
0.2-2 ms on an SSD and tens of milliseconds on a busy disk: hence a thread. A line of a call's course is synced as soon
as the thread is free, a line of words within ``every``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta


class Syncer:
    """``synced_seq`` is the last number known to be on disk; ``error`` is why the disk refused, else ""."""

    def __init__(
        self, fd: int, seq: int, *, every: timedelta, on_synced: Callable[[], None], fsync: Callable[[int], None]
    ) -> None:
        self._fd = fd
        self._every = every.total_seconds()
        self._on_synced = on_synced
        self._fsync = fsync
        self._retired: list[int] = []
        self._written = self.synced_seq = seq
        self._urgent = self._closing = False
        self._changed = threading.Condition()
        self.error = ""
        self.errors = 0
        self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
        self._thread.start()

    def wrote(self, seq: int, *, urgent: bool) -> None:
        with self._changed:
            self._written = seq
            self._urgent = self._urgent or urgent
            self._changed.notify()

    def switch(self, fd: int, folder_fd: int) -> None:
        """A new segment is written from now on; the old one and the folder are synced once more and closed here."""
        with self._changed:
            self._retired += [self._fd, folder_fd]
            self._fd = fd

    def close(self) -> None:
        """Sync what is written, then end. Closes the file."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        os.close(self._fd)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._written > self.synced_seq)
                self._changed.wait_for(lambda: self._closing or self._urgent, timeout=self._every)
                seq, closing, self._urgent = self._written, self._closing, False
                files, self._retired = [*self._retired, os.dup(self._fd)], []
            self._sync(files)
            with self._changed:
                self.synced_seq = seq
            self._on_synced()
            if closing:
                return

    def _sync(self, files: list[int]) -> None:
        """A disk that refuses to sync is shown, and the entries are passed on: the database is then the safer place."""
        error = ""
        for fd in files:
            try:
                self._fsync(fd)
            except OSError as failure:
                error = os.strerror(failure.errno or 0)
                self.errors += 1
            finally:
                os.close(fd)
        self.error = error
