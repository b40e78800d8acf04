"""The figures of an evaluation, and the gate that a new model must pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from line102.words import Assessment, Label, Urgency
from routing.corpus import CorpusLine, read_corpus, read_evaluation
from routing.judging import Judged, figures, judge
from routing.model_gate import LEVELS, refusals, summary


def line(number: int, label: Label, language: str = "ru") -> CorpusLine:
    return CorpusLine(
        line_id=f"x{number}",
        text=f"один два три {number}",
        language=language,
        label=label,
        category="x",
        hard=False,
        turns_at=None,
    )


def said(text: str, label: Label, *, vetoes: tuple[str, ...] = ()) -> Assessment:
    urgency = Urgency.DANGER if label is Label.EMERGENCY else Urgency.NORMAL
    return Assessment(
        label=label, confidence=0.99, evidence=(), vetoes=vetoes, text=text, assessor="test", urgency=urgency
    )


def judged(true: Label, assessed: Label, number: int = 1) -> Judged:
    one = line(number, true)
    flagged = assessed is Label.INFORMATIONAL
    return Judged(line=one, text=one.text, assessment=said(one.text, assessed), flagged=flagged, milliseconds=1.0)


def at_all_levels(*ones: Judged) -> dict[float, tuple[Judged, ...]]:
    return dict.fromkeys(LEVELS, ones)


GOOD = (judged(Label.EMERGENCY, Label.EMERGENCY), judged(Label.INFORMATIONAL, Label.INFORMATIONAL, 2))


def test_figures_are_per_language_and_in_all() -> None:
    lines = (line(1, Label.EMERGENCY), line(2, Label.INFORMATIONAL, "kk"))
    ticks = iter(range(10))
    told = figures(
        judge(lines, lambda text: said(text, Label.EMERGENCY), word_error_rate=0.0, clock=lambda: next(ticks) / 1000)
    )
    assert list(told) == ["all", "kk", "ru"]
    whole = told["all"]
    assert isinstance(whole, dict)
    assert whole["lines"] == 2
    assert whole["emergency_raised_share"]["share"] == 1.0
    assert whole["raised_share_of_others"]["INFORMATIONAL"]["share"] == 1.0
    assert whole["informational_flagged_share"]["share"] == 0.0
    assert whole["milliseconds"] == {"mean": 1.0, "p95": 1.0}
    assert whole["recall"]["NON_URGENT"] is None


def test_a_miss_is_counted_and_named_with_its_bound() -> None:
    told = figures([judged(Label.EMERGENCY, Label.INFORMATIONAL, 7), judged(Label.EMERGENCY, Label.EMERGENCY)])["all"]
    assert isinstance(told, dict)
    missed = told["emergency_flagged_informational"]
    assert (missed["count"], missed["ids"]) == (1, ["x7"])
    assert missed["share_below_95"] == pytest.approx(0.9747, abs=1e-3)  # 1 of 2: Clopper-Pearson


def test_a_model_as_good_as_the_current_one_is_taken() -> None:
    assert refusals(at_all_levels(*GOOD), at_all_levels(*GOOD)) == ()


@pytest.mark.parametrize("label", [Label.EMERGENCY, Label.NON_URGENT, Label.SILENT_OR_UNCLEAR])
def test_one_mistaken_flag_at_one_level_is_refused(label: Label) -> None:
    new = at_all_levels(*GOOD) | {0.25: (*GOOD, judged(label, Label.INFORMATIONAL, 9))}
    (reason, *_) = refusals(new, at_all_levels(*GOOD))
    assert f"1 {label} lines are flagged" in reason
    assert "25%" in reason
    assert "x9" in reason


def test_a_model_that_raises_fewer_emergencies_is_refused() -> None:
    new = at_all_levels(*GOOD, judged(Label.EMERGENCY, Label.NON_URGENT, 3))
    assert "raises 50.0% of the emergencies" in refusals(new, at_all_levels(*GOOD))[0]


def test_a_model_that_flags_fewer_questions_is_refused() -> None:
    new = at_all_levels(GOOD[0], replace(GOOD[1], flagged=False))
    assert "flags 0.0% of the questions" in refusals(new, at_all_levels(*GOOD))[0]


def test_the_sheet_tells_what_the_gate_measured() -> None:
    told = summary(at_all_levels(*GOOD))["0.25"]
    assert isinstance(told, dict)
    assert told["flagged_by_mistake"] == {"EMERGENCY": 0, "NON_URGENT": 0, "SILENT_OR_UNCLEAR": 0}


def test_lines_to_judge_by_need_only_text_language_and_label() -> None:
    (one, two) = read_evaluation(
        [
            '{"text": "алло", "lang": "ru", "label": "NUISANCE"}',
            '{"text": "", "lang": "kk", "label": "SILENT_OR_UNCLEAR"}',
        ],
        source="x",
    )
    assert (one.line_id, two.line_id, two.text) == ("1", "2", "")


def test_lines_to_learn_from_need_more() -> None:
    with pytest.raises(Exception, match="x:1"):
        read_corpus(['{"text": "алло", "lang": "ru", "label": "NUISANCE"}'], source="x")
