"""Which segments the glossary corrects, and that triage hears what stood there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from line102.assess import assess_both, caller_words
from line102.calls import CallId, CallRecord, Side
from line102.ports import CallStory
from line102.words import Assessment, Evidence, Label, Segment
from transcription.glossary import Correction, corrected

HEARD = Segment(
    side=Side.CALLER,
    start=timedelta(0),
    end=timedelta(seconds=2),
    text="на пожарах стою",
    language="ru",
    confidence=0.9,
    model="own",
)


def as_street(text: str, language: str) -> Correction:
    """A glossary gone wrong: it makes a street of a fire."""
    assert language == "ru"
    return Correction(text=text.replace("пожарах", "Пожарского"), as_heard=text)


def by_one_word(text: str) -> Assessment:
    """Fire is danger; "стою" is an odd thing to say."""
    fire = "пожар" in text
    evidence = (Evidence(words="пожар", start=3, end=8, label=Label.EMERGENCY, because="пожар"),) if fire else ()
    label = Label.EMERGENCY if fire else Label.INFORMATIONAL
    vetoes = ("danger words",) if fire else ("a street",)
    return Assessment(label=label, confidence=0.7, evidence=evidence, vetoes=vetoes, text=text, assessor="own")


def story(*segments: Segment) -> CallStory:
    record = CallRecord(call_id=CallId("1"), number="", dialled="102", offered_at=datetime(2030, 1, 1, tzinfo=UTC))
    return CallStory(
        record=record, segments=segments, missed=(), assessment=None, recording=None, transcript_complete=False
    )


def test_a_final_is_corrected_and_keeps_what_was_heard() -> None:
    segment = corrected(HEARD, as_street)
    assert (segment.text, segment.as_heard) == ("на Пожарского стою", "на пожарах стою")
    assert replace(segment, text=HEARD.text, as_heard=None) == HEARD


@pytest.mark.parametrize(
    "segment",
    [replace(HEARD, final=False), replace(HEARD, suppressed="no words recognised")],
    ids=["partial", "doubtful"],
)
def test_partials_and_suppressed_texts_stay_as_they_were_heard(segment: Segment) -> None:
    assert corrected(segment, as_street) is segment


def test_without_a_glossary_nothing_changes() -> None:
    assert corrected(HEARD, None) is HEARD


def test_no_correction_takes_a_sign_of_danger_away() -> None:
    segment = corrected(HEARD, as_street)
    assert caller_words(story(segment)) == "на Пожарского стою"
    assert caller_words(story(segment), as_heard=True) == HEARD.text
    assert by_one_word(segment.text).label is Label.INFORMATIONAL
    assessment = assess_both(story(segment), by_one_word)
    assert assessment.label is Label.EMERGENCY
    assert [e.words for e in assessment.evidence] == ["пожар"]
    assert assessment.text == HEARD.text
    assert assessment.vetoes == ("a street", "danger words")


def test_a_danger_that_only_the_correction_shows_counts_too() -> None:
    segment = replace(HEARD, text="тут пожар стою", as_heard="тут пажыр стою")
    assessment = assess_both(story(segment), by_one_word)
    assert (assessment.label, assessment.text) == (Label.EMERGENCY, "тут пожар стою")
