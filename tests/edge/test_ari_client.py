"""ARI requests over a real loopback socket: each status and each kind of silence becomes the error it should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from line102.errors import Gone, Line102Error, ProtocolViolation, Refused, Unreachable
from telephony.ari.client import AriClient, error_of
from telephony.ari.settings import AriSettings
from tests.fakes.ari_server import STALL, FakeAri, serving

SHORT = timedelta(milliseconds=200)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAri]:
    async with serving(FakeAri(callers={"line102-1.1"})) as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeAri) -> AsyncIterator[AriClient]:
    async with AriClient.session(fake.settings(deadline=SHORT)) as client:
        yield client


async def test_lists_and_variables(client: AriClient) -> None:
    assert [channel.id for channel in await client.channels()] == ["line102-1.1"]
    assert await client.bridges() == []
    assert await client.channel_variable("line102-1.1", "X") == "connection-of-line102-1.1"


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (400, Refused), (409, Refused), (422, Refused), (401, Refused), (403, Refused), (500, Unreachable)],
)
async def test_each_status_is_one_error_of_ours(
    client: AriClient, fake: FakeAri, status: int, error: type[Line102Error]
) -> None:
    fake.script("POST snoop", status)
    with pytest.raises(error):
        await client.snoop("line102-1.1", "s", spy="in")


async def test_a_wrong_password_names_its_setting(fake: FakeAri) -> None:
    async with AriClient.session(fake.settings(password="wrong")) as client:
        with pytest.raises(Refused, match=r"secrets\.toml") as caught:
            await client.channels()
        assert "wrong" not in str(caught.value)
        assert "wrong" not in repr(client.settings)
        with pytest.raises(Refused, match=r"secrets\.toml"):
            await client.event_socket()


async def test_a_stall_ends_at_the_deadline(client: AriClient, fake: FakeAri) -> None:
    fake.script("GET channels", STALL)
    with pytest.raises(Unreachable, match=r"0\.2 s"):
        await client.channels()
    fake.script("GET media socket", STALL)
    with pytest.raises(Unreachable, match=r"0\.2 s"):
        await client.media_socket("connection-of-x")


async def test_nobody_listens() -> None:
    async with AriClient.session(AriSettings(user="line102", password="x", port=9)) as client:
        with pytest.raises(Unreachable):
            await client.channels()
        with pytest.raises(Unreachable):
            await client.event_socket()


async def test_a_media_connection_that_is_not_there_is_gone(client: AriClient) -> None:
    with pytest.raises(Gone):
        await client.media_socket("connection-of-x")


async def test_an_answer_of_another_shape_breaks_the_protocol(client: AriClient, fake: FakeAri) -> None:
    fake.callers = {3}  # type: ignore[arg-type]  # Asterisk's ids are texts
    with pytest.raises(ProtocolViolation):
        await client.channels()


def test_errors_do_not_carry_pages_of_text() -> None:
    settings = AriSettings(user="line102", password="x")
    assert len(str(error_of(500, "x", "y" * 10_000, settings))) < 300
