"""The offer: only key 1 or a clear yes moves a caller; everything else leaves them in their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.answers import Answer, understand
from ivr.heard import Broken, CallerGone, Danger, Elapsed, Heard, Key, OperatorAnswered, PromptEnded, Vetoed, Words
from ivr.offer import ANSWER_WITHIN, PROMPT_WITHIN, YES_FROM, End, Ended, OfferState, Say, advance, begin
from ivr.prompts import Prompt
from line102.words import OfferEnd

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def run(*heard: tuple[float, Heard]) -> tuple[OfferState, list[End]]:
    """``heard``: (seconds since the offer began, what)."""
    state, _ = begin(START)
    ends = []
    for at, one in heard:
        state, act = advance(state, one, START + timedelta(seconds=at))
        if isinstance(act, End):
            ends.append(act)
    return state, ends


def test_it_begins_with_the_offer() -> None:
    assert begin(START)[1] == Say(Prompt.OFFER)


@pytest.mark.parametrize(
    ("heard", "end"),
    [
        (Key("1"), End(OfferEnd.ACCEPTED, "1")),
        (Words("да"), End(OfferEnd.ACCEPTED, "да")),
        (Words("Иә, қосыңыз"), End(OfferEnd.ACCEPTED, "Иә, қосыңыз")),
        (Key("2"), End(OfferEnd.REFUSED, "2")),
        (Key("0"), End(OfferEnd.REFUSED, "0")),
        (Words("нет не надо"), End(OfferEnd.REFUSED, "нет не надо")),
        (Danger("ножом"), End(OfferEnd.VETOED, "ножом")),
        (Vetoed("too few words"), End(OfferEnd.VETOED, "too few words")),
        (OperatorAnswered(), End(OfferEnd.OPERATOR_ANSWERED)),
        (CallerGone(), End(OfferEnd.CALLER_GONE)),
        (Broken("no such sound"), End(OfferEnd.BROKEN, "no such sound")),
    ],
)
def test_how_it_ends(heard: Heard, end: End) -> None:
    while_said = run((4, heard))
    after = run((9, PromptEnded()), (10, heard))
    assert while_said == after == (Ended(end.how), [end])


def test_silence_after_the_prompt_is_stay() -> None:
    just_before = 9 + ANSWER_WITHIN.total_seconds() - 0.1
    assert run((9, PromptEnded()), (just_before, Elapsed()))[1] == []
    assert run((9, PromptEnded()), (just_before + 0.2, Elapsed()))[1] == [End(OfferEnd.SILENCE)]


def test_words_that_answer_nothing_do_not_lengthen_the_wait() -> None:
    told: list[tuple[float, Heard]] = [
        (9.0, PromptEnded()),
        (12.0, Words("алло")),
        (14.9, Words("что вы сказали")),
        (15.1, Elapsed()),
    ]
    assert run(*told)[1] == [End(OfferEnd.SILENCE)]


def test_a_yes_may_follow_words_that_answered_nothing() -> None:
    assert run((4, Words("а что это")), (9, PromptEnded()), (11, Words("ага давайте")))[1][0].how is OfferEnd.ACCEPTED


def test_a_yes_to_somebody_else_as_the_offer_begins_is_no_answer() -> None:
    soon = YES_FROM.total_seconds() - 0.5
    assert run((soon, Words("да")))[1] == []
    assert run((soon, Words("нет")))[1][0].how is OfferEnd.REFUSED
    assert run((soon, Key("1")))[1][0].how is OfferEnd.ACCEPTED


def test_a_prompt_that_never_ends_is_broken() -> None:
    assert run((PROMPT_WITHIN.total_seconds(), Elapsed()))[1][0].how is OfferEnd.BROKEN


spoken = [
    "да",
    "иә",
    "нет",
    "жоқ",
    "алло",
    "да нет",
    "помогите",
    "хорошо подожду",
    "он здесь",
    "",
    "да?",
    "соедините",
    "а",
]
heard = st.one_of(
    st.sampled_from(spoken).map(Words),
    st.text(max_size=30).map(Words),
    st.sampled_from("0123456789*#").map(Key),
    st.just(PromptEnded()),
    st.just(Elapsed()),
    st.just(Danger("нож")),
    st.just(Vetoed("x")),
    st.just(OperatorAnswered()),
    st.just(CallerGone()),
    st.just(Broken("x")),
)
course = st.lists(st.tuples(st.floats(0, 10), heard), max_size=12)


@given(course)
def test_nothing_but_key_1_or_a_clear_yes_accepts_and_it_ends_once(steps: list[tuple[float, Heard]]) -> None:
    state, _ = begin(START)
    now, ends = START, []
    for seconds, one in steps:
        now += timedelta(seconds=seconds)
        state, act = advance(state, one, now)
        if isinstance(act, End):
            ends.append(act)
            if act.how is OfferEnd.ACCEPTED:
                assert one == Key("1") or (isinstance(one, Words) and understand(one.text) is Answer.YES)
    assert len(ends) == isinstance(state, Ended)
    if not ends:
        assert isinstance(advance(state, Elapsed(), now + timedelta(minutes=1))[1], End)
