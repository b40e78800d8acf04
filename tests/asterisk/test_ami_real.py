"""AMI against the real Asterisk: login, snapshot, the course of calls, priority, withdraw, and a cable pulled."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from line102.calls import CallId, CallRecord, Outcome, QueueName, StayEnd
from line102.errors import Gone, Refused, Unreachable
from line102.events import CallAnswered, CallEnded, CallerJoined, CallerLeftQueue, CallOffered
from line102.history import advance
from line102.ports import LinkDown, LinkUp, MemberSeen, Unrecognised
from telephony.ami.client import AmiClient, LinkState, ami_session
from tests.asterisk.ami_watch import Watch, settings_of, watching
from tests.asterisk.conftest import TestPbx
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.fakes.ami_server import relaying

pytestmark = pytest.mark.asterisk

QUEUE = QueueName("102")
ANSWERED = [
    *("CallOffered", "RecordingBegan", "CallerJoined", "OperatorRung"),
    *("CallAnswered", "OperatorLeft", "CallEnded"),
]


def record_of(watch: Watch, call_id: CallId) -> CallRecord:
    record: CallRecord | None = None
    for event in watch.course(call_id):
        record = advance(record, event)  # type: ignore[arg-type]  # only course events have a call_id
    assert record is not None
    return record


async def test_login_ping_and_a_refused_action(pbx: TestPbx) -> None:
    async with ami_session(settings_of(pbx, pbx.values.ami_port)) as client:
        assert (await client.action("Ping")).get("Ping") == "Pong"
        with pytest.raises(Refused):
            await client.action("Command", Command="core stop now")  # our AMI user has no such right


async def test_a_wrong_password_is_one_clear_error_and_no_hammering(pbx: TestPbx) -> None:
    async with relaying(pbx.values.ami_port) as relay:
        client = AmiClient(settings_of(pbx, relay.port, secret="wrong"), events=True)
        with pytest.raises(Refused, match=r"^AMI login as line102 refused: Authentication failed; `ami` in"):
            await client.connect()
        assert client.state is LinkState.REFUSED
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await client.connect()
        assert relay.connections == 1


async def test_the_longest_line_that_asterisk_reads(pbx: TestPbx) -> None:
    """Asterisk answers a line of 1,024 bytes; a longer one we refuse ourselves."""
    async with ami_session(settings_of(pbx, pbx.values.ami_port)) as client:
        assert (await client.action("Ping", Padding="x" * (1024 - len("Padding: \r\n")))).get("Ping") == "Pong"
        with pytest.raises(Refused):
            await client.action("Ping", Padding="x" * (1025 - len("Padding: \r\n")))


async def test_the_snapshot_knows_members_and_start_time(pbx: TestPbx) -> None:
    async with phone(pbx, "op1"), watching(pbx) as watch:
        await watch.until(lambda: [m for m in watch.of(MemberSeen) if m.queue == QUEUE and m.operator_id == "op1"])
        states = {member.operator_id: member.status for member in watch.of(MemberSeen) if member.queue == QUEUE}
        (up,) = watch.of(LinkUp)
        uptime = (await pbx.cli("core show uptime seconds")).split()
    assert states == {"op1": "free", "op2": "unreachable", "op3": "unreachable"}
    assert up.present == frozenset()
    assert up.pbx_started_at is not None
    lasted = datetime.now(UTC) - up.pbx_started_at
    assert abs(lasted.total_seconds() - int(uptime[uptime.index("uptime:") + 1])) < 3


async def test_an_answered_call_is_exactly_its_course(pbx: TestPbx) -> None:
    async with phone(pbx, "op1", answers_after_s=1), watching(pbx) as watch:
        async with caller(pbx, talk_s=4, number="77010000042") as call:
            call_id = await watch.call()
            assert await call.ended() == 0
        await watch.has(call_id, "CallEnded")
    assert watch.words(call_id) == ANSWERED
    record = record_of(watch, call_id)
    assert (record.outcome, record.number, record.dialled) == (Outcome.ANSWERED, "77010000042", "102")
    assert record.answers[0].operator_id == "op1"
    assert timedelta(seconds=0.9) < record.waited(record.offered_at) < timedelta(seconds=2)
    assert {event.call_id for event in watch.of(CallOffered)} == {call_id}  # the operator's leg is no call
    assert watch.of(Unrecognised) == []


async def test_an_abandoned_call(pbx: TestPbx) -> None:
    async with phone(pbx, "op2", answers_after_s=NEVER_S), watching(pbx) as watch, caller(pbx, talk_s=2):
        call_id = await watch.call()
        await watch.has(call_id, "CallEnded")
    assert watch.words(call_id) == ["CallOffered", "RecordingBegan", "CallerJoined", "OperatorRung", "CallEnded"]
    assert record_of(watch, call_id).outcome is Outcome.ABANDONED


async def test_full_queue_then_the_duty_answers_the_overflow(pbx: TestPbx) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=NEVER_S))
        await stack.enter_async_context(phone(pbx, "duty", answers_after_s=0.5))
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(caller(pbx, "102small", talk_s=15))
        await watch.has(await watch.call(), "OperatorRung")
        await stack.enter_async_context(caller(pbx, "102small", talk_s=4))
        second = await watch.call(1)
        await watch.has(second, "CallEnded")
    assert watch.words(second) == ["CallOffered", "RecordingBegan", "CallerRefused", "CallAnswered", "CallEnded"]
    record = record_of(watch, second)
    assert (record.outcome, record.stays[0].end) == (Outcome.OVERFLOW_ANSWERED, StayEnd.FULL)
    assert record.answers[0].operator_id == "duty"


async def test_priority_and_withdraw_of_two_waiting_callers(pbx: TestPbx) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op3", answers_after_s=0.2))
        watch = await stack.enter_async_context(watching(pbx))
        talking = await stack.enter_async_context(caller(pbx, talk_s=60))
        await watch.has(await watch.call(), "CallAnswered")
        for number in (1, 2):
            await stack.enter_async_context(caller(pbx, talk_s=60, number=f"7701000000{number}"))
            await watch.has(await watch.call(number), "CallerJoined")
        older, younger = await watch.call(1), await watch.call(2)
        await watch.control.raise_priority(younger, QUEUE, 10)
        assert await _order(watch) == [younger, older]
        await watch.control.withdraw(older, QUEUE, "справка")
        await watch.has(older, "CallerLeftQueue")
        (left,) = [event for event in watch.course(older) if isinstance(event, CallerLeftQueue)]
        assert left.reason is StayEnd.WITHDRAWN
        await watch.until(lambda: watch.words(older).count("CallerJoined") == 2)
        assert await _order(watch) == [younger, older]  # back, but not before a higher priority
        await talking.vanish()
        await pbx.cli(f"channel request hangup {watch.pbx.channel_of(await watch.call())}")
        await watch.has(younger, "CallAnswered")  # the raised one is answered first
        assert "CallAnswered" not in watch.words(older)


async def _order(watch: Watch) -> list[str]:
    rows = await watch.client.collect("QueueStatus", Queue=QUEUE)
    entries = [row for row in rows if row.name == "QueueEntry"]
    return [row.get("Uniqueid") for row in sorted(entries, key=lambda row: int(row.get("Position")))]


async def test_who_is_gone_is_gone_and_what_is_refused_is_refused(pbx: TestPbx) -> None:
    async with phone(pbx, "op1", answers_after_s=0.2), watching(pbx) as watch:
        with pytest.raises(Gone):
            await watch.control.withdraw(CallId("line102-1.1"), QUEUE, "")
        async with caller(pbx, talk_s=60):
            call_id = await watch.call()
            await watch.has(call_id, "CallAnswered")
            for gone in (
                watch.control.withdraw(call_id, QUEUE, "не ждёт"),
                watch.control.raise_priority(call_id, QUEUE, 5),
            ):
                with pytest.raises(Gone):
                    await gone
            with pytest.raises(Refused, match="No such queue"):
                await watch.control.raise_priority(call_id, QueueName("absent"), 5)
            with pytest.raises(Refused, match="line break"):
                await watch.control.withdraw(call_id, QUEUE, "x\r\nAction: Logoff")


async def test_a_cable_pulled_in_mid_call_is_noticed_and_recovered(pbx: TestPbx) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=0.5))
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(caller(pbx, talk_s=60))
        call_id = await watch.call()
        await watch.has(call_id, "CallAnswered")
        watch.relay.silent, cut_at = True, datetime.now(UTC)
        await watch.until(lambda: watch.of(LinkDown))
        noticed = datetime.now(UTC)
        down = watch.of(LinkDown)[0]
        assert "no answer to Ping within 1 s" in down.reason
        assert noticed - cut_at < timedelta(seconds=2.5)  # ping_every + pong_within, and a breath
        # What had left the PBX before the cut is still read after it; nothing later is.
        assert down.last_seen < cut_at + timedelta(seconds=0.5)
        with pytest.raises(Unreachable):
            await watch.control.withdraw(call_id, QUEUE, "")
        watch.relay.silent = False
        await watch.until(lambda: len(watch.of(LinkUp)) == 2)
        up = watch.of(LinkUp)[1]
        assert up.present == {call_id}
        assert up.pbx_started_at == watch.of(LinkUp)[0].pbx_started_at
        await pbx.cli(f"channel request hangup {watch.pbx.channel_of(call_id)}")
        await watch.has(call_id, "CallEnded")
    assert [type(event).__name__ for event in watch.course(call_id)][-2:] == ["OperatorLeft", "CallEnded"]


async def test_a_watch_that_begins_in_mid_call_sees_the_answer_and_the_end(pbx: TestPbx) -> None:
    async with phone(pbx, "op1", answers_after_s=4), caller(pbx, talk_s=7):
        async with asyncio.timeout(10):
            while "has 1 calls" not in await pbx.cli("queue show 102"):  # waiting, not yet answered
                await asyncio.sleep(0.05)
        async with watching(pbx) as watch:
            await watch.until(lambda: watch.of(CallEnded))
    (call_id,) = watch.of(LinkUp)[0].present
    assert watch.of(CallOffered) == []
    assert watch.of(CallerJoined) == []
    assert [event.call_id for event in watch.of(CallAnswered)] == [call_id]
    assert [event.call_id for event in watch.of(CallEnded)] == [call_id]


@pytest.mark.parametrize(
    "written",
    [
        {"number": "7701%0D%0AUniqueid%3A%20forged"},
        {"number": "7701%0D%0A%0D%0AEvent%3A%20Hangup%0D%0AUniqueid%3A%20forged%0D%0A%0D%0A"},
        {"dialled": "102%0D%0A%0D%0AEvent%3A%20Hangup%0D%0AUniqueid%3A%20forged%0D%0A%0D%0A"},
    ],
    ids=["a field by the number", "an event by the number", "an event by what was dialled"],
)
async def test_a_caller_cannot_forge_events(pbx: TestPbx, written: dict[str, str]) -> None:
    """Asterisk 22 writes a caller's number and the number dialled raw, line breaks included, into its events."""
    async with phone(pbx, "op1"), watching(pbx) as watch:
        async with caller(pbx, talk_s=2, **written) as forger:
            await forger.ended()
        async with caller(pbx, talk_s=2, number="77010000009") as honest:
            await watch.until(lambda: any(event.number == "77010000009" for event in watch.of(CallOffered)))
            await honest.ended()
        assert b"forged" not in watch.relay.heard
        assert all(set(event.number) <= set("0123456789+") for event in watch.of(CallOffered))


async def test_a_number_asserted_by_the_network_goes_before_the_one_in_from(pbx: TestPbx) -> None:
    async with watching(pbx) as watch:
        async with caller(pbx, talk_s=1, number="77010000001", asserted="<tel:+77010000055>") as sipp:
            await sipp.ended()
        await watch.until(lambda: watch.of(CallOffered))
        assert [event.number for event in watch.of(CallOffered)] == ["+77010000055"]
