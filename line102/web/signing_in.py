"""Signing in and out: passwords, one-time links, the brake, the cookie; each of it audited."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import web

from line102.account_file import AccountFile
from line102.accounts import LINK_LIFETIME, Account, AccountBook, AccountRefused, Link, LinkKind, why_weak
from line102.calls import OperatorId
from line102.events import Audited
from line102.passwords import digest_of, hashed, matches, new_token
from line102.roles import Permission, Role
from line102.web.brake import Brake, Trier
from line102.web.errors import AccessDenied
from line102.web.known_browser import known_browser, remember
from line102.web.person import PERSON, Person, person_behind
from line102.web.sessions import LIFETIME, Sessions

log = structlog.get_logger()

COOKIE = "line102_session"
Audit = Callable[[Audited], None]
Left = Callable[[OperatorId, str], None]


class SigningIn:
    """``audit`` writes to the ledger; it must not raise. Passwords are hashed in threads, two at a time.

    ``left`` is told the seat at which nobody is signed in any more, and the account that was the last; None: there are
    no seats. It must not raise.
    """

    def __init__(
        self,
        accounts: AccountFile,
        sessions: Sessions,
        audit: Audit,
        clock: Callable[[], datetime],
        left: Left | None = None,
    ) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self._audit = audit
        self._clock = clock
        self._left = left
        self._brake = Brake()
        self._hashing = asyncio.Semaphore(2)  # each takes 64 MiB and a core for some 50 ms

    def person(self, request: web.Request) -> Person | None:
        """Who is behind the request's cookie. A disabled account is out at once."""
        held = self.sessions.of(request.cookies.get(COOKIE, ""), self._clock())
        account = self.accounts.book.accounts.get(held.account) if held is not None else None
        return None if account is None or account.disabled else person_behind(account)

    def may_look(self, request: web.Request) -> bool:
        """Whether a websocket that was let in may go on: its session may be over, its account closed."""
        person = self.person(request)
        return person is not None and Permission.LOOK in person.permissions

    def may_sit(self, request: web.Request, seat: OperatorId) -> bool:
        """Whether a phone that was let in may go on: as ``may_look``; and the seat may be somebody else's now."""
        person = self.person(request)
        return person is not None and Permission.SEAT in person.permissions and person.operator == seat

    async def by_password(self, request: web.Request, name: str, password: str) -> Account:
        """Raises AccessDenied: ``wrong_password`` (401), ``locked`` (429). One answer for every way to be wrong."""
        trier = self.count_try(request, name)
        account = self.accounts.book.accounts.get(name)
        kept = account.password if account is not None and not account.disabled else None
        async with self._hashing:
            right = await asyncio.to_thread(matches, kept, password)
        if account is None or not right:
            self._wrong(request, name)
            raise AccessDenied(401, "wrong_password", "no account with this name and password")
        self.was_right(trier)
        return account

    def link(self, token: str) -> Link | None:
        """The open one-time link of this token."""
        return self.accounts.book.link(digest_of(token), self._clock())

    async def by_link(self, request: web.Request, token: str, name: str = "", password: str = "") -> Account:
        """Use a one-time link up. A SET_UP link makes ``name`` the first administrator, who is all the rest too.

        Raises AccessDenied: ``link_used`` (404), ``weak_password`` (422), ``exists`` (409), ``locked`` (429). A
        password that is too weak leaves the link open.
        """
        trier = self.count_try(request, "")
        link = self.link(token)
        if link is None:
            self._wrong(request, "")
            raise AccessDenied(404, "link_used", "this link was used already, or is too old")
        self.was_right(trier)
        who = name if link.kind is LinkKind.SET_UP else link.account
        kept = None if link.kind is LinkKind.SIGN_IN else await self.hash_of(who, password)
        try:
            book = await asyncio.to_thread(self.accounts.change, lambda book: self._used(book, token, who, kept))
            account = book.get(who)
        except AccountRefused as refused:
            raise AccessDenied(409, refused.code, str(refused)) from refused
        if account.disabled:
            raise AccessDenied(403, "disabled", "this account is closed")
        self.note(request, f"link_{link.kind.value}", who, account=who)
        return account

    def by_subject(self, request: web.Request, subject: str) -> Account:
        """Whom the centre's provider calls ``subject``. Raises AccessDenied (403, ``no_account``)."""
        accounts = self.accounts.book.accounts.values()
        found = [one for one in accounts if one.oidc_subject == subject and not one.disabled]
        if len(found) != 1:
            self.note(request, "refused", f"oidc {subject}"[:120], account="")
            raise AccessDenied(403, "no_account", "no account has this subject")
        self.note(request, "oidc", found[0].name, account=found[0].name)
        return found[0]

    async def open_link(self, name: str) -> str:
        """The token of a new link by which ``name`` chooses a password. Raises AccountRefused (``gone``)."""
        token, now = new_token(), self._clock()
        link = Link(digest=digest_of(token), kind=LinkKind.PASSWORD, account=name, until=now + LINK_LIFETIME)

        def opened(book: AccountBook) -> AccountBook:
            book.get(name)
            return book.open_link(link, now)

        await asyncio.to_thread(self.accounts.change, opened)
        return token

    async def hash_of(self, name: str, password: str) -> str:
        """Raises AccessDenied (422, ``weak_password``)."""
        if weak := why_weak(password, name):
            raise AccessDenied(422, "weak_password", f"the password {weak}")
        async with self._hashing:
            return await asyncio.to_thread(hashed, password)

    async def let_in(self, request: web.Request, account: Account, response: web.StreamResponse) -> None:
        """Open a session and give its cookie to ``response``; the one that the browser had is over."""
        before = self.person(request)
        self.sessions.end(request.cookies.get(COOKIE, ""))
        token = self.sessions.open(account.name, request.remote or "", self._clock())
        self._leave(before)
        await asyncio.to_thread(self.sessions.save)
        age_s = round(LIFETIME.total_seconds())
        response.set_cookie(
            COOKIE, token, httponly=True, samesite="Strict", secure=request.secure, path="/", max_age=age_s
        )
        remember(response, account, secure=request.secure)
        self.note(request, "signed_in", account.operator or "", account=account.name)

    async def let_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """End the browser's session. A seat at which nobody is signed in any more is told to ``left``."""
        before = self.person(request)
        self.sessions.end(request.cookies.get(COOKIE, ""))
        self._leave(before)
        await asyncio.to_thread(self.sessions.save)
        response.del_cookie(COOKIE, path="/")
        self.note(request, "signed_out")

    def note(self, request: web.Request, action: str, what: str = "", *, account: str | None = None) -> None:
        """Write ``action`` into the audit, by whoever is behind the request unless ``account`` says."""
        person = request[PERSON].account if PERSON in request else ""
        by = person if account is None else account
        self._audit(Audited(at=self._clock(), account=by, action=action, object=what, address=request.remote or ""))

    def count_try(self, request: web.Request, name: str) -> Trier:
        """Raises AccessDenied (429): nothing is looked at while the brake is on."""
        number = known_browser(request, self.accounts.book.accounts.get(name))
        trier = Trier(place=request.remote or "", account=name) if number is None else Trier(place=f"known {number}")
        wait = self._brake.closed_for(trier, self._clock()).total_seconds()
        if wait > 0:
            raise AccessDenied(429, "locked", "too many wrong tries from here", retry_after_s=math.ceil(wait))
        self._brake.note(trier, self._clock())
        return trier

    def was_right(self, trier: Trier) -> None:
        self._brake.was_right(trier)

    def _leave(self, before: Person | None) -> None:
        """The session of ``before`` is over. Shifts share a seat: the colleague who is signed in keeps it."""
        if self._left is None or before is None or before.operator is None:
            return
        book = self.accounts.book.accounts
        here = (book.get(name) for name in self.sessions.accounts(self._clock()))
        if not any(one and not one.disabled and person_behind(one).operator == before.operator for one in here):
            self._left(before.operator, before.account)

    def _wrong(self, request: web.Request, name: str) -> None:
        known = name if name in self.accounts.book.accounts else ""  # what was typed may be a password
        self.note(request, "refused", known, account="")
        log.warning("sign_in_refused", address=request.remote, account=known)

    def _used(self, book: AccountBook, token: str, who: str, kept: str | None) -> AccountBook:
        after, link = book.use_link(digest_of(token), self._clock())
        if link.kind is LinkKind.SET_UP:
            if after.has_administrator:
                raise AccountRefused("link_used", "there is an administrator already")
            roles = (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.OPERATOR)
            return after.add(Account(name=who, display_name=who, roles=roles, password=kept))
        return after if kept is None else after.change(who, password=kept, must_change=False)
