"""The accounts, for administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import hdrs, web

from line102.accounts import Account, AccountBook, AccountRefused
from line102.web.bodies import body_of
from line102.web.calls_api import as_json
from line102.web.errors import AccessDenied
from line102.web.sign_in_schemas import AccountChangeIn, AccountIn, AccountOut, AccountsOut, OneTimeOut
from line102.web.signing_in import SigningIn

MAY_BE_NULL = ("operator", "oidc_subject")


class AccountsApi:
    """``seats``: the operators of the PBX."""

    def __init__(self, signing_in: SigningIn, seats: tuple[str, ...]) -> None:
        self._signing_in = signing_in
        self._seats = seats

    async def get(self, _: web.Request) -> web.Response:
        book, sessions = self._signing_in.accounts.book, self._signing_in.sessions
        accounts = [
            AccountOut(
                name=one.name,
                display_name=one.display_name,
                roles=list(one.roles),
                operator=one.operator,
                phone=one.phone,
                language=one.language,
                disabled=one.disabled,
                must_change=one.must_change,
                has_password=one.password is not None,
                oidc_subject=one.oidc_subject,
                last_seen=sessions.last_seen(one.name),
            )
            for one in sorted(book.accounts.values(), key=lambda one: one.name)
        ]
        return as_json(AccountsOut(accounts=accounts, seats=list(self._seats)))

    async def post(self, request: web.Request) -> web.Response:
        """A new account; the answer is the link by which its owner chooses a password."""
        said = await body_of(request, AccountIn)
        self._check_seat(said.operator)
        account = Account(**said.model_dump(exclude={"roles"}), roles=tuple(said.roles))
        await self._change(lambda book: book.add(account))
        self._signing_in.note(request, "account_added", account.name)
        return as_json(await self._link(request, account.name))

    async def change(self, request: web.Request) -> web.Response:
        """204. A closed account's sessions end at once."""
        said, name = await body_of(request, AccountChangeIn), _name(request)
        what = said.model_dump(include=said.model_fields_set)
        self._check_seat(said.operator)
        if any(value is None for field, value in what.items() if field not in MAY_BE_NULL):
            raise AccessDenied(422, "bad_body", f"only {' and '.join(MAY_BE_NULL)} may be null")
        await self._change(lambda book: book.change(name, **what))
        if said.disabled:
            await self._end_sessions(name)
        self._signing_in.note(request, "account_changed", f"{name}: {', '.join(sorted(what))}")
        return web.Response(status=204)

    async def link(self, request: web.Request) -> web.Response:
        return as_json(await self._link(request, _name(request)))

    async def sign_out(self, request: web.Request) -> web.Response:
        name = _name(request)
        await self._end_sessions(name)
        self._signing_in.note(request, "sessions_ended", name)
        return web.Response(status=204)

    async def _link(self, request: web.Request, name: str) -> OneTimeOut:
        try:
            token = await self._signing_in.open_link(name)
        except AccountRefused as refused:
            raise AccessDenied(404, refused.code, str(refused)) from refused
        self._signing_in.note(request, "link_made", name)
        return OneTimeOut(link=f"{request.headers[hdrs.ORIGIN]}/enter?once={token}")  # as a browser reaches us: checked

    async def _end_sessions(self, name: str) -> None:
        self._signing_in.sessions.end_all(name)
        await asyncio.to_thread(self._signing_in.sessions.save)

    async def _change(self, edit: Callable[[AccountBook], AccountBook]) -> None:
        try:
            await asyncio.to_thread(self._signing_in.accounts.change, edit)
        except AccountRefused as refused:
            status = 404 if refused.code == "gone" else 409
            raise AccessDenied(status, refused.code, str(refused)) from refused

    def _check_seat(self, seat: str | None) -> None:
        if seat is not None and seat not in self._seats:
            raise AccessDenied(422, "unknown_seat", f"the PBX has no operator {seat}")


def _name(request: web.Request) -> str:
    return request.match_info["name"]
