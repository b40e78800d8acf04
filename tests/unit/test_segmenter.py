"""Where utterances begin and end: examples, and properties over any audio."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.segmenter import (
    CHUNK,
    SAMPLE_RATE_HZ,
    ClickHeard,
    Event,
    Limits,
    PartialDue,
    PauseHeard,
    Segmenter,
    SpeechBegan,
    UtteranceEnded,
    chunks,
)

LINE_NOISE = -60.0
SPEECH_LEVEL = -25.0
STRICT = Limits(least_speech_s=0.0)

probability = st.floats(0, 1)
runs = st.lists(st.tuples(probability, st.sampled_from([LINE_NOISE, SPEECH_LEVEL]), st.integers(1, 120)), max_size=12)


def heard(pairs: list[tuple[float, float]], limits: Limits = STRICT) -> list[Event]:
    segmenter = Segmenter(limits)
    events = [event for p, level in pairs for event in segmenter.feed(p, level)]
    return events + segmenter.finish()


def utterances(events: list[Event]) -> list[UtteranceEnded]:
    return [event for event in events if isinstance(event, UtteranceEnded)]


def said(seconds: float, p: float, level: float = SPEECH_LEVEL) -> list[tuple[float, float]]:
    return [(p, level)] * chunks(seconds)


def quiet(seconds: float) -> list[tuple[float, float]]:
    return said(seconds, 0.01, LINE_NOISE)


def spread(drawn: list[tuple[float, float, int]]) -> list[tuple[float, float]]:
    return [(p, level) for p, level, count in drawn for _ in range(count)]


def test_an_utterance_has_pre_roll_and_tail() -> None:
    (one,) = utterances(heard([*quiet(2), *said(1, 0.9), *quiet(2)]))
    assert one.start == (chunks(2) - chunks(0.3)) * CHUNK
    assert one.end == (chunks(2) + chunks(1) + chunks(0.25)) * CHUNK
    assert not one.by_loudness


def test_a_pause_shorter_than_the_hangover_does_not_part_an_utterance() -> None:
    assert len(utterances(heard([*quiet(1), *said(1, 0.9), *quiet(0.4), *said(1, 0.9), *quiet(1)]))) == 1
    assert len(utterances(heard([*quiet(1), *said(1, 0.9), *quiet(0.6), *said(1, 0.9), *quiet(1)]))) == 2


def test_a_long_utterance_is_cut_where_speech_was_least_likely() -> None:
    dip = [(0.4, SPEECH_LEVEL)]
    events = utterances(heard([*said(6.5, 0.9), *dip, *said(4, 0.9), *quiet(1)]))
    assert len(events) == 2
    assert events[0].end == events[1].start == chunks(6.5) * CHUNK


def test_the_first_partial_comes_early_and_then_one_each_second_from_the_beginning_of_the_utterance() -> None:
    events = heard([*quiet(1), *said(3.5, 0.9), *quiet(1)])
    began = next(event for event in events if isinstance(event, SpeechBegan))
    partials = [event for event in events if isinstance(event, PartialDue)]
    assert [p.start for p in partials] == [began.start] * 3
    assert [p.end // CHUNK - chunks(1) for p in partials] == [1 + chunks(0.6) + n * chunks(1) for n in (0, 1, 2)]


def test_a_pause_is_told_before_it_is_sure_to_be_the_end() -> None:
    events = heard([*quiet(1), *said(2.1, 0.9), *quiet(1)])
    pause = next(event for event in events if isinstance(event, PauseHeard))
    (one,) = utterances(events)
    assert (pause.start, pause.end) == (one.start, one.end)
    assert pause.end == (chunks(1) + chunks(2.1) + chunks(0.25)) * CHUNK


def test_after_a_pause_that_was_not_the_end_the_utterance_goes_on() -> None:
    events = heard([*quiet(1), *said(1, 0.9), *quiet(0.35), *said(1, 0.9), *quiet(1)])
    first, second = [event for event in events if isinstance(event, PauseHeard)]
    (one,) = utterances(events)
    assert (first.start, second.start) == (one.start, one.start)
    assert first.end < second.end == one.end


def test_recordings_are_heard_without_guesses() -> None:
    events = heard([*quiet(1), *said(20, 0.9), *quiet(0.35), *said(1, 0.9)], Limits(first_partial_s=None))
    assert {type(event) for event in events} == {SpeechBegan, UtteranceEnded}


def test_a_click_is_no_utterance_and_is_told() -> None:
    events = heard([*quiet(1), *said(0.06, 0.9), *quiet(1)], Limits())
    assert [type(event) for event in events] == [SpeechBegan, ClickHeard]
    click = events[1]
    assert isinstance(click, ClickHeard)
    assert click.start <= chunks(1) * CHUNK < click.end


def test_a_quick_yes_is_an_utterance() -> None:
    assert len(utterances(heard([*quiet(1), *said(0.1, 0.9), *quiet(1)], Limits()))) == 1


def test_a_voice_that_voice_activity_misses_is_sent_for_its_loudness() -> None:
    (one,) = utterances(heard([*quiet(2), *said(2, 0.1), *quiet(2)]))
    assert one.by_loudness
    assert one.start <= chunks(2) * CHUNK + CHUNK
    assert one.end >= chunks(4) * CHUNK


def test_a_short_noise_and_a_steady_noise_are_not_sent_for_ever() -> None:
    assert utterances(heard([*quiet(2), *said(0.8, 0.1), *quiet(2)])) == []
    steady = utterances(heard(said(120, 0.1, -35.0)))
    assert sum(u.end - u.start for u in steady) < 30 * SAMPLE_RATE_HZ


def test_what_begins_as_noise_and_becomes_speech_counts_as_speech() -> None:
    (one,) = utterances(heard([*quiet(2), *said(1.5, 0.1), *said(1, 0.9), *quiet(1)]))
    assert not one.by_loudness


@settings(max_examples=150, deadline=None)
@given(runs)
def test_utterances_are_ordered_apart_and_never_too_long(drawn: list[tuple[float, float, int]]) -> None:
    events = utterances(heard(spread(drawn)))
    assert all(0 < u.end - u.start <= chunks(STRICT.longest_s) * CHUNK for u in events)
    assert all(a.end <= b.start for a, b in pairwise(events))


@settings(max_examples=300, deadline=None)
@given(runs, st.sampled_from([STRICT, Limits(), Limits(on=0.3, off=0.2, first_partial_s=None), Limits(longest_s=2.0)]))
def test_every_chunk_of_speech_is_inside_exactly_one_utterance_or_click(
    drawn: list[tuple[float, float, int]], limits: Limits
) -> None:
    pairs = spread(drawn)
    inside = [0] * len(pairs)
    for event in heard(pairs, limits):
        if isinstance(event, UtteranceEnded | ClickHeard):
            for place in range(event.start // CHUNK, event.end // CHUNK):
                inside[place] += 1
    assert all(count <= 1 for count in inside)
    assert [place for place in speech(pairs, limits) if not inside[place]] == []


def speech(pairs: list[tuple[float, float]], limits: Limits) -> list[int]:
    """Chunks that voice activity takes for speech: it begins at ``on`` and goes on above ``off``."""
    places, going_on = [], False
    for place, (p, _) in enumerate(pairs):
        going_on = p >= limits.on or (going_on and p >= limits.off)
        if going_on:
            places.append(place)
    return places


@settings(max_examples=100, deadline=None)
@given(runs)
def test_a_partial_lies_inside_the_utterance_that_follows(drawn: list[tuple[float, float, int]]) -> None:
    due: PartialDue | PauseHeard | None = None
    for event in heard(spread(drawn)):
        if isinstance(event, PartialDue | PauseHeard):
            assert due is None or event.end > due.end
            due = event
        elif isinstance(event, UtteranceEnded):
            assert due is None or due.start == event.start
            due = None
    assert due is None


def test_speech_again_right_after_an_utterance_does_not_reach_back_into_it() -> None:
    for pause in range(chunks(0.5), chunks(0.5) + 12):
        first, second = utterances(heard([*said(1, 0.9), *[(0.01, LINE_NOISE)] * pause, *said(1, 0.9), *quiet(1)]))
        assert first.end <= second.start
