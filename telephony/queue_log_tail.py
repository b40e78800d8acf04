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
from datetime import datetime
from pathlib import Path

from line102.errors import Unreachable
from telephony.queue_log import Damaged, QueueLine, parse_lines, split_lines

_HEAD_BYTES = 256
_BLOCK_BYTES = 1024 * 1024
_COMPRESSED = frozenset({".gz", ".bz2", ".xz", ".zst"})
_ATTEMPTS = 3  # rotation while we read is rare; three in a row are not rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place before a line: ``offset`` bytes into the file with this inode and this beginning."""

    inode: int
    offset: int
    head_bytes: int  # how much of the file's beginning the checksum covers, at most 256
    head: str  # sha256: an inode is given again to the next file once the old one is deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``lines`` with the mark before each. ``hole``: the marked file is gone or was cut, so lines may be missing."""

    lines: Sequence[tuple[Mark, QueueLine]]
    damaged: Sequence[Damaged]
    end: Mark  # read on from here next time
    hole: bool


class _RotatedMeanwhileError(Exception):
    pass


def read_queue_log(path: Path, after: Mark | None) -> Reading:
    """Read every whole line after ``after`` (None: all there is, rotated files included), oldest first.

    Rotated files are the siblings ``path.*`` that are not compressed. Raises Unreachable while ``path`` is not there.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _read(path, after)
        except OSError as error:
            raise Unreachable(f"queue_log {path}", error.strerror or str(error)) from error
        except _RotatedMeanwhileError:
            continue
    raise Unreachable(f"queue_log {path}", "the file is being replaced again and again")


def _read(path: Path, after: Mark | None) -> Reading:
    files, hole = _files_after(path, after)
    lines: list[tuple[Mark, QueueLine]] = []
    damaged: list[Damaged] = []
    for file, inode, offset in files:
        for end, parsed in _lines_of(file, inode, offset):
            match parsed:
                case QueueLine():
                    lines.append((end, parsed))
                case Damaged():
                    damaged.append(parsed)
    return Reading(lines=lines, damaged=damaged, end=end, hole=hole)


def _files_after(path: Path, after: Mark | None) -> tuple[list[tuple[Path, int, int]], bool]:
    """The files to read, oldest first, with inode and first byte; and whether the marked one is missing."""
    current = path.stat()
    siblings = [(file, file.stat()) for file in path.parent.glob(f"{path.name}.*") if file.suffix not in _COMPRESSED]
    siblings = [(file, stat) for file, stat in siblings if stat.st_ino != current.st_ino]
    siblings.sort(key=lambda pair: pair[1].st_mtime_ns)
    files = [(file, stat.st_ino, 0) for file, stat in [*siblings, (path, current)]]
    if after is None:
        return files, False
    for index, (file, inode, _) in enumerate(files):
        if _is_marked(file, after):
            return [(file, inode, after.offset), *files[index + 1 :]], False
    return files, True


def _is_marked(file: Path, mark: Mark) -> bool:
    stat = file.stat()
    if stat.st_ino != mark.inode or stat.st_size < mark.offset:
        return False
    with file.open("rb") as stream:
        return hashlib.sha256(stream.read(mark.head_bytes)).hexdigest() == mark.head


def _lines_of(file: Path, inode: int, offset: int) -> Iterator[tuple[Mark, QueueLine | Damaged | None]]:
    """Each line with the mark before it, then None with the mark behind the last whole line."""
    with file.open("rb") as stream:
        if os.fstat(stream.fileno()).st_ino != inode:
            raise _RotatedMeanwhileError
        head = stream.read(_HEAD_BYTES)
        stream.seek(offset)
        rest = b""
        while block := stream.read(_BLOCK_BYTES):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            for raw in whole.split(b"\n") if newline else ():
                mark = _mark(inode, offset, head)
                offset += len(raw) + 1
                for line in split_lines(raw + b"\n")[0]:
                    yield from ((mark, parsed) for parsed in parse_lines(line))
        yield _mark(inode, offset, head), None


def _mark(inode: int, offset: int, head: bytes) -> Mark:
    covered = head[: min(len(head), offset)]
    return Mark(inode=inode, offset=offset, head_bytes=len(covered), head=hashlib.sha256(covered).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """Every line of every call that began at ``covers`` or later lies behind ``mark``."""

    mark: Mark
    covers: datetime  # aware UTC


def load_bookmark(file: Path) -> Bookmark | None:
    """None when there is none, or when it cannot be read: then everything is read again, and nothing is lost."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        fields = json.loads(file.read_text("utf-8"))
        covers = datetime.fromisoformat(fields.pop("covers"))
        mark = Mark(**{key: fields[key] for key in ("inode", "offset", "head_bytes", "head")})
        if covers.tzinfo is not None and mark.offset >= 0:
            return Bookmark(mark=mark, covers=covers)
    return None


def save_bookmark(file: Path, bookmark: Bookmark) -> None:
    """Write it whole or not at all. Raises Unreachable (disk full, folder gone): the old one stays good."""
    partial = file.with_name(file.name + ".partial")
    mark = bookmark.mark
    fields = {"inode": mark.inode, "offset": mark.offset, "head_bytes": mark.head_bytes, "head": mark.head}
    try:
        with partial.open("w", encoding="utf-8") as stream:
            json.dump({**fields, "covers": bookmark.covers.isoformat()}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except OSError as error:
        raise Unreachable(f"bookmark {file}", error.strerror or str(error)) from error
