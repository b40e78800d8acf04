"""The help line on the real Asterisk, with the raw call control and without the service: at every step, where is the
caller, and what does queue_log say?"""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from line102.calls import HELP_LINE, CallId, Outcome
from line102.errors import Gone
from line102.events import SentToHelpLine
from tests.asterisk.ami_watch import watching
from tests.asterisk.conftest import TestPbx
from tests.asterisk.help_line import (
    BACK_HZ,
    BEGIN,
    QUEUE,
    SENT,
    TO_HELP_HZ,
    agree,
    controlling,
    everybody_talks,
    heard_tone,
    hearing_caller,
    put_announcements,
    waiting,
    without_rings,
)
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_dialplan import Calls, channel_of, course, lines_of, seen

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def announcements(pbx: TestPbx) -> None:
    put_announcements(pbx)


@pytest.fixture
def calls(pbx: TestPbx) -> Calls:
    return Calls(pbx)


async def test_a_waiting_caller_is_answered_by_the_help_line(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch, everybody_talks(pbx, calls):
        async with phone(pbx, "help1", answers_after_s=0.5), hearing_caller(pbx) as call:
            sent = await calls.reaches("ENTERQUEUE", 1)
            async with controlling(pbx) as control:
                await control.send(sent, language="kk")
            await calls.reaches("CONNECT help1", 1)
            assert 0.1 < heard_tone(call.heard(), TO_HELP_HZ) < 0.5
        assert course(pbx, sent)[:-2] == [*SENT, "ENTERQUEUE", "CONNECT help1"]
        line = next(line for line in lines_of(pbx, sent) if line[4] == "HELPLINE")
        assert (line[2], line[3], line[6]) == ("102", "NONE", "caller")
        record = await agree(pbx, watch, calls, 1)
        assert record.outcome is Outcome.HELPED
        assert [stay.queue for stay in record.stays] == [QUEUE, HELP_LINE]
        assert [event.by for event in watch.of(SentToHelpLine)] == ["caller"]


async def test_unanswered_they_stand_where_they_stood_and_before_whoever_came_later(pbx: TestPbx, calls: Calls) -> None:
    """Priorities 10, 0, 5, 0 wait; the third goes to the help line, which rings in vain."""
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(everybody_talks(pbx, calls))
        await stack.enter_async_context(phone(pbx, "help1", answers_after_s=NEVER_S))
        ids, channels = [], []
        for number in range(1, 5):
            await stack.enter_async_context(caller(pbx, talk_s=NEVER_S, number=f"7701000000{number}"))
            ids.append(await calls.reaches("ENTERQUEUE", number))
            channels.append(await channel_of(pbx, ids[-1]))
        control = await stack.enter_async_context(controlling(pbx))
        await control.raise_priority(CallId(ids[0]), QUEUE, 10)
        await control.raise_priority(CallId(ids[2]), QUEUE, 5)
        before = [channels[0], channels[2], channels[1], channels[3]]
        assert await waiting(pbx) == before
        await control.send(ids[2])
        await calls.reaches("LEFT TIMEOUT", 3)
        await seen(lambda: course(pbx, ids[2]).count("ENTERQUEUE") == 3, within_s=3, what="back in 102")
        assert await waiting(pbx) == before
        await control.send(ids[3])  # no priority: the head of those of his own priority
        await calls.reaches("LEFT TIMEOUT", 4)
        await seen(lambda: course(pbx, ids[3]).count("ENTERQUEUE") == 3, within_s=3, what="back in 102")
        assert await waiting(pbx) == [channels[0], channels[2], channels[3], channels[1]]
        await stack.aclose()
        record = await agree(pbx, watch, calls, 3)
        expected = [*SENT, "ENTERQUEUE", "EXITWITHTIMEOUT", "LEFT TIMEOUT", "ENTERQUEUE", "ABANDON", "ENDED"]
        assert without_rings(course(pbx, ids[2])) == expected
        assert record.outcome is Outcome.ABANDONED
        assert record.waited(datetime.now(UTC)) > record.stays[-1].joined_at - record.offered_at  # from the offer on


async def closed(pbx: TestPbx) -> None:
    """The hours are another day's, by the clock of the settings' zone."""
    today = datetime.now(ZoneInfo("Asia/Almaty"))
    day = (today + timedelta(days=3)).strftime("%a").lower()
    await pbx.cli(f"dialplan set global HELP_HOURS 00:00-23:59,{day}")


async def test_the_hours_are_by_the_clock_of_the_settings(pbx: TestPbx, calls: Calls) -> None:
    """Open for these few minutes in Almaty; Asterisk itself runs on UTC."""
    now = datetime.now(ZoneInfo(pbx.values.help_timezone))
    first, last = (now + timedelta(minutes=minutes) for minutes in (-2, 2))
    await pbx.cli(f"dialplan set global HELP_HOURS {first:%H:%M}-{last:%H:%M},mon-sun")
    try:
        async with everybody_talks(pbx, calls), phone(pbx, "help1", answers_after_s=0.1), caller(pbx, talk_s=NEVER_S):
            sent = await calls.reaches("ENTERQUEUE", 1)
            async with controlling(pbx) as control:
                await control.send(sent)
            await calls.reaches("CONNECT help1", 1)
    finally:
        await pbx.cli(f"dialplan set global HELP_HOURS {pbx.values.help_hours}")


@pytest.mark.parametrize("why", ["CLOSED", "JOINEMPTY", "FULL", "seat taken"])
async def test_a_help_line_that_takes_nobody_gives_them_back(pbx: TestPbx, calls: Calls, why: str) -> None:
    hours = pbx.values.help_hours
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(everybody_talks(pbx, calls))
        call = await stack.enter_async_context(hearing_caller(pbx))
        sent, number = await calls.reaches("ENTERQUEUE", 1), 1
        if why == "CLOSED":
            await stack.enter_async_context(phone(pbx, "help1"))
            stack.push_async_callback(pbx.cli, f"dialplan set global HELP_HOURS {hours}")
            await closed(pbx)
        if why in ("FULL", "seat taken"):  # one caller rings a seat, in a queue for one; the other seat is free, or not
            await stack.enter_async_context(phone(pbx, "help1", answers_after_s=NEVER_S))
            if why == "FULL":
                await stack.enter_async_context(phone(pbx, "help2", answers_after_s=NEVER_S))
            await stack.enter_async_context(caller(pbx, talk_s=NEVER_S, number="77010000008"))
            first = await calls.reaches("ENTERQUEUE", 2)
            async with controlling(pbx) as control:
                await control.send(first)
                await seen(lambda: course(pbx, first).count("ENTERQUEUE") == 2, what="at the help line")
        async with controlling(pbx) as control:
            await control.send(sent)
        reason = "JOINEMPTY" if why == "seat taken" else why
        await calls.reaches(f"LEFT {reason}", number)
        await seen(lambda: course(pbx, sent).count("ENTERQUEUE") == 2, within_s=5, what="back in 102")
        assert (await waiting(pbx))[0] == await channel_of(pbx, sent)
        assert heard_tone(call.heard(), BACK_HZ) > 0.1
    await calls.reaches("ENDED", number)
    assert course(pbx, sent) == [*SENT, f"LEFT {reason}", "ENTERQUEUE", "ABANDON", "ENDED"]


async def test_a_talking_caller_is_sent_on_and_the_operator_is_free_at_once(pbx: TestPbx, calls: Calls) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=0.1))
        await stack.enter_async_context(phone(pbx, "help1", answers_after_s=0.1))
        await stack.enter_async_context(caller(pbx, "102rest", talk_s=NEVER_S))
        sent = CallId(await calls.reaches("CONNECT op1"))
        control = await stack.enter_async_context(controlling(pbx))
        await control.prepare(sent, "ru", self_service=False, by="op1")
        await control.transfer(sent)
        await calls.reaches("CONNECT help1")
        await stack.enter_async_context(caller(pbx, "102rest", talk_s=NEVER_S, number="77010000002"))
        await calls.reaches("CONNECT op1", 1, within_s=4)  # rest of 1 s; the first caller still talks to the help line
        assert "ENDED" not in course(pbx, sent)
        await stack.aclose()
        record = await agree(pbx, watch, calls, 0)
        talk = ["CONNECT op1", "BLINDTRANSFER", "HELPLINE", "ENTERQUEUE", "CONNECT help1", "COMPLETECALLER", "ENDED"]
        assert course(pbx, sent) == [*BEGIN, *talk]
        assert record.outcome is Outcome.ANSWERED
        assert [answer.operator_id for answer in record.answers] == ["op1", "help1"]
        assert record.answers[0].ended_at == pytest.approx(record.sent_at, abs=timedelta(seconds=1))


async def test_who_talks_with_nobody_is_not_transferred(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=NEVER_S):
        waits = CallId(await calls.reaches("ENTERQUEUE"))
        async with controlling(pbx) as control:
            with pytest.raises(Gone):
                await control.transfer(waits)
        assert len(await waiting(pbx)) == 1


async def test_an_overflow_answer_is_sent_on_too(pbx: TestPbx, calls: Calls) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(phone(pbx, "duty", answers_after_s=0.1))
        await stack.enter_async_context(phone(pbx, "help1", answers_after_s=0.1))
        await stack.enter_async_context(caller(pbx, "102absent", talk_s=NEVER_S))
        sent = CallId(await calls.reaches("OVERFLOWCONNECT duty"))
        async with controlling(pbx) as control:
            await control.prepare(sent, "en", self_service=False, by="duty")
            await control.transfer(sent)
        await calls.reaches("CONNECT help1")
        await stack.aclose()
        record = await agree(pbx, watch, calls, 0)
        assert [answer.operator_id for answer in record.answers] == ["duty", "help1"]


@pytest.mark.parametrize(
    ("step", "last"),
    [
        ("announcement", "HELPLINE"),
        ("ringing", "ABANDON"),
        ("self-service", "HELPLINE"),
        ("back", "LEFT JOINEMPTY"),
    ],
)
async def test_a_hang_up_at_any_step_ends_the_call_once(pbx: TestPbx, calls: Calls, step: str, last: str) -> None:
    async with AsyncExitStack() as stack:
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(everybody_talks(pbx, calls))
        if step in ("announcement", "ringing"):
            await stack.enter_async_context(phone(pbx, "help1", answers_after_s=NEVER_S))
        call = await stack.enter_async_context(hearing_caller(pbx))
        sent = await calls.reaches("ENTERQUEUE", 1)
        async with controlling(pbx) as control:
            await control.send(sent, self_service=step == "self-service")
        await calls.reaches("HELPLINE", 1)
        if step == "back":
            await calls.reaches(last, 1)
        elif step == "ringing":
            await seen(lambda: course(pbx, sent)[-1] == "ENTERQUEUE", what="at the help line")
        await call.hang_up()
        record = await agree(pbx, watch, calls, 1)
        assert record.outcome is Outcome.ABANDONED
        assert without_rings(course(pbx, sent))[-2:] == [last, "ENDED"]


async def test_an_operators_answer_wins_over_the_way_to_the_help_line(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=2), phone(pbx, "help1"), caller(pbx, talk_s=NEVER_S):
        rings = await calls.reaches("ENTERQUEUE")
        async with controlling(pbx) as control:
            await control.send(rings)
        await calls.reaches("CONNECT op1", within_s=5)
    await calls.reaches("ENDED")
    assert "HELPLINE" not in course(pbx, rings)
