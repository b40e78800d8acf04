"""What the API says about sessions, accounts and the audit."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from line102.accounts import LONGEST_PASSWORD, AccountName, PhoneKind, Speech
from line102.roles import Role
from line102.web.out import In, Out

Password = Annotated[str, Field(max_length=LONGEST_PASSWORD)]
Seat = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$", description="an operator of the PBX")]
DisplayName = Annotated[str, Field(min_length=1, max_length=60)]
Subject = Annotated[
    str, Field(min_length=1, max_length=255, description="what the centre's OpenID Connect provider calls them")
]
Roles = Annotated[list[Role], Field(min_length=1, max_length=3)]


class SessionOut(Out):
    """Who is signed in here."""

    account: str
    display_name: str
    roles: list[Role]
    operator: str | None = Field(description="the seat; null: this account takes no calls")
    phone: PhoneKind
    language: Speech
    must_change: bool = Field(description="somebody else knows the password")


class SessionIn(In):
    """Body of POST /api/session."""

    name: Annotated[str, Field(max_length=64)]
    password: Password


class PasswordIn(In):
    """Body of POST /api/session/password: every other session of the account ends."""

    old: Password
    new: Password


class OwnLanguageIn(In):
    """Body of POST /api/session/language."""

    language: Speech


class AccountOut(Out):
    name: str
    display_name: str
    roles: list[Role]
    operator: str | None
    phone: PhoneKind
    language: Speech
    disabled: bool
    must_change: bool
    has_password: bool
    oidc_subject: str | None
    last_seen: AwareDatetime | None = Field(description="of the sessions that are open")


class AccountsOut(Out):
    """``seats``: the operators of the PBX."""

    accounts: list[AccountOut]
    seats: list[str]


class AccountIn(In):
    """Body of POST /api/accounts."""

    name: AccountName
    display_name: DisplayName
    roles: Annotated[list[Role], Field(min_length=1, max_length=3, strict=False)]
    operator: Seat | None = None
    phone: PhoneKind = "web"
    language: Speech = "ru"
    oidc_subject: Subject | None = None


class AccountChangeIn(In):
    """Body of POST /api/accounts/{name}: what is not named stays."""

    display_name: DisplayName | None = None
    roles: Annotated[list[Role], Field(min_length=1, max_length=3)] | None = None
    operator: Seat | None = None
    phone: PhoneKind | None = None
    language: Speech | None = None
    disabled: bool | None = None
    oidc_subject: Subject | None = None


class OneTimeOut(Out):
    """A link by which the account chooses its password, once, within 15 minutes. It is told only here."""

    link: str


class AuditedOut(Out):
    at: AwareDatetime
    account: str = Field(description="empty for nobody who is known")
    action: str
    object: str
    address: str


class AuditOut(Out):
    """Newest first. ``next_before`` continues the list; null at its end."""

    events: list[AuditedOut]
    next_before: AwareDatetime | None


class AuditQuery(BaseModel):
    """Query of GET /api/audit."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=100, ge=1, le=500)
    before: AwareDatetime | None = None
