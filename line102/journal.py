"""The journal: a local append-only file of ledger entries. ``append`` is the commit point of an event.

It needs no network, no database and no free event loop. Capacity and rules: ``JournalSettings``.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from line102.errors import BadSetting, Unreachable
from line102.event_json import encode_entry, mended
from line102.events import CourseEvent, Entry, GapFound, LedgerEvent
from line102.journal_files import (
    Batch,
    FolderLock,
    SegmentFile,
    SegmentReader,
    cut_torn_tail,
    numbered_lines,
    segment_files,
    torn_files,
)
from line102.journal_sync import Syncer

_NODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    segment_bytes: int = 16 * 1024 * 1024
    sync_words_every: timedelta = timedelta(milliseconds=200)  # a call's course is synced at once
    keep_applied: timedelta = timedelta(hours=48)  # segments wholly in the store and older than this may be pruned
    kept_in_memory: int = 20_000  # entries, while the disk refuses; words are refused from three quarters on
    recent: int = 4096  # entries that a follower gets without reading the disk


class FileJournal:
    """Implements ``ports.Journal``. Not thread-safe: lives in the service's one event loop.

    ``node`` is the settings' name and the journal's birth, e.g. ``almaty@20261123T122354Z``: when a folder is lost, the
    next one numbers its entries from 1 under another name, and the store cannot take them for ones it already has.
    """

    def __init__(
        self,
        folder: Path,
        node: str,
        settings: JournalSettings | None = None,
        *,
        fsync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        """Open or create ``folder``. Raises BadSetting: locked by another process, unwritable, of another node."""
        self._folder = folder
        self._settings = settings or JournalSettings()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._lock = FolderLock(folder)
            self.node = _identity(folder, node)
            segments = segment_files(folder) or [SegmentFile.starting_at(folder, 1)]
            self._fd = os.open(segments[-1].path, _OPEN_FLAGS, 0o640)
            self._last_seq = self._written_seq = self.opened_seq = cut_torn_tail(segments[-1])
            self._size = os.fstat(self._fd).st_size
            self._alive_fd = os.open(folder / "alive", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise BadSetting(f"journal folder {folder}", error.strerror or str(error), "Make it writable") from error
        self._half_written = False
        self._kept: deque[tuple[Entry, bytes]] = deque()  # bounded by settings.kept_in_memory in append
        self._recent: deque[Entry] = deque(maxlen=self._settings.recent)
        self._followers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._trouble = ""
        self.dropped = 0  # events refused because the disk and the memory were full
        self._last_entry_at = self._read_last_entry_at()
        self._syncer = Syncer(
            self._fd, self._last_seq, every=self._settings.sync_words_every, on_synced=self._wake, fsync=fsync
        )

    # ------------------------------------------------------------ what it holds

    @property
    def last_seq(self) -> int:
        """The number of the newest entry, 0 for none."""
        return self._last_seq

    @property
    def synced_seq(self) -> int:
        """The newest entry that survives a power cut; only those are passed to the store."""
        return self._syncer.synced_seq

    @property
    def last_entry_at(self) -> datetime | None:
        """When the newest entry's event happened."""
        return self._last_entry_at

    @property
    def torn(self) -> int:
        """Unfinished ends of files found after crashes and kept as ``*.torn``."""
        return len(torn_files(self._folder))

    @property
    def kept_in_memory(self) -> int:
        """Entries that the disk refused so far; lost if we die before it takes them."""
        return len(self._kept)

    @property
    def trouble(self) -> str:
        """Why the disk refuses entries, "" while it takes them: what the light shows."""
        return self._trouble or self._syncer.error

    # ------------------------------------------------------------ writing

    def append(self, event: LedgerEvent) -> Entry:
        """Number the event and write its line. Takes microseconds; never waits for the platter.

        A disk that refuses (full) does not raise: the entry is kept in memory, ``trouble`` says why, and every later
        append or ``retry`` writes the kept ones first, in order. Raises Unreachable when that memory is full too: then
        the event has no number and is lost, and ``dropped`` counts it. Raises ProtocolViolation: see ``mended``.
        """
        entry = Entry(node=self.node, seq=self._last_seq + 1, event=mended(event))
        line = encode_entry(entry)
        course = isinstance(event, CourseEvent | GapFound)
        if self._kept:
            self.retry()
        capacity = self._settings.kept_in_memory
        if len(self._kept) >= (capacity if course else capacity * 3 // 4):
            self.dropped += 1
            raise Unreachable("journal", f"{self._trouble}; {capacity} entries in memory wait for it already")
        self._last_seq, self._last_entry_at = entry.seq, event.at
        self._kept.append((entry, line))
        self.retry(urgent=course)
        return entry

    def retry(self, *, urgent: bool = True) -> None:
        """Write what the disk refused, oldest first, as far as it goes. Never raises; see ``trouble``."""
        self._trouble = ""
        while self._kept:
            entry, line = self._kept[0]
            try:
                self._write(entry.seq, line)
            except OSError as error:
                self._trouble = error.strerror or str(error)
                break
            self._kept.popleft()
            self._recent.append(entry)
            self._written_seq = entry.seq
            self._syncer.wrote(entry.seq, urgent=urgent)

    def _write(self, seq: int, line: bytes) -> None:
        if self._half_written:
            os.ftruncate(self._fd, self._size)
            self._half_written = False
        if self._size and self._size + len(line) > self._settings.segment_bytes:
            self._begin_segment(seq)
        rest = line
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            self._half_written = len(rest) < len(line)
            raise
        self._size += len(line)

    def _begin_segment(self, seq: int) -> None:
        path = SegmentFile.starting_at(self._folder, seq).path
        fd = os.open(path, _OPEN_FLAGS | os.O_EXCL, 0o640)
        self._syncer.switch(fd, os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC))
        self._fd, self._size = fd, 0

    # ------------------------------------------------------------ reading

    def read(self, after_seq: int) -> Sequence[Entry]:
        """Every entry on disk after that number, in memory at once; unreadable lines are left out. Blocking."""
        reader = SegmentReader(self._folder, self.node)
        return reader.read(after_seq, self._written_seq, self._last_seq + 1).entries

    def lines(self) -> Iterator[bytes]:
        """The lines of everything on disk, undecoded, the unreadable ones among them. Blocking."""
        return numbered_lines(self._folder, self._written_seq)

    async def follow(self, after_seq: int, *, limit: int = 500) -> AsyncGenerator[Batch, None]:
        """Batches of at most ``limit`` entries after that number, in order, once they are synced. Never ends."""
        wake = asyncio.Event()
        self._followers[wake] = asyncio.get_running_loop()
        reader = SegmentReader(self._folder, self.node)
        try:
            while True:
                wake.clear()
                upto = self._syncer.synced_seq
                if after_seq >= upto:
                    await wake.wait()
                    continue
                batch = self._remembered(after_seq, upto, limit)
                if batch is None:
                    batch = await asyncio.to_thread(reader.read, after_seq, upto, limit)
                after_seq = batch.last_seq
                if batch.entries or batch.unreadable:
                    yield batch
                else:  # files were removed by hand: the store notes the hole in the numbers
                    after_seq = upto
        finally:
            del self._followers[wake]

    def _remembered(self, after_seq: int, upto_seq: int, limit: int) -> Batch | None:
        if not self._recent or self._recent[0].seq > after_seq + 1:
            return None
        begin = after_seq + 1 - self._recent[0].seq
        end = min(begin + limit, upto_seq - self._recent[0].seq + 1)
        entries = tuple(islice(self._recent, begin, end))
        return Batch(entries=entries, last_seq=entries[-1].seq)

    def _wake(self) -> None:
        """Called by the syncing thread."""
        for wake, loop in tuple(self._followers.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake.set)

    def _read_last_entry_at(self) -> datetime | None:
        entries = SegmentReader(self._folder, self.node).read(self._last_seq - 1, self._last_seq, 1).entries
        return entries[-1].event.at if entries else None

    # ------------------------------------------------------------ keeping house

    def prune(self, applied_seq: int, now: datetime) -> int:
        """Remove segments that the store holds wholly and that are old enough; return how many. Never the newest."""
        segments = segment_files(self._folder)
        oldest = (now - self._settings.keep_applied).timestamp()
        removed = 0
        for segment, following in pairwise(segments):
            if following.first_seq - 1 > applied_seq or segment.path.stat().st_mtime > oldest:
                break
            segment.path.unlink()
            removed += 1
        return removed

    def touch_alive(self, now: datetime) -> None:
        """Say that we live. Raises Unreachable when the disk refuses; also tries again what it refused before."""
        self.retry()
        try:
            os.pwrite(self._alive_fd, f"{now.astimezone(UTC).isoformat(timespec='microseconds')}\n".encode(), 0)
        except OSError as error:
            raise Unreachable("journal", error.strerror or str(error)) from error

    def last_alive(self) -> datetime | None:
        """The last ``touch_alive``, also of the process before us: read it before the first touch."""
        text = os.pread(self._alive_fd, 64, 0).decode("ascii", "replace").strip()
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None

    def close(self) -> None:
        """Write and sync what is left, and give the folder back."""
        self.retry()
        self._syncer.close()
        os.close(self._alive_fd)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


_OPEN_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


def _identity(folder: Path, name: str) -> str:
    if not _NODE.fullmatch(name):
        raise BadSetting("node", f"{name!r} is no name", "Use 1 to 64 letters, digits, dots, dashes, underscores")
    path = folder / "journal.json"
    if not path.exists():
        born = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"node": f"{name}@{born}"}) + "\n")
        fresh.replace(path)
    try:
        node = json.loads(path.read_text())["node"]
    except (ValueError, TypeError, KeyError):
        raise BadSetting(str(path), "it is damaged", "Move the journal folder away; a new one is begun") from None
    if not isinstance(node, str) or node.partition("@")[0] != name:
        raise BadSetting("node", f"the journal in {folder} is of {node!r}", "Set the name back, or move the folder")
    return node


def born_at(folder: Path) -> datetime | None:
    """When the journal in ``folder`` was begun, by its own name; None when there is none. Reads only."""
    try:
        node = json.loads((folder / "journal.json").read_text())["node"]
        return datetime.strptime(node.partition("@")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
