"""Signing in over the real web server: passwords, links, the brake, one's own session, the accounts, the audit."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from line102.accounts import Link, LinkKind
from line102.events import Audited
from line102.passwords import digest_of, new_token
from line102.web import feed
from tests.edge.web_console import WebConsole, web_console
from tests.signed_in import PASSWORD, sign_in

GOOD = "қоңырау-шалып-102"
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def send(console: WebConsole, method: str, path: str, **body: Any) -> tuple[int, Any]:
    headers = {"Origin": console.address}
    async with console.session.request(method, console.address + path, json=body, headers=headers) as response:
        said = await response.read()
        return response.status, await response.json() if said else None


def audited(console: WebConsole) -> list[tuple[str, str, str]]:
    events = [entry.event for entry in console.line.journal.entries]
    return [(e.account, e.action, e.object) for e in events if isinstance(e, Audited)]


async def form(console: WebConsole, follow: bool = False, **fields: str) -> tuple[int, str]:
    async with console.session.post(f"{console.address}/enter", data=fields, allow_redirects=follow) as response:
        return response.status, await response.text()


async def test_a_password_opens_a_session_and_says_who_it_is(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        said = {"name": "op1", "password": PASSWORD}
        origin = {"Origin": console.address}
        async with console.session.post(f"{console.address}/api/session", json=said, headers=origin) as response:
            assert response.status == 204
            cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and PASSWORD not in cookie
        who = await console.json("/api/session")
        assert (who["account"], who["operator"], who["roles"], who["phone"]) == ("op1", "op1", ["operator"], "web")
        assert (await send(console, "DELETE", "/api/session"))[0] == 204
        await console.json("/api/session", status=401)
        assert audited(console) == [("op1", "signed_in", "op1"), ("op1", "signed_out", "")]


@pytest.mark.parametrize(
    ("name", "password"),
    [("op1", "wrong"), ("op1", ""), ("nobody", PASSWORD), ("", ""), ("op1", "\0")],
)
async def test_one_answer_for_every_way_to_be_wrong(tmp_path: Path, name: str, password: str) -> None:
    async with web_console(tmp_path, enter="") as console:
        status, said = await send(console, "POST", "/api/session", name=name, password=password)
        assert (status, said["error"]) == (401, "wrong_password")
        await console.json("/api/live", status=401)


async def test_another_sites_page_signs_nobody_in(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        said = {"name": "op1", "password": PASSWORD}
        for headers in ({}, {"Origin": "http://evil.example"}):
            async with console.session.post(f"{console.address}/api/session", json=said, headers=headers) as response:
                assert response.status == 403
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with console.session.post(f"{console.address}/enter", data=said, headers=headers) as response:
            assert response.status == 403
        await console.json("/api/live", status=401)


async def test_guessing_is_braked_and_the_brake_lets_go(tmp_path: Path) -> None:
    now = [T0]
    async with web_console(tmp_path, enter="", clock=lambda: now[0]) as console:
        for _ in range(10):
            assert await sign_in(console.session, console.address, "op1", "guess") == 401
        status, said = await send(console, "POST", "/api/session", name="op1", password=PASSWORD)
        assert (status, said["error"]) == (429, "locked"), "the right one waits too: else guessing would go on"
        assert 0 < said["retry_after_s"] <= 60
        now[0] += timedelta(seconds=61)
        assert await sign_in(console.session, console.address, "op1") == 204


async def test_many_tries_at_once_are_no_way_around_the_brake(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        tries = (sign_in(console.session, console.address, "op1", f"guess-{n}") for n in range(40))
        statuses = await asyncio.gather(*tries)
        assert (statuses.count(401), statuses.count(429)) == (10, 30)


async def test_a_stranger_locks_no_operator_out_of_their_own_browser(tmp_path: Path) -> None:
    """The stranger sits behind the same proxy, so that even the address is the same."""
    now = [T0]
    async with web_console(tmp_path, enter="op1", clock=lambda: now[0]) as console:
        assert (await send(console, "DELETE", "/api/session"))[0] == 204
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as stranger:
            for _ in range(4):
                tries = [await sign_in(stranger, console.address, "op1", "guess") for _ in range(10)]
                now[0] += timedelta(seconds=61)
            assert tries[-1] == 429, "the account is closed for browsers that it does not know"
            assert await sign_in(stranger, console.address, "op1") == 429
            forged = {"line102_known_" + digest_of("op1")[:12]: "AAAA.BBBB"}
            stranger.cookie_jar.update_cookies(forged, URL(console.address))
            assert await sign_in(stranger, console.address, "op1") == 429
            assert await sign_in(console.session, console.address, "op1") == 204
            assert (await send(console, "DELETE", "/api/session"))[0] == 204
            guesses = [await sign_in(console.session, console.address, "op1", "guess") for _ in range(11)]
            assert guesses == [401] * 10 + [429], "a stolen cookie is no way around the brake either"


async def test_the_page_without_javascript(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        async with console.session.get(f"{console.address}/enter") as response:
            text = await response.text()
        assert response.status == 200 and all(words in text for words in ("Вход", "Кіру", "Sign in"))
        status, text = await form(console, name="op1", password="wrong")
        assert status == 401 and "сәйкес келмеді" in text
        assert (await form(console, name="op1", password=PASSWORD))[0] == 303
        assert (await console.json("/api/session"))["account"] == "op1"


async def test_the_first_administrator_is_made_by_a_link_that_works_once(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        accounts = console.accounts
        accounts.change(lambda book: book.model_copy(update={"accounts": {}}))
        once = link_of(console, LinkKind.SET_UP)
        for _ in range(2):  # looking uses nothing up
            async with console.session.get(f"{console.address}/enter", params={"once": once}) as response:
                assert response.status == 200 and "Первый администратор" in await response.text()
        assert (await form(console, once=once, name="Aigul!", password=GOOD, again=GOOD))[0] == 422
        assert (await form(console, once=once, name="aigul", password=GOOD, again="other"))[0] == 422
        assert (await form(console, once=once, name="aigul", password="short", again="short"))[0] == 422
        assert (await form(console, once=once, name="aigul", password=GOOD, again=GOOD))[0] == 303
        who = await console.json("/api/session")
        assert (who["account"], set(who["roles"])) == ("aigul", {"administrator", "supervisor", "operator"})
        assert (await form(console, once=once, name="second", password=GOOD, again=GOOD))[0] == 404
        left = link_of(console, LinkKind.SET_UP)
        assert (await form(console, once=left, name="second", password=GOOD, again=GOOD))[0] == 409
        assert set(accounts.book.accounts) == {"aigul"}


def link_of(console: WebConsole, kind: LinkKind, name: str = "", until: datetime | None = None) -> str:
    token, now = new_token(), datetime.now(UTC)
    link = Link(digest=digest_of(token), kind=kind, account=name, until=until or now + timedelta(minutes=15))
    console.accounts.change(lambda book: book.open_link(link, now - timedelta(days=1)))
    return token


async def test_a_link_that_is_too_old_or_made_up_opens_nothing(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        old = link_of(console, LinkKind.SIGN_IN, "op1", until=datetime.now(UTC) - timedelta(seconds=1))
        for once in (old, "made-up"):
            status, text = await form(console, once=once)
            assert status == 404 and "больше не действует" in text
        await console.json("/api/session", status=401)


async def test_a_link_of_a_demonstration_signs_in_once(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        once = link_of(console, LinkKind.SIGN_IN, "op2")
        assert (await form(console, once=once))[0] == 303
        assert (await console.json("/api/session"))["operator"] == "op2"
        assert (await form(console, once=once))[0] == 404
        assert ("op2", "link_sign_in", "op2") in audited(console)


async def test_ones_own_password_and_language(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="op1") as console:
        assert (await send(console, "POST", "/api/session/language", language="kk"))[0] == 204
        assert (await console.json("/api/session"))["language"] == "kk"
        for old, new, wrong in (("wrong", GOOD, 401), (PASSWORD, "short", 422), (PASSWORD, "op1-op1-op1-xyz", 422)):
            assert (await send(console, "POST", "/api/session/password", old=old, new=new))[0] == wrong
        assert (await send(console, "POST", "/api/session/password", old=PASSWORD, new=GOOD))[0] == 204
        await console.json("/api/session")
        assert await sign_in(console.session, console.address, "op1") == 401
        assert await sign_in(console.session, console.address, "op1", GOOD) == 204


async def test_the_accounts_are_the_administrators(tmp_path: Path) -> None:
    new = {"name": "daniyar", "display_name": "Данияр К.", "roles": ["operator"], "operator": "op3"}
    async with web_console(tmp_path, enter="admin") as console:
        status, said = await send(console, "POST", "/api/accounts", **new)
        assert status == 200
        once = re.fullmatch(rf"{console.address}/enter\?once=(.+)", said["link"])
        assert once is not None
        assert (await send(console, "POST", "/api/accounts", **new))[1]["error"] == "exists"
        assert (await send(console, "POST", "/api/accounts", **new | {"name": "x", "operator": "op9"}))[0] == 422
        told = await console.json("/api/accounts")
        (daniyar,) = [one for one in told["accounts"] if one["name"] == "daniyar"]
        assert (daniyar["has_password"], daniyar["operator"], daniyar["disabled"]) == (False, "op3", False)
        assert "password" not in daniyar and "argon2" not in repr(told)
        assert (await send(console, "POST", "/api/accounts/daniyar", roles=["supervisor"], operator=None))[0] == 204
        assert (await send(console, "POST", "/api/accounts/chief", disabled=True))[0] == 204
        status, said = await send(console, "POST", "/api/accounts/admin", disabled=True)
        assert (status, said["error"]) == (409, "last_administrator")
        assert (await send(console, "POST", "/api/accounts/none/link"))[0] == 404
        assert (await form(console, once=once[1], password=GOOD, again=GOOD))[0] == 303
        assert (await console.json("/api/session"))["roles"] == ["supervisor"]
        await console.json("/api/accounts", status=403)


async def test_a_closed_account_is_out_at_once(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="op1") as console:
        await console.json("/api/live")
        console.accounts.change(lambda book: book.change("op1", disabled=True))  # as `line102 accounts disable`
        await console.json("/api/live", status=401)
        assert await sign_in(console.session, console.address, "op1") == 401


async def test_a_feed_ends_with_its_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PING_EVERY_S", 0.05)
    async with web_console(tmp_path, enter="op1") as console:
        async with console.session.ws_connect(f"{console.address}/api/feed", origin=console.address) as page:
            assert (await page.receive_json())["type"] == "snapshot"
            assert (await page.receive_json())["type"] == "ping"
            console.accounts.change(lambda book: book.change("op1", disabled=True))
            async with asyncio.timeout(5):
                async for _ in page:
                    pass
            assert page.close_code == feed.SIGNED_OUT


async def test_who_has_a_password_from_somebody_else_can_only_change_it(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="op1") as console:
        console.accounts.change(lambda book: book.change("op1", must_change=True))  # `line102 accounts password`
        assert (await console.json("/api/session"))["must_change"] is True
        assert (await console.json("/api/live", status=403))["error"] == "no_permission"
        assert (await send(console, "DELETE", "/api/session"))[0] == 204
        status, text = await form(console, name="op1", password=PASSWORD)
        once = re.search(r'name="once" value="([^"]+)"', text)
        assert status == 200 and once is not None and "Құпиясөзді таңдаңыз" in text
        await console.json("/api/session", status=401)
        assert (await form(console, once=once[1], password=GOOD, again=GOOD))[0] == 303
        assert (await console.json("/api/session"))["must_change"] is False
        await console.json("/api/live")


async def test_what_a_role_may_not_is_refused_and_audited(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="op1") as console:
        for path in ("/api/accounts", "/api/audit"):
            assert (await console.json(path, status=403))["error"] == "no_permission"
        assert ("op1", "denied", "GET /api/accounts") in audited(console)


async def test_a_recording_is_for_whom_it_concerns_and_playing_it_is_audited(tmp_path: Path) -> None:
    path = "/api/calls/story-1.1/recording"
    async with web_console(tmp_path, enter="boss") as console:
        answers = (await console.json("/api/calls/story-1.1"))["answers"]
        async with console.session.get(console.address + path) as response:
            assert response.status == 200
        assert ("boss", "played", "story-1.1") in audited(console)
        theirs = answers[-1]["operator"]
        other = next(name for name in ("op1", "op2", "op3") if name not in {one["operator"] for one in answers})
        for name, status in ((theirs, 200), (other, 403), ("admin", 403)):
            assert await sign_in(console.session, console.address, name) == 204
            async with console.session.get(console.address + path) as response:
                assert response.status == status, name


async def test_the_audit_is_read_newest_first_and_outlives_the_store(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="boss") as console:
        await console.line.ledger.apply(console.line.journal.entries)
        told = await console.json("/api/audit?limit=1")
        assert [event["action"] for event in told["events"]] == ["signed_in"]
        console.line.ledger.away = "the test took it away"
        assert (await console.json("/api/audit", status=503))["error"] == "unreachable"
        assert await sign_in(console.session, console.address, "op1") == 204, "a shift begins all the same"


async def test_two_doors_at_once_use_a_link_once(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        once = link_of(console, LinkKind.SIGN_IN, "op2")
        statuses = [status for status, _ in await asyncio.gather(*(form(console, once=once) for _ in range(5)))]
        assert statuses.count(303) == 1 and set(statuses) <= {303, 404, 409}
