"""Who is raised, and moved ahead in the queue."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from line102.errors import Unreachable
from line102.events import (
    CallerJoined,
    CallOffered,
    PriorityChanged,
    UrgencyRaised,
)
from line102.words import Urgency
from tests.fakes.desk import QUEUE, A, Desk, running


async def test_danger_words_move_a_waiting_caller_ahead_with_the_words() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("у него нож")
        moved = await desk.until(PriorityChanged)
        raised = await desk.until(UrgencyRaised)
    assert (raised.urgency, raised.words) == (Urgency.DANGER, "нож")
    assert moved.priority == 10
    assert desk.control.of("raise_priority") == [10]


async def test_danger_in_a_sentence_that_goes_on_is_enough() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("он взял нож и", final=False, committed=len("он взял нож"))
        assert (await desk.until(UrgencyRaised)).urgency is Urgency.DANGER
        await desk.until(PriorityChanged)


async def test_words_that_are_not_certain_yet_raise_nobody() -> None:
    async with running(Desk()) as desk:
        desk.calls()
        desk.says("он взял нож", final=False, committed=len("он взял"))
        await asyncio.sleep(0)
        assert desk.journal.of(UrgencyRaised) == []


async def test_a_silent_caller_is_urgent_after_fifteen_seconds() -> None:
    async with running(Desk()) as desk:
        desk.calls(ago_s=16)
        assert (await desk.until(UrgencyRaised)).urgency is Urgency.UNCLEAR
        await desk.until(PriorityChanged)
        assert desk.control.of("raise_priority") == [5]


async def test_what_the_pbx_did_not_do_is_tried_again_until_it_did() -> None:
    async with running(Desk()) as desk:
        desk.control.failing["raise_priority"] = Unreachable("AMI", "scripted")
        desk.calls()
        desk.says("у него нож")
        await desk.control.until("raise_priority")
        assert desk.journal.of(PriorityChanged) == []
        del desk.control.failing["raise_priority"]
        await desk.control.until("raise_priority", 2)
        await desk.until(PriorityChanged)


async def test_an_urgent_caller_who_has_not_joined_yet_is_raised_when_they_join() -> None:
    async with running(Desk()) as desk:
        desk.happen(CallOffered(call_id=A, at=datetime.now(UTC), number="7701", dialled="102"))
        desk.says("нож")
        await desk.until(UrgencyRaised)
        assert desk.control.done == []
        desk.happen(CallerJoined(call_id=A, at=datetime.now(UTC), queue=QUEUE, position=3))
        await desk.until(PriorityChanged)
