"""A board restored from raw lines is the board that was told every event, whatever the journal went through."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line102 import board as boards
from line102 import journal_scan, restore
from line102.board import Board, Forgotten
from line102.calls import CallId, Side
from line102.event_json import decode_entry, encode_entry, mended
from line102.events import (
    CallEnded,
    CallEvent,
    CallLessEvent,
    CallOffered,
    CourseEvent,
    DecisionEvent,
    Entry,
    GapFound,
    LedgerEvent,
    Link,
    RecordingSetAside,
    RecordingStored,
    SegmentHeard,
    TranscriptCompleted,
    WordsEvent,
)
from line102.journal import FileJournal, JournalSettings
from line102.journal_files import segment_files
from line102.journal_scan import mark_of, moment_of
from line102.words import Segment
from tests.ledger_events import NOON, STRATEGIES, course_events, events

EXAMPLES = 100
IDS = [CallId(f"line102-1789.{n}") for n in range(9)]
ODD_IDS = [CallId("Алматы-1.1"), CallId('a"b'), CallId("a\\b"), CallId(""), CallId('","at":"')]
TRAPS = [
    '"call_id":"line102-1789.0"',
    '"type":"TranscriptCompleted"',
    '","type":"TranscriptCompleted","call_id":"line102-1789.1","at":"2026-11-23T12:00:00Z"}}',
    'он сказал: {"seq":1,"node":"a","event":{"v":1,"type":"CallEnded","call_id":"line102-1789.2"',
    "қоңырау аяқталды: TranscriptCompleted\n\\",
]


def ended(call_id: CallId, second: float) -> CallEnded:
    return CallEnded(call_id=call_id, at=NOON + timedelta(seconds=second), hangup_cause=16)


def offered(call_id: CallId, number: str = "") -> CallOffered:
    return CallOffered(call_id=call_id, at=NOON, number=number, dialled="102")


def completed(call_id: CallId) -> TranscriptCompleted:
    return TranscriptCompleted(call_id=call_id, at=NOON)


def set_aside(call_id: CallId, reason: str) -> RecordingSetAside:
    return RecordingSetAside(call_id=call_id, at=NOON, path="", reason=reason)


def heard(call_id: CallId, text: str, second: int = 1) -> SegmentHeard:
    start = timedelta(seconds=second)
    segment = Segment(side=Side.CALLER, start=start, end=start, text=text, language="ru", confidence=1.0, model="m")
    return SegmentHeard(call_id=call_id, at=NOON, segment=segment)


ids = st.sampled_from(IDS * 3 + ODD_IDS)
traps = st.sampled_from(TRAPS)
words_events: st.SearchStrategy[Any] = st.one_of(*(STRATEGIES[cls] for cls in get_args(WordsEvent)))
happenings: st.SearchStrategy[LedgerEvent] = st.one_of(
    st.builds(lambda event, i: replace(event, call_id=i) if hasattr(event, "call_id") else event, events, ids),
    st.builds(offered, ids, traps),
    st.builds(heard, ids, traps, st.integers(0, 3)),
    st.builds(ended, ids, st.integers(0, 9)),
    st.builds(completed, ids),
    st.builds(set_aside, ids, traps | st.just("no recording was found")),
    st.builds(lambda reason: GapFound(at=NOON, link=Link.AMI, began=NOON, reason=reason), traps),
)
Harm = Callable[[Path], None]


def cut(share: float) -> Harm:
    """A segment loses its end: the newest by a crash, an older one by the disk."""

    def harm(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return harm


def spoilt(share: float, byte: int) -> Harm:
    def harm(path: Path) -> None:
        data = bytearray(path.read_bytes())
        if data:
            data[int(len(data) * share)] = byte
        path.write_bytes(data)

    return harm


def again(path: Path) -> None:
    """The lines stand there twice."""
    path.write_bytes(path.read_bytes() * 2)


shares = st.floats(0, 1, exclude_max=True)
spoilings = st.builds(spoilt, shares, st.sampled_from(list(b'x"0\n\\}\0\xff')))
harms = st.lists(
    st.tuples(st.integers(0, 50), st.one_of(st.builds(cut, shares), spoilings, spoilings, st.just(again))), max_size=6
)


def fed(told: Sequence[LedgerEvent]) -> Board:
    """The plain way: every event, and then the calls of which nothing but words is left count as forgotten."""
    board, strays = Board("test"), Forgotten()
    for event in told:
        if not isinstance(event, CallLessEvent | CourseEvent) and _is_stranger(board, event.call_id):
            strays.add(event.call_id)
        board.apply(event)
    whole, known = Board("test"), list(board._forgotten)
    whole.forget(i for i in strays if board.story(i) is None and i not in known)
    whole.forget(known)
    board._forgotten = whole._forgotten
    return board


def _is_stranger(board: Board, call_id: CallId) -> bool:
    return board.story(call_id) is None and not board.has_forgotten(call_id)


def picture(board: Board) -> dict[str, object]:
    return {
        "stories": list(board._stories.items()),  # in the order in which the board lists live calls
        "live": board.live_calls(),
        "unfinished": board.unfinished(),
        "gaps": board.snapshot(NOON).gaps,
        "forgotten": list(board._forgotten),
        "call_backs": board.call_backs.shown(),
    }


@pytest.fixture(scope="module", autouse=True)
def small_board() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "ENDED_KEPT", 2)
        patch.setattr(boards, "ENDED_AT_MOST", 4)
        patch.setattr(boards, "GAPS_KEPT", 3)
        patch.setattr(restore, "GAPS_KEPT", 3)
        yield


def restored(journal: FileJournal) -> Board:
    board = Board("test")
    restore.restore(board, journal.lines())
    return board


def opened(folder: Path, segment_bytes: int = 1500) -> FileJournal:
    return FileJournal(folder, "almaty", JournalSettings(segment_bytes=segment_bytes), fsync=lambda fd: None)


@settings(max_examples=EXAMPLES)
@given(happened=st.lists(happenings, min_size=10, max_size=60), pruned=st.integers(0, 3), damage=harms)
def test_it_is_the_board_that_was_told_everything(
    happened: list[LedgerEvent], pruned: int, damage: list[tuple[int, Harm]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with opened(folder) as journal:
            for event in happened:
                journal.append(event)
        for segment in segment_files(folder)[:-1][:pruned]:
            segment.path.unlink()
        for which, harm in damage:
            files = segment_files(folder)
            harm(files[which % len(files)].path)
        with opened(folder) as journal:
            told = [entry.event for entry in journal.read(0)]
            assert picture(restored(journal)) == picture(fed(told))


@settings(max_examples=EXAMPLES)
@given(st.lists(happenings, min_size=20, max_size=90))
def test_nothing_else_is_forgotten_in_the_same_order(happened: list[LedgerEvent]) -> None:
    """Few ids are remembered, so that the order in which they were forgotten tells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boards, "FORGOTTEN_KEPT", 3)
        patch.setattr(boards, "ENDED_KEPT", 1)
        entries = [Entry(node="almaty", seq=n, event=mended(event)) for n, event in enumerate(happened, 1)]
        board = Board("test")
        restore.restore(board, map(encode_entry, entries))
        assert list(board._forgotten) == list(fed([entry.event for entry in entries])._forgotten)


A, B, C, D = IDS[:4]
STORED = RecordingStored(
    call_id=A, at=NOON, path="a.wav", duration=timedelta(0), sha256="", repaired=False, short_by=timedelta(0)
)
OTHERS = [event for i in (B, C, D) for event in (ended(i, 5), completed(i))]


@pytest.mark.parametrize(
    ("happened", "damaged"),
    [
        pytest.param([GapFound(at=NOON, link=Link.AMI, began=NOON, reason=f"{n}") for n in range(7)], {5}, id="gaps"),
        pytest.param([offered(A), set_aside(A, "x"), STORED, ended(A, 0), *OTHERS], set(), id="stored after all"),
        pytest.param([offered(A), set_aside(A, "x"), ended(A, 0), *OTHERS], set(), id="set aside before the end"),
        pytest.param([offered(A), completed(A), ended(A, 0), *OTHERS], {0}, id="finished before it began"),
        pytest.param([offered(A), ended(A, 0), ended(A, 9), completed(A), *OTHERS], set(), id="ended twice"),
        pytest.param([offered(A), ended(A, 0), completed(A), *OTHERS], {1}, id="a damaged end"),
        pytest.param([offered(A), ended(A, 0), completed(A), *OTHERS], {2}, id="a damaged completion"),
        pytest.param([heard(A, "да"), *OTHERS], {0}, id="a damaged stray"),
        pytest.param([offered(A), heard(A, "да"), *OTHERS], {0}, id="words after a damaged begin"),
        pytest.param([ended(A, 0), completed(A), *OTHERS, heard(A, "да"), offered(A)], set(), id="back again"),
    ],
)
def test_the_rare_cases_one_by_one(happened: list[LedgerEvent], damaged: set[int]) -> None:
    lines = [encode_entry(Entry(node="almaty", seq=n, event=event)) for n, event in enumerate(happened, 1)]
    lines = [line[:-3] + b"x}\n" if n in damaged else line for n, line in enumerate(lines)]
    board = Board("test")
    restore.restore(board, lines)
    assert picture(board) == picture(fed([event for n, event in enumerate(happened) if n not in damaged]))


def test_the_calls_of_a_long_journal(tmp_path: Path) -> None:
    live, old = CallId("live-1.1"), CallId("old-1.1")
    with opened(tmp_path) as journal:
        happened: list[LedgerEvent] = [offered(live), offered(old), ended(old, 0), heard(old, "алло")]
        for n, call_id in enumerate(IDS, 1):
            happened += [offered(call_id), heard(call_id, TRAPS[n % 5]), ended(call_id, n), completed(call_id)]
        for event in happened:
            journal.append(event)
        assert len(segment_files(tmp_path)) > 3
    with opened(tmp_path) as journal:
        board = restored(journal)
    assert board.live_calls() == (live,)
    assert board.unfinished() == (old,), "however old: its aftercare goes on"
    stories = {story.record.call_id: story for story in board.snapshot(NOON).calls}
    assert set(stories) == {live, old, *IDS[-2:]}
    assert [s.text for s in stories[old].segments] == ["алло"]
    assert [i for i in IDS if board.has_forgotten(i)] == IDS[:-2]


def test_a_call_of_which_only_words_are_left_counts_as_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path, segment_bytes=200) as journal:
        for event in (offered(IDS[0]), ended(IDS[0], 1), heard(IDS[0], "алло"), completed(IDS[0]), offered(IDS[1])):
            journal.append(event)
    for segment in segment_files(tmp_path)[:2]:
        segment.path.unlink()
    with opened(tmp_path) as journal:
        board = restored(journal)
    assert (board.story(IDS[0]), board.has_forgotten(IDS[0])) == (None, True)
    assert board.live_calls() == (IDS[1],)


def test_only_the_calls_that_stay_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[LedgerEvent] = []
    for n, call_id in enumerate(IDS):
        words = [heard(call_id, text) for text in TRAPS]
        stored = RecordingStored(
            call_id=call_id,
            at=NOON,
            path="2026/a.wav",
            duration=timedelta(seconds=9),
            sha256="ab" * 32,
            repaired=False,
            short_by=timedelta(0),
        )
        last = [stored, completed(call_id)] if n % 2 else [set_aside(call_id, "no recording was found")]
        happened += [offered(call_id), *words, ended(call_id, n), *last]
    lines = [encode_entry(Entry(node="almaty@1", seq=n, event=mended(e))) for n, e in enumerate(happened, 1)]
    decoded: list[bytes] = []

    def counted(line: bytes) -> Entry:
        decoded.append(line)
        return decode_entry(line)

    monkeypatch.setattr(journal_scan, "decode_entry", counted)
    board = Board("test")
    restore.restore(board, lines)
    assert decoded == [line for line, event in zip(lines, happened, strict=True) if event.call_id in IDS[-2:]]  # type: ignore[union-attr]
    assert picture(board) == picture(fed(happened))


# ------------------------------------------------------------ the layout of a line


@given(event=events, call_id=st.sampled_from(IDS))
def test_a_line_begins_as_the_scan_expects(event: LedgerEvent, call_id: CallId) -> None:
    """If this fails, event_json writes its keys otherwise: the scan is still right, and fifty times slower."""
    callless = isinstance(event, CallLessEvent)
    if not callless:
        event = replace(event, call_id=call_id)
    line = encode_entry(Entry(node="almaty@20261123T122354Z", seq=7, event=mended(event)))
    mark = mark_of(line)
    assert mark is not None
    assert (mark.kind, mark.call_id) == (type(event), None if callless else call_id)
    assert mark.rest >= 0, "it had to be decoded"
    assert moment_of(line, mark) == event.at


@given(event=events, share=shares, byte=st.integers(0, 255))
def test_a_damaged_line_has_a_moment_only_if_it_can_be_decoded(event: LedgerEvent, share: float, byte: int) -> None:
    line = bytearray(encode_entry(Entry(node="almaty@1", seq=7, event=mended(event))))
    line[int((len(line) - 1) * share)] = byte
    data = bytes(line)
    entry = journal_scan.readable(data)
    mark = mark_of(data)
    if entry is not None:
        named = None if isinstance(entry.event, CallLessEvent) else entry.event.call_id
        assert mark is not None
        assert (mark.kind, mark.call_id) == (type(entry.event), named)
    if mark is not None:
        assert moment_of(data, mark) == (None if entry is None else entry.event.at)


@pytest.mark.parametrize("time", ["2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z"])
def test_an_end_at_no_real_time_is_no_end(time: str) -> None:
    line = encode_entry(Entry(node="a", seq=1, event=ended(IDS[0], 0))).replace(b"2026-11-23T12:00:00Z", time.encode())
    mark = mark_of(line)
    assert mark is not None
    assert moment_of(line, mark) is None
    assert journal_scan.readable(line) is None


@pytest.mark.parametrize("cls", get_args(CallEvent))
def test_an_event_of_a_call_begins_with_the_call_and_the_time(cls: type[Any]) -> None:
    assert [f.name for f in fields(cls)][:2] == ["call_id", "at"]


def test_the_scan_knows_every_class() -> None:
    every = {*restore.COURSE, *restore.CALL_BACKS, *get_args(WordsEvent), *get_args(DecisionEvent)}
    every |= set(get_args(CallLessEvent))
    assert every == set(STRATEGIES)
    assert set(get_args(WordsEvent)) > restore.AFTERCARE


@given(event=course_events)
def test_the_scan_knows_what_ends_a_call(event: CourseEvent) -> None:
    story = boards.told(None, event)
    assert story is not None
    assert (story.record.ended_at is not None) is (type(event) in restore.ENDS)
    assert not boards.is_finished(story)


@given(event=words_events)
def test_the_scan_knows_what_finishes_a_call(event: WordsEvent) -> None:
    story = boards.told(boards.told(None, ended(event.call_id, 0)), event)
    assert story is not None
    if boards.is_finished(story):
        assert type(event) in restore.AFTERCARE
