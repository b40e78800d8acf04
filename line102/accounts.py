"""The people who may sign in, and the one-time links by which they first do. Pure: no clock, no file, no hashing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from line102.errors import Line102Error
from line102.roles import Role

LINK_LIFETIME = timedelta(minutes=15)
LINKS_KEPT = 200  # when full, the one that expires first is dropped
ACCOUNTS_AT_MOST = 2000
SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 200

AccountName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{0,31}$")]
PhoneKind = Literal["web", "desk"]
Speech = Literal["ru", "kk", "en"]


class AccountRefused(Line102Error):
    """A change of the accounts that may not be. ``code`` names it for the page."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Account(_Kept):
    """``operator``: the seat, of ``pbx.operators`` or ``pbx.help_operators``; people of several shifts share one."""

    name: AccountName
    display_name: Annotated[str, Field(min_length=1, max_length=60)]
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    password: str | None = None  # argon2id, as PHC string; None: signs in by a link, or through OpenID Connect
    operator: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")] | None = None
    phone: PhoneKind = "web"
    language: Speech = "ru"
    disabled: bool = False
    must_change: bool = False  # somebody else knows the password
    oidc_subject: str | None = None


class LinkKind(StrEnum):
    SET_UP = "set_up"  # whoever opens it becomes the first administrator
    PASSWORD = "password"  # noqa: S105 - chooses the account's password, and signs in
    SIGN_IN = "sign_in"  # signs in, and no more: for demonstrations


class Link(_Kept):
    """A one-time link: only the SHA-256 of its token is kept."""

    digest: str
    kind: LinkKind
    account: str = ""  # "" for SET_UP
    until: AwareDatetime


class AccountBook(_Kept):
    """All accounts and open links. Each method gives a new book; AccountRefused when it may not be."""

    accounts: dict[str, Account] = {}
    links: tuple[Link, ...] = ()

    def get(self, name: str) -> Account:
        """Raises AccountRefused (``gone``)."""
        if name not in self.accounts:
            raise AccountRefused("gone", f"there is no account {name}")
        return self.accounts[name]

    def add(self, account: Account) -> Self:
        if account.name in self.accounts:
            raise AccountRefused("exists", f"there is an account {account.name} already")
        if len(self.accounts) >= ACCOUNTS_AT_MOST:
            raise AccountRefused("full", f"there are {ACCOUNTS_AT_MOST} accounts")
        return self._with(account)

    def change(self, name: str, **what: object) -> Self:
        """Set some fields of an account. An administrator who can sign in must remain."""
        changed = Account.model_validate(self.get(name).model_dump() | what)
        book = self._with(changed)
        if self.has_administrator and not book.has_administrator:
            raise AccountRefused("last_administrator", f"{name} is the last administrator")
        return book

    def open_link(self, link: Link, now: datetime) -> Self:
        open_ones = sorted((one for one in self.links if one.until > now), key=lambda one: one.until)
        return self.model_copy(update={"links": (*open_ones[-(LINKS_KEPT - 1) :], link)})

    def link(self, digest: str, now: datetime) -> Link | None:
        """The open link of this digest."""
        return next((one for one in self.links if one.digest == digest and one.until > now), None)

    def use_link(self, digest: str, now: datetime) -> tuple[Self, Link]:
        """Take a link out of the book. Raises AccountRefused (``link_used``) when it is not open."""
        found = self.link(digest, now)
        if found is None:
            raise AccountRefused("link_used", "this link was used already, or is too old")
        return self.model_copy(update={"links": tuple(one for one in self.links if one is not found)}), found

    @property
    def has_administrator(self) -> bool:
        return any(Role.ADMINISTRATOR in one.roles and not one.disabled for one in self.accounts.values())

    def _with(self, account: Account) -> Self:
        subject = account.oidc_subject
        if subject and any(one.oidc_subject == subject and one.name != account.name for one in self.accounts.values()):
            raise AccountRefused("subject_taken", "another account has this subject of the sign-in provider")
        return self.model_copy(update={"accounts": {**self.accounts, account.name: account}})


def why_weak(password: str, name: str) -> str:
    """Why ``password`` may not be the one of account ``name``; "" when it may."""
    if len(password) < SHORTEST_PASSWORD:
        return f"has fewer than {SHORTEST_PASSWORD} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"has more than {LONGEST_PASSWORD} characters"
    if len(set(password)) < 5:
        return "has fewer than five different characters"
    if name and name.casefold() in re.sub(r"[^\w.-]", "", password.casefold()):
        return "holds the account's name"
    return ""
