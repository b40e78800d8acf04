"""How well triage does on its own corpus: ``python -m routing.evaluate``.

Leave one out: each line is assessed by an assessor that never saw it. The written cues were chosen by people who had
read the corpus, so these figures flatter; docs/triage.md says what else was measured.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from line102.words import Assessment, Label
from routing.corpus import CorpusLine, seed_corpus
from routing.cues import Cue, seed_cues
from routing.phrases import PhraseAssessor


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of the corpus and what was made of it."""

    line: CorpusLine
    assessment: Assessment


def leave_one_out(lines: Sequence[CorpusLine], cues: Sequence[Cue]) -> tuple[Judged, ...]:
    """Assess each line by what the others teach; O(n²) over the corpus, about 4 s for 300 lines."""
    judged = []
    for at, line in enumerate(lines):
        others = (*lines[:at], *lines[at + 1 :])
        judged.append(Judged(line, PhraseAssessor(others, cues).assess(line.text)))
    return tuple(judged)


def confusion(judged: Sequence[Judged]) -> Counter[tuple[Label, Label]]:
    """(true label, assessed label) → lines."""
    return Counter((one.line.label, one.assessment.label) for one in judged)


def recall(judged: Sequence[Judged], label: Label) -> float:
    """Share of the lines of ``label`` that were assessed so, 0.0-1.0."""
    of_label = [one for one in judged if one.line.label is label]
    return sum(one.assessment.label is label for one in of_label) / len(of_label)


def precision(judged: Sequence[Judged], label: Label) -> float:
    """Share of the lines assessed as ``label`` that are, 0.0-1.0; 1.0 when none was."""
    so = [one for one in judged if one.assessment.label is label]
    return sum(one.line.label is label for one in so) / len(so) if so else 1.0


def main() -> None:
    """Print the confusion table and every line that must never happen."""
    judged = leave_one_out(seed_corpus(), seed_cues())
    table = confusion(judged)
    out = sys.stdout.write
    out(f"{len(judged)} lines, leave one out; rows: true label, columns: assessed\n")
    out(" " * 18 + "".join(f"{label[:13]:>15}" for label in Label) + f"{'recall':>9}{'precision':>11}\n")
    for true in Label:
        cells = "".join(f"{table[true, assessed]:>15}" for assessed in Label)
        out(f"{true:<18}{cells}{recall(judged, true):>9.2f}{precision(judged, true):>11.2f}\n")
    for one in judged:
        if one.assessment.label is Label.INFORMATIONAL and one.line.label is not Label.INFORMATIONAL:
            out(f"NOT A QUESTION: {one.line.line_id} {one.line.label}: {one.line.text}\n")


if __name__ == "__main__":
    main()
