"""The scripts of synthetic people: the same seed says the same words, and the mix is what was asked for."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from line102.calls import OperatorId, Side
from line102.errors import BadSetting
from synthetic.grammar import Grammar, load_grammar
from synthetic.people import OperatorSeat, PeopleSettings
from synthetic.script import CallScript, Conduct, Manners, calls

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
        assert len(caller_says) == (0 if script.conduct is Conduct.SILENT else 3)
        assert timedelta(seconds=2) <= script.operator_answers_after <= timedelta(seconds=6)
        assert {turn.voice.language for turn in script.talk} == {script.language}
        assert all(0 < len(turn.text.split()) <= 13 for turn in script.talk)
        assert (script.patience < timedelta(seconds=10)) == (script.conduct is Conduct.GIVES_UP)


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
