"""asterisk-conf/ on the real Asterisk, with line102 itself absent: what becomes of a call on every path.

What is asserted here, literally, is what queue_log's reader is written against (docs/pbx.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.asterisk.conftest import TestPbx
from tests.asterisk.sip_callers import NEVER_S, caller, phone

pytestmark = pytest.mark.asterisk

Line = list[str]  # queue_log's fields: seconds, call, queue, member, event, data …


def lines_of(pbx: TestPbx, call_id: str) -> list[Line]:
    return [line.split("|") for line in pbx.queue_log.read_text("utf-8").splitlines() if f"|{call_id}|" in line]


def course(pbx: TestPbx, call_id: str) -> list[str]:
    """One word per line: the event, with LEFT's reason and the member where somebody answered.

    COMPLETEAGENT and COMPLETECALLER are put before ENDED: Asterisk writes them from another thread, now before, now
    after it.
    """
    words = []
    for _, _, _, member, event, *data in lines_of(pbx, call_id):
        detail = {"LEFT": data[:1], "CONNECT": [member], "OVERFLOWCONNECT": [member]}.get(event, [])
        words.append(" ".join([event, *detail]))
    if words and words[-1].startswith("COMPLETE") and "ENDED" in words:
        words.remove("ENDED")
        words.append("ENDED")
    return words


async def seen(condition: Callable[[], object], *, within_s: float = 15, what: str = "") -> None:
    """Until ``condition`` holds. Raises AssertionError after ``within_s``."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        await asyncio.sleep(0.05)


class Calls:
    """The calls offered since this object was made, in order of arrival, read from queue_log."""

    def __init__(self, pbx: TestPbx) -> None:
        self._pbx = pbx
        self._skip = len(self._all())

    def _all(self) -> list[str]:
        if not self._pbx.queue_log.exists():
            return []
        lines = (line.split("|") for line in self._pbx.queue_log.read_text("utf-8").splitlines())
        return [fields[1] for fields in lines if fields[4] == "OFFERED"]

    @property
    def ids(self) -> list[str]:
        return self._all()[self._skip :]

    async def first(self) -> str:
        await seen(lambda: self.ids, what="a call offered")
        return self.ids[0]

    async def reaches(self, event: str, number: int = 0, *, within_s: float = 20) -> str:
        """The id of call ``number`` once its course holds ``event``."""
        await seen(
            lambda: len(self.ids) > number and event in course(self._pbx, self.ids[number]),
            within_s=within_s,
            what=f"{event} in {[course(self._pbx, call) for call in self.ids]}",
        )
        return self.ids[number]


@pytest.fixture
def calls(pbx: TestPbx) -> Calls:
    return Calls(pbx)


@contextlib.asynccontextmanager
async def ami(pbx: TestPbx) -> AsyncIterator[Callable[[dict[str, str]], object]]:
    """Ten lines of AMI: send one action, get its response."""
    reader, writer = await asyncio.open_connection(pbx.values.ami_bind, pbx.values.ami_port)

    async def act(action: dict[str, str]) -> dict[str, str]:
        writer.write("".join(f"{k}: {v}\r\n" for k, v in (action | {"ActionID": "t"}).items()).encode() + b"\r\n")
        while True:
            message = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
            fields = dict(line.partition(": ")[::2] for line in message.strip().split("\r\n"))
            if fields.get("ActionID") == "t" and "Response" in fields:
                return fields

    try:
        login = {"Action": "Login", "Username": pbx.ami_user, "Secret": pbx.values.ami_password, "Events": "off"}
        assert (await act(login))["Response"] == "Success"
        yield act
    finally:
        writer.close()
        await writer.wait_closed()


async def channel_of(pbx: TestPbx, call_id: str) -> str:
    for line in (await pbx.cli("core show channels concise")).splitlines():
        fields = line.split("!")
        if fields[-1] == call_id:
            return fields[0]
    raise AssertionError(f"no channel of {call_id}")


async def test_a_call_is_answered(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=1), caller(pbx, talk_s=4) as call:
        assert await call.ended() == 0, call.screen
    answered = await calls.reaches("COMPLETECALLER")
    await calls.reaches("ENDED")
    expected = ["OFFERED", "RECORDING", "ENTERQUEUE", "CONNECT op1", "COMPLETECALLER", "ENDED"]
    assert course(pbx, answered) == expected
    assert answered.startswith("line102-")


async def test_the_operator_hangs_up(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=1, talk_s=1), caller(pbx, talk_s=20) as call:
        assert await call.ended() == 0, call.screen
    answered = await calls.reaches("COMPLETEAGENT")
    await calls.reaches("ENDED")
    assert course(pbx, answered)[-3:] == ["CONNECT op1", "COMPLETEAGENT", "ENDED"]


async def test_nobody_registered_rings_the_overflow_until_somebody_is(pbx: TestPbx, calls: Calls) -> None:
    async with caller(pbx, talk_s=NEVER_S):
        left = await calls.reaches("LEFT JOINEMPTY")
        async with phone(pbx, "duty", answers_after_s=1):
            await calls.reaches("OVERFLOWCONNECT duty")
    await calls.reaches("ENDED")
    assert course(pbx, left)[:3] == ["OFFERED", "RECORDING", "LEFT JOINEMPTY"]
    assert course(pbx, left)[-2:] == ["OVERFLOWCONNECT duty", "ENDED"]


async def test_a_full_queue_overflows_to_whoever_answers(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, "102small", talk_s=NEVER_S):
        await calls.reaches("ENTERQUEUE")
        async with phone(pbx, "duty", answers_after_s=1), caller(pbx, "102small", talk_s=NEVER_S):
            second = await calls.reaches("OVERFLOWCONNECT duty", 1)
    await calls.reaches("ENDED", 1)
    assert course(pbx, second) == ["OFFERED", "RECORDING", "LEFT FULL", "OVERFLOWCONNECT duty", "ENDED"]


@pytest.mark.parametrize(("queue", "reason"), [("102empty", "JOINEMPTY"), ("102absent", "UNKNOWN")])
async def test_a_queue_that_takes_nobody_overflows(pbx: TestPbx, calls: Calls, queue: str, reason: str) -> None:
    async with phone(pbx, "duty", answers_after_s=1), caller(pbx, queue, talk_s=4) as call:
        assert await call.ended() == 0, call.screen
    overflowed = await calls.reaches("ENDED")
    assert course(pbx, overflowed) == ["OFFERED", "RECORDING", f"LEFT {reason}", "OVERFLOWCONNECT duty", "ENDED"]


async def test_an_operator_answers_the_overflow_under_their_own_name(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op2", answers_after_s=1), caller(pbx, "102absent", talk_s=4) as call:
        assert await call.ended() == 0, call.screen
    assert "OVERFLOWCONNECT op2" in course(pbx, await calls.reaches("ENDED"))


async def test_time_in_the_queue_is_up(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), phone(pbx, "duty", answers_after_s=1):
        async with caller(pbx, "102brief", talk_s=NEVER_S):
            timed_out = await calls.reaches("OVERFLOWCONNECT duty")
        await calls.reaches("ENDED")
    assert [word for word in course(pbx, timed_out) if word not in ("RINGNOANSWER", "RINGCANCELED")] == [
        *("OFFERED", "RECORDING", "ENTERQUEUE", "EXITWITHTIMEOUT", "LEFT TIMEOUT", "OVERFLOWCONNECT duty", "ENDED")
    ]


async def test_the_caller_hangs_up_while_a_phone_rings(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=2) as call:
        assert await call.ended() == 0, call.screen
    abandoned = await calls.reaches("ENDED")
    assert course(pbx, abandoned) == ["OFFERED", "RECORDING", "ENTERQUEUE", "RINGCANCELED", "ABANDON", "ENDED"]


async def test_an_operator_who_does_not_answer_gives_way_to_the_next(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", busy=True), caller(pbx, talk_s=NEVER_S):
        await calls.reaches("RINGNOANSWER")
        async with phone(pbx, "op2", answers_after_s=0.5):
            answered = await calls.reaches("CONNECT op2")
    await calls.reaches("ENDED")
    assert course(pbx, answered)[-1] == "ENDED"


async def test_a_withdrawn_caller_is_back_at_the_head(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=0), caller(pbx, talk_s=NEVER_S):
        await calls.reaches("CONNECT op1")  # everybody talks: the next two wait
        async with caller(pbx, talk_s=NEVER_S, number="77010000002"):
            withdrawn = await calls.reaches("ENTERQUEUE", 1)
            async with caller(pbx, talk_s=NEVER_S, number="77010000003"), ami(pbx) as act:
                await calls.reaches("ENTERQUEUE", 2)
                channel = await channel_of(pbx, withdrawn)
                asked = {"Action": "QueueWithdrawCaller", "Queue": "102", "Caller": channel, "WithdrawInfo": "test"}
                assert (await act(asked))["Response"] == "Success"
                await seen(
                    lambda: course(pbx, withdrawn).count("ENTERQUEUE") == 2, within_s=3, what="back in the queue"
                )
                back = [line for line in lines_of(pbx, withdrawn) if line[4] == "ENTERQUEUE"][-1]
                assert back[7] == "1"  # position: before the third caller, who had been second
        await calls.reaches("ENDED", 1)
    assert course(pbx, withdrawn) == [
        *("OFFERED", "RECORDING", "ENTERQUEUE", "WITHDRAW", "LEFT WITHDRAW", "ENTERQUEUE", "ABANDON", "ENDED")
    ]


async def test_a_raised_priority_moves_a_caller_to_the_front(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=NEVER_S):
        await calls.reaches("ENTERQUEUE")
        async with caller(pbx, talk_s=NEVER_S, number="77010000002"), ami(pbx) as act:
            urgent = await calls.reaches("ENTERQUEUE", 1)
            channel = await channel_of(pbx, urgent)
            said = await act(
                {
                    "Action": "QueueChangePriorityCaller",
                    "Queue": "102",
                    "Caller": channel,
                    "Priority": "10",
                    "Immediate": "yes",
                }
            )
            assert said["Response"] == "Success"
            waiting = (await pbx.cli("queue show 102")).partition("Callers:")[2]
            assert waiting.find(channel) < waiting.find("prio: 0")


async def test_line102_may_not_command_stop_or_originate(pbx: TestPbx) -> None:
    async with ami(pbx) as act:
        for action in (
            {"Action": "Command", "Command": "core stop now"},
            {"Action": "Originate", "Channel": "PJSIP/op1", "Application": "Echo"},
            {"Action": "Reload"},
            {"Action": "GetConfig", "Filename": "pjsip.conf"},
        ):
            assert (await act(action))["Message"] == "Permission denied", action
        for action in ({"Action": "CoreShowChannels"}, {"Action": "CoreStatus"}, {"Action": "QueueStatus"}):
            assert (await act(action))["Response"] == "Success", action


@pytest.mark.parametrize("queue", ["102", "102absent"])
async def test_both_sides_are_recorded_and_kept_in_step(pbx: TestPbx, calls: Calls, tmp_path: Path, queue: str) -> None:
    async with (
        phone(pbx, "op1", answers_after_s=1),
        caller(pbx, queue, talk_s=4) as call,
    ):  # caller 440 Hz, phone 880 Hz
        assert await call.ended() == 0, call.screen
    recorded = await calls.reaches("ENDED")
    said, heard = (pbx.recordings / f"{recorded}-{way}.wav" for way in ("in", "out"))
    await seen(lambda: soundfile.info(said).frames > 0 and soundfile.info(heard).frames > 0, what="closed recordings")
    assert abs(soundfile.info(said).duration - soundfile.info(heard).duration) < 0.1
    assert 3.5 < soundfile.info(said).duration < 4.5
    assert strongest_hz(said, from_s=2.5) == pytest.approx(440, abs=5)
    assert strongest_hz(heard, from_s=2.5) == pytest.approx(880, abs=5)
    assert strongest_hz(heard, to_s=0.9) == pytest.approx(425, abs=5)  # the caller heard ringing before


def strongest_hz(path: Path, *, from_s: float = 0, to_s: float = 3.5) -> float:
    samples, rate = soundfile.read(path)
    part = samples[int(from_s * rate) : int(to_s * rate)]
    return float(np.abs(np.fft.rfft(part)).argmax() * rate / len(part))


async def test_whatever_the_network_dials_is_a_call_for_help(pbx: TestPbx, calls: Calls) -> None:
    for dialled in ("112", "+77272102", "102102", "sos"):
        async with caller(pbx, dialled, talk_s=0.5) as call:
            assert await call.ended() == 0, call.screen
    await seen(lambda: len(calls.ids) == 4, what="four calls")
    offered = [lines_of(pbx, call)[0] for call in calls.ids]
    assert [line[7] for line in offered] == ["112", "+77272102", "102102", "sos"]
    assert {line[2] for line in offered} == {"102"}


async def test_each_call_has_a_cdr(pbx: TestPbx, calls: Calls) -> None:
    async with phone(pbx, "op1", answers_after_s=1), caller(pbx, talk_s=3) as call:
        assert await call.ended() == 0, call.screen
    recorded = await calls.reaches("ENDED")
    await seen(lambda: pbx.cdr.exists() and recorded in pbx.cdr.read_text("utf-8"), what="a CDR")
    fields = next(line for line in pbx.cdr.read_text("utf-8").splitlines() if recorded in line).split(",")
    assert fields[1] == f'"{recorded}"'
    assert fields[8] == '"ANSWERED"'
    assert float(fields[11]) - float(fields[9]) == pytest.approx(3, abs=0.5)


@pytest.mark.parametrize(
    "number", ["7701%0A1%7Cx%7C102%7CNONE%7CQUEUESTART%7C", "7701%7CENDED%7C1", "%D0%BF%0D%0A7701"]
)
async def test_a_caller_cannot_write_lines_of_their_own_into_the_log(pbx: TestPbx, number: str) -> None:
    before = len(pbx.queue_log.read_text("utf-8").splitlines()) if pbx.queue_log.exists() else 0
    calls = Calls(pbx)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=2, number=number) as sipp:
        await sipp.ended()
        call_id = await calls.reaches("ENDED")
    added = [line.split("|") for line in pbx.queue_log.read_text("utf-8").splitlines()[before:]]
    assert all(line[1] in (call_id, "NONE") for line in added), added
    own = {"OFFERED", "RECORDING", "ENTERQUEUE", "RINGCANCELED", "ABANDON", "ENDED"}
    assert {line[4] for line in added if line[1] == call_id} <= own
    offered = next(line for line in added if line[4] == "OFFERED")
    assert set(offered[6]) <= set("0123456789+")
