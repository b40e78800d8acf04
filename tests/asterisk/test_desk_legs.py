"""An operator's leg that ends while the caller is there: put down, the call is over; dead, the head of 102.

On the real Asterisk, without the service. What is asserted of queue_log is what its reader is written against.
"""

from __future__ import annotations

import pytest

from line102.calls import CallId, Outcome
from tests.asterisk.ami_watch import watching
from tests.asterisk.conftest import TestPbx
from tests.asterisk.help_line import BEGIN, agree, controlling, waiting, without_rings
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_dialplan import Calls, ami, channel_of, course, lines_of, seen

pytestmark = pytest.mark.asterisk

BACK_WITHIN_S = 4  # rtp_timeout of the test's phone is 2 s, looked at once a second


@pytest.fixture
def calls(pbx: TestPbx) -> Calls:
    return Calls(pbx)


async def leg_of(pbx: TestPbx, name: str) -> str:
    """The channel of a phone that talks."""
    for line in (await pbx.cli("core show channels concise")).splitlines():
        if line.startswith(f"PJSIP/{name}-"):
            return line.split("!")[0]
    raise AssertionError(f"{name} has no channel")


async def test_a_phone_that_dies_gives_the_caller_back_to_the_head(pbx: TestPbx, calls: Calls) -> None:
    """The phone's power is cut: no BYE, no audio. A colleague answers the same call; one who came later still waits."""
    async with watching(pbx) as watch, phone(pbx, "legs", answers_after_s=0) as dying:
        async with caller(pbx, "102legs", talk_s=NEVER_S) as first:
            lost = await calls.reaches("CONNECT legs")
            async with caller(pbx, "102legs", talk_s=NEVER_S, number="77010000002"):
                later = await calls.reaches("ENTERQUEUE", 1)
                await dying.vanish()
                await seen(lambda: "LEGLOST" in course(pbx, lost), within_s=BACK_WITHIN_S, what="the leg is lost")
                await seen(lambda: course(pbx, lost).count("ENTERQUEUE") == 2, within_s=1, what="back in the queue")
                head = await channel_of(pbx, lost)
                assert (await waiting(pbx, "102legs"))[0] == head
                async with phone(pbx, "op1", answers_after_s=0):
                    await calls.reaches("CONNECT op1")
                    assert "CONNECT op1" not in course(pbx, later)
                    await first.hang_up()
                    record = await agree(pbx, watch, calls, 0)
        assert [(answer.operator_id, answer.lost) for answer in record.answers] == [("legs", True), ("op1", False)]
        assert record.outcome is Outcome.ANSWERED
        words = without_rings(course(pbx, lost))
        ends = [word for word in words if not word.startswith("COMPLETE")]
        assert ends == [*BEGIN, "CONNECT legs", "LEGLOST", "ENTERQUEUE", "CONNECT op1", "ENDED"]


async def test_an_operator_who_puts_the_receiver_down_ends_the_call(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch, phone(pbx, "op1", answers_after_s=0, talk_s=1):
        async with caller(pbx, talk_s=NEVER_S) as call:
            assert await call.ended(within_s=10) == 0, call.screen
        record = await agree(pbx, watch, calls, 0)
    assert (record.outcome, record.hangup_cause) == (Outcome.ANSWERED, 16)
    assert [answer.lost for answer in record.answers] == [False]
    assert [stay.queue for stay in record.stays] == ["102"]


@pytest.mark.parametrize("cause", ["44", "16", None])
async def test_a_leg_that_the_service_takes_down_gives_the_caller_back(
    pbx: TestPbx, calls: Calls, cause: str | None
) -> None:
    """Whatever cause is named: only the phone's own BYE is a hang-up."""
    async with phone(pbx, "op1", answers_after_s=0), caller(pbx, talk_s=NEVER_S):
        lost = await calls.reaches("CONNECT op1")
        async with ami(pbx) as act:
            named = {"Cause": cause} if cause else {}
            said = await act({"Action": "Hangup", "Channel": await leg_of(pbx, "op1"), **named})  # type: ignore[misc]
            assert said["Response"] == "Success"
        await seen(lambda: course(pbx, lost).count("ENTERQUEUE") == 2, within_s=1, what="back in the queue")
        await seen(lambda: course(pbx, lost).count("CONNECT op1") == 2, within_s=3, what="answered again")
        line = next(line for line in lines_of(pbx, lost) if line[4] == "LEGLOST")
        assert line[6] == (cause or "16")


async def test_the_overflows_leg_that_dies_gives_the_caller_back(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch, phone(pbx, "duty", answers_after_s=0.1):
        async with caller(pbx, "102absent", talk_s=NEVER_S) as call:
            lost = await calls.reaches("OVERFLOWCONNECT duty")
            async with ami(pbx) as act:
                await act({"Action": "Hangup", "Channel": await leg_of(pbx, "duty"), "Cause": "44"})  # type: ignore[misc]
            await seen(lambda: course(pbx, lost).count("OVERFLOWCONNECT duty") == 2, within_s=8, what="answered again")
            await call.hang_up()
        record = await agree(pbx, watch, calls, 0)
    assert [(answer.operator_id, answer.lost) for answer in record.answers] == [("duty", True), ("duty", False)]
    assert record.outcome is Outcome.OVERFLOW_ANSWERED


async def test_the_overflows_operator_who_hangs_up_ends_the_call(pbx: TestPbx, calls: Calls) -> None:
    async with watching(pbx) as watch, phone(pbx, "duty", answers_after_s=0.1, talk_s=1):
        async with caller(pbx, "102absent", talk_s=NEVER_S) as call:
            assert await call.ended(within_s=10) == 0, call.screen
        record = await agree(pbx, watch, calls, 0)
    assert [answer.lost for answer in record.answers] == [False]
    assert "LEGLOST" not in course(pbx, record.call_id)


@pytest.mark.parametrize("dies", [True, False])
async def test_the_help_lines_leg(pbx: TestPbx, calls: Calls, dies: bool) -> None:
    async with watching(pbx) as watch, phone(pbx, "op1", answers_after_s=0):
        async with phone(pbx, "help1", answers_after_s=0.1, talk_s=NEVER_S if dies else 1):
            async with caller(pbx, talk_s=NEVER_S) as call:
                sent = CallId(await calls.reaches("CONNECT op1"))
                async with controlling(pbx) as control:
                    await control.prepare(sent, "ru", self_service=False, by="op1")
                    await control.transfer(sent)
                await calls.reaches("CONNECT help1")
                if dies:
                    async with ami(pbx) as act:
                        leg = await leg_of(pbx, "help1")
                        await act({"Action": "Hangup", "Channel": leg, "Cause": "44"})  # type: ignore[misc]
                    await seen(lambda: course(pbx, sent).count("CONNECT op1") == 2, within_s=5, what="102 again")
                    await call.hang_up()
                else:
                    assert await call.ended(within_s=10) == 0, call.screen
                record = await agree(pbx, watch, calls, 0)
    operators = [(answer.operator_id, answer.lost) for answer in record.answers]
    assert operators == [("op1", False), ("help1", dies), *([("op1", False)] if dies else [])]


async def test_a_caller_who_hangs_up_loses_no_leg(pbx: TestPbx, calls: Calls) -> None:
    for _ in range(3):
        async with phone(pbx, "op1", answers_after_s=0), caller(pbx, talk_s=1) as call:
            assert await call.ended() == 0, call.screen
    for number in range(3):
        ended = await calls.reaches("ENDED", number)
        assert "LEGLOST" not in course(pbx, ended)
