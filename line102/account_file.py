"""The accounts on disk: one JSON file, mode 0600, written whole or not at all.

Not in the database: a shift signs in while that is away. The service and ``line102 accounts`` both write it, each
under the lock; whoever reads sees the other's change at the next look.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import structlog
from pydantic import ValidationError

from line102.accounts import AccountBook
from line102.errors import BadSetting

log = structlog.get_logger()

_Stamp = tuple[int, int, int]


class AccountFile:
    """``book`` is cheap: it reads the file again only when it has changed. Blocking, milliseconds."""

    def __init__(self, file: Path) -> None:
        """Raises BadSetting for a file that cannot be read, or that others may read."""
        self._file = file
        self._stamp: _Stamp | None = None
        self._reading = Lock()  # several threads ask at once; a stamp must never be ahead of its book
        self._book = AccountBook()
        self._read()

    @property
    def book(self) -> AccountBook:
        """A file that breaks while we run costs nobody their session: the last good book stays, the log says so."""
        try:
            self._read()
        except BadSetting as error:
            log.error("accounts_not_read", why=str(error))
        return self._book

    def change(self, edit: Callable[[AccountBook], AccountBook]) -> AccountBook:
        """Write ``edit`` of what is there. Raises what ``edit`` raises; BadSetting when it cannot be written."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._file.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._read(anew=True)
                self._write(edit(self._book))
                self._read(anew=True)
        except OSError as error:
            raise BadSetting(
                str(self._file), f"cannot be written ({error.strerror})", "Make the data folder writable"
            ) from error
        return self._book

    def _read(self, *, anew: bool = False) -> None:
        """``anew``: also a file that looks as at the last reading; two writes in one tick of the clock look alike."""
        with self._reading:
            if anew:
                self._stamp = None
            self._read_changed()

    def _read_changed(self) -> None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self._stamp, self._book = None, AccountBook()
            return
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp  # a broken file is told of once
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise BadSetting(str(self._file), "others may read it", f"Run: chmod 600 {self._file}")
        try:
            self._book = AccountBook.model_validate_json(self._file.read_bytes())
        except OSError as error:
            raise BadSetting(
                str(self._file), f"cannot be read ({error.strerror})", "Run as the user that owns it"
            ) from error
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise BadSetting(
                str(self._file), f"is broken at {where or 'its beginning'}", "Put the last good copy back"
            ) from error

    def _write(self, book: AccountBook) -> None:
        partial = self._file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(book.model_dump_json(indent=1))
            out.flush()
            os.fsync(out.fileno())
        partial.replace(self._file)
