"""One AMI connection and the supervised client, on real loopback sockets, against every failure we know of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from line102.errors import Refused, Unreachable
from telephony.ami.backoff import BackoffSettings
from telephony.ami.client import AmiClient, LinkState, ami_session
from telephony.ami.connection import open_connection
from telephony.ami.settings import AmiSettings
from tests.fakes.ami_server import FakeAmi, listed, serving, wire

MS = timedelta(milliseconds=1)
FAST = BackoffSettings(first=10 * MS, cap=40 * MS, after_refusal=400 * MS, steady_after=timedelta(seconds=15))


def settings_of(fake: FakeAmi) -> AmiSettings:
    return AmiSettings(
        host="127.0.0.1",
        port=fake.port,
        user="line102",
        secret="secret",
        connect_within=500 * MS,
        answer_within=300 * MS,
        ping_every=60 * MS,
        pong_within=150 * MS,
        event_capacity=100,
    )


async def until(condition: Callable[[], bool], within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


async def failure_of(awaitable: Awaitable[object]) -> str:
    with pytest.raises(Unreachable) as caught:
        async with asyncio.timeout(5):
            await awaitable
    return caught.value.why


async def test_it_logs_in_and_asks() -> None:
    async with serving(FakeAmi()) as fake:
        fake.answers["Originate"] = lambda a: wire(
            ("Response", "Success"), ("ActionID", a.action_id), ("Message", "ok")
        )
        async with ami_session(settings_of(fake)) as client:
            answer = await client.action("Originate", Channel="PJSIP/op1", Variable=["a=1", "b=2"])
            assert answer.get("Message") == "ok"
        (sent,) = (action for action in fake.asked if action.get("Action") == "Originate")
        assert sent.all("Variable") == ("a=1", "b=2")


async def test_the_password_never_travels() -> None:
    async with serving(FakeAmi()) as fake:
        async with ami_session(settings_of(fake)):
            pass
        assert all("secret" not in value for action in fake.asked for _, value in action.pairs)


async def test_a_wrong_password_is_refused_once() -> None:
    async with serving(FakeAmi(secret="another")) as fake:
        with pytest.raises(Refused, match="AMI login as line102 refused: Authentication failed"):
            async with ami_session(settings_of(fake)):
                pass
        assert fake.names() == ["Challenge", "Login"]


async def test_a_wrong_password_is_not_hammered() -> None:
    async with serving(FakeAmi(secret="another")) as fake:
        client = AmiClient(settings_of(fake), events=True, backoff=FAST)
        began = asyncio.get_running_loop().time()
        for _ in range(2):
            with pytest.raises(Refused):
                await client.connect()
            assert client.state is LinkState.REFUSED
        assert asyncio.get_running_loop().time() - began >= 0.4
        fake.secret = "secret"
        await client.connect()
        assert client.state is LinkState.UP
        client.close()


async def test_an_injection_writes_nothing() -> None:
    async with serving(FakeAmi()) as fake, ami_session(settings_of(fake)) as client:
        with pytest.raises(Refused):
            await client.action("UserEvent", UserEvent="x\r\nAction: Originate")
        await client.action("Ping")
        assert set(fake.names()) == {"Challenge", "Login", "Ping"}


async def test_an_event_list_is_collected_whole() -> None:
    async with serving(FakeAmi()) as fake:
        rows = [wire(("Event", "QueueMember"), ("ActionID", "%ID%"), ("Name", f"op{n}")) for n in range(3)]
        fake.answers["QueueStatus"] = listed(*rows)
        async with ami_session(settings_of(fake)) as client:
            members = await client.collect("QueueStatus")
    assert [member.get("Name") for member in members] == ["op0", "op1", "op2"]


async def test_a_refused_list_is_refused() -> None:
    async with serving(FakeAmi()) as fake, ami_session(settings_of(fake)) as client:
        with pytest.raises(Refused, match="Invalid/unknown command"):
            await client.collect("NoSuchList")


async def test_a_list_that_never_ends_is_unreachable() -> None:
    async with serving(FakeAmi()) as fake:
        fake.answers["QueueStatus"] = lambda a: wire(
            ("Response", "Success"), ("ActionID", a.action_id), ("EventList", "start")
        )
        async with ami_session(settings_of(fake)) as client:
            assert await failure_of(client.collect("QueueStatus")) == "no answer to QueueStatus within 0.3 s"


async def test_an_action_has_a_deadline_and_is_never_repeated() -> None:
    async with serving(FakeAmi()) as fake:
        fake.answers["Hangup"] = lambda _: b""
        async with ami_session(settings_of(fake)) as client:
            assert await failure_of(client.action("Hangup")) == "no answer to Hangup within 0.3 s"
            assert (await client.action("Ping")).get("Ping") == "Pong"  # the connection lives on
        assert fake.names().count("Hangup") == 1


async def test_silence_is_not_a_failure() -> None:
    """Ten times ping_every without one event: the link stays, because Pings are answered."""
    async with serving(FakeAmi()) as fake:
        connection = await open_connection(settings_of(fake), events=True)
        await until(lambda: fake.names().count("Ping") >= 10)
        assert connection.is_open
        connection.close("done")


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda fake: setattr(fake, "deaf", True), "no answer to Ping within 0.15 s"),
        (FakeAmi.reset, "the connection was lost (ConnectionResetError)"),
        (FakeAmi.close, "Asterisk closed the connection"),
        (lambda fake: (fake.emit(b"Event: Hangup\r\nUniq"), fake.close()), "Asterisk closed the connection"),
        (lambda fake: fake.emit(b"Event: " + b"x" * 70_000), "no end of message within 65536 bytes"),
        (lambda fake: fake.emit(b"Nonsense: 1\r\n\r\n"), "neither event nor response"),
    ],
    ids=["stall", "reset", "close", "half a message", "endless message", "nonsense"],
)
async def test_a_broken_link_is_noticed(break_it: Callable[[FakeAmi], object], reason: str) -> None:
    async with serving(FakeAmi()) as fake:
        connection = await open_connection(settings_of(fake), events=True)
        assert (await connection.next_event()).name == "FullyBooted"
        break_it(fake)
        assert reason in await failure_of(connection.next_event())
        assert reason in await failure_of(connection.action("Ping"))


async def test_who_waits_for_an_answer_learns_of_the_loss_at_once() -> None:
    async with serving(FakeAmi()) as fake:
        fake.answers["Hangup"] = lambda _: b""
        connection = await open_connection(replace(settings_of(fake), answer_within=timedelta(minutes=1)), events=False)
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(failure_of(connection.action("Hangup")))
            await until(lambda: "Hangup" in fake.names())
            fake.reset()
        assert asking.result() == "the connection was lost (ConnectionResetError)"


async def test_a_slow_consumer_gets_what_is_whole_and_then_the_truth() -> None:
    async with serving(FakeAmi()) as fake:
        connection = await open_connection(replace(settings_of(fake), event_capacity=5), events=True)
        fake.emit(b"".join(wire(("Event", "Tick"), ("N", str(n))) for n in range(20)))
        await until(lambda: not connection.is_open)
        taken = [(await connection.next_event()).get("N") for _ in range(5)]
        assert taken == ["", "0", "1", "2", "3"]  # FullyBooted was the first
        assert await failure_of(connection.next_event()) == "events came faster than they were taken"


async def test_nobody_there_and_somebody_else_there() -> None:
    async with serving(FakeAmi()) as fake:
        settings = settings_of(fake)
    assert "Connect call failed" in await failure_of(open_connection(settings, events=True))
    async with serving(FakeAmi(banner=b"SSH-2.0-OpenSSH\r\n")) as fake:
        assert "first line is not" in await failure_of(open_connection(settings_of(fake), events=True))
    async with serving(FakeAmi(banner=b"")) as fake:
        assert "no greeting" in await failure_of(open_connection(settings_of(fake), events=True))


async def test_a_late_answer_is_counted_and_given_to_nobody() -> None:
    async with serving(FakeAmi()) as fake:
        fake.answers["Hangup"] = lambda _: b""
        connection = await open_connection(settings_of(fake), events=False)
        await failure_of(connection.action("Hangup"))
        late = next(action for action in fake.asked if action.get("Action") == "Hangup")
        fake.emit(wire(("Response", "Success"), ("ActionID", late.action_id)))
        assert (await connection.action("Ping")).get("Ping") == "Pong"
        assert connection.wire.late_answers == 1
        connection.close("done")


async def test_the_first_retries_are_fast_and_an_action_meanwhile_is_unreachable() -> None:
    async with serving(FakeAmi()) as fake:
        client = AmiClient(settings_of(fake), events=False, backoff=FAST)
        assert "not connected yet" in await failure_of(client.action("Ping"))
        await client.connect()
        fake.reset()
        await until(lambda: client.state is LinkState.AWAY)
        assert "lost" in await failure_of(client.action("Ping"))
        await client.connect()
        assert (await client.action("Ping")).get("Ping") == "Pong"
        client.close()
