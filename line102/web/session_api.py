"""One's own session: signing in and out, who one is, one's password and language."""

from __future__ import annotations

import asyncio

from aiohttp import web

from line102.accounts import Account
from line102.passwords import matches
from line102.web.bodies import body_of
from line102.web.calls_api import as_json
from line102.web.errors import AccessDenied
from line102.web.person import person_of
from line102.web.sign_in_schemas import OwnLanguageIn, PasswordIn, SessionIn, SessionOut
from line102.web.signing_in import COOKIE, SigningIn


class SessionApi:
    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    async def get(self, request: web.Request) -> web.Response:
        account = self._own(request)
        return as_json(
            SessionOut(
                account=account.name,
                display_name=account.display_name,
                roles=list(account.roles),
                operator=person_of(request).operator,
                phone=account.phone,
                language=account.language,
                must_change=account.must_change,
            )
        )

    async def post(self, request: web.Request) -> web.Response:
        """204 and the cookie."""
        said = await body_of(request, SessionIn)
        account = await self._signing_in.by_password(request, said.name, said.password)
        response = web.Response(status=204)
        await self._signing_in.let_in(request, account, response)
        return response

    async def delete(self, request: web.Request) -> web.Response:
        response = web.Response(status=204)
        await self._signing_in.let_out(request, response)
        return response

    async def password(self, request: web.Request) -> web.Response:
        """204; every other session of the account is over."""
        said = await body_of(request, PasswordIn)
        account = self._own(request)
        if account.password is not None:
            await self._signing_in.by_password(request, account.name, said.old)
        kept = await self._signing_in.hash_of(account.name, said.new)
        if await asyncio.to_thread(matches, account.password, said.new):
            raise AccessDenied(422, "weak_password", "the new password is the old one")
        await self._change(account.name, password=kept, must_change=False)
        self._signing_in.sessions.end_all(account.name, but=request.cookies.get(COOKIE, ""))
        await asyncio.to_thread(self._signing_in.sessions.save)
        self._signing_in.note(request, "password_changed", account.name)
        return web.Response(status=204)

    async def language(self, request: web.Request) -> web.Response:
        said = await body_of(request, OwnLanguageIn)
        await self._change(person_of(request).account, language=said.language)
        return web.Response(status=204)

    def _own(self, request: web.Request) -> Account:
        return self._signing_in.accounts.book.get(person_of(request).account)

    async def _change(self, name: str, **what: object) -> None:
        await asyncio.to_thread(self._signing_in.accounts.change, lambda book: book.change(name, **what))
