"""The door: host names, the session cookie, the console key, and the headers every answer carries.

Until sign-in with roles exists, one console key (generated at first start) opens everything under /api.
Neither the key nor a session's token is ever logged or put into an address bar after the first redirect.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from line102.web.errors import AccessDenied, Handler, error_response
from line102.web.pages import entry_page
from line102.web.sessions import LIFETIME, Sessions, WrongKeys

log = structlog.get_logger()

COOKIE = "line102_session"
READING = frozenset({"GET", "HEAD"})
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Mantine sets its variables in a style element
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}


class Door:
    """``allowed_hosts``: names without port under which the console may be called (against DNS rebinding)."""

    def __init__(self, sessions: Sessions, allowed_hosts: frozenset[str], clock: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._hosts = frozenset(host.lower().strip("[]") for host in allowed_hosts)
        self._clock = clock
        self._wrong = WrongKeys()

    @property
    def middleware(self) -> Middleware:
        """Checks host and session before anything else is done."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        return guard

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """An ``on_response_prepare`` signal: also errors made by aiohttp itself carry them."""
        response.headers.update(SECURITY_HEADERS)
        response.headers.pop(hdrs.SERVER, None)
        if hdrs.CACHE_CONTROL not in response.headers:
            response.headers[hdrs.CACHE_CONTROL] = "no-store"

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._host_of(request) not in self._hosts:
            return error_response(421, "wrong_host", "this host name is not in the setting web.allowed_hosts")
        if "key" in request.query and request.method == "GET" and request.path in ("/", "/enter"):
            return await self._enter(request, request.query["key"])
        if request.path.startswith("/api/") and not self._may_look(request):
            return error_response(401, "no_session", "open the console with its key first (GET /enter)")
        if request.path.startswith("/api/") and request.method not in READING:
            self.check_origin(request)
        return await handler(request)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """GET /enter shows the form, POST /enter takes ``key`` from it."""
        if request.method != "POST":
            return entry_page(200, "ask")
        return await self._enter(request, await _key_in_form(request))

    def check_origin(self, request: web.Request) -> None:
        """A websocket may be opened, and anything changed, by our own page only. Raises AccessDenied.

        A browser names the page in ``Origin`` at both, and no page can make it lie. Together with the cookie's
        SameSite=Strict no other site can act through a console that is open beside it.
        """
        scheme, _, host = request.headers.get(hdrs.ORIGIN, "").partition("://")
        if scheme not in ("http", "https") or host.lower() != request.host.lower():
            raise AccessDenied(403, "wrong_origin", "this is for the console's own page: send its Origin")

    def may_measure(self, request: web.Request) -> bool:
        """/metrics: this very machine (not through a proxy), a session, or ``Authorization: Bearer KEY``."""
        proxied = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        if _is_loopback(request.remote) and not proxied:
            return True
        scheme, _, key = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            return self._may_look(request)
        return self._try_key(request.remote or "", key)

    async def _enter(self, request: web.Request, key: str) -> web.StreamResponse:
        address = request.remote or ""
        if self._wrong.closed(address, self._clock()):
            return entry_page(429, "closed")
        if not self._try_key(address, key):
            return entry_page(403, "wrong")
        token = self._sessions.open(self._clock())
        await asyncio.to_thread(self._sessions.save)
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        response.set_cookie(
            COOKIE,
            token,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            path="/",
            max_age=round(LIFETIME.total_seconds()),
        )
        log.info("console_opened", address=address)
        return response

    def _try_key(self, address: str, key: str) -> bool:
        now = self._clock()
        if self._wrong.closed(address, now):
            return False
        if self._sessions.key_matches(key):
            return True
        self._wrong.note(address, now)
        log.warning("wrong_console_key", address=address)
        return False

    def _may_look(self, request: web.Request) -> bool:
        return self._sessions.is_open(request.cookies.get(COOKIE, ""), self._clock())

    def _host_of(self, request: web.Request) -> str:
        try:
            return (urlsplit("//" + request.host).hostname or "").lower()
        except ValueError:
            return ""


async def _key_in_form(request: web.Request) -> str:
    """ "" for a form that cannot be read, or of another kind than the page's own."""
    if request.content_type != "application/x-www-form-urlencoded":
        return ""
    try:
        key = (await request.post()).get("key", "")
    except (ValueError, LookupError):  # bytes that are not text in the charset it names, or no such charset
        return ""
    return key if isinstance(key, str) else ""


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
