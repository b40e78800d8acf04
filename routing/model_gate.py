"""May a newly trained model be taken? Pure. The reasons are for the administrator who trained it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from line102.words import Assessment, Label
from routing.corpus import CorpusLine
from routing.judging import NEVER, Judged, judge, misses

LEVELS = (0.0, 0.10, 0.25)  # simulated word error rates
MARGIN = 0.01  # share by which the recall of emergencies may be worse than the current model's
QUESTION_MARGIN = 0.05  # the same for questions flagged


def measured(
    lines: Sequence[CorpusLine], assess: Callable[[str], Assessment], clock: Callable[[], float]
) -> dict[float, tuple[Judged, ...]]:
    """The gate's lines judged at every level."""
    return {level: judge(lines, assess, word_error_rate=level, clock=clock) for level in LEVELS}


def refusals(new: dict[float, tuple[Judged, ...]], current: dict[float, tuple[Judged, ...]]) -> tuple[str, ...]:
    """Why the new model is not taken, one reason a line; () when it may be."""
    return tuple(reason for level in LEVELS for reason in _at(level, new[level], current[level]))


def summary(judged: dict[float, tuple[Judged, ...]]) -> dict[str, object]:
    """For the model's sheet."""
    return {
        f"{level:.2f}": {
            "emergency_raised_share": round(raised_share(ones), 4),
            "informational_flagged_share": round(flagged_share(ones), 4),
            "flagged_by_mistake": {label.value: len(misses(ones, label)) for label in NEVER},
            "lines": len(ones),
        }
        for level, ones in judged.items()
    }


def raised_share(judged: Sequence[Judged]) -> float:
    """Of the emergencies, 0.0-1.0; 1.0 without any."""
    raised = [one.raised for one in judged if one.line.label is Label.EMERGENCY]
    return sum(raised) / len(raised) if raised else 1.0


def flagged_share(judged: Sequence[Judged]) -> float:
    """Of the questions, 0.0-1.0; 1.0 without any."""
    flagged = [one.flagged for one in judged if one.line.label is Label.INFORMATIONAL]
    return sum(flagged) / len(flagged) if flagged else 1.0


def _at(level: float, new: Sequence[Judged], current: Sequence[Judged]) -> list[str]:
    noise = f"at {level:.0%} word errors"
    reasons = []
    for label in NEVER:
        missed = misses(new, label)
        if missed:
            ids = ", ".join(one.line.line_id for one in missed[:5])
            reasons.append(f"{noise} {len(missed)} {label} lines are flagged as questions ({ids})")
    raised, raised_now = raised_share(new), raised_share(current)
    if raised < raised_now - MARGIN:
        reasons.append(f"{noise} it raises {raised:.1%} of the emergencies, the current model {raised_now:.1%}")
    flagged, flagged_now = flagged_share(new), flagged_share(current)
    if flagged < flagged_now - QUESTION_MARGIN:
        reasons.append(f"{noise} it flags {flagged:.1%} of the questions, the current model {flagged_now:.1%}")
    return reasons
