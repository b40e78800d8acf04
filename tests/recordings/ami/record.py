"""Make these recordings again from the real Asterisk: ``pytest tests/recordings/ami/record.py``.

Callers and numbers are invented. One file per course of a call: every byte that Asterisk sent on the connection.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from line102.calls import QueueName
from tests.asterisk.ami_watch import Watch, watching
from tests.asterisk.conftest import TestPbx, asterisk_root, pbx, pbx_session
from tests.asterisk.help_line import hearing_caller
from tests.asterisk.sip_callers import NEVER_S, caller, phone

__all__ = ["asterisk_root", "pbx", "pbx_session"]

pytestmark = pytest.mark.asterisk
HERE = Path(__file__).parent


def keep(watch: Watch, name: str) -> None:
    (HERE / f"{name}.txt").write_bytes(watch.relay.heard)


async def test_answered(pbx: TestPbx) -> None:
    async with phone(pbx, "op1"), watching(pbx) as watch, caller(pbx, talk_s=4, number="77010000001"):
        call_id = await watch.call()
        await watch.has(call_id, "CallEnded")
        keep(watch, "answered")


async def test_abandoned(pbx: TestPbx) -> None:
    async with phone(pbx, "op2", answers_after_s=NEVER_S), watching(pbx) as watch, caller(pbx, talk_s=2):
        call_id = await watch.call()
        await watch.has(call_id, "CallEnded")
        assert "OperatorRung" in watch.words(call_id)
        keep(watch, "abandoned")


async def test_withdrawn(pbx: TestPbx) -> None:
    """The only operator talks, so that the second caller waits without ringing anybody."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op3", answers_after_s=0.2))
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(caller(pbx, talk_s=7))
        await watch.has(await watch.call(), "CallAnswered")
        await stack.enter_async_context(caller(pbx, talk_s=4, number="77010000002"))
        second = await watch.call(1)
        await watch.has(second, "CallerJoined")
        await watch.control.withdraw(second, QueueName("102"), "анықтама")
        await watch.has(second, "CallEnded")
        assert "CallerLeftQueue" in watch.words(second)
        keep(watch, "withdrawn")


async def test_timeout_then_overflow(pbx: TestPbx) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=NEVER_S))
        await stack.enter_async_context(phone(pbx, "duty", answers_after_s=1))
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(caller(pbx, "102brief", talk_s=12))
        await watch.has(await watch.call(), "CallEnded")
        keep(watch, "timeout")


@pytest.mark.parametrize("queue", ["102absent", "102empty"])
async def test_refused(pbx: TestPbx, queue: str) -> None:
    async with phone(pbx, "duty", answers_after_s=0.5), watching(pbx) as watch, caller(pbx, queue, talk_s=3):
        await watch.has(await watch.call(), "CallEnded")
        keep(watch, f"refused-{queue}")


async def test_sent_on(pbx: TestPbx) -> None:
    """An operator sends a talking caller to the help line, and a person answers there."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=0.2))
        await stack.enter_async_context(phone(pbx, "help1", answers_after_s=0.5))
        watch = await stack.enter_async_context(watching(pbx))
        telephone = await stack.enter_async_context(hearing_caller(pbx))
        call_id = await watch.call()
        await watch.has(call_id, "CallAnswered")
        await watch.control.prepare(call_id, "kk", self_service=False, by="op1")
        await watch.control.transfer(call_id)
        await watch.until(lambda: watch.words(call_id).count("CallAnswered") == 2)
        await telephone.hang_up()
        await watch.has(call_id, "CallEnded")
        keep(watch, "sent-on")


async def test_self_served(pbx: TestPbx) -> None:
    """A waiting caller presses 1, is withdrawn into the self-service, and hangs up there."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=0.2))
        watch = await stack.enter_async_context(watching(pbx))
        await stack.enter_async_context(caller(pbx, talk_s=20))
        await watch.has(await watch.call(), "CallAnswered")
        telephone = await stack.enter_async_context(hearing_caller(pbx, number="77010000002"))
        second = await watch.call(1)
        await watch.has(second, "CallerJoined")
        telephone.press("1")
        await watch.has(second, "KeyPressed")
        await watch.control.prepare(second, "ru", self_service=True, by="caller")
        await watch.control.withdraw(second, QueueName("102"), "offer")
        await watch.has(second, "SentToHelpLine")
        await watch.control.keep_alive(second)
        await watch.control.note_served(second)
        await telephone.hang_up()
        await watch.has(second, "CallEnded")
        keep(watch, "self-served")
