"""AmiPbx across connects: snapshot, no hole before the stream, loss and re-sync, visible refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

import pytest

from line102.calls import CallId, QueueName
from line102.errors import Gone, Refused, Unreachable
from line102.events import CallEnded, CallOffered
from line102.ports import LinkDown, LinkUp, MemberSeen, PbxEvent, Unrecognised
from telephony.ami.backoff import BackoffSettings
from telephony.ami.client import AmiClient, LinkState
from telephony.ami.message import Message
from telephony.ami.settings import AmiSettings
from telephony.ami_pbx import AmiPbx
from telephony.call_control import AmiCallControl
from telephony.queue_log import moment
from tests.fakes.ami_server import FakeAmi, listed, serving, wire

MS = timedelta(milliseconds=1)
FAST = BackoffSettings(first=5 * MS, cap=20 * MS, after_refusal=50 * MS, steady_after=timedelta(minutes=1))
CALL, OTHER = CallId("line102-1.1"), CallId("line102-1.7")


def channel(event: str, call_id: str, **fields: str) -> bytes:
    own = {"Channel": f"PJSIP/trunk-{call_id[-1]}", "Context": "line102", "Uniqueid": call_id, "Linkedid": call_id}
    return wire(("Event", event), *(own | fields).items())


def listed_channel(call_id: str, **fields: str) -> bytes:
    return channel("CoreShowChannel", call_id, ActionID="%ID%", **fields)


def pbx_of(fake: FakeAmi, *, capacity: int = 100) -> tuple[AmiClient, AmiPbx]:
    settings = AmiSettings(
        host="127.0.0.1",
        port=fake.port,
        user="line102",
        secret="secret",
        answer_within=300 * MS,
        ping_every=50 * MS,
        pong_within=150 * MS,
        event_capacity=capacity,
    )
    client = AmiClient(settings, events=True, backoff=FAST)
    return client, AmiPbx(client)


def fake_pbx(*channels: bytes) -> FakeAmi:
    """With one operator, and the callers given."""
    fake = FakeAmi()
    date = (("CoreStartupDate", "2026-11-22"), ("CoreStartupTime", "10:00:00"))
    fake.answers["CoreStatus"] = lambda a: wire(("Response", "Success"), ("ActionID", a.action_id), *date)
    member = (("Queue", "102"), ("Name", "op1"), ("Status", "1"), ("Paused", "0"))
    fake.answers["QueueStatus"] = listed(wire(("Event", "QueueMember"), ("ActionID", "%ID%"), *member))
    fake.answers["CoreShowChannels"] = listed(*channels)
    return fake


async def take(events: AsyncIterator[PbxEvent]) -> PbxEvent:
    async with asyncio.timeout(5):
        return await anext(events)


async def take_up(events: AsyncIterator[PbxEvent]) -> LinkUp:
    up, member = await take(events), await take(events)
    assert isinstance(up, LinkUp)
    assert member == MemberSeen(operator_id="op1", queue="102", status="free", paused=False)  # type: ignore[arg-type]
    return up


async def take_down(events: AsyncIterator[PbxEvent]) -> LinkDown:
    down = await take(events)
    assert isinstance(down, LinkDown), down
    return down


async def test_the_snapshot_holds_callers_and_nobody_else() -> None:
    leg = listed_channel("line102-1.2", Linkedid=CALL, Channel="PJSIP/op1-2", Context="operators")
    snoop = listed_channel("line102-1.3", Channel="Snoop/line102-1.1-0", Context="default")
    fake = fake_pbx(listed_channel(CALL), leg, snoop, listed_channel(OTHER))
    async with serving(fake):
        _, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            assert (await take_up(events)).present == {CALL, OTHER}
            assert pbx.channel_of(CALL) == "PJSIP/trunk-1"
            with pytest.raises(Gone):
                pbx.channel_of(CallId("line102-1.2"))


OFFERED = {"UserEvent": "Line102Offered", "Number": "77010000001", "Dialled": "102"}


async def test_what_happens_during_the_snapshot_comes_after_it() -> None:
    fake = fake_pbx()
    plain = fake.answers["QueueStatus"]

    def busy(action: Message) -> bytes:
        offered = channel("UserEvent", CALL, **OFFERED)
        return offered + plain(action) + channel("Hangup", OTHER, Cause="16")

    fake.answers["QueueStatus"] = busy
    async with serving(fake):
        _, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            await take_up(events)
            offered, ended = await take(events), await take(events)
    assert isinstance(offered, CallOffered)
    assert offered.call_id == CALL
    assert isinstance(ended, CallEnded)
    assert ended.call_id == OTHER


async def test_channels_are_kept_as_long_as_their_calls() -> None:
    fake = fake_pbx()
    async with serving(fake):
        _, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            await take_up(events)
            fake.emit(channel("UserEvent", CALL, **OFFERED) + channel("Hangup", CALL) + wire(("Event", "New in 23")))
            assert isinstance(await take(events), CallOffered)
            assert pbx.channel_of(CALL) == "PJSIP/trunk-1"
            assert isinstance(await take(events), CallEnded)
            with pytest.raises(Gone):
                pbx.channel_of(CALL)
            assert await take(events) == Unrecognised(name="New in 23")


@pytest.mark.parametrize("loss", ["reset", "close", "stall"])
async def test_after_a_loss_there_is_a_new_snapshot(loss: str) -> None:
    fake = fake_pbx(listed_channel(CALL))
    async with serving(fake):
        _, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            first = await take_up(events)
            async with asyncio.timeout(5):
                while fake.names().count("Ping") < 3:  # three times ping_every of silence
                    await asyncio.sleep(0.01)
            if loss == "stall":
                fake.deaf = True
            else:
                getattr(fake, loss)()
            down = await take_down(events)
            assert first.at + 80 * MS < down.last_seen  # an answered Ping is the last that was seen
            fake.answers["CoreShowChannels"] = listed(listed_channel(OTHER))
            fake.deaf = False
            second = await take(events)
            while isinstance(second, LinkDown):  # an attempt while it was still deaf
                second = await take(events)
            assert isinstance(second, LinkUp)
            assert second.present == {OTHER}
            assert second.pbx_started_at == first.pbx_started_at


async def test_a_slow_consumer_gets_what_is_whole_then_a_resync() -> None:
    fake = fake_pbx()
    async with serving(fake):
        _, pbx = pbx_of(fake, capacity=10)
        async with aclosing(pbx.events()) as events:
            await take_up(events)
            fake.emit(b"".join(channel("Hangup", f"line102-2.{n}", Cause="16") for n in range(50)))
            taken: list[PbxEvent] = [await take(events)]  # the first wakes us; by then the rest has overflowed
            while isinstance(taken[-1], CallEnded):
                taken.append(await take(events))
            *ended, down = taken
            assert [event.call_id for event in ended if isinstance(event, CallEnded)] == [
                f"line102-2.{n}" for n in range(len(ended))
            ]
            assert 0 < len(ended) <= 11
            assert isinstance(down, LinkDown)
            assert "events came faster than they were taken" in down.reason
            await take_up(events)


async def test_a_wrong_password_is_told_once_and_heals() -> None:
    fake = fake_pbx()
    fake.secret = "another"
    async with serving(fake):
        client, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            down = await take_down(events)
            assert down.reason.startswith("AMI login as line102 refused: Authentication failed; `ami` in secrets.toml")
            assert client.state is LinkState.REFUSED
            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(take_up(events))
                while fake.names().count("Login") < 4:  # refused again and again: said once
                    await asyncio.sleep(0.01)
                fake.secret = "secret"
            assert isinstance(waiting.result(), LinkUp)
            assert client.state is LinkState.UP


async def test_nobody_there_is_told_once() -> None:
    async with serving(FakeAmi()) as gone:
        client, pbx = pbx_of(gone)
    async with aclosing(pbx.events()) as events:
        assert "Connect call failed" in (await take_down(events)).reason
        assert client.state is LinkState.AWAY
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):  # a dozen attempts
                await anext(events)


async def test_a_snapshot_that_is_refused_is_no_link() -> None:
    fake = fake_pbx()
    del fake.answers["CoreShowChannels"]
    async with serving(fake):
        client, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            assert "CoreShowChannels refused" in (await take_down(events)).reason
            assert client.state is LinkState.AWAY
            fake.answers["CoreShowChannels"] = listed()
            await take_up(events)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("Unable to request withdraw from queue: No such caller", Gone),
        ("Unable to request withdraw from queue: No such queue", Refused),
        ("Permission denied", Refused),
        (None, Unreachable),
    ],
)
async def test_call_control_says_what_went_wrong(answer: str | None, error: type[Exception]) -> None:
    fake = fake_pbx(listed_channel(CALL))

    def say(action: Message) -> bytes:
        said = ("Response", "Error"), ("ActionID", action.action_id), ("Message", answer or "")
        return wire(*said) if answer else b""

    fake.answers["QueueWithdrawCaller"] = say
    async with serving(fake):
        client, pbx = pbx_of(fake)
        control = AmiCallControl(client, pbx)
        with pytest.raises(Gone):
            await control.withdraw(CALL, QueueName("102"), "")
        async with aclosing(pbx.events()) as events:
            await take_up(events)
            with pytest.raises(error):
                await control.withdraw(CALL, QueueName("102"), "info")
        sent = [action for action in fake.asked if action.get("Action") == "QueueWithdrawCaller"]
        assert [(a.get("Queue"), a.get("Caller"), a.get("WithdrawInfo")) for a in sent] == [
            ("102", "PJSIP/trunk-1", "info")
        ]
        with pytest.raises(Unreachable):
            await control.withdraw(CALL, QueueName("102"), "nobody listens any more")


def agrees(*actions: str) -> FakeAmi:
    """Says Success to ``actions``; the caller CALL talks with an operator in one bridge, OTHER waits."""
    operator = wire(
        *(("Event", "CoreShowChannel"), ("ActionID", "%ID%"), ("Channel", "PJSIP/op1-1"), ("Context", "operators")),
        *(("Uniqueid", "line102-1.2"), ("Linkedid", CALL), ("BridgeId", "b1")),
    )
    fake = fake_pbx(listed_channel(CALL, BridgeId="b1"), operator, listed_channel(OTHER, BridgeId=""))
    for name in actions:
        fake.answers[name] = lambda a: wire(("Response", "Success"), ("ActionID", a.action_id))
    return fake


@asynccontextmanager
async def in_control(fake: FakeAmi) -> AsyncIterator[AmiCallControl]:
    async with serving(fake):
        client, pbx = pbx_of(fake)
        async with aclosing(pbx.events()) as events:
            await take_up(events)
            yield AmiCallControl(client, pbx)


def sent(fake: FakeAmi, *actions: str) -> list[tuple[tuple[str, str], ...]]:
    """What was asked, without Action and ActionID."""
    return [action.pairs[2:] for action in fake.asked if action.get("Action") in actions]


async def test_priority_is_raised_at_once_and_kept_for_later_stays() -> None:
    fake = agrees("Setvar", "QueueChangePriorityCaller")
    async with in_control(fake) as control:
        await control.raise_priority(CALL, QueueName("102"), 5)
    assert sent(fake, "Setvar", "QueueChangePriorityCaller") == [
        (("Channel", "PJSIP/trunk-1"), ("Variable", "QUEUE_PRIO"), ("Value", "5")),
        (("Queue", "102"), ("Caller", "PJSIP/trunk-1"), ("Priority", "5"), ("Immediate", "yes")),
    ]


async def test_who_sends_is_told_last() -> None:
    """The dialplan has a caller of whom it was not told straight back at 102: half done is undone."""
    fake = agrees("Setvar")
    async with in_control(fake) as control:
        await control.prepare(CALL, "kk", self_service=True, by="caller")
    assert [dict(pairs)["Variable"] for pairs in sent(fake, "Setvar")] == [
        *("LINE102_LANG", "LINE102_SELF", "LINE102_SENT_BY")
    ]


async def test_a_transfer_is_the_operators_leg_s() -> None:
    fake = agrees("BlindTransfer")
    async with in_control(fake) as control:
        await control.transfer(CALL)
        with pytest.raises(Gone):
            await control.transfer(OTHER)  # talks with nobody: stays where they wait
    assert sent(fake, "BlindTransfer", "Redirect") == [
        (("Channel", "PJSIP/op1-1"), ("Context", "line102-help"), ("Exten", "s"))
    ]


async def test_the_self_service_is_told_by_variables_alone() -> None:
    fake = agrees("Setvar")
    async with in_control(fake) as control:
        await control.keep_alive(CALL)
        await control.to_person(CALL)
        await control.back_to_102(CALL)
        with pytest.raises(Gone):
            await control.keep_alive(CallId("line102-1.99"))
    told = [dict(pairs) for pairs in sent(fake, "Setvar", "Redirect")]
    assert [(pairs["Variable"], pairs["Value"]) for pairs in told] == [
        *(("LINE102_ALIVE", "1"), ("LINE102_GO", "person"), ("LINE102_GO", "back"))
    ]


async def test_a_served_caller_is_noted_though_they_are_gone() -> None:
    fake = agrees("QueueLog")
    async with in_control(fake) as control:
        await control.note_served(CallId("line102-1.99"))
    ((*fields, (key, value)),) = sent(fake, "QueueLog")
    assert fields == [("Queue", "102"), ("Uniqueid", "line102-1.99"), ("Interface", "NONE"), ("Event", "SERVED")]
    assert key == "Message"
    assert moment(value) is not None


@pytest.mark.parametrize("why", ["No such channel", "Channel does not exist: PJSIP/trunk-1"])
async def test_who_hung_up_meanwhile_is_gone(why: str) -> None:
    fake = agrees()
    fake.answers["Setvar"] = lambda a: wire(("Response", "Error"), ("ActionID", a.action_id), ("Message", why))
    async with in_control(fake) as control:
        with pytest.raises(Gone):
            await control.keep_alive(CALL)
