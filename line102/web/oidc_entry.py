"""GET /enter/oidc: signing in at the centre's own provider, and coming back from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from aiohttp import hdrs, web

from line102.errors import Unreachable
from line102.web.entry import destination
from line102.web.errors import AccessDenied
from line102.web.oidc import CALLBACK, Asked, OidcRefused, code_of
from line102.web.oidc_client import OidcClient
from line102.web.pages import Entry, entry_page, onward_page
from line102.web.signing_in import SigningIn

log = structlog.get_logger()

START = "/enter/oidc"
COOKIE = "line102_oidc"
LASTS_S = 600  # seconds: as long as somebody may take to sign in over there


class OidcEntry:
    """A provider that is away, or says something strange, costs nobody their password: its form is on every page."""

    def __init__(self, signing_in: SigningIn, client: OidcClient, clock: Callable[[], datetime]) -> None:
        self._signing_in = signing_in
        self._client = client
        self._clock = clock

    async def start(self, request: web.Request) -> web.StreamResponse:
        asked = Asked.new()
        try:
            address = await self._client.question(asked)
        except (Unreachable, OidcRefused) as error:
            return _told(503, "oidc_away", error)
        response = web.Response(status=303, headers={hdrs.LOCATION: address})
        # Lax: the way back begins on the provider's page
        secure = self._client.relying.redirect_uri.startswith("https:")
        response.set_cookie(
            COOKIE, asked.cookie, httponly=True, samesite="Lax", secure=secure, path=CALLBACK, max_age=LASTS_S
        )
        return response

    async def back(self, request: web.Request) -> web.StreamResponse:
        response = await self._answer(request)
        response.del_cookie(COOKIE, path=CALLBACK)  # one question, one answer
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        asked = Asked.of(request.cookies.get(COOKIE, ""))
        try:
            code = code_of(request.query, asked, self._client.relying.issuer)
            assert asked is not None  # code_of has looked
            trier = self._signing_in.count_try(request, "")
            subject = await self._client.subject(code, asked, self._clock())
            account = self._signing_in.by_subject(request, subject)
        except OidcRefused as error:
            return _told(400, "oidc_refused", error)
        except Unreachable as error:
            return _told(503, "oidc_away", error)
        except AccessDenied as denied:
            which: Entry = "locked" if denied.code == "locked" else "oidc_stranger"
            return entry_page(denied.status, which, form="ask", oidc=True)
        self._signing_in.was_right(trier)
        # Not a redirect: our cookie is SameSite=Strict, and would not be sent along a way that began at the provider
        page = onward_page(destination(account))
        await self._signing_in.let_in(request, account, page)
        return page


def _told(status: int, which: Entry, error: Exception) -> web.Response:
    log.warning("oidc_failed", why=str(error))
    return entry_page(status, which, form="ask", oidc=True)
