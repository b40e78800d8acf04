"""Reading queue_log as it grows: across rotation, truncation and our own restarts. Blocking; call it from a thread.

A ``Mark`` is a place in one incarnation of the file. It is kept in a small file beside our data, written atomically.
Losing it costs time (the log is read from its beginning), never a line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from line102.errors import Unreachable
from telephony.queue_log import Damaged, QueueLine, parse_lines, split_lines

_HEAD_BYTES = 256
_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Everything of the file with this inode and this head, before ``offset`` (bytes), has been dealt with."""

    inode: int
    offset: int
    head_bytes: int  # how much of the file's beginning the checksum covers, at most 256
    head: str  # sha256: an inode is given again to the next file once the old one is deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``lines`` with the mark before each. ``hole``: the marked file is gone or was cut, so lines may be missing."""

    lines: Sequence[tuple[Mark, QueueLine]]
    damaged: Sequence[Damaged]
    end: Mark
    hole: bool


def read_queue_log(path: Path, after: Mark | None) -> Reading:
    """Read every whole line after ``after`` (None: all there is, rotated files included), oldest first.

    Rotated files are the siblings ``path.*`` that are not compressed. Raises Unreachable while ``path`` is not there.
    """
    files, hole = _files_after(path, after)
    lines: list[tuple[Mark, QueueLine]] = []
    damaged: list[Damaged] = []
    end: Mark | None = None
    for file, offset in files:
        try:
            for end, parsed in _lines_of(file, offset):
                if isinstance(parsed, Damaged):
                    damaged.append(parsed)
                elif parsed is not None:
                    lines.append((end, parsed))
        except OSError as error:
            raise Unreachable(f"queue_log {file}", error.strerror or str(error)) from error
    assert end is not None
    return Reading(lines=lines, damaged=damaged, end=end, hole=hole)


def _files_after(path: Path, after: Mark | None) -> tuple[list[tuple[Path, int]], bool]:
    """The files to read, oldest first, with where to begin in each."""
    try:
        current = path.stat()
        siblings = [
            file for file in path.parent.glob(f"{path.name}.*") if file.suffix not in (".gz", ".bz2", ".xz", ".zst")
        ]
        dated = sorted(
            ((file.stat().st_mtime_ns, file) for file in siblings if file.is_file()), key=lambda pair: pair[0]
        )
    except OSError as error:
        raise Unreachable(f"queue_log {path}", error.strerror or str(error)) from error
    files = [file for _, file in dated if file.stat().st_ino != current.st_ino] + [path]
    if after is None:
        return [(file, 0) for file in files], False
    for index, file in enumerate(files):
        if _is_marked(file, after):
            return [(file, after.offset), *((later, 0) for later in files[index + 1 :])], False
    return [(file, 0) for file in files], True


def _is_marked(file: Path, mark: Mark) -> bool:
    with contextlib.suppress(OSError):
        stat = file.stat()
        if stat.st_ino != mark.inode or stat.st_size < mark.offset:
            return False
        with file.open("rb") as stream:
            return hashlib.sha256(stream.read(mark.head_bytes)).hexdigest() == mark.head
    return False


def _lines_of(file: Path, offset: int) -> Iterator[tuple[Mark, QueueLine | Damaged | None]]:
    """Each line with the mark before it, then the mark behind the last whole line with None."""
    with file.open("rb") as stream:
        inode = os.fstat(stream.fileno()).st_ino
        head = stream.read(_HEAD_BYTES)
        stream.seek(offset)
        rest = b""
        while block := stream.read(_BLOCK_BYTES):
            rest += block
            whole = rest[: rest.rfind(b"\n") + 1]
            for raw in whole.splitlines(keepends=True):
                mark = _mark(inode, offset, head)
                offset += len(raw)
                for line in split_lines(raw)[0]:
                    yield from ((mark, parsed) for parsed in parse_lines(line))
            rest = rest[len(whole) :]
        yield _mark(inode, offset, head), None


def _mark(inode: int, offset: int, head: bytes) -> Mark:
    covered = head[: min(len(head), offset)]
    return Mark(inode=inode, offset=offset, head_bytes=len(covered), head=hashlib.sha256(covered).hexdigest())


class Bookmark:
    """A ``Mark`` kept in a file of ours. An absent or unreadable file is the same as none: everything is read again."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Mark | None:
        try:
            fields = json.loads(self._file.read_text("utf-8"))
            return Mark(
                inode=int(fields["inode"]),
                offset=int(fields["offset"]),
                head_bytes=int(fields["head_bytes"]),
                head=str(fields["head"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, mark: Mark) -> None:
        """Write it whole or not at all. Raises Unreachable (disk full, folder gone): the old mark stays good."""
        partial = self._file.with_name(self._file.name + ".partial")
        fields = {"inode": mark.inode, "offset": mark.offset, "head_bytes": mark.head_bytes, "head": mark.head}
        try:
            with partial.open("w", encoding="utf-8") as stream:
                json.dump(fields, stream)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self._file)
        except OSError as error:
            raise Unreachable(f"bookmark {self._file}", error.strerror or str(error)) from error
