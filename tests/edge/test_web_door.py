"""Nobody gets in: key, cookie, host, origin, headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from line102.broadcast import Broadcast
from line102.errors import BadSetting
from line102.web.server import WebServer
from tests.browser.story_line import KEY, StoryLine
from tests.edge.web_console import WebConsole, web_console


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[WebConsole]:
    async with web_console(tmp_path, enter=False) as console:
        yield console


API = ["/api/live", "/api/calls", "/api/calls/story-1.1", "/api/calls/story-1.1/recording", "/api/gaps", "/api/feed"]


@pytest.mark.parametrize("path", [*API, "/api/openapi.json", "/api/nothing"])
async def test_without_the_key_the_api_says_nothing(outside: WebConsole, path: str) -> None:
    assert (await outside.json(path, status=401))["error"] == "no_session"


async def test_without_the_key_nothing_is_changed(outside: WebConsole) -> None:
    address = f"{outside.address}/api/calls/story-20.1/language"
    async with outside.session.post(address, json={"language": "kk"}, headers={"Origin": outside.address}) as response:
        assert response.status == 401
    assert outside.line.journal.entries == []


async def test_the_key_opens_and_leaves_the_address(outside: WebConsole) -> None:
    async with outside.session.get(f"{outside.address}/?key={KEY}", allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"] == "/"
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert KEY not in cookie
    assert (await outside.json("/api/live"))["node"] == "story"


async def test_the_form_takes_the_key_too(outside: WebConsole) -> None:
    async with outside.session.post(f"{outside.address}/enter", data={"key": KEY}) as response:
        assert response.status == 200  # after the redirect
    await outside.json("/api/live")


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "x", "ключ"])
async def test_a_wrong_key_is_refused_in_three_languages(outside: WebConsole, key: str) -> None:
    async with outside.session.get(outside.address, params={"key": key}) as response:
        text = await response.text()
        assert response.status == 403
    for words in ("Ключ не подошёл", "Кілт сәйкес келмеді", "That is not the key"):
        assert words in text
    await outside.json("/api/live", status=401)


async def test_guessing_is_braked_and_the_brake_lets_go(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    async with web_console(tmp_path, enter=False, clock=lambda: now[0]) as console:
        for _ in range(10):
            async with console.session.get(f"{console.address}/?key=guess") as response:
                assert response.status == 403
        async with console.session.get(f"{console.address}/?key={KEY}") as response:
            assert response.status == 429, "even the right key waits: else guessing would go on unhindered"
        now[0] += timedelta(seconds=61)
        async with console.session.get(f"{console.address}/?key={KEY}", allow_redirects=False) as response:
            assert response.status == 303


async def test_a_made_up_session_is_none(outside: WebConsole) -> None:
    headers = {"Cookie": "line102_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    async with outside.session.get(f"{outside.address}/api/live", headers=headers) as response:
        assert response.status == 401


async def test_a_session_ends(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    async with web_console(tmp_path, clock=lambda: now[0]) as console:
        await console.json("/api/live")
        now[0] += timedelta(days=31)
        await console.json("/api/live", status=401)


async def test_sessions_outlive_a_restart_but_not_a_new_key(tmp_path: Path) -> None:
    held = tmp_path / "sessions.json"
    async with web_console(tmp_path, sessions_file=held) as first:
        cookie = next(iter(first.session.cookie_jar)).value
    assert held.stat().st_mode & 0o777 == 0o600
    assert cookie not in held.read_text() and KEY not in held.read_text()
    async with web_console(tmp_path, enter=False, sessions_file=held) as again:
        async with again.session.get(f"{again.address}/api/live", cookies={"line102_session": cookie}) as response:
            assert response.status == 200
    held.write_text(held.read_text().replace('"key": "', '"key": "0'))
    async with web_console(tmp_path, enter=False, sessions_file=held) as other:
        async with other.session.get(f"{other.address}/api/live", cookies={"line102_session": cookie}) as response:
            assert response.status == 401


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"key": 1}', "\x00"])
async def test_a_torn_sessions_file_signs_everybody_out_and_no_more(tmp_path: Path, torn: str) -> None:
    held = tmp_path / "sessions.json"
    held.write_text(torn)
    async with web_console(tmp_path, sessions_file=held) as console:
        await console.json("/api/live")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8102", "127.0.0.1.evil.example", "", "[::1", "x y"])
async def test_a_foreign_host_name_is_refused(tmp_path: Path, host: str) -> None:
    async with web_console(tmp_path) as console:
        async with console.session.get(f"{console.address}/api/live", headers={"Host": host}) as response:
            assert response.status in (400, 421)
            assert "story" not in await response.text()


async def test_an_allowed_host_name_is_served(tmp_path: Path) -> None:
    async with web_console(tmp_path, allowed_hosts=frozenset({"console.line102.kz"})) as console:
        async with console.session.get(f"{console.address}/healthz", headers={"Host": "Console.line102.kz:80"}) as ok:
            assert ok.status == 200


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1"])
async def test_the_feed_is_for_our_own_page_only(tmp_path: Path, origin: str | None) -> None:
    async with web_console(tmp_path) as console:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await console.session.ws_connect(f"{console.address}/api/feed", origin=origin)
        assert refused.value.status == 403


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_is_changed_but_by_our_own_page(tmp_path: Path, origin: str | None, method: str) -> None:
    """Another site's page can send our cookie's owner here, even with a form; it cannot name itself as ours."""
    headers = {} if origin is None else {"Origin": origin}
    async with web_console(tmp_path) as console:
        address = f"{console.address}/api/calls/story-20.1/language"
        async with console.session.request(method, address, json={"language": "kk"}, headers=headers) as response:
            assert response.status == 403
            assert (await response.json())["error"] == "wrong_origin"
        assert console.line.journal.entries == []


@pytest.mark.parametrize("path", ["/", "/enter", "/api/live", "/api/nothing", "/assets/none.js", "/assets/app-1.js"])
async def test_every_answer_is_hardened(outside: WebConsole, path: str) -> None:
    async with outside.session.get(outside.address + path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Python" not in response.headers.get("Server", "")
        if path.startswith("/api"):
            assert response.headers["Cache-Control"] == "no-store"


async def test_neither_key_nor_number_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with web_console(tmp_path) as console:
        async with console.session.get(f"{console.address}/?key=guessed-key") as response:
            assert response.status == 403
        await console.json("/api/calls")
        async with console.session.get(f"{console.address}/api/calls/story-1.1/recording") as response:
            await response.read()
    said = capsys.readouterr()
    assert "recording_read" in said.out + said.err
    for secret in (KEY, "guessed-key", "7701000"):
        assert secret not in said.out + said.err


def server_of(line: StoryLine, folder: Path, host: str, port: int) -> WebServer:
    return WebServer(
        host,
        port,
        Broadcast(line.board),
        line.ledger,
        folder,
        folder,
        KEY,
        choose_language=line.choose_language,
        languages=("ru", "kk"),
    )


async def test_a_taken_port_names_its_setting(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        port = int(console.address.rpartition(":")[2])
        line = StoryLine(tmp_path)
        second = server_of(line, tmp_path, "127.0.0.1", port)
        with pytest.raises(BadSetting) as wrong:
            async with asyncio.timeout(5):
                await second.run()
        assert wrong.value.setting == "web.port"
        assert str(port) in str(wrong.value)


async def test_an_address_that_is_not_ours_names_its_setting(tmp_path: Path) -> None:
    line = StoryLine(tmp_path)
    server = server_of(line, tmp_path, "192.0.2.1", 0)
    with pytest.raises(BadSetting) as wrong:
        await server.run()
    assert wrong.value.setting == "web.host"
