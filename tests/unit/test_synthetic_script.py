"""The scripts of synthetic people: the same seed says the same words, and the mix is what was asked for."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from line102.calls import OperatorId, Side
from line102.errors import BadSetting
from routing.places.finder import PlaceFinder
from synthetic.grammar import Grammar, Matter, load_grammar
from synthetic.people import OperatorSeat, PeopleSettings
from synthetic.sayings import DANGERS, NO, QUESTIONS, THANKS, YES, Sayings
from synthetic.script import WAVE_S, CallScript, Conduct, Manners, Reply, Turn, busyness, calls

PATH = Path(__file__).parents[2] / "transcription/demo_model/recipe/grammar.py"


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return load_grammar(PATH)


def first(grammar: Grammar, count: int, *, seed: int = 102, manners: Manners | None = None) -> list[CallScript]:
    return list(islice(calls(seed, manners or Manners(), grammar), count))


def test_the_same_seed_gives_the_same_calls(grammar: Grammar) -> None:
    assert first(grammar, 20) == first(grammar, 20)
    assert first(grammar, 20)[:10] == first(grammar, 10)


def test_another_seed_gives_other_calls(grammar: Grammar) -> None:
    ours, theirs = first(grammar, 10), first(grammar, 10, seed=103)
    assert [script.talk for script in ours] != [script.talk for script in theirs]


def test_calls_come_as_often_as_asked_and_numbers_are_nobodys(grammar: Grammar) -> None:
    scripts = first(grammar, 300, manners=Manners(calls_per_minute=30))
    assert timedelta(minutes=8) < scripts[-1].starts_at < timedelta(minutes=12)
    assert [script.starts_at for script in scripts] == sorted(script.starts_at for script in scripts)
    assert len({script.number for script in scripts}) == 300
    assert all(script.number.startswith("77000000") for script in scripts)


def test_busy_and_quiet_times_follow_each_other(grammar: Grammar) -> None:
    starts = [script.starts_at.total_seconds() for script in first(grammar, 300, manners=Manners(calls_per_minute=30))]
    busy = sum(start % WAVE_S < WAVE_S / 2 for start in starts)
    assert busy / 300 == pytest.approx(0.75, abs=0.08)
    assert [busyness(at) for at in (0.0, 30.0, 90.0)] == pytest.approx([1.0, 1.8, 0.2])


def test_the_mix_is_what_was_asked_for(grammar: Grammar) -> None:
    scripts = first(grammar, 400, manners=Manners(silent=0.2, gives_up=0.3, kazakh=0.5))
    share = {conduct: sum(script.conduct is conduct for script in scripts) / 400 for conduct in Conduct}
    assert share[Conduct.SILENT] == pytest.approx(0.2, abs=0.06)
    assert share[Conduct.GIVES_UP] == pytest.approx(0.3, abs=0.06)
    assert sum(script.language == "kk" for script in scripts) / 400 == pytest.approx(0.5, abs=0.07)


def test_each_call_is_a_dialogue(grammar: Grammar) -> None:
    for script in first(grammar, 200):
        caller_says = [turn for turn in (*script.waiting, *script.talk) if turn.side is Side.CALLER]
        assert script.talk[0].side is Side.OPERATOR  # the operator greets
        assert len(caller_says) == (0 if script.conduct is Conduct.SILENT else 4)
        assert timedelta(seconds=2) <= script.operator_answers_after <= timedelta(seconds=6)
        assert {turn.voice.language for turn in script.talk} == {script.language}
        assert all(0 < len(turn.text.split()) <= 13 for turn in script.talk)
        assert (script.patience < timedelta(seconds=10)) == (script.conduct is Conduct.GIVES_UP)


def test_who_has_a_question_asks_it_in_the_queue_and_again_of_the_robot(grammar: Grammar) -> None:
    scripts = first(grammar, 200, manners=Manners(asks_waiting=1.0, silent=0, gives_up=0))
    askers = [script for script in scripts if script.matter is Matter.QUESTION]
    assert len(askers) > 40
    for script in askers:
        (asked,) = script.waiting
        assert asked.text in QUESTIONS[script.language]
        again, thanks = script.asks_robot
        assert again == asked
        assert thanks.text in THANKS[script.language]
        assert thanks.voice == asked.voice


def test_danger_words_are_said_in_the_queue_and_an_address_follows(grammar: Grammar) -> None:
    scripts = first(grammar, 300, manners=Manners(danger=1.0, speaks_waiting=0.0, silent=0, gives_up=0))
    emergencies = [script for script in scripts if script.matter is Matter.EMERGENCY]
    assert len(emergencies) > 100
    for script in emergencies:
        assert [turn.text in DANGERS[script.language] for turn in script.waiting] == [True]
    find = PlaceFinder().find
    placed = sum(bool(find(turn.text)) for script in emergencies for turn in caller_turns(script)[:1])
    assert placed > 0.8 * len(emergencies)
    assert not any(script.waiting for script in scripts if script.matter is Matter.NUISANCE)


def caller_turns(script: CallScript) -> list[Turn]:
    """What the caller says to the operator."""
    return [turn for turn in script.talk if turn.side is Side.CALLER]


def test_replies_to_an_offer_are_shared_out_as_asked(grammar: Grammar) -> None:
    scripts = first(grammar, 600, manners=Manners(presses_1=0.3, says_yes=0.2, refuses=0.1, silent=0, gives_up=0))
    share = {reply: sum(script.reply is reply for script in scripts) / 600 for reply in Reply}
    assert share[Reply.PRESSES_1] == pytest.approx(0.3, abs=0.06)
    assert share[Reply.SAYS_YES] == pytest.approx(0.2, abs=0.06)
    assert share[Reply.REFUSES] == pytest.approx(0.1, abs=0.05)
    spoken: dict[Reply, Sayings] = {Reply.SAYS_YES: YES, Reply.REFUSES: NO}
    for script in scripts:
        if script.reply in spoken:
            assert script.answer is not None
            assert script.answer.text in spoken[script.reply][script.language]
        else:
            assert script.answer is None


def test_most_of_those_who_are_asked_wait_on_and_the_silent_never_answer(grammar: Grammar) -> None:
    scripts = first(grammar, 400)
    talkers = [script for script in scripts if script.conduct is Conduct.TALKS]
    ignoring = sum(script.reply is Reply.IGNORES for script in talkers)
    assert all(sum(script.reply is reply for script in talkers) < ignoring for reply in Reply if reply != "ignores")
    for script in scripts:
        if script.conduct is not Conduct.TALKS:
            assert script.reply is Reply.IGNORES
        if script.conduct is Conduct.SILENT:
            assert script.asks_robot == ()


def test_the_help_lines_person_answers_some_and_not_all(grammar: Grammar) -> None:
    answers = sum(script.helper_answers for script in first(grammar, 300, manners=Manners(helper_answers=0.6)))
    assert answers / 300 == pytest.approx(0.6, abs=0.08)


def test_everything_that_may_be_said_is_made_beforehand(grammar: Grammar) -> None:
    for script in first(grammar, 50):
        said = {*script.waiting, *script.talk, *script.asks_robot, *([script.answer] if script.answer else [])}
        assert set(script.turns) == said


def test_a_missing_grammar_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"nowhere\.py"):
        load_grammar(tmp_path / "nowhere.py")


@pytest.mark.parametrize(
    "wrong",
    [{"max_calls": None}, {"max_at_once": 0}, {"trunk_host": "192.0.2.1"}, {"sip_host": "pbx.example"}],
)
def test_a_run_without_bounds_or_off_this_machine_is_refused(wrong: dict[str, object], tmp_path: Path) -> None:
    chosen: dict[str, object] = {
        "sip_host": "127.0.0.1",
        "sip_port": 5162,
        "operators": (OperatorSeat(operator_id=OperatorId("op1"), password="any"),),
        "speech_folder": tmp_path,
        "grammar": PATH,
        "max_calls": 1,
    }
    with pytest.raises(BadSetting):
        PeopleSettings(**(chosen | wrong))  # type: ignore[arg-type]
