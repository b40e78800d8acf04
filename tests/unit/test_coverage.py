"""What was not heard live is named exactly, and cut to what was recorded."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from line102 import spans
from line102.board import new_story
from line102.calls import Answer, CallId, CallRecord, OperatorId, QueueName, Side
from line102.coverage import (
    EDGE,
    HEARD_AGAIN,
    NOT_FOUND,
    account,
    offset,
    parts,
    remaining,
    still_to_hear,
    unexplained,
    unheard_since_last_words,
    within,
)
from line102.words import Coverage, Heard, Segment, Stretch
from tests.fakes.scripted import at, seconds, segment

RECORD = CallRecord(call_id=CallId("pbx-1.1"), offered_at=at(0), recording_began_at=at(1))
ANSWER = Answer(operator_id=OperatorId("op1"), at=at(6), queue=QueueName("102"))


def missed(side: Side, start: float, end: float) -> Stretch:
    return Stretch(side=side, start=seconds(start), end=seconds(end), reason="test")


def test_offsets_count_from_the_recording() -> None:
    assert offset(RECORD, at(6)) == seconds(5)
    assert offset(RECORD, at(0)) == seconds(0)


def test_a_caller_never_heard_is_missed_from_the_beginning() -> None:
    stretch = unheard_since_last_words(new_story(RECORD), Side.CALLER, seconds(20), "test")
    assert stretch == missed(Side.CALLER, 0, 20)


def test_what_was_heard_is_not_missed() -> None:
    story = replace(new_story(RECORD), segments=(segment(Side.CALLER, 2, 7, "алло"),))
    assert unheard_since_last_words(story, Side.CALLER, seconds(20), "test") == missed(Side.CALLER, 7, 20)


def test_a_partial_is_not_heard() -> None:
    story = replace(new_story(RECORD), segments=(segment(Side.CALLER, 2, 7, "алло", final=False),))
    assert unheard_since_last_words(story, Side.CALLER, seconds(20), "test") == missed(Side.CALLER, 0, 20)


def test_the_operator_counts_from_the_answer() -> None:
    assert unheard_since_last_words(new_story(RECORD), Side.OPERATOR, seconds(20), "test") is None
    answered = new_story(replace(RECORD, answers=(ANSWER,)))
    assert unheard_since_last_words(answered, Side.OPERATOR, seconds(20), "test") == missed(Side.OPERATOR, 5, 20)


def test_less_than_a_word_is_no_gap() -> None:
    assert unheard_since_last_words(new_story(RECORD), Side.CALLER, seconds(0.5), "test") is None


def test_stretches_are_joined_and_cut_to_the_recording() -> None:
    found = within(
        (missed(Side.CALLER, 8, 30), missed(Side.CALLER, 0, 4), missed(Side.CALLER, 3, 5), missed(Side.OPERATOR, 2, 3)),
        seconds(10),
    )
    assert found == (missed(Side.CALLER, 0, 5), missed(Side.CALLER, 8, 10), missed(Side.OPERATOR, 2, 3))
    assert within((missed(Side.CALLER, 11, 12),), seconds(10)) == ()


def speech(side: Side, start: float, end: float) -> Stretch:
    return Stretch(side=side, start=seconds(start), end=seconds(end), reason="speech")


def test_speech_is_text_or_suppressed_or_missing() -> None:
    said = [
        speech(Side.CALLER, 1, 3),
        speech(Side.CALLER, 5, 6),
        speech(Side.CALLER, 8, 10),
        speech(Side.OPERATOR, 1, 9),
    ]
    heard = [
        segment(Side.CALLER, 0.5, 2.5, "алло"),
        segment(Side.CALLER, 5, 6, "", suppressed="no words recognised"),
        segment(Side.CALLER, 8, 8.7, "помогите"),
        segment(Side.CALLER, 8, 10, "пом", final=False),
    ]
    caller = account(Side.CALLER, said, heard)
    assert caller.coverage == Coverage(
        side=Side.CALLER, speech=seconds(5), text=seconds(2.8 - 1 + 1), suppressed=seconds(1), missing=seconds(1.2)
    )
    assert caller.gaps == ((seconds(2.8), seconds(3)), (seconds(9), seconds(10)))


def test_what_was_heard_again_accounts_for_nothing() -> None:
    old = segment(Side.CALLER, 0, 4, "алло", suppressed=HEARD_AGAIN)
    assert account(Side.CALLER, [speech(Side.CALLER, 1, 3)], [old]).coverage.missing == seconds(2)


def test_a_stretch_is_asked_for_until_the_recording_has_filled_it() -> None:
    story = replace(
        new_story(RECORD), missed=(missed(Side.CALLER, 2, 9),), segments=(segment(Side.CALLER, 0, 2, "да"),)
    )
    said = [speech(Side.CALLER, 0, 2), speech(Side.CALLER, 3, 5), speech(Side.OPERATOR, 10, 12)]
    asked = still_to_hear(story, said, seconds(20))
    spans = [(s.side, s.start, s.end) for s in asked]
    assert spans == [(Side.CALLER, seconds(2), seconds(9)), (Side.OPERATOR, seconds(10), seconds(12))]
    filled = segment(Side.CALLER, 2.7, 5.3, "горит дом", heard=Heard.RECORDING)
    told = segment(Side.OPERATOR, 9.9, 12, "слушаю")
    again = still_to_hear(replace(story, segments=(*story.segments, filled, told)), said, seconds(20))
    assert [(s.start, s.end) for s in again] == [(seconds(2), seconds(2.4)), (seconds(5.6), seconds(9))]


def test_a_gap_of_many_words_is_one_stretch_and_is_noted_once() -> None:
    said = [speech(Side.CALLER, 1, 1.5), speech(Side.CALLER, 1.7, 2), speech(Side.CALLER, 5, 6)]
    story = new_story(RECORD)
    left = remaining(story, said)
    assert [(s.start, s.end, s.reason) for s in left] == [
        (seconds(1), seconds(2), NOT_FOUND),
        (seconds(5), seconds(6), NOT_FOUND),
    ]
    assert unexplained(story, said) == left
    noted = replace(story, missed=left)
    assert remaining(noted, said) == ()
    assert unexplained(noted, said) == ()


def test_a_stretch_that_live_left_explains_a_gap_until_the_recording_was_asked() -> None:
    story = replace(new_story(RECORD), missed=(missed(Side.CALLER, 0, 3),))
    said = [speech(Side.CALLER, 1, 2)]
    assert unexplained(story, said) == ()
    assert [s.reason for s in remaining(story, said)] == [NOT_FOUND], "else it would be shown as filled"


def test_long_requests_are_cut_where_the_side_pauses() -> None:
    said = [speech(Side.CALLER, t, t + 4.5) for t in range(0, 120, 5)]  # pauses of 0.5 s: too short to cut in
    said += [speech(Side.CALLER, t, t + 4) for t in range(120, 200, 5)]
    pieces = parts((missed(Side.CALLER, 0, 200), missed(Side.OPERATOR, 50, 60)), said)
    spans = [(p[0].side, p[0].start.total_seconds(), p[0].end.total_seconds()) for p in pieces]
    assert spans == [
        (Side.CALLER, 0, 124.5),
        (Side.OPERATOR, 50, 60),
        (Side.CALLER, 124.5, 154.5),
        (Side.CALLER, 154.5, 184.5),
        (Side.CALLER, 184.5, 200),
    ]


times = st.integers(0, 400).map(lambda tenths: seconds(tenths / 10))
some_spans = st.lists(st.tuples(times, times).map(lambda pair: (min(pair), max(pair))), max_size=12)
sides = st.sampled_from(Side)


@st.composite
def heard_segments(draw: st.DrawFn) -> Segment:
    start, end = sorted((draw(times), draw(times)))
    suppressed = draw(st.sampled_from([None, None, "repeats itself", HEARD_AGAIN]))
    words = segment(draw(sides), 0, 40, "слово", suppressed=suppressed, final=draw(st.booleans()))
    return replace(words, start=start, end=end)


said_spans = some_spans.map(lambda found: [speech(Side.CALLER, a.total_seconds(), b.total_seconds()) for a, b in found])
stretches = st.lists(
    st.builds(
        lambda side, s: missed(side, s[0].total_seconds(), s[1].total_seconds()),
        sides,
        st.tuples(times, times).map(lambda p: (min(p), max(p))),
    ),
    max_size=6,
)


@given(said=said_spans, segments=st.lists(heard_segments(), max_size=12))
def test_every_moment_of_speech_is_counted_exactly_once(said: list[Stretch], segments: list[Segment]) -> None:
    found = account(Side.CALLER, said, segments)
    counted = found.coverage
    tenths = {n for s in said for n in range(_tenth(s.start), _tenth(s.end))}
    final = [s for s in segments if s.side is Side.CALLER and s.final and s.suppressed != HEARD_AGAIN]
    text = tenths & _tenths_of([s for s in final if s.suppressed is None])
    suppressed = (tenths & _tenths_of([s for s in final if s.suppressed is not None])) - text
    assert counted.speech == counted.text + counted.suppressed + counted.missing == seconds(len(tenths) / 10)
    assert (_tenth(counted.text), _tenth(counted.suppressed)) == (len(text), len(suppressed))
    assert {n for a, b in found.gaps for n in range(_tenth(a), _tenth(b))} == tenths - text - suppressed


@given(said=said_spans, segments=st.lists(heard_segments(), max_size=8), live=stretches)
def test_when_the_remaining_gaps_are_noted_nothing_is_unexplained(
    said: list[Stretch], segments: list[Segment], live: list[Stretch]
) -> None:
    story = replace(new_story(RECORD), segments=tuple(segments), missed=tuple(live))
    noted = replace(story, missed=(*story.missed, *remaining(story, said)))
    assert unexplained(noted, said) == ()
    assert remaining(noted, said) == ()


@given(said=said_spans, live=stretches)
def test_what_is_asked_for_in_parts_is_what_was_to_be_asked_for(said: list[Stretch], live: list[Stretch]) -> None:
    story = replace(new_story(RECORD), missed=tuple(live))
    wanted = still_to_hear(story, said, seconds(60))
    pieces = parts(wanted, said)
    for side in Side:
        whole = spans.of(s for s in wanted if s.side is side)
        assert spans.of(s for piece in pieces for s in piece if s.side is side) == whole
        gaps = account(side, said, ()).gaps
        assert spans.without(gaps, whole) == []


def _tenth(at: timedelta) -> int:
    return round(at.total_seconds() * 10)


def _tenths_of(segments: list[Segment]) -> set[int]:
    """Counted one by one: a second opinion on the arithmetic of spans."""
    return {n for s in segments for n in range(_tenth(s.start - EDGE), _tenth(s.end + EDGE))}
