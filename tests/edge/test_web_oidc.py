"""Signing in at the centre's own provider, which runs in a process of its own and keeps to the standard."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from line102.adapters import oidc_of, secrets_of
from line102.config import settings_from
from line102.errors import BadSetting
from line102.events import Audited
from line102.web.oidc import Relying
from line102.web.oidc_client import OidcClient
from tests.edge.web_console import WebConsole, web_console
from tests.fakes.oidc_provider import CLIENT, SECRET
from tests.signed_in import accounts_in, sign_in

PROJECT = Path(__file__).parents[2]
ADDRESS = "http://console.line102.test"


@pytest.fixture
async def issuer() -> AsyncIterator[str]:
    command = (sys.executable, "-m", "tests.fakes.oidc_provider")
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.terminate()
    await process.wait()


@dataclass
class Door:
    """The console, with a provider; ``http`` is a browser that follows nothing by itself."""

    console: WebConsole
    issuer: str
    http: aiohttp.ClientSession

    async def get(self, address: str) -> tuple[int, str, str]:
        """Status, where it sends the browser, and the page. The console's own name is 127.0.0.1 here."""
        address = address.replace(ADDRESS, self.console.address)
        async with self.http.get(address, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def lie(self, what: str) -> None:
        async with self.http.post(f"{self.issuer}/lie", json={"what": what}) as answer:
            assert answer.status == 204

    async def come_back(self) -> str:
        """Start at the console and sign in over there; the address at which the browser comes back."""
        status, there, _ = await self.get(f"{ADDRESS}/enter/oidc")
        assert status == 303 and there.startswith(f"{self.issuer}/authorize?")
        status, back, text = await self.get(there)
        assert status == 302, text
        return back

    async def session(self) -> int:
        return (await self.get(f"{ADDRESS}/api/session"))[0]

    def audited(self) -> list[tuple[str, str, str]]:
        events = [entry.event for entry in self.console.line.journal.entries]
        return [(e.account, e.action, e.object) for e in events if isinstance(e, Audited)]


@asynccontextmanager
async def door_to(folder: Path, issuer: str, *, secret: str = SECRET) -> AsyncIterator[Door]:
    accounts = accounts_in(folder)
    accounts.change(lambda book: book.change("op1", oidc_subject="sub-op1", password=None))
    accounts.change(lambda book: book.change("op2", oidc_subject="sub-closed", disabled=True))
    client = OidcClient(Relying(issuer=issuer, client_id=CLIENT, secret=secret, address=ADDRESS))
    async with (
        web_console(folder, enter="", oidc=client) as console,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        yield Door(console, issuer, http)


@pytest.fixture
async def door(tmp_path: Path, issuer: str) -> AsyncIterator[Door]:
    async with door_to(tmp_path, issuer) as opened:
        yield opened


async def test_an_operator_signs_in_at_the_centres_provider(door: Door) -> None:
    _, _, page = await door.get(f"{ADDRESS}/enter")
    assert 'href="/enter/oidc"' in page and 'name="password"' in page
    status, _, page = await door.get(await door.come_back())
    assert status == 200 and 'content="0;url=/desk"' in page
    async with door.http.get(f"{door.console.address}/api/session") as answer:
        told = await answer.json()
    assert (told["account"], told["operator"]) == ("op1", "op1")
    assert [action for _, action, _ in door.audited()] == ["oidc", "signed_in"]
    for cookie in door.http.cookie_jar:
        if cookie.key == "line102_session":
            assert cookie["samesite"] == "Strict" and cookie["httponly"]


@pytest.mark.parametrize(
    "what",
    ["issuer", "audience", "party", "old", "future", "nonce", "key", "unsigned", "secret", "subject"],
)
async def test_an_id_token_that_is_wrong_opens_nothing(door: Door, what: str) -> None:
    await door.lie(what)
    status, _, page = await door.get(await door.come_back())
    assert status == 400 and "Signing in did not work" in page and 'name="password"' in page
    assert await door.session() == 401


@pytest.mark.parametrize("what", ["stranger", "closed"])
async def test_whom_we_do_not_know_stays_outside_and_is_told_to_the_administrator(door: Door, what: str) -> None:
    await door.lie(what)
    status, _, page = await door.get(await door.come_back())
    assert status == 403 and "Учётной записи нет" in page
    assert await door.session() == 401
    subject = {"stranger": "sub-nobody", "closed": "sub-closed"}[what]
    assert door.audited() == [("", "refused", f"oidc {subject}")]


async def test_an_answer_is_taken_once_and_by_the_browser_that_asked(door: Door) -> None:
    back = await door.come_back()
    async with aiohttp.ClientSession() as victim:  # is sent to the attacker's answer
        async with victim.get(back.replace(ADDRESS, door.console.address), allow_redirects=False) as answer:
            assert answer.status == 400 and "line102_session" not in answer.cookies
    assert (await door.get(back))[0] == 200
    door.http.cookie_jar.clear(lambda cookie: cookie.key == "line102_session")
    assert (await door.get(back))[0] == 400
    assert await door.session() == 401


@pytest.mark.parametrize("broken", ["state=x", "code=x", "error=access_denied", "iss=https%3A%2F%2Fevil.example"])
async def test_a_bent_answer_opens_nothing(door: Door, broken: str) -> None:
    name = broken.partition("=")[0]
    there, _, query = (await door.come_back()).partition("?")
    kept = [part for part in query.split("&") if not part.startswith(name + "=")]
    status, _, _ = await door.get(f"{there}?{'&'.join([*kept, broken])}")
    assert status == 400
    assert await door.session() == 401


async def test_with_a_wrong_secret_nobody_comes_in(tmp_path: Path, issuer: str) -> None:
    async with door_to(tmp_path, issuer, secret="wrong") as door:
        assert (await door.get(await door.come_back()))[0] == 400
        assert await door.session() == 401


async def test_a_provider_that_is_away_costs_nobody_their_password(tmp_path: Path) -> None:
    async with door_to(tmp_path, "http://127.0.0.1:9") as door:
        status, _, page = await door.get(f"{ADDRESS}/enter/oidc")
        assert status == 503 and "Войдите по имени и паролю" in page and 'name="password"' in page
        assert await sign_in(door.http, door.console.address, "op3") == 204


async def test_a_provider_of_another_name_is_not_taken(tmp_path: Path, issuer: str) -> None:
    async with door_to(tmp_path, issuer.replace("localhost", "127.0.0.1")) as door:
        assert (await door.get(f"{ADDRESS}/enter/oidc"))[0] == 503


async def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        async with console.session.get(f"{console.address}/enter/oidc/back?code=x&state=y") as answer:
            assert "line102_session" not in answer.cookies
        async with console.session.get(f"{console.address}/enter") as answer:
            assert "/enter/oidc" not in await answer.text()


@pytest.mark.parametrize(
    ("oidc", "said"),
    [
        ({"issuer": "http://id.example"}, "issuer"),
        ({"issuer": "https://id.example"}, "needs client_id and address"),
        ({"issuer": "https://id.example", "client_id": "x", "address": "console"}, "address"),
    ],
)
def test_settings_that_cannot_be_are_told(oidc: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        settings_from({"sign_in": {"oidc": oidc}}, "line102.toml")


def test_a_provider_without_our_secret_is_told_at_the_start(tmp_path: Path) -> None:
    oidc = {"issuer": "https://id.example", "client_id": "x", "address": "https://console.example"}
    settings = settings_from({"data_folder": str(tmp_path), "sign_in": {"oidc": oidc}}, "line102.toml")
    with pytest.raises(BadSetting, match=r"oidc = "):
        oidc_of(settings, secrets_of(settings))
    with (tmp_path / "secrets.toml").open("a") as secrets:
        secrets.write('oidc = "a-secret-of-the-centre"\n')
    client = oidc_of(settings, secrets_of(settings))
    assert client is not None and client.relying.redirect_uri == "https://console.example/enter/oidc/back"
    assert "a-secret-of-the-centre" not in repr(client.relying)
