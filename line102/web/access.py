"""The door: host names, who may do what, and the headers every answer carries.

No password, token or key is ever logged.
"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from line102.web.errors import AccessDenied, Handler, error_response
from line102.web.needs import is_guarded, need_of
from line102.web.person import PERSON, person_of
from line102.web.signing_in import SigningIn

log = structlog.get_logger()

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
    """``allowed_hosts``: names without port under which the console may be called (against DNS rebinding).

    ``metrics_key``: what a scraper elsewhere shows as a bearer token.
    """

    def __init__(self, signing_in: SigningIn, allowed_hosts: frozenset[str], metrics_key: str) -> None:
        self._signing_in = signing_in
        self._hosts = frozenset(host.lower().strip("[]") for host in allowed_hosts)
        self._metrics_key = metrics_key.encode()

    @property
    def middleware(self) -> Middleware:
        """Checks host, session, permission and origin before anything else is done."""

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
        if (person := self._signing_in.person(request)) is not None:
            request[PERSON] = person
        if is_guarded(request.path):
            self._check(request)
        return await handler(request)

    def _check(self, request: web.Request) -> None:
        """Raises AccessDenied: 401 for nobody, 403 for who may not, 403 for another site's page."""
        need = need_of(request)
        if need is not None and need not in person_of(request).permissions:
            self._signing_in.note(request, "denied", f"{request.method} {request.path}"[:120])
            raise AccessDenied(403, "no_permission", f"this account may not: {need.value}")
        if request.method not in READING:
            self.check_origin(request)

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
            return PERSON in request
        return hmac.compare_digest(self._metrics_key, key.encode("utf-8", "replace"))

    def _host_of(self, request: web.Request) -> str:
        try:
            return (urlsplit("//" + request.host).hostname or "").lower()
        except ValueError:
            return ""


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
