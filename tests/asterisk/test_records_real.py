"""What the real Asterisk writes about a call, and records of it, is what happened."""

from __future__ import annotations

import asyncio
import time
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from line102.calls import CallId, CallRecord, Outcome, StayEnd
from line102.completion import differences, differences_with_cdr
from line102.events import RecordingStored
from telephony.recording import RecordingIngest
from telephony.records import AsteriskRecords, RecordFiles
from tests.asterisk.sip_callers import NEVER_S, caller, phone

pytestmark = pytest.mark.asterisk
HALF_A_SECOND = timedelta(seconds=0.5)


@pytest.fixture
def records(pbx: Any, tmp_path: Path) -> AsteriskRecords:
    return AsteriskRecords(RecordFiles(queue_log=pbx.queue_log, cdr=pbx.cdr, bookmark=tmp_path / "queue_log.mark"))


@pytest.fixture
def ingest(pbx: Any, tmp_path: Path) -> RecordingIngest:
    return RecordingIngest(pbx.recordings, tmp_path / "recordings", tmp_path / "set-aside")


async def the_call(records: AsteriskRecords, since: datetime, *, ended: bool = True) -> CallRecord:
    """The one call offered since, once it is written down (to its end)."""
    async with asyncio.timeout(20):
        while True:
            calls = [call for call in await records.calls(since) if (call.ended_at is not None) or not ended]
            if calls:
                assert len(calls) == 1
                return calls[0]
            await asyncio.sleep(0.05)


async def until(records: AsteriskRecords, since: datetime, condition: Any) -> CallRecord:
    async with asyncio.timeout(30):
        while not condition(call := await the_call(records, since, ended=False)):
            await asyncio.sleep(0.05)
    return call


async def agrees_with_cdr(records: AsteriskRecords, call: CallRecord, since: datetime) -> None:
    async with asyncio.timeout(10):  # Asterisk writes the CDR a moment after the hang-up handler
        while call.call_id not in (spans := await records.spans(since - timedelta(seconds=1))):
            await asyncio.sleep(0.05)
    assert differences_with_cdr(call, spans[call.call_id], call.call_id) == []


def level(path: Path) -> tuple[float, float]:
    """Root mean square of the left and the right side."""
    import numpy as np

    with wave.open(str(path), "rb") as sound:
        pair = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2).astype(float)
    left, right = (pair**2).mean(axis=0) ** 0.5
    return float(left), float(right)


async def test_answered_and_recorded_both_ways(
    pbx: Any, records: AsteriskRecords, ingest: RecordingIngest, tmp_path: Path
) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", answers_after_s=1.0), caller(pbx, talk_s=6.0, number="77010000001") as call:
        await call.ended()
    record = await the_call(records, since)
    assert (record.outcome, record.number, record.dialled) == (Outcome.ANSWERED, "77010000001", "102")
    assert [(stay.queue, stay.end, stay.position) for stay in record.stays] == [("102", StayEnd.ANSWERED, 1)]
    assert [answer.operator_id for answer in record.answers] == ["op1"]
    rung = record.answers[0].at - record.stays[0].joined_at
    assert timedelta(seconds=0.4) < rung < timedelta(seconds=1.7)  # rang one second
    assert record.recording_began_at is not None and record.ended_at is not None
    await agrees_with_cdr(records, record, since)

    stored = await ingest.ingest(record)
    assert isinstance(stored, RecordingStored)
    assert not stored.repaired
    assert abs(stored.duration - (record.ended_at - record.recording_began_at)) < HALF_A_SECOND
    assert stored.short_by < HALF_A_SECOND
    left, right = level(tmp_path / "recordings" / stored.path)
    assert left > 300 and right > 300  # both spoke a tone


async def test_abandoned_while_ringing(pbx: Any, records: AsteriskRecords) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=3.0) as call:
        await call.ended()
    record = await the_call(records, since)
    assert record.outcome is Outcome.ABANDONED
    assert [stay.end for stay in record.stays] == [StayEnd.ABANDONED]
    assert [ring.operator_id for ring in record.stays[0].rings] == ["op1"]
    assert record.stays[0].left_at == record.ended_at
    await agrees_with_cdr(records, record, since)


async def test_timed_out_then_answered_at_overflow(pbx: Any, records: AsteriskRecords) -> None:
    since = datetime.now(UTC)
    async with (
        phone(pbx, "op1", answers_after_s=NEVER_S),
        phone(pbx, "duty", answers_after_s=1.0),
        caller(pbx, "102brief", talk_s=9.0) as call,
    ):
        await call.ended()
    record = await the_call(records, since)
    assert record.outcome is Outcome.OVERFLOW_ANSWERED
    assert [(stay.queue, stay.end) for stay in record.stays] == [("102brief", StayEnd.TIMEOUT)]
    assert [(answer.operator_id, answer.queue) for answer in record.answers] == [("duty", None)]
    await agrees_with_cdr(records, record, since)


async def test_withdrawn_comes_back(pbx: Any, records: AsteriskRecords) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", busy=True), caller(pbx, talk_s=6.0) as call:  # a ring would delay the withdrawal
        waiting = await until(records, since, lambda found: bool(found.stays))
        await withdraw(pbx, waiting)
        await call.ended()
    record = await the_call(records, since)
    assert [stay.end for stay in record.stays] == [StayEnd.WITHDRAWN, StayEnd.ABANDONED]
    assert record.outcome is Outcome.ABANDONED
    assert record.stays[1].joined_at - (record.stays[0].left_at or since) < timedelta(seconds=1)


async def withdraw(pbx: Any, record: CallRecord) -> None:
    """Over AMI, as line102 does it: QueueWithdrawCaller with the caller's channel."""
    channel = next(
        line.split("!")[0]
        for line in (await pbx.cli("core show channels concise")).splitlines()
        if "PJSIP/trunk" in line
    )
    reader, writer = await asyncio.open_connection(pbx.values.ami_bind, pbx.values.ami_port)
    for action in (
        {"Action": "Login", "Username": pbx.ami_user, "Secret": pbx.values.ami_password, "Events": "off"},
        {"Action": "QueueWithdrawCaller", "Queue": record.stays[0].queue, "Caller": channel, "WithdrawInfo": "test"},
    ):
        writer.write(("\r\n".join(f"{key}: {value}" for key, value in action.items()) + "\r\n\r\n").encode())
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert b"Response: Success" in answer, answer
    writer.close()


@pytest.mark.parametrize(
    ("dialled", "reason"), [("102empty", StayEnd.NOBODY), ("102absent", StayEnd.UNKNOWN_QUEUE), ("102", StayEnd.NOBODY)]
)
async def test_a_queue_that_takes_nobody(pbx: Any, records: AsteriskRecords, dialled: str, reason: StayEnd) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "duty", answers_after_s=0.5), caller(pbx, dialled, talk_s=3.0) as call:
        await call.ended()
    record = await the_call(records, since)
    assert [stay.end for stay in record.stays] == [reason]
    assert [answer.operator_id for answer in record.answers] == ["duty"]
    assert record.outcome is Outcome.OVERFLOW_ANSWERED


async def test_a_full_queue(pbx: Any, records: AsteriskRecords) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, "102small", talk_s=12.0) as first:
        await until(records, since, lambda found: bool(found.stays))
        since = datetime.now(UTC)
        async with caller(pbx, "102small", talk_s=3.0) as second:
            await second.ended()
        await first.hang_up()
    record = await the_call(records, since)
    assert record.stays[0].end is StayEnd.FULL
    assert record.outcome is Outcome.ABANDONED


async def test_asterisk_killed_in_mid_call(
    pbx: Any, records: AsteriskRecords, ingest: RecordingIngest, tmp_path: Path
) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", answers_after_s=0.5), caller(pbx, talk_s=60.0) as call:
        before = await until(records, since, lambda found: bool(found.answers))
        began = time.monotonic()
        while time.monotonic() - began < 7.0:  # seven seconds of talk, that is what is recorded
            await asyncio.sleep(0.1)
        killed_at = datetime.now(UTC)
        await pbx.embedded.restart(kill=True)
        await call.vanish()
    record = await the_call(records, since)
    assert record.call_id == before.call_id
    assert record.outcome is Outcome.ANSWERED  # a human had answered
    assert record.hangup_cause is None
    assert record.ended_at is not None and record.ended_at <= killed_at

    assert record.recording_began_at is not None
    stored = await ingest.ingest(record)
    assert isinstance(stored, RecordingStored)
    assert stored.repaired
    spoken = killed_at - record.recording_began_at
    assert timedelta(0) <= spoken - stored.duration <= timedelta(seconds=2.2)  # 32 KiB had not left the buffer
    left, right = level(tmp_path / "recordings" / stored.path)
    assert left > 300 and right > 300
    assert await ingest.leftovers({CallId(record.call_id)}) is not None


async def test_asterisk_killed_under_a_waiting_caller(pbx: Any, records: AsteriskRecords) -> None:
    since = datetime.now(UTC)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=60.0) as call:
        await until(records, since, lambda found: bool(found.stays))
        await pbx.embedded.restart(kill=True)
        await call.vanish()
    record = await the_call(records, since)
    assert record.outcome is Outcome.INTERRUPTED
    assert [stay.end for stay in record.stays] == [StayEnd.INTERRUPTED]
    assert differences(record, record) == []
