"""People of the tests who can sign in, and how a page, a client or a browser does it.

``chief`` is operator without a seat, supervisor and administrator; ``op1``, ``op2``, ``op3``, ``help1`` sit at the
seats of their names; ``boss`` is a supervisor, ``admin`` an administrator and no more.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from line102.account_file import AccountFile
from line102.accounts import Account
from line102.roles import Role
from line102.web.oidc_client import OidcClient
from line102.web.sign_in_routes import SignInParts

PASSWORD = "words-of-the-tests-only"
METRICS_KEY = "metrics-key-of-the-tests-only"
SEATS = ("op1", "op2", "op3", "help1")
EVERY = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)


@cache
def _hash() -> str:
    """Cheap on purpose: the tests sign in hundreds of times."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def people() -> tuple[Account, ...]:
    operators = (
        Account(name=seat, display_name=f"Оператор {seat}", roles=(Role.OPERATOR,), operator=seat, password=_hash())
        for seat in SEATS
    )
    return (
        Account(name="chief", display_name="Dana S.", roles=EVERY, password=_hash()),
        Account(name="boss", display_name="Супервизор", roles=(Role.SUPERVISOR,), password=_hash()),
        Account(name="admin", display_name="Админ", roles=(Role.ADMINISTRATOR,), password=_hash()),
        *operators,
    )


def accounts_in(folder: Path) -> AccountFile:
    """The accounts' file of a service whose data folder is ``folder``, with everybody in it."""
    accounts = AccountFile(folder / "accounts.json")
    for one in people():
        if one.name not in accounts.book.accounts:
            accounts.change(lambda book, one=one: book.add(one))  # type: ignore[misc]
    return accounts


def sign_in_parts(folder: Path, line: Any, oidc: OidcClient | None = None) -> SignInParts:
    """For the web server of a StoryLine: what is audited goes into its journal."""
    accounts = accounts_in(folder)
    return SignInParts(accounts=accounts, audit=line.scribe.write, audits=line.ledger, seats=SEATS, oidc=oidc)


async def sign_in(http: aiohttp.ClientSession, address: str, name: str = "chief", password: str = PASSWORD) -> int:
    """The status of the answer; ``http`` has the cookie afterwards."""
    said = {"name": name, "password": password}
    async with http.post(f"{address}/api/session", json=said, headers={"Origin": address}) as answer:
        return answer.status


async def sign_in_browser(page: Any, address: str, name: str = "chief") -> None:
    """Through the browser's own jar of cookies, without a page."""
    said = {"name": name, "password": PASSWORD}
    answer = await page.request.post(f"{address}/api/session", data=said, headers={"Origin": address})
    assert answer.status == 204, await answer.text()
