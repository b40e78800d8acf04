"""The self-service, between the guide and the PBX."""

from __future__ import annotations

import asyncio

from line102.errors import Unreachable
from line102.events import (
    FlagDropped,
    HelpLineLeft,
    QuestionAnswered,
    SelfServed,
)
from line102.words import Mode
from tests.fakes.desk import A, Desk, running, sent


async def test_the_self_service_answers_and_asterisk_is_told_that_it_did() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        async with asyncio.timeout(5):
            while desk.voice.said != ["line102/ru/self-service-greeting"]:
                await asyncio.sleep(0)
        desk.says("как подать заявление")
        await desk.until(SelfServed)
        await desk.control.until("note_served")
        turn = await desk.until(QuestionAnswered)
        assert turn.topic == "statement"
        desk.presses("0")
        await desk.control.until("to_person")


async def test_another_question_in_the_self_service_is_no_reason_to_leave_it() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls()
        desk.says("как подать заявление")
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        desk.says("опять не то")
        desk.says("как подать заявление")
        await desk.until(SelfServed)
        assert desk.journal.of(FlagDropped) == []
        assert desk.control.of("back_to_102") == []


async def test_danger_in_the_self_service_goes_to_the_head_of_102_once() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("keep_alive")
        desk.says("тут нож")
        await desk.control.until("back_to_102")
        async with asyncio.timeout(5):
            while desk.voice.open:
                await asyncio.sleep(0)
        assert len(desk.journal.of(HelpLineLeft)) == 1
        assert desk.control.of("to_person") == []


async def test_danger_said_on_the_way_to_the_help_line_is_not_left_there() -> None:
    """The words come before the PBX tells that the caller has left: nobody was there yet to be brought back."""
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("тут нож")
        desk.control.failing["back_to_102"] = Unreachable("AMI", "scripted")
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("back_to_102")
        del desk.control.failing["back_to_102"]
        await desk.control.until("back_to_102", 2)
        assert desk.voice.said == [], "the robot does not talk with somebody in danger"
        assert len(desk.journal.of(HelpLineLeft)) == 1


async def test_a_self_service_whose_link_is_lost_is_left_to_the_dialplan() -> None:
    async with running(Desk()) as desk:
        desk.control.failing = dict.fromkeys(("keep_alive", "to_person", "back_to_102"), Unreachable("AMI", "scripted"))
        desk.voice.failing = Unreachable("ARI", "scripted")
        desk.calls()
        desk.happen(*sent())
        desk.guide.serve(A)
        await desk.control.until("to_person")
        assert desk.journal.of(HelpLineLeft) == [], "where the caller goes, the PBX will tell"
