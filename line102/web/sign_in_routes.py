"""The addresses of signing in, of the accounts and of the audit, put together and published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from line102.account_file import AccountFile
from line102.web.accounts_api import AccountsApi
from line102.web.audit_api import AuditApi, Audits
from line102.web.entry import EntryPage
from line102.web.oidc import CALLBACK
from line102.web.oidc_client import OidcClient
from line102.web.oidc_entry import START, OidcEntry
from line102.web.operation import Operation
from line102.web.session_api import SessionApi
from line102.web.sign_in_schemas import (
    AccountChangeIn,
    AccountIn,
    AccountsOut,
    AuditOut,
    AuditQuery,
    OneTimeOut,
    OwnLanguageIn,
    PasswordIn,
    SessionIn,
    SessionOut,
)
from line102.web.signing_in import Audit, SigningIn


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInParts:
    """``seats``: the operators of the PBX. ``audits``: where the audit is read. ``oidc``: the centre's provider."""

    accounts: AccountFile
    audit: Audit
    audits: Audits
    seats: tuple[str, ...]
    oidc: OidcClient | None = None


def add_sign_in_routes(
    router: web.UrlDispatcher, signing_in: SigningIn, parts: SignInParts, clock: Callable[[], datetime]
) -> None:
    entry, own = EntryPage(signing_in, oidc=parts.oidc is not None), SessionApi(signing_in)
    if parts.oidc is not None:
        elsewhere = OidcEntry(signing_in, parts.oidc, clock)
        router.add_get(START, elsewhere.start)
        router.add_get(CALLBACK, elsewhere.back)
    accounts = AccountsApi(signing_in, parts.seats)
    router.add_get("/enter", entry.get)
    router.add_post("/enter", entry.post)
    router.add_get("/api/session", own.get)
    router.add_post("/api/session", own.post)
    router.add_delete("/api/session", own.delete)
    router.add_post("/api/session/password", own.password)
    router.add_post("/api/session/language", own.language)
    router.add_get("/api/accounts", accounts.get)
    router.add_post("/api/accounts", accounts.post)
    router.add_post("/api/accounts/{name}", accounts.change)
    router.add_post("/api/accounts/{name}/link", accounts.link)
    router.add_post("/api/accounts/{name}/sign-out", accounts.sign_out)
    router.add_get("/api/audit", AuditApi(parts.audits).get)


BODY = (403, 413, 415, 422)  # how a change with a body may fail
SIGN_IN_OPERATIONS = (
    Operation(path="/api/session", summary="Who is signed in here", answer=SessionOut),
    Operation(
        path="/api/session",
        summary="Sign in; 429 after too many wrong tries",
        answer=None,
        method="post",
        body=SessionIn,
        errors=(401, *BODY, 429),
        secured=False,
    ),
    Operation(path="/api/session", summary="Sign out", answer=None, method="delete", errors=(403,)),
    Operation(
        path="/api/session/password",
        summary="Change one's password; one's other sessions end",
        answer=None,
        method="post",
        body=PasswordIn,
        errors=(*BODY, 429),
    ),
    Operation(
        path="/api/session/language",
        summary="The language in which the console speaks to this account",
        answer=None,
        method="post",
        body=OwnLanguageIn,
        errors=BODY,
    ),
    Operation(path="/api/accounts", summary="The accounts and the seats", answer=AccountsOut, errors=(403,)),
    Operation(
        path="/api/accounts",
        summary="A new account; the answer is its one-time link",
        answer=OneTimeOut,
        method="post",
        body=AccountIn,
        errors=(*BODY, 409),
    ),
    Operation(
        path="/api/accounts/{name}",
        summary="Change an account; what is not named stays",
        answer=None,
        method="post",
        body=AccountChangeIn,
        errors=(*BODY, 404, 409),
    ),
    Operation(
        path="/api/accounts/{name}/link",
        summary="A new one-time link",
        answer=OneTimeOut,
        method="post",
        errors=(403, 404),
    ),
    Operation(
        path="/api/accounts/{name}/sign-out",
        summary="End all sessions of an account",
        answer=None,
        method="post",
        errors=(403, 404),
    ),
    Operation(
        path="/api/audit",
        summary="Who did what, newest first",
        answer=AuditOut,
        query=AuditQuery,
        errors=(400, 403, 503),
    ),
)
