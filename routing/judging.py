"""How well triage does on labelled lines: the figures of ``line102 triage evaluate``. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from line102.words import Assessment, Label, Urgency
from routing.corpus import CorpusLine
from routing.flagging import may_flag
from routing.gates import upper_bound
from routing.noise import corrupt

NOISE_SEED = 7  # never one that training used
NEVER = (Label.EMERGENCY, Label.NON_URGENT, Label.SILENT_OR_UNCLEAR)  # never flagged as a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One line, the text that was assessed, and what was made of it."""

    line: CorpusLine
    text: str
    assessment: Assessment
    flagged: bool
    milliseconds: float

    @property
    def raised(self) -> bool:
        """The caller moves ahead because this may be an emergency: by two steps when it surely is, else by one."""
        return self.assessment.label is Label.EMERGENCY

    @property
    def at_danger(self) -> bool:
        return self.assessment.urgency is Urgency.DANGER


def judge(
    lines: Sequence[CorpusLine],
    assess: Callable[[str], Assessment],
    *,
    word_error_rate: float,
    clock: Callable[[], float],
) -> tuple[Judged, ...]:
    """Assess every line with simulated errors. ``clock``: seconds, monotonic."""
    judged = []
    for line in lines:
        text = corrupt(line.text, word_error_rate, NOISE_SEED, line.language) if word_error_rate else line.text
        began = clock()
        assessment = assess(text)
        took = (clock() - began) * 1000
        flagged = may_flag(assessment)
        judged.append(Judged(line=line, text=text, assessment=assessment, flagged=flagged, milliseconds=took))
    return tuple(judged)


def figures(judged: Sequence[Judged]) -> dict[str, object]:
    """One JSON object: ``all`` and every language. Shares 0.0-1.0; None where there was no line."""
    languages = sorted({one.line.language for one in judged})
    told: dict[str, object] = {"all": _figures(judged)}
    return told | {
        language: _figures([one for one in judged if one.line.language == language]) for language in languages
    }


def misses(judged: Sequence[Judged], label: Label) -> tuple[Judged, ...]:
    """The lines of ``label`` that were flagged as questions."""
    return tuple(one for one in judged if one.line.label is label and one.flagged)


def _figures(judged: Sequence[Judged]) -> dict[str, object]:
    of = {label: [one for one in judged if one.line.label is label] for label in Label}
    told: dict[str, object] = {"lines": len(judged)}
    told["recall"] = {
        label.value: _share([one.assessment.label is label for one in ones]) for label, ones in of.items()
    }
    for label in (Label.EMERGENCY, Label.NON_URGENT, Label.SILENT_OR_UNCLEAR, Label.NUISANCE):
        missed = misses(judged, label)
        told[f"{label.value.lower().removesuffix('_or_unclear')}_flagged_informational"] = {
            "count": len(missed),
            "ids": [one.line.line_id for one in missed],
            "share_below_95": round(upper_bound(len(missed), len(of[label])), 4) if of[label] else None,
        }
    told["informational_flagged_share"] = _share([one.flagged for one in of[Label.INFORMATIONAL]])
    told["emergency_raised_share"] = _share([one.raised for one in of[Label.EMERGENCY]])
    told["emergency_at_danger_share"] = _share([one.at_danger for one in of[Label.EMERGENCY]])
    told["at_danger_share_of_others"] = {
        label.value: _share([one.at_danger for one in ones])
        for label, ones in of.items()
        if label is not Label.EMERGENCY
    }
    told["raised_share_of_others"] = {
        label.value: _share([one.raised for one in ones]) for label, ones in of.items() if label is not Label.EMERGENCY
    }
    times = sorted(one.milliseconds for one in judged)
    told["milliseconds"] = {"mean": round(fmean(times), 3), "p95": round(times[int(0.95 * (len(times) - 1))], 3)}
    return told


def _share(hits: Sequence[bool]) -> dict[str, object] | None:
    """A share with its exact 95 % bounds, each one-sided. Source: Clopper-Pearson."""
    if not hits:
        return None
    said, of = sum(hits), len(hits)
    low, high = 1 - upper_bound(of - said, of), upper_bound(said, of)
    return {"share": round(said / of, 4), "of": of, "low_95": round(low, 4), "high_95": round(high, 4)}
