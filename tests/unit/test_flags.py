"""Who is shown as a questioner, and what an operator's key does about it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from line102.calls import HELP_LINE
from line102.errors import Refused
from line102.events import (
    CallEnded,
    CallerJoined,
    CallFlagged,
    FlagDropped,
)
from line102.words import Mode
from tests.fakes.desk import OP, A, B, Desk, answered, running, sent


async def test_a_question_is_flagged_in_shadow_and_nothing_happens() -> None:
    async with running(Desk()) as desk:
        desk.operators("talking")
        desk.calls()
        desk.says("как подать заявление")
        assert (await desk.until(CallFlagged)).mode is Mode.SHADOW
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        await asyncio.sleep(0)
        assert desk.control.done == []


async def test_a_question_that_turns_loses_its_flag_at_that_word_for_ever() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(answered())
        desk.says("у него нож")
        assert "urgent" in (await desk.until(FlagDropped)).because
        desk.says("как подать заявление")
        assert len(desk.journal.of(CallFlagged)) == 1
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")


async def test_a_veto_takes_the_flag_away() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("как подать заявление")
        desk.says("он опять пришёл")
        assert "again" in (await desk.until(FlagDropped)).because


async def test_a_veto_of_the_call_does_not_disappear_when_the_words_are_read_anew() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("опять пришёл", revision=1)
        assert "again" in desk.story().assessment.assessment.vetoes  # type: ignore[union-attr]
        desk._spoken -= 2
        desk.says("как подать заявление", revision=2)
        assert "again" in desk.story().assessment.assessment.vetoes  # type: ignore[union-attr]
        assert desk.journal.of(CallFlagged) == []


async def test_a_number_that_was_urgent_today_is_no_question() -> None:
    async with running(Desk()) as desk:
        desk.calls(B, "7702")
        desk.says("нож", B)
        desk.happen(CallEnded(call_id=B, at=datetime.now(UTC)))
        desk.calls(A, "7702")
        desk.says("как подать заявление")
        assert desk.journal.of(CallFlagged) == []


async def test_a_flag_cannot_be_confirmed_after_its_language_was_turned_off() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.mode(Mode.SHADOW)
        with pytest.raises(Refused, match="shadow"):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        assert desk.control.done == []


async def test_a_refused_flag_sends_nobody() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.guide.decide_flag(A, by=OP, accepted=False, reason="not a question")
        await asyncio.sleep(0)
        assert desk.control.done == []
        with pytest.raises(Refused):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")


async def test_a_caller_who_is_at_the_help_line_is_not_sent_there_again() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.OFFER)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        with pytest.raises(Refused, match="already"):
            desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
