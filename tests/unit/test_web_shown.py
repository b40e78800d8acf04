"""What a page may see of a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from line102.board import new_story
from line102.calls import CallId, CallRecord, Side
from line102.coverage import NOT_FOUND
from line102.decisions import Decisions, Flag
from line102.ports import AssessmentAt, CallStory, StoredRecording
from line102.web import openapi
from line102.web.shown import Shown
from line102.words import Assessment, Coverage, Heard, Label, Mode, Stretch, Urgency
from tests.fakes.scripted import T0, at, seconds, segment

MISSED = Stretch(side=Side.CALLER, start=seconds(5), end=seconds(9), reason="tap lost")
ASIDE = StoredRecording(
    path=None, duration=seconds(0), sha256="", repaired=False, short_by=seconds(0), set_aside="unreadable"
)
WHOLE = replace(ASIDE, path="a.wav", set_aside=None)


def story(**more: object) -> CallStory:
    record = CallRecord(call_id=CallId("a-1.1"), offered_at=T0, number="77010000001")
    return replace(new_story(record), missed=(MISSED,), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "state"),
    [
        (story(), "pending"),
        (story(recording=WHOLE), "pending"),
        (story(recording=ASIDE), "lost"),
        (story(recording=WHOLE, transcript_complete=True), "recovered"),
        (story(segments=(segment(Side.CALLER, 6, 8, "слова", heard=Heard.RECORDING),)), "recovered"),
        (story(segments=(segment(Side.OPERATOR, 6, 8, "слова", heard=Heard.RECORDING),)), "pending"),
        (story(segments=(segment(Side.CALLER, 9, 11, "слова", heard=Heard.RECORDING),)), "pending"),
        (story(segments=(segment(Side.CALLER, 6, 8, "слова"),)), "pending"),
    ],
)
def test_a_missed_stretch_tells_its_fate(held: CallStory, state: str) -> None:
    assert Shown(flags=True).call(held, at(20)).missed[0].state == state


def test_a_gap_that_the_recording_did_not_fill_is_lost() -> None:
    gap = replace(MISSED, reason=NOT_FOUND)
    held = replace(story(recording=WHOLE, transcript_complete=True), missed=(gap,))
    assert Shown(flags=True).call(held, at(20)).missed[0].state == "lost"


def test_a_flag_leaves_the_server_only_when_flags_are_shown() -> None:
    made = Assessment(
        label=Label.EMERGENCY, confidence=1.0000001, evidence=(), vetoes=(), text="помогите", assessor="phrases@1"
    )
    flagged = story(assessment=AssessmentAt(at=T0, assessment=made))
    assert Shown(flags=False).call(flagged, at(1)).assessment is None
    shown = Shown(flags=True).call(flagged, at(1)).assessment
    assert shown is not None and shown.confidence == 1.0


@pytest.mark.parametrize(
    ("mode", "shown", "seen"),
    [
        (Mode.SHADOW, False, False),
        (Mode.SHADOW, True, True),
        (Mode.ASSIST, False, True),
        (Mode.OFFER, False, True),
    ],
)
def test_a_flag_of_shadow_stays_inside(mode: Mode, shown: bool, seen: bool) -> None:
    flag = Flag(at=T0, mode=mode, language="ru", confidence=1.0000001, words="адрес")
    answer = Shown(flags=shown).call(story(decisions=Decisions(flag=flag)), at(1))
    assert (answer.flag is not None) is seen
    assert answer.flag is None or (answer.flag.mode, answer.flag.confidence, answer.flag.decided) == (mode, 1.0, None)


@pytest.mark.parametrize("urgency", Urgency)
def test_every_urgency_has_its_name(urgency: Urgency) -> None:
    raised = story(decisions=Decisions(urgency=urgency, urgent_words="он рядом"))
    answer = Shown(flags=False).call(raised, at(1))
    assert (answer.urgency, answer.urgent_words) == (urgency.name.lower(), "он рядом")


def test_a_clock_that_runs_behind_gives_no_negative_wait() -> None:
    assert Shown(flags=False).call(story(), at(-3)).waited_s == 0.0


def test_the_document_names_every_address_once_and_refers_to_nothing_missing() -> None:
    document = openapi.document("1")
    text = str(document)
    schemas = document["components"]["schemas"]  # type: ignore[index]
    for name in {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    assert set(document["paths"]) >= {"/api/live", "/api/calls", "/api/calls/{call_id}", "/api/gaps"}  # type: ignore[arg-type]


def test_the_whole_story_of_a_call_reaches_the_page() -> None:
    covered = Coverage(side=Side.CALLER, speech=seconds(9), text=seconds(6), suppressed=seconds(2), missing=seconds(1))
    partial = segment(Side.CALLER, 1, 2, "улица абая", final=False, committed=5, as_heard="улица обоя")
    shown = Shown(flags=False).call(
        story(coverage=(covered,), revised_by="large@1", language="kk", segments=(partial,)), at(20)
    )
    assert [c.model_dump(mode="json") for c in shown.coverage] == [
        {"side": "caller", "speech_s": 9.0, "text_s": 6.0, "suppressed_s": 2.0, "missing_s": 1.0}
    ]
    assert (shown.revised_by, shown.language) == ("large@1", "kk")
    assert (shown.segments[0].committed, shown.segments[0].as_heard) == (5, "улица обоя")
