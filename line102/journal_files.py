"""The journal's files: segments named by their first number, read line by line, mended after a crash.

``00000000000000000001.jsonl`` holds the entries from number 1 up to the next segment's first number.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from line102.errors import BadSetting, ProtocolViolation
from line102.event_json import decode_entry
from line102.events import Entry

_SEQ = re.compile(rb'\{"seq":(\d{1,18}),')
_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    first_seq: int
    path: Path

    @classmethod
    def starting_at(cls, folder: Path, seq: int) -> SegmentFile:
        return cls(seq, folder / f"{seq:020d}{_SUFFIX}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableLine:
    """A line that this program cannot understand: damaged on disk, or written by a newer version."""

    node: str
    seq: int
    line: bytes
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What follows a number in the journal. ``last_seq`` is the number to go on from."""

    entries: tuple[Entry, ...]
    last_seq: int
    unreadable: tuple[UnreadableLine, ...] = ()


def segment_files(folder: Path) -> list[SegmentFile]:
    """In order of their numbers."""
    names = (path for path in folder.iterdir() if path.suffix == _SUFFIX and path.stem.isdecimal())
    return sorted((SegmentFile(int(path.stem), path) for path in names), key=lambda s: s.first_seq)


def torn_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.torn"))


def seq_of(line: bytes) -> int | None:
    """The number a line claims, without reading the rest of it."""
    found = _SEQ.match(line)
    return int(found[1]) if found else None


def numbered_lines(folder: Path, upto_seq: int) -> Iterator[bytes]:
    """The lines that ``SegmentReader.read`` would decode or call unreadable, from the first one on, undecoded."""
    last = 0
    for segment in segment_files(folder):
        with segment.path.open("rb") as file:
            for line in file:
                if last >= upto_seq:
                    return
                if not line.endswith(b"\n"):
                    break  # a line cut in the middle of a file: skipped
                seq = seq_of(line)
                if seq is not None and seq <= last:
                    continue
                last = seq if seq is not None else _unusual_seq(line, last + 1)
                yield line


def _unusual_seq(line: bytes, otherwise: int) -> int:
    try:
        return decode_entry(line).seq
    except ProtocolViolation:
        return otherwise


def cut_torn_tail(segment: SegmentFile) -> int:
    """Cut off what a crash left unfinished at the end; keep it aside in a ``.torn`` file. Return the last number.

    Unfinished = no line feed at the end, or lines at the end which carry no number (zeros after a power cut).
    """
    data = segment.path.read_bytes()
    end = data.rfind(b"\n") + 1
    last: int | None = None
    while end > 0 and last is None:
        begin = data.rfind(b"\n", 0, end - 1) + 1
        line = data[begin:end]
        last = seq_of(line) if line.endswith(b"}\n") else None
        end = begin if last is None else end
    if end < len(data):
        _set_aside(segment.path, data[end:])
        os.truncate(segment.path, end)
    return segment.first_seq - 1 if last is None else last


def _set_aside(path: Path, tail: bytes) -> None:
    number = 1
    while (torn := path.with_name(f"{path.stem}.{number}.torn")).exists():
        number += 1
    with torn.open("xb") as file:
        file.write(tail)
        os.fsync(file.fileno())


class SegmentReader:
    """Reads forward through the segments; remembers where it is, so that nothing is read twice."""

    def __init__(self, folder: Path, node: str) -> None:
        self._folder = folder
        self._node = node
        self._at: SegmentFile | None = None
        self._offset = 0
        self._seq = -1  # the number at which (_at, _offset) stands

    def read(self, after_seq: int, upto_seq: int, limit: int) -> Batch:
        """At most ``limit`` lines numbered above ``after_seq`` and not above ``upto_seq``; blocking.

        Empty when the files hold none of them: somebody removed them.
        """
        if self._seq != after_seq:
            self._at, self._offset, self._seq = None, 0, after_seq
        entries: list[Entry] = []
        unreadable: list[UnreadableLine] = []
        segments = segment_files(self._folder)
        while len(entries) + len(unreadable) < limit and self._seq < upto_seq:
            if not self._step_into(segments):
                break
            self._read_segment(upto_seq, limit, entries, unreadable)
        return Batch(entries=tuple(entries), unreadable=tuple(unreadable), last_seq=self._seq)

    def _step_into(self, segments: list[SegmentFile]) -> bool:
        """Go to the segment with the next number; False when the current one is the last and was read to its end."""
        wanted = self._seq + 1
        holding = [s for s in segments if s.first_seq <= wanted][-1:]
        following = [s for s in segments if s.first_seq > (self._at.first_seq if self._at else -1)]
        if self._at is None:
            target = (holding or following)[:1]
        elif self._offset < self._at.path.stat().st_size:
            return True
        else:
            target = following[:1]
        if not target:
            return False
        self._at, self._offset = target[0], 0
        return True

    def _read_segment(self, upto_seq: int, limit: int, entries: list[Entry], unreadable: list[UnreadableLine]) -> None:
        assert self._at is not None
        with self._at.path.open("rb") as file:
            file.seek(self._offset)
            while len(entries) + len(unreadable) < limit and self._seq < upto_seq:
                line = file.readline()
                if not line.endswith(b"\n"):
                    self._offset = self._at.path.stat().st_size  # a line cut in the middle of a file: skipped
                    return
                self._offset += len(line)
                seq = seq_of(line)
                if seq is not None and seq <= self._seq:
                    continue
                try:
                    entry = decode_entry(line)
                    entries.append(entry)
                    self._seq = entry.seq
                except ProtocolViolation as error:
                    self._seq = seq if seq is not None else self._seq + 1
                    unreadable.append(UnreadableLine(node=self._node, seq=self._seq, line=line, why=error.why))


class FolderLock:
    """One process per folder, by flock: released by the kernel whatever happens to us."""

    def __init__(self, folder: Path) -> None:
        path = folder / "lock"
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._fd, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise BadSetting(
                f"journal folder {folder}",
                f"another line102 (process {holder}) writes there",
                "Stop it, or give this one another data folder",
            ) from None
        os.truncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._fd)
