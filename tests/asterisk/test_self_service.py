"""The self-service of the help line on the real Asterisk: what holds the caller there, and every way out of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from line102.calls import CallId, Outcome
from line102.errors import Gone
from line102.events import CallAnswered
from line102.ports import KeyPressed
from telephony.phone_call import PhoneCall
from tests.asterisk.ami_watch import watching
from tests.asterisk.conftest import TestPbx
from tests.asterisk.help_line import (
    BACK_HZ,
    SENT,
    Control,
    agree,
    controlling,
    everybody_talks,
    heard_tone,
    hearing_caller,
    put_announcements,
    recorded,
    waiting,
)
from tests.asterisk.sip_callers import phone
from tests.asterisk.test_dialplan import Calls, channel_of, course, seen

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def announcements(pbx: TestPbx) -> None:
    put_announcements(pbx)


@pytest.fixture
def calls(pbx: TestPbx) -> Calls:
    return Calls(pbx)


@asynccontextmanager
async def self_served(pbx: TestPbx, calls: Calls) -> AsyncIterator[tuple[Control, PhoneCall, CallId]]:
    """A caller in the self-service: call number 1."""
    async with everybody_talks(pbx, calls), hearing_caller(pbx) as call:
        sent = CallId(await calls.reaches("ENTERQUEUE", 1))
        async with controlling(pbx) as control:
            await control.send(sent, self_service=True)
            await calls.reaches("HELPLINE", 1)
            yield control, call, sent


async def test_the_self_service_lets_go_when_the_service_says_nothing_more(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch:
        async with self_served(pbx, calls) as (control, call, sent):
            for _ in range(3):
                await control.keep_alive(sent)
                await asyncio.sleep(2)  # the silence itself is what is tested
                assert course(pbx, sent) == SENT, "kept for as long as it is told"
            before = len(call.heard())
            await seen(lambda: course(pbx, sent)[-1] == "ENTERQUEUE", within_s=5, what="back in 102")
            assert heard_tone(call.heard()[before:], BACK_HZ) == 0, "no announcement is in the way"
            assert await waiting(pbx) == [await channel_of(pbx, sent)]
        assert (await agree(pbx, watch, calls, 1)).outcome is Outcome.ABANDONED
        assert course(pbx, sent) == [*SENT, "ENTERQUEUE", "ABANDON", "ENDED"]


async def test_danger_words_in_the_self_service_are_at_the_head_of_102_at_once(pbx: TestPbx, calls: Calls) -> None:
    async with self_served(pbx, calls) as (control, call, sent):
        await control.keep_alive(sent)
        await control.back_to_102(sent)
        await seen(lambda: course(pbx, sent)[-1] == "ENTERQUEUE", within_s=1, what="back in 102")
        assert heard_tone(call.heard(), BACK_HZ) == 0, "no announcement is in the way"
        await control.to_person(sent)  # comes too late, and moves nobody
        await asyncio.sleep(0.6)
        assert await waiting(pbx) == [await channel_of(pbx, sent)]


@pytest.mark.parametrize("how", ["key", "said"])
async def test_who_asks_for_a_person_in_the_self_service_gets_one(pbx: TestPbx, calls: Calls, how: str) -> None:
    async with watching(pbx) as watch:
        async with self_served(pbx, calls) as (control, call, sent), phone(pbx, "help1", answers_after_s=0.1):
            await control.keep_alive(sent)
            call.press("7")  # means nothing
            await watch.until(lambda: [key.key for key in watch.of(KeyPressed)] == ["7"])
            assert course(pbx, sent) == SENT
            if how == "key":
                call.press("0")
            else:
                await control.to_person(sent)
            await calls.reaches("CONNECT help1", 1, within_s=3)
        assert (await agree(pbx, watch, calls, 1)).outcome is Outcome.HELPED


async def test_key_0_without_anybody_at_the_help_line_is_102(pbx: TestPbx, calls: Calls) -> None:
    async with self_served(pbx, calls) as (control, call, sent):
        await control.keep_alive(sent)
        call.press("0")
        await seen(lambda: course(pbx, sent)[-1] == "ENTERQUEUE", within_s=3, what="back in 102")
        assert course(pbx, sent) == [*SENT, "LEFT JOINEMPTY", "ENTERQUEUE"]


async def test_a_whole_answer_is_in_asterisks_own_record(pbx: TestPbx, calls: Calls) -> None:
    async with self_served(pbx, calls) as (control, call, sent):
        await control.keep_alive(sent)
        await control.note_served(sent)
        await calls.reaches("SERVED", 1)
        await call.hang_up()
    await calls.reaches("ENDED", 1)
    assert course(pbx, sent) == [*SENT, "SERVED", "ENDED"]
    record = recorded(pbx, sent)
    assert record.outcome is Outcome.SELF_SERVED
    assert record.served_at is not None
    with pytest.raises(Gone):
        async with controlling(pbx) as control:
            await control.keep_alive(sent)


async def test_without_app_queue_the_way_back_is_the_overflow(pbx: TestPbx, calls: Calls) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(pbx))
        async with everybody_talks(pbx, calls):
            call = await stack.enter_async_context(hearing_caller(pbx))
            sent = CallId(await calls.reaches("ENTERQUEUE", 1))
            control = await stack.enter_async_context(controlling(pbx))
            await control.send(sent, self_service=True)
            await calls.reaches("HELPLINE", 1)
            await control.keep_alive(sent)
        await calls.reaches("ENDED", 0)
        await control.keep_alive(sent)
        assert "Unloaded" in await pbx.cli("module unload app_queue.so")
        try:
            await stack.enter_async_context(phone(pbx, "duty", answers_after_s=0.1))
            call.press("0")
            await watch.has(sent, "CallAnswered")
        finally:
            await pbx.cli("module load app_queue.so")
        assert [(event.operator_id, event.queue) for event in watch.of(CallAnswered)][1:] == [("duty", None)]
    await calls.reaches("ENDED", 1)
    assert course(pbx, sent) == [*SENT, "ENDED"], "QueueLog is app_queue's own: without it nothing was written"
