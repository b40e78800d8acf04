"""After a restart: the board as it was, from the journal alone, without decoding what has long left the board.

One pass over the raw lines plays the board's own rule of who leaves (``board.outdated``) and keeps the lines of the
calls that stay; only those are decoded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeGuard, get_args

from line102.board import GAPS_KEPT, Board, Forgotten, outdated
from line102.calls import CallId
from line102.events import (
    CallBackEvent,
    CallEnded,
    CallEvent,
    CallInterrupted,
    CallLost,
    CourseEvent,
    GapFound,
    LedgerEvent,
    OperatorStateChanged,
    RecordingSetAside,
    RecordingStored,
    TranscriptCompleted,
)
from line102.journal_scan import Mark, mark_of, moment_of, readable

COURSE: Final = frozenset(get_args(CourseEvent))  # a call begins with any of these
ENDS: Final = frozenset({CallEnded, CallInterrupted, CallLost})
CALL_BACKS: Final = frozenset(get_args(CallBackEvent))  # few, and an open task outlives its call on the board
_OPERATOR: Final = re.compile(rb'"operator_id":"([a-z0-9]+)"')
AFTERCARE: Final = frozenset({RecordingStored, RecordingSetAside, TranscriptCompleted})  # what ``is_finished`` asks for


def restore(board: Board, lines: Iterable[bytes]) -> None:
    """Bring an empty ``board`` to where it would be had it been told the event of every line, without a feed.

    On top of that it remembers as forgotten every call of which the journal holds words only: its course was pruned,
    so it is in the store, and must not be written a second time from Asterisk's records. ``lines``: see
    ``FileJournal.lines``; those that cannot be read are left out.
    """
    scan = _Scan()
    for line in lines:
        scan.see(line)
    placed = list(scan.wanted())
    board.restore(event for _, event in placed)
    strangers = [
        (place, event.call_id) for place, event in placed if isinstance(event, CallEvent) or scan.misjudged(event)
    ]
    named = sorted([*((scan.stray_at[i], i) for i in scan.strays), *strangers])
    board.forget(i for _, i in named if board.story(i) is None and i not in scan.forgotten)
    board.forget(scan.forgotten)


@dataclass(slots=True)
class _Outline:
    """As much of a call on the board as decides how long it stays there."""

    lines: list[tuple[int, bytes]] = field(default_factory=list)  # with their place in the journal
    ended_at: datetime | None = None
    complete: bool = False
    set_aside: bool = False


class _Scan:
    """Memory: the lines of the calls on the board, of call-back tasks, of gaps; the ids of the calls that left it."""

    def __init__(self) -> None:
        self.forgotten = Forgotten()
        self.strays = Forgotten()  # calls of which words were seen and no course
        self.stray_at: dict[CallId, int] = {}  # their places in the journal
        self._place = 0
        self._calls: dict[CallId, _Outline] = {}
        self._ended: dict[CallId, tuple[datetime, CallId, bool]] = {}  # as ``outdated`` takes them
        self._gaps: list[tuple[int, bytes]] = []
        self._call_backs: list[tuple[int, bytes]] = []
        self._states: dict[bytes, deque[tuple[int, bytes]]] = {}  # each operator's last two: one may be damaged

    def see(self, line: bytes) -> None:
        self._place += 1
        mark = mark_of(line)
        if mark is None:
            return
        kind, call_id, _ = mark
        if call_id is None:
            if kind is GapFound:
                self._gaps.append((self._place, line))
            elif kind is OperatorStateChanged:
                self._keep_state(line)
            return
        call = self._calls.get(call_id)
        if kind in CALL_BACKS:
            self._call_backs.append((self._place, line))
            if call is None:
                self._stray(call_id, line)
            return
        if call is None:
            if kind not in COURSE:
                self._stray(call_id, line)
                return
            call = self._calls[call_id] = _Outline()
        call.lines.append((self._place, line))
        if kind in ENDS or kind in AFTERCARE:
            self._decide(call_id, call, mark, line)

    def wanted(self) -> Iterator[tuple[int, LedgerEvent]]:
        """The events of the calls that stay, and the last gaps, with their places, in the journal's order."""
        lines = [placed for call in self._calls.values() for placed in call.lines]
        lines += [*self._last_gaps(), *self._call_backs, *(line for told in self._states.values() for line in told)]
        for place, line in sorted(lines):
            if (entry := readable(line)) is not None:
                yield place, entry.event

    def misjudged(self, event: LedgerEvent) -> TypeGuard[CallBackEvent]:
        """Whether it is about a call that seemed to have begun, and was taken for no stray."""
        return isinstance(event, CallBackEvent) and event.call_id in self._calls

    def _keep_state(self, line: bytes) -> None:
        found = _OPERATOR.search(line)
        if found is not None:
            self._states.setdefault(found[1], deque(maxlen=2)).append((self._place, line))

    def _last_gaps(self) -> list[tuple[int, bytes]]:
        last: list[tuple[int, bytes]] = []
        while self._gaps and len(last) < GAPS_KEPT:
            placed = self._gaps.pop()
            if readable(placed[1]) is not None:
                last.append(placed)
        return last

    def _stray(self, call_id: CallId, line: bytes) -> None:
        if call_id not in self.forgotten and call_id not in self.strays and readable(line) is not None:
            self.strays.add(call_id)
            self.stray_at[call_id] = self._place

    def _decide(self, call_id: CallId, call: _Outline, mark: Mark, line: bytes) -> None:
        if mark.kind is RecordingStored and not call.set_aside:
            return  # changes nothing here: not worth decoding
        at = moment_of(line, mark)
        if at is None:
            return
        if mark.kind in ENDS:
            call.ended_at = call.ended_at or at
        elif call.ended_at is None and not _has_begun(call):
            return  # the board does not know the call yet: what should have begun it is damaged
        elif mark.kind is TranscriptCompleted:
            call.complete = True
        else:
            call.set_aside = mark.kind is RecordingSetAside
        if call.ended_at is not None:
            self._ended[call_id] = (call.ended_at, call_id, call.complete or call.set_aside)
            for old in outdated(self._ended.values()):
                del self._calls[old], self._ended[old]
                self.forgotten.add(old)


def _has_begun(call: _Outline) -> bool:
    entries = (readable(line) for _, line in call.lines)
    return any(entry is not None and type(entry.event) in COURSE for entry in entries)
