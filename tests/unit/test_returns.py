"""Sent by an operator's key, and what brings a caller back from the help line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from line102.calls import HELP_LINE, StayEnd
from line102.errors import Refused, Unreachable
from line102.events import (
    CallerJoined,
    CallerLeftQueue,
    FlagDecided,
    HelpLineLeft,
    OperatorLeft,
    PriorityChanged,
    UrgencyRaised,
)
from line102.words import Mode
from tests.fakes.desk import OP, QUEUE, A, B, Desk, answered, running, sent


async def test_an_operators_key_sends_the_caller_and_danger_brings_them_back() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.guide.decide_flag(A, by=OP, accepted=True, reason="")
        await desk.control.until("transfer")
        assert desk.control.of("prepare") == [("ru", True, "op1")]
        assert (await desk.until(FlagDecided)).accepted
        desk.happen(*sent("op1")[1:])
        desk.says("у него нож")
        await desk.control.until("back_to_102")
        assert (await desk.until(HelpLineLeft)).why == "danger words"


async def test_with_a_person_at_the_help_line_that_person_decides() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        desk.happen(answered(queue=HELP_LINE))
        desk.says("у него нож")
        await desk.until(UrgencyRaised)
        await asyncio.sleep(0)
        assert desk.control.of("back_to_102") == []
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer")
        assert desk.control.of("prepare") == [], "unprepared, the dialplan takes them to the head of 102"


async def test_who_is_called_back_from_a_talk_there_is_called_until_they_are_back() -> None:
    async with running(Desk()) as desk:
        desk.control.failing["transfer"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.happen(*sent(), CallerJoined(call_id=A, at=datetime.now(UTC), queue=HELP_LINE, position=1))
        desk.happen(answered(queue=HELP_LINE))
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer", 2)
        del desk.control.failing["transfer"]
        await desk.control.until("transfer", 3)
        desk.happen(CallerJoined(call_id=A, at=datetime.now(UTC), queue=QUEUE, position=1))
        await _looked_again(desk)
        assert len(desk.control.of("transfer")) == 3, "back in 102: nothing is tried any more"
        assert [event.why for event in desk.journal.of(HelpLineLeft)] == ["called back by op1"]


async def test_who_was_called_back_is_left_with_the_person_of_102_who_answered() -> None:
    """Their queue could not be joined, so that the overflow rang: that is an answer at 102, though no stay says so."""
    async with running(Desk()) as desk:
        desk.control.failing["transfer"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.happen(*sent(), answered(queue=HELP_LINE))
        desk.guide.call_back(A, by=OP)
        await desk.control.until("transfer")
        desk.happen(OperatorLeft(call_id=A, at=datetime.now(UTC), operator_id=OP), answered(queue=None))
        tried = len(desk.control.of("transfer"))
        await _looked_again(desk)
        assert len(desk.control.of("transfer")) == tried
        with pytest.raises(Refused, match="not at the help line"):
            desk.guide.call_back(A, by=OP)


async def _looked_again(desk: Desk) -> None:
    """The periodic look has been at every call: a second caller, silent for 15 s now, is raised by nothing else."""
    desk.calls(B, "7709", ago_s=14)
    await desk.until(PriorityChanged)


async def test_who_was_not_kept_by_the_help_line_is_said_to_be_back_and_why() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        now = datetime.now(UTC)
        desk.happen(
            CallerJoined(call_id=A, at=now, queue=HELP_LINE, position=1),
            CallerLeftQueue(call_id=A, at=now, queue=HELP_LINE, reason=StayEnd.TIMEOUT),
            CallerJoined(call_id=A, at=now, queue=QUEUE, position=1),
        )
        assert (await desk.until(HelpLineLeft)).why == "unanswered"
        assert desk.story().record.offered_at < now - timedelta(seconds=7), "the wait counts from the first offer"
