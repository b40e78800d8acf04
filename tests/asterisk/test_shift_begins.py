"""A shift begins on the real service: the first administrator, a database that is away, a service that dies."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from line102.account_file import AccountFile
from line102.roles import Role
from tests.asterisk.service_process import service_process, write_settings
from tests.asterisk.test_interventions import free_port, store_is_away
from tests.signed_in import sign_in

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/enter\?once=\S+)")


async def test_the_first_start_prints_a_link_that_makes_the_administrator_once(pbx: Any, tmp_path: Path) -> None:
    port = free_port()
    settings = write_settings(pbx, tmp_path, web_port=port)
    accounts = AccountFile(tmp_path / "data" / "accounts.json")
    others = {
        name: one.model_copy(update={"roles": (Role.OPERATOR, Role.SUPERVISOR)})
        for name, one in accounts.book.accounts.items()
    }
    accounts.change(lambda book: book.model_copy(update={"accounts": others}))
    async with service_process(settings, port) as service:
        found = LINK.search(service.log)
        assert found is not None, service.log[-2000:]
        chosen = {
            "once": found[1].partition("once=")[2],
            "name": "aigul",
            "password": "қоңырау-шалып-102",
            "again": "қоңырау-шалып-102",
        }
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(service.address + found[1]) as page:
                assert page.status == 200 and "Бірінші әкімші" in await page.text()
            async with http.post(f"{service.address}/enter", data=chosen, allow_redirects=False) as entered:
                assert entered.status == 303
            async with http.get(f"{service.address}/api/accounts") as told:
                assert "aigul" in {one["name"] for one in (await told.json())["accounts"]}
            async with http.post(f"{service.address}/enter", data=chosen, allow_redirects=False) as again:
                assert again.status == 404
        before = len(LINK.findall(service.log))
        await service.stop()
        await service.start()
        assert len(LINK.findall(service.log)) == before, "there is an administrator: no new link"
        assert chosen["once"] not in (tmp_path / "data" / "accounts.json").read_text()


async def test_a_shift_signs_in_while_the_database_is_away_and_outlives_the_services_death(
    pbx: Any, tmp_path: Path
) -> None:
    port = free_port()
    database, away = tmp_path / "data" / "line102.db", tmp_path / "data" / "away.db"
    async with service_process(write_settings(pbx, tmp_path, web_port=port), port) as service:
        database.rename(away)
        database.mkdir()  # nothing can open this as a database
        for name in ("line102.db-wal", "line102.db-shm"):
            database.with_name(name).unlink(missing_ok=True)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            assert await sign_in(http, service.address, "op1") == 204
            await service.until(lambda: store_is_away(service), within_s=30)
            await service.kill()
            await service.launch()
            async with http.get(f"{service.address}/api/session") as answer:
                assert answer.status == 200, "the same session"
                assert (await answer.json())["operator"] == "op1"
            database.rmdir()
            away.rename(database)
            await service.until(lambda: service.lit("store"), within_s=40)

        async def told() -> bool:
            events = (await service.get("/api/audit?limit=500"))["events"]
            return [event["action"] for event in events if event["account"] == "op1"] == ["signed_in"]

        await service.until(told, within_s=30)
