"""May this call be shown as a question? The one rule, for the service and for ``line102 triage evaluate``. Pure."""

from __future__ import annotations

from line102.words import Assessment, Label, Urgency

MIN_CONFIDENCE = 0.93  # chosen on training lines: docs/triage.md
MIN_WORDS = 3


def may_flag(assessment: Assessment | None) -> bool:
    """Everything unknown, late, short, vetoed, urgent or doubtful may not."""
    match assessment:
        case Assessment(label=Label.INFORMATIONAL, vetoes=(), urgency=Urgency.NORMAL, confidence=sure, text=text):
            return sure >= MIN_CONFIDENCE and len(text.split()) >= MIN_WORDS
        case _:
            return False
