"""``line102 accounts``: who may sign in; one-time links for a first sign-in or a forgotten password."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

from pydantic import ValidationError

from line102.account_file import AccountFile
from line102.accounts import LINK_LIFETIME, Account, AccountBook, AccountRefused, Link, LinkKind, why_weak
from line102.adapters import seats_of
from line102.config import Settings
from line102.errors import BadSetting
from line102.passwords import digest_of, hashed, new_token
from line102.roles import Role


def file_of(settings: Settings) -> AccountFile:
    return AccountFile(settings.data / "accounts.json")


def new_link(accounts: AccountFile, kind: LinkKind, name: str = "") -> str:
    """A one-time link's path and query. Raises AccountRefused for an account that is not there."""
    token, now = new_token(), datetime.now(UTC)
    link = Link(digest=digest_of(token), kind=kind, account=name, until=now + LINK_LIFETIME)

    def opened(book: AccountBook) -> AccountBook:
        if name:
            book.get(name)
        return book.open_link(link, now)

    accounts.change(opened)
    return f"/enter?once={token}"


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    accounts = file_of(settings)
    try:
        match asked.action:
            case "add":
                _add(settings, accounts, asked)
            case "link":
                accounts.book.get(asked.name)
            case "password":
                _password(accounts, asked.name)
                return 0
            case "disable" | "enable":
                accounts.change(lambda book: book.change(asked.name, disabled=asked.action == "disable"))
                return 0
            case _:
                _print(accounts.book)
                return 0
    except AccountRefused as refused:
        raise BadSetting("accounts", str(refused), "See: line102 accounts list") from refused
    web = settings.web
    print(f"http://{web.host}:{web.port}{new_link(accounts, LinkKind.PASSWORD, asked.name)}")
    print(f"It works once, for {LINK_LIFETIME.total_seconds() / 60:.0f} min, and lets {asked.name} choose a password.")
    return 0


def _password(accounts: AccountFile, name: str) -> None:
    """From the terminal, or the first line of standard input. Its owner must choose another at the first sign-in."""
    accounts.book.get(name)
    given = getpass.getpass(f"password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if weak := why_weak(given, name):
        raise BadSetting("accounts password", f"the password {weak}", "Choose another")
    kept = hashed(given)
    accounts.change(lambda book: book.change(name, password=kept, must_change=True))
    print(f"{name} signs in with it once, and then chooses a password of their own.")


def _add(settings: Settings, accounts: AccountFile, asked: argparse.Namespace) -> None:
    seats = seats_of(settings)
    if asked.seat is not None and asked.seat not in seats:
        raise BadSetting("--seat", f"the PBX has no operator {asked.seat}", f"Take one of {', '.join(seats)}")
    try:
        account = Account(
            name=asked.name,
            display_name=asked.display_name or asked.name,
            roles=tuple(Role(role) for role in asked.roles.split(",")),
            operator=asked.seat,
            phone=asked.phone,
            language=asked.language,
            oidc_subject=asked.subject,
        )
    except ValueError as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remedy = f"Roles: {', '.join(Role)}; a name of small letters and digits"
        raise BadSetting("accounts add", why, remedy) from error
    accounts.change(lambda book: book.add(account))


def _print(book: AccountBook) -> None:
    for one in sorted(book.accounts.values(), key=lambda one: one.name):
        state = "closed" if one.disabled else "no password yet" if one.password is None else "open"
        print(f"{one.name:20} {','.join(one.roles):34} {one.operator or '-':8} {one.phone:5} {state}")
    if not book.accounts:
        print("Nobody yet: `line102 run` prints a link for the first administrator.")
