"""Signing in with a real browser: its own rules for cookies, origins and forms."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from line102.accounts import Link, LinkKind
from line102.passwords import digest_of, new_token
from line102.web.oidc import Relying
from line102.web.oidc_client import OidcClient
from tests.edge.web_console import WebConsole, web_console
from tests.fakes.oidc_provider import CLIENT, SECRET
from tests.signed_in import PASSWORD, accounts_in

pytestmark = pytest.mark.browser
PROJECT = Path(__file__).parents[2]


@pytest.fixture
async def plain(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser without JavaScript."""
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 720})
    yield context
    await context.close()


async def who(context: BrowserContext, console: WebConsole) -> str | None:
    answer = await context.request.get(f"{console.address}/api/session")
    return (await answer.json())["account"] if answer.ok else None


async def test_name_and_password_without_javascript(plain: BrowserContext, tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        page = await plain.new_page()
        await page.goto(f"{console.address}/enter")
        await page.get_by_label("Имя · Атау · Name").fill("op1")
        await page.get_by_label("Пароль · Құпиясөз · Password").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Имя или пароль не подошли")).to_be_visible()
        assert await who(plain, console) is None
        await page.get_by_label("Имя · Атау · Name").fill("op1")
        await page.get_by_label("Пароль · Құпиясөз · Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{console.address}/desk")
        assert await who(plain, console) == "op1"
        (session,) = [c for c in await plain.cookies() if c["name"] == "line102_session"]
        assert (session["sameSite"], session["httpOnly"]) == ("Strict", True)


async def test_the_first_administrator_without_javascript(plain: BrowserContext, tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        token, now = new_token(), datetime.now(UTC)
        link = Link(digest=digest_of(token), kind=LinkKind.SET_UP, until=now + timedelta(minutes=15))
        console.accounts.change(lambda book: book.model_copy(update={"accounts": {}}).open_link(link, now))
        page = await plain.new_page()
        await page.goto(f"{console.address}/enter?once={token}")
        await page.get_by_label("Имя · Атау · Name").fill("aigul")
        for field in ("Пароль · Құпиясөз · Password", "Ещё раз · Тағы бір рет · Again"):
            await page.get_by_label(field).fill("қоңырау-шалып-102")
        await page.get_by_role("button").click()
        await page.wait_for_url(f"{console.address}/")
        assert await who(plain, console) == "aigul"


async def test_another_sites_form_signs_nobody_in(browser: Browser, tmp_path: Path) -> None:
    """localhost and 127.0.0.1 are two sites to a browser."""
    async with web_console(tmp_path, enter="") as console:
        context = await browser.new_context()
        page = await context.new_page()
        fields = f'<input name="name" value="op1"><input name="password" value="{PASSWORD}">'
        form = f'<form method="post" action="{console.address}/enter">{fields}<button>go</button></form>'
        evil = console.address.replace("127.0.0.1", "localhost")
        await page.route(f"{evil}/evil", lambda route: route.fulfill(body=form, content_type="text/html"))
        await page.goto(f"{evil}/evil")
        async with page.expect_response(f"{console.address}/enter") as refused:
            await page.get_by_role("button").click()
        assert (await refused.value).status == 403
        assert await who(context, console) is None
        await context.close()


async def test_the_centres_provider_on_another_site(browser: Browser, tmp_path: Path) -> None:
    """The way back begins over there: a Strict cookie would not go along a redirect of it."""
    command = (sys.executable, "-m", "tests.fakes.oidc_provider")
    provider = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    assert provider.stdout is not None
    issuer = (await provider.stdout.readline()).decode().strip()
    accounts_in(tmp_path).change(lambda book: book.change("op1", oidc_subject="sub-op1"))
    client = OidcClient(Relying(issuer=issuer, client_id=CLIENT, secret=SECRET, address="http://set.below"))
    try:
        async with web_console(tmp_path, enter="", oidc=client) as console:
            client.relying = replace(client.relying, address=console.address)
            context = await browser.new_context()
            page = await context.new_page()
            await page.goto(f"{console.address}/enter")
            async with page.expect_request(f"{console.address}/desk") as desk:
                await page.get_by_role("link", name="Войти через службу центра").click()
            sent = await (await desk.value).all_headers()
            assert "line102_session=" in sent.get("cookie", ""), "the first request of the desk is signed in"
            await page.wait_for_url(f"{console.address}/desk")
            assert await who(context, console) == "op1"
            await context.close()
    finally:
        provider.terminate()
        await provider.wait()
