"""Asterisk's own written records as the application wants them: whole calls from queue_log, their ends from CDR."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.calls import CallId, CallRecord
from line102.errors import Unreachable
from line102.events import CallBackTried
from line102.history import fold
from line102.ports import Unrecognised
from telephony.called_back import told_by_log
from telephony.cdr import ChannelSpan, read_spans
from telephony.queue_log import Kind, QueueLine
from telephony.queue_log_course import course
from telephony.queue_log_tail import Bookmark, Mark, Reading, load_bookmark, read_queue_log, save_bookmark

log = logging.getLogger(__name__)

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFiles:
    """Where Asterisk writes, and where we keep our place in it."""

    queue_log: Path
    cdr: Path
    bookmark: Path


@dataclass(slots=True)
class ReadCounts:
    """What was met while reading, over the life of the process."""

    lines: int = 0
    damaged: int = 0
    holes: int = 0  # the file we had marked was gone or cut
    unknown: Counter[str] = field(default_factory=Counter)


class AsteriskRecords:
    """``ports.PbxRecords`` over the files of an Asterisk whose log folder we can read."""

    KEEP = timedelta(hours=1)  # re-read at most this much, and back to the oldest open call
    FORGET = timedelta(hours=24)  # a call without an end is no reason to re-read more than this

    def __init__(self, files: RecordFiles) -> None:
        self._files = files
        self._lock = threading.Lock()  # two reads may be asked for at once; the bookmark has one writer
        self.counts = ReadCounts()

    async def calls(self, since: datetime) -> Sequence[CallRecord]:
        """Every call that was offered at or after ``since``, folded from queue_log alone, oldest first.

        A call that is going on has no end. To complete calls that were open before a gap, ask from the earliest of
        their ``offered_at``. Raises Unreachable while the file is not there.
        """
        return await asyncio.to_thread(self._calls, since)

    async def call_backs(self, since: datetime) -> Sequence[CallBackTried]:
        """Every attempt to call somebody back that ended at or after ``since``. Raises Unreachable."""
        return await asyncio.to_thread(self._call_backs, since)

    async def spans(self, since: datetime) -> Mapping[CallId, ChannelSpan]:
        """The second witness: begin and end of each caller's channel by CDR. Raises Unreachable."""
        return await asyncio.to_thread(read_spans, self._files.cdr, since)

    def _call_backs(self, since: datetime) -> list[CallBackTried]:
        with self._lock:
            reading = self._read(since, load_bookmark(self._files.bookmark))
        return told_by_log((line for _, line in reading.lines), since)

    def _read(self, since: datetime, bookmark: Bookmark | None) -> Reading:
        near = bookmark is not None and since >= bookmark.covers
        return read_queue_log(self._files.queue_log, bookmark.mark if bookmark and near else None)

    def _calls(self, since: datetime) -> list[CallRecord]:
        with self._lock:
            bookmark = load_bookmark(self._files.bookmark)
            reading = self._read(since, bookmark)
            self._count(reading)
            records = fold_calls([line for _, line in reading.lines])
            self._advance(reading, records, bookmark)
        return sorted(
            (record for record in records if record.offered_at >= since), key=lambda record: record.offered_at
        )

    def _count(self, reading: Reading) -> None:
        self.counts.lines += len(reading.lines)
        self.counts.damaged += len(reading.damaged)
        self.counts.holes += reading.hole
        self.counts.unknown.update(line.kind.name for _, line in reading.lines if isinstance(line.kind, Unrecognised))

    def _advance(self, reading: Reading, records: Sequence[CallRecord], old: Bookmark | None) -> None:
        """Move the bookmark on, behind everything that may still be asked for. Failing to is only slower next time."""
        bookmark = _next_bookmark(reading.lines, records, keep=self.KEEP, forget=self.FORGET)
        if bookmark is None or (old is not None and bookmark.covers <= old.covers and not reading.hole):
            return
        try:
            save_bookmark(self._files.bookmark, bookmark)
        except Unreachable as error:
            log.warning("queue_log bookmark not saved", extra={"why": error.why})


def fold_calls(lines: Sequence[QueueLine]) -> list[CallRecord]:
    """One record per call in ``lines``, in the order of their first lines. Pure.

    A call without ENDED that Asterisk's next start (QUEUESTART) leaves behind was interrupted, at the moment of the
    last line that Asterisk wrote before that start.
    """
    of_call: dict[CallId, list[QueueLine]] = {}
    stopped_at: dict[CallId, datetime] = {}
    open_calls: set[CallId] = set()
    last = _BEGINNING
    for line in lines:
        if line.kind is Kind.STARTED:
            stopped_at.update(dict.fromkeys(open_calls, last))
            open_calls.clear()
        elif line.call_id is not None:
            of_call.setdefault(line.call_id, []).append(line)
            (open_calls.discard if line.kind is Kind.ENDED else open_calls.add)(line.call_id)
        last = max(last, line.exact or line.written_at)
    records = (fold(course(own, stopped_at=stopped_at.get(call_id))) for call_id, own in of_call.items())
    return [record for record in records if record is not None]


def _next_bookmark(
    lines: Sequence[tuple[Mark, QueueLine]], records: Sequence[CallRecord], *, keep: timedelta, forget: timedelta
) -> Bookmark | None:
    if not lines:
        return None
    newest = max(line.written_at for _, line in lines)
    still_open = (record.offered_at for record in records if record.ended_at is None)
    oldest_open = min((at for at in still_open if at > newest - forget), default=newest)
    cut = min(newest - keep, oldest_open - timedelta(seconds=5))
    first = next(((mark, line) for mark, line in lines if line.written_at >= cut), None)
    if first is None:
        return None
    # A call of the same second may stand before the mark: the promise begins with the next one.
    return Bookmark(mark=first[0], covers=first[1].written_at + timedelta(seconds=1))
