"""The self-service keeps nobody: danger goes to 102, the wish for a person to a person, and so does time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.heard import Broken, CallerGone, Danger, Elapsed, Heard, Key, OperatorAnswered, PromptEnded, Vetoed, Words
from ivr.knowledge import Found
from ivr.knowledge_file import SAMPLES, read_knowledge
from ivr.prompts import Prompt
from ivr.self_service import (
    Asking,
    HandOver,
    Judged,
    Leaving,
    Over,
    Read,
    Reading,
    Say,
    Served,
    ServiceAct,
    ServiceState,
    To,
    advance,
    begin,
)

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KNOWLEDGE = read_knowledge(SAMPLES)
QUESTION = "скажите как подать заявление в полицию"
NO_QUESTION = "сколько звёзд на небе видно ночью"


def find(text: str) -> Found | None:
    return KNOWLEDGE.find(text, "ru", date(2026, 11, 23))


def run(*heard: Heard | float) -> tuple[ServiceState, list[ServiceAct]]:
    """A number is seconds that go by; the acts are those of the last thing heard."""
    state, acts = begin(START)
    now = START
    for one in heard:
        if isinstance(one, int | float):
            now += timedelta(seconds=one)
        else:
            state, acts = advance(state, one, now, find)
    return state, list(acts)


def to_person(why: str) -> list[ServiceAct]:
    return [Say(Prompt.TO_PERSON), HandOver(To.PERSON, why)]


def test_a_robot_says_so_first() -> None:
    assert begin(START)[1] == (Say(Prompt.GREETING),)


def test_a_question_is_answered_and_the_caller_asked_for_more() -> None:
    state, acts = run(PromptEnded(), Words(QUESTION))
    assert isinstance(state, Reading)
    judged, read = acts
    assert isinstance(judged, Judged) and isinstance(read, Read) and judged.found == read.found
    assert read.found.entry.topic == "file-statement"
    state, acts = run(PromptEnded(), Words(QUESTION), PromptEnded())
    assert acts == [Served("file-statement"), Say(Prompt.ASK_AGAIN)]


def test_an_answer_cut_short_is_not_served() -> None:
    _, acts = run(PromptEnded(), Words(QUESTION), CallerGone())
    assert acts == []


def test_after_no_and_thanks_goodbye_and_who_stays_gets_a_person() -> None:
    asked = (PromptEnded(), Words(QUESTION), PromptEnded())
    state, acts = run(*asked, Words("нет спасибо"))
    assert isinstance(state, Leaving) and acts == [Say(Prompt.GOODBYE)]
    assert run(*asked, Words("жоқ рахмет"), PromptEnded(), 21, Elapsed())[1] == to_person("stayed on the line")


def test_no_before_any_answer_is_no_goodbye() -> None:
    assert run(PromptEnded(), Words("нет спасибо"))[1][-1] == Say(Prompt.NOT_UNDERSTOOD)


def test_twice_not_understood_is_a_person() -> None:
    first = (PromptEnded(), Words(NO_QUESTION))
    assert run(*first)[1] == [Judged(NO_QUESTION, None), Say(Prompt.NO_ANSWER_FOUND)]
    assert run(*first, PromptEnded(), Words(NO_QUESTION))[1][1:] == to_person("not understood")


def test_an_answer_between_two_misses_forgives_the_first() -> None:
    asked = (PromptEnded(), Words(NO_QUESTION), PromptEnded(), Words(QUESTION), PromptEnded(), PromptEnded())
    assert run(*asked, Words(NO_QUESTION))[1][-1] == Say(Prompt.NO_ANSWER_FOUND)


@pytest.mark.parametrize(
    "wish",
    [
        "оператор",
        "Оператора.",
        "соедините с человеком",
        "мне живого человека",
        "оператормен сөйлескім келеді",
        "адам керек",
        "адаммен сөйлесейін",
        "позовите человека пожалуйста",
        "аператор",
        "хочу поговорить с оператором",
        "operator",
    ],
)
def test_who_asks_for_a_person_gets_one(wish: str) -> None:
    assert run(PromptEnded(), Words(wish))[1] == to_person("asked for a person")
    assert run(Words(wish))[1] == to_person("asked for a person")
    assert run(PromptEnded(), Words(QUESTION), Words(wish))[1] == to_person("asked for a person")


@pytest.mark.parametrize("wish", ["верните меня обратно", "сто два", "жүз екіге қос", "срочно", "шұғыл"])
def test_who_asks_for_102_is_back_there(wish: str) -> None:
    assert run(PromptEnded(), Words(wish))[1] == [HandOver(To.LINE_102, "asked for 102")]


def test_a_question_that_mentions_a_person_is_still_a_question() -> None:
    state, _ = run(PromptEnded(), Words("можно ли справку о несудимости получить за другого человека"))
    assert isinstance(state, Reading)


@pytest.mark.parametrize("heard", [(), (PromptEnded(),), (PromptEnded(), Words("да"), PromptEnded())])
def test_silence_is_a_person(heard: tuple[Heard, ...]) -> None:
    assert run(*heard, 19, Elapsed())[1] == []
    assert isinstance(run(*heard, 21, Elapsed())[1][-1], HandOver)


def test_hello_into_the_greeting_does_not_count() -> None:
    state, acts = run(Words("алло"))
    assert acts == [] and isinstance(state, Asking) and state.misses == 0


def test_danger_on_the_way_to_a_person_turns_to_102() -> None:
    assert run(Key("0"), Danger("нож"))[1] == [HandOver(To.LINE_102, "danger words")]


def test_who_talks_with_a_person_is_not_moved_by_a_machine() -> None:
    assert run(Key("0"), OperatorAnswered(), Danger("нож"))[1] == []


spoken = [
    QUESTION,
    NO_QUESTION,
    "да",
    "нет",
    "спасибо",
    "алло",
    "оператор",
    "жоқ рахмет",
    "",
    "сто два",
    "не понял",
    "э",
]
harmless = st.one_of(
    st.sampled_from(spoken).map(Words),
    st.text(max_size=30).map(Words),
    st.sampled_from("123456789*#").map(Key),
    st.just(PromptEnded()),
    st.just(Elapsed()),
)
course = st.lists(st.tuples(st.floats(0, 25), harmless), max_size=15)


def reached(steps: list[tuple[float, Heard]]) -> tuple[ServiceState, datetime, list[ServiceAct]]:
    state, begun = begin(START)
    acts, now = list(begun), START
    for seconds, one in steps:
        now += timedelta(seconds=seconds)
        state, new = advance(state, one, now, find)
        acts += new
    return state, now, acts


@given(course)
def test_every_state_leads_to_a_person_by_itself(steps: list[tuple[float, Heard]]) -> None:
    state, now, acts = reached(steps)
    for _ in range(120):
        now += timedelta(seconds=1)
        state, new = advance(state, Elapsed(), now, find)
        acts += new
    assert isinstance(state, Over) and state.to is not None
    assert [act.to for act in acts if isinstance(act, HandOver)] == [state.to]


@given(course)
def test_danger_goes_to_102_from_everywhere(steps: list[tuple[float, Heard]]) -> None:
    state, now, acts = reached(steps)
    after, new = advance(state, Danger("нож"), now, find)
    assert after == Over(To.LINE_102)
    assert HandOver(To.LINE_102, "danger words") in new or HandOver(To.LINE_102, "asked for 102") in acts


@given(course, st.sampled_from([Key("0"), Broken("voice lost")]))
def test_key_0_and_a_broken_voice_lead_to_a_person(steps: list[tuple[float, Heard]], heard: Heard) -> None:
    state, now, _ = reached(steps)
    after, new = advance(state, heard, now, find)
    assert isinstance(after, Over)
    assert isinstance(state, Over) or (after.to is To.PERSON and isinstance(new[-1], HandOver))


@given(course)
def test_a_dropped_flag_goes_to_102(steps: list[tuple[float, Heard]]) -> None:
    state, now, _ = reached(steps)
    if not isinstance(state, Over):
        assert advance(state, Vetoed("x"), now, find)[1] == (HandOver(To.LINE_102, "the flag was dropped"),)


@given(course)
def test_only_a_whole_answer_is_served(steps: list[tuple[float, Heard]]) -> None:
    acts = reached(steps)[2]
    for at, act in enumerate(acts):
        if isinstance(act, Served):
            read = [one for one in acts[:at] if isinstance(one, Read)]
            assert read and read[-1].found.entry.topic == act.topic
