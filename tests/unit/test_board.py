"""The live picture follows the events, and its feed has no holes."""

from line102 import board as boards
from line102.board import Board, CallChanged, CallRemoved, Lamp, Light, Load, LoadChanged, SegmentChanged
from line102.calls import CallId, OperatorId, Outcome, QueueName, Side
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallOffered,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
)
from line102.words import Stretch
from tests.fakes.scripted import T0, at, seconds, segment

A = CallId("pbx-1.1")
QUEUE, OP = QueueName("102"), OperatorId("op1")


def offered(call_id: CallId = A, second: float = 0) -> CallOffered:
    return CallOffered(call_id=call_id, at=at(second), number="77010000001", dialled="102")


def test_every_change_has_the_next_number() -> None:
    board = Board("test")
    items = board.apply(offered())
    items += board.apply(CallerJoined(call_id=A, at=at(1), queue=QUEUE, position=1))
    items += board.light(Light(lamp=Lamp.PBX, up=True, since=T0))
    items += board.apply(SegmentHeard(call_id=A, at=at(2), segment=segment(Side.CALLER, 0, 1, "алло")))
    items += board.apply(CallEnded(call_id=A, at=at(3)))
    assert [item.seq for item in items] == list(range(1, len(items) + 1)) == [1, 2, 3, 4, 5]
    assert board.snapshot(at(4)).seq == 5


def test_a_fact_told_twice_changes_nothing_the_second_time() -> None:
    board = Board("test")
    for event in (offered(), CallerJoined(call_id=A, at=at(1), queue=QUEUE, position=1)):
        assert board.apply(event)
        assert board.apply(event) == []


def test_a_newer_revision_replaces_its_stretch_and_an_older_one_does_not() -> None:
    board = Board("test")
    board.apply(offered())
    for revision, text in ((0, "ал"), (2, "алло помогите"), (1, "алло")):
        board.apply(SegmentHeard(call_id=A, at=at(1), segment=segment(Side.CALLER, 0, 1, text, revision=revision)))
    story = board.story(A)
    assert story is not None
    assert [s.text for s in story.segments] == ["алло помогите"]


def test_a_guess_goes_when_its_utterance_turns_out_to_be_missed() -> None:
    board = Board("test")
    board.apply(offered())
    board.apply(SegmentHeard(call_id=A, at=at(1), segment=segment(Side.CALLER, 0, 1, "алло")))
    for side in Side:
        board.apply(SegmentHeard(call_id=A, at=at(3), segment=segment(side, 2, 3, "помо", final=False)))
    missed = Stretch(side=Side.CALLER, start=seconds(2), end=seconds(5), reason="overload")
    board.apply(StretchMissed(call_id=A, at=at(6), stretch=missed))
    story = board.story(A)
    assert story is not None
    assert [(s.side, s.text) for s in story.segments] == [(Side.CALLER, "алло"), (Side.OPERATOR, "помо")]
    assert story.missed == (missed,)


def test_words_of_a_call_nobody_knows_are_not_shown() -> None:
    board = Board("test")
    assert board.apply(SegmentHeard(call_id=A, at=at(1), segment=segment(Side.CALLER, 0, 1, "алло"))) == []


def test_finished_calls_leave_the_board_and_unfinished_ones_stay(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(boards, "ENDED_KEPT", 2)
    board = Board("test")
    ids = [CallId(f"pbx-1.{n}") for n in range(5)]
    for n, call_id in enumerate(ids):
        board.apply(offered(call_id, n))
        board.apply(CallEnded(call_id=call_id, at=at(n + 0.5)))
    assert board.unfinished() == tuple(ids), "none has its transcript yet: all must stay"
    items = [item for call_id in ids for item in board.apply(TranscriptCompleted(call_id=call_id, at=at(9)))]
    removed = [item.call_id for item in items if isinstance(item, CallRemoved)]
    assert removed == ids[:3]
    assert all(board.has_forgotten(call_id) for call_id in removed)
    assert [story.record.call_id for story in board.snapshot(at(10)).calls] == ids[3:]


def test_a_call_in_talk_is_live_until_it_ends() -> None:
    board = Board("test")
    board.apply(offered())
    board.apply(CallerJoined(call_id=A, at=at(1), queue=QUEUE, position=1))
    (item,) = board.apply(CallAnswered(call_id=A, at=at(4), operator_id=OP, queue=QUEUE))
    assert isinstance(item, CallChanged)
    assert item.story.record.waited(at(100)).total_seconds() == 4
    assert board.live_calls() == (A,)
    board.apply(CallEnded(call_id=A, at=at(9)))
    assert board.live_calls() == ()
    story = board.story(A)
    assert story is not None
    assert story.record.outcome is Outcome.ANSWERED


def test_a_light_keeps_the_time_of_its_change() -> None:
    board = Board("test")
    board.light(Light(lamp=Lamp.PBX, up=True, since=at(0)))
    assert board.light(Light(lamp=Lamp.PBX, up=True, since=at(5))) == []
    assert board.snapshot(at(6)).lights[0].since == at(0)


def test_a_segment_goes_out_alone_not_with_the_whole_call() -> None:
    board = Board("test")
    board.apply(offered())
    (item,) = board.apply(SegmentHeard(call_id=A, at=at(1), segment=segment(Side.CALLER, 0, 1, "алло")))
    assert isinstance(item, SegmentChanged)


def test_the_load_is_told_when_it_changes_and_a_delay_at_most_once_a_second_of_it() -> None:
    board = Board("test")
    assert board.snapshot(at(0)).load is None
    told = [(1, 0, 0.0), (1, 0, 0.2), (4, 5, 6.0), (4, 5, 6.3), (4, 5, 7.0), (3, 20, 1.0)]
    items = [
        item
        for level, since, delayed in told
        for item in board.load(Load(level=level, since=at(since), delayed=seconds(delayed)))
    ]
    assert [(i.load.level, i.load.delayed.total_seconds()) for i in items if isinstance(i, LoadChanged)] == [
        (1, 0.0),
        (4, 6.0),
        (4, 7.0),
        (3, 1.0),
    ]
    assert [item.seq for item in items] == [1, 2, 3, 4]
    assert board.snapshot(at(21)).load == Load(level=3, since=at(20), delayed=seconds(1))
