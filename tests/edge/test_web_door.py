"""Nobody gets in: session, cookie, host, origin, headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from line102.broadcast import Broadcast
from line102.errors import BadSetting
from line102.events import Audited
from line102.web.server import WebServer
from tests.browser.story_line import StoryLine
from tests.edge.web_console import WebConsole, web_console
from tests.signed_in import METRICS_KEY, PASSWORD, sign_in, sign_in_parts


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[WebConsole]:
    async with web_console(tmp_path, enter="") as console:
        yield console


API = ["/api/live", "/api/calls", "/api/calls/story-1.1", "/api/calls/story-1.1/recording", "/api/gaps", "/api/feed"]


@pytest.mark.parametrize(
    "path", [*API, "/api/openapi.json", "/api/nothing", "/api/session", "/api/accounts", "/api/audit"]
)
async def test_without_a_session_the_api_says_nothing(outside: WebConsole, path: str) -> None:
    assert (await outside.json(path, status=401))["error"] == "no_session"


async def test_without_a_session_nothing_is_changed(outside: WebConsole) -> None:
    address = f"{outside.address}/api/calls/story-20.1/language"
    async with outside.session.post(address, json={"language": "kk"}, headers={"Origin": outside.address}) as response:
        assert response.status == 401
    assert outside.line.journal.entries == []


async def test_a_made_up_session_is_none(outside: WebConsole) -> None:
    headers = {"Cookie": "line102_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    async with outside.session.get(f"{outside.address}/api/live", headers=headers) as response:
        assert response.status == 401


async def test_a_session_ends(tmp_path: Path) -> None:
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    async with web_console(tmp_path, clock=lambda: now[0]) as console:
        await console.json("/api/live")
        now[0] += timedelta(hours=13)
        await console.json("/api/live", status=401)


async def test_sessions_outlive_a_restart(tmp_path: Path) -> None:
    held = tmp_path / "sessions.json"
    async with web_console(tmp_path, sessions_file=held) as first:
        cookie = next(one.value for one in first.session.cookie_jar if one.key == "line102_session")
    assert held.stat().st_mode & 0o777 == 0o600
    assert cookie not in held.read_text() and PASSWORD not in held.read_text()
    async with web_console(tmp_path, enter="", sessions_file=held) as again:
        async with again.session.get(f"{again.address}/api/live", cookies={"line102_session": cookie}) as response:
            assert response.status == 200


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"a": 1}', "\x00"])
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
        changed = [e for e in console.line.journal.entries if not isinstance(e.event, Audited)]
        assert changed == []


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


async def test_neither_password_nor_number_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with web_console(tmp_path) as console:
        assert await sign_in(console.session, console.address, "chief", "guessed-password") == 401
        assert await sign_in(console.session, console.address, "mistyped-password", "x") == 401
        assert await sign_in(console.session, console.address) == 204
        await console.json("/api/calls")
        async with console.session.get(f"{console.address}/api/calls/story-1.1/recording") as response:
            await response.read()
        audited = repr([entry.event for entry in console.line.journal.entries])
    said = capsys.readouterr()
    assert "sign_in_refused" in said.out + said.err
    for secret in (PASSWORD, "guessed-password", "mistyped-password", "7701000"):
        assert secret not in said.out + said.err + audited


def server_of(line: StoryLine, folder: Path, host: str, port: int) -> WebServer:
    return WebServer(
        host,
        port,
        Broadcast(line.board),
        line.ledger,
        folder,
        folder,
        sign_in_parts(folder, line),
        METRICS_KEY,
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
