"""The phone in the page and the seat it belongs to, over the real web server, when people sign in and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from line102.accounts import Account
from line102.desk_kinds import DeskState, WhyNoCall
from line102.events import OperatorStateChanged
from line102.roles import Role
from line102.web import phone_proxy
from tests.edge.phone_parts import PhoneScene, phone_scene
from tests.edge.web_console import WebConsole, web_console
from tests.signed_in import sign_in


@asynccontextmanager
async def desk(folder: Path, *, enter: str = "op2") -> AsyncIterator[tuple[WebConsole, PhoneScene]]:
    """In the story ``op1`` talks, ``op2`` does not."""
    async with phone_scene() as scene, web_console(folder, enter=enter, phones=scene.parts) as console:
        yield console, scene


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_proxy, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(phone_proxy, "LOOK_AGAIN_S", 0.01)


async def say(console: WebConsole, state: str) -> None:
    headers, said = {"Origin": console.address}, {"state": state, "reason": ""}
    async with console.session.post(f"{console.address}/api/desk/state", json=said, headers=headers) as answer:
        assert answer.status == 204, await answer.text()


async def sign_out(console: WebConsole, http: aiohttp.ClientSession | None = None) -> None:
    headers = {"Origin": console.address}
    async with (http or console.session).delete(f"{console.address}/api/session", headers=headers) as answer:
        assert answer.status == 204


async def phone(console: WebConsole, query: str = "") -> aiohttp.ClientWebSocketResponse:
    address = f"{console.address}/phone{query}"
    return await console.session.ws_connect(address, origin=console.address, protocols=("sip",))


async def closed(page: aiohttp.ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(5):
        async for _ in page:
            pass
    return page.close_code


async def is_alive(page: aiohttp.ClientWebSocketResponse) -> None:
    """Through some twenty looks at the session."""
    with pytest.raises(TimeoutError):
        await page.receive(timeout=0.4)
    await page.send_str("OPTIONS")
    assert await page.receive_str(timeout=5) == "heard OPTIONS"


async def test_signing_out_leaves_the_seat(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, scene):
        await say(console, "ready")
        await scene.shows("op2", DeskState.READY)
        await sign_out(console)
        await scene.shows("op2", DeskState.OFF)
        assert scene.told[-1] == ("op2", True, "off")
        last = console.line.journal.of(OperatorStateChanged)[-1]
        assert (last.operator_id, last.wish, last.by) == ("op2", "off", "op2")
        assert {seat for seat, _, _ in scene.told} == {"op2"}, "nobody else's"


async def test_a_seat_shared_by_shifts_is_left_by_the_last(tmp_path: Path) -> None:
    async with (
        desk(tmp_path) as (console, scene),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        password = console.accounts.book.get("op2").password
        second = Account(name="saule", display_name="С", roles=(Role.OPERATOR,), operator="op2", password=password)
        console.accounts.change(lambda book: book.add(second))
        assert await sign_in(http, console.address, "saule") == 204
        await say(console, "ready")
        await scene.shows("op2", DeskState.READY)
        told = len(scene.told)
        await sign_out(console)
        scene.has("op2", "ringing")
        await scene.shows("op2", DeskState.RINGING)  # the seating has looked since
        scene.has("op2", "free")
        await scene.shows("op2", DeskState.READY)
        assert len(scene.told) == told
        await sign_out(console, http)
        await scene.shows("op2", DeskState.OFF)
        assert console.line.journal.of(OperatorStateChanged)[-1].by == "saule"


async def test_a_disabled_colleague_keeps_no_seat(tmp_path: Path) -> None:
    async with (
        desk(tmp_path) as (console, scene),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        password = console.accounts.book.get("op2").password
        second = Account(name="saule", display_name="С", roles=(Role.OPERATOR,), operator="op2", password=password)
        console.accounts.change(lambda book: book.add(second))
        assert await sign_in(http, console.address, "saule") == 204
        console.accounts.change(lambda book: book.change("saule", disabled=True))
        await say(console, "ready")
        await scene.shows("op2", DeskState.READY)
        await sign_out(console)
        await scene.shows("op2", DeskState.OFF)


async def test_who_signs_out_in_mid_talk_talks_on_and_is_off_then(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, scene):
        await say(console, "ready")
        scene.has("op2", "talking")
        await scene.shows("op2", DeskState.TALKING)
        await sign_out(console)
        await scene.shows("op2", DeskState.TALKING)
        assert scene.dropped == [], "nobody took the leg down"
        scene.has("op2", "free")
        await scene.shows("op2", DeskState.OFF)


async def test_the_next_shift_in_the_same_browser_leaves_the_seat_too(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, scene):
        await say(console, "ready")
        await scene.shows("op2", DeskState.READY)
        assert await sign_in(console.session, console.address, "op2") == 204
        assert scene.told == [], "the same seat"
        assert await sign_in(console.session, console.address, "op1") == 204
        await scene.shows("op2", DeskState.OFF)
        assert scene.told == [("op2", True, "off")]


@pytest.mark.parametrize("enter", ["chief", "boss"])
async def test_who_has_no_seat_signs_out_as_ever(tmp_path: Path, enter: str) -> None:
    async with desk(tmp_path, enter=enter) as (console, scene):
        await sign_out(console)
        await console.json("/api/session", status=401)
        assert scene.told == []


async def test_what_is_said_goes_both_ways_and_one_page_has_the_phone(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, _):
        page = await phone(console)
        await page.send_str("REGISTER")
        assert await page.receive_str(timeout=5) == "heard REGISTER"
        await page.send_str(phone_proxy.PING)
        assert await page.receive_str(timeout=5) == phone_proxy.PONG
        assert await closed(await phone(console)) == phone_proxy.IN_USE
        taker = await phone(console, "?take=1")
        assert await closed(page) == phone_proxy.TAKEN_OVER
        await taker.send_str("REGISTER")
        assert await taker.receive_str(timeout=5) == "heard REGISTER"
        await taker.close()


@pytest.mark.usefixtures("often")
async def test_the_phone_ends_with_its_session(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, scene):
        page = await phone(console)
        await scene.shows("op2", DeskState.READY)
        await is_alive(page)
        await sign_out(console)
        assert await closed(page) == phone_proxy.SIGNED_OUT


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("what", [{"disabled": True}, {"operator": "op1"}, {"must_change": True}])
async def test_the_phone_ends_with_the_right_to_it(tmp_path: Path, what: dict[str, object]) -> None:
    async with desk(tmp_path) as (console, _):
        page = await phone(console)
        console.accounts.change(lambda book: book.change("op2", **what))
        assert await closed(page) == phone_proxy.SIGNED_OUT


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(("status", "state"), [("ringing", DeskState.RINGING), ("talking", DeskState.TALKING)])
async def test_an_ended_session_cuts_no_call(tmp_path: Path, status: str, state: DeskState) -> None:
    async with desk(tmp_path) as (console, scene):
        page = await phone(console)
        scene.has("op2", status)
        await scene.shows("op2", state)
        console.accounts.change(lambda book: book.change("op2", disabled=True))
        await is_alive(page)
        scene.has("op2", "free")
        assert await closed(page) == phone_proxy.SIGNED_OUT


@pytest.mark.usefixtures("often")
async def test_a_talk_that_only_the_ledger_knows_of_is_not_cut_either(tmp_path: Path) -> None:
    async with desk(tmp_path, enter="op1") as (console, scene):
        page = await phone(console)
        assert (await scene.shows("op1", DeskState.READY)).call_id is not None
        await sign_out(console)
        await is_alive(page)
        await page.close()


@pytest.mark.usefixtures("often")
async def test_while_nobody_knows_whether_they_talk_nothing_is_cut(tmp_path: Path) -> None:
    async with desk(tmp_path) as (console, scene):
        page = await phone(console)
        scene.seating.link(up=False)
        await scene.shows("op2", DeskState.READY, WhyNoCall.PBX_DOWN)
        await sign_out(console)
        await is_alive(page)
        scene.seating.link(up=True)
        assert await closed(page) == phone_proxy.SIGNED_OUT
