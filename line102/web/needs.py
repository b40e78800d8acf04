"""Which permission each address needs. One under /api, or /phone, that is not here stops the service at its start."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from line102.roles import Permission

NEEDS: Final[dict[tuple[str, str], Permission | None]] = {  # None: whoever comes
    ("POST", "/api/session"): None,
    ("GET", "/api/session"): Permission.OWN,
    ("DELETE", "/api/session"): Permission.OWN,
    ("POST", "/api/session/password"): Permission.OWN,
    ("POST", "/api/session/language"): Permission.OWN,
    ("GET", "/api/openapi.json"): Permission.OWN,
    ("*", "/api/{rest}"): Permission.OWN,
    ("GET", "/api/live"): Permission.LOOK,
    ("GET", "/api/feed"): Permission.LOOK,
    ("GET", "/api/calls"): Permission.LOOK,
    ("GET", "/api/calls/{call_id}"): Permission.LOOK,
    ("GET", "/api/calls/{call_id}/answers"): Permission.LOOK,
    ("GET", "/api/numbers/{number}/calls"): Permission.LOOK,
    ("GET", "/api/places"): Permission.LOOK,
    ("GET", "/api/call-backs"): Permission.LOOK,
    ("GET", "/api/call-backs/{call_id}/tries/{attempt}/words"): Permission.LOOK,
    ("GET", "/api/gaps"): Permission.LOOK,
    ("GET", "/api/modes"): Permission.LOOK,
    ("GET", "/api/calls/{call_id}/recording"): Permission.LISTEN,
    ("GET", "/api/calls/{call_id}/recording/last"): Permission.LISTEN,
    ("GET", "/api/call-backs/{call_id}/tries/{attempt}/recording"): Permission.LISTEN,
    ("POST", "/api/calls/{call_id}/language"): Permission.DECIDE,
    ("POST", "/api/calls/{call_id}/flag"): Permission.DECIDE,
    ("POST", "/api/calls/{call_id}/return"): Permission.DECIDE,
    ("POST", "/api/calls/{call_id}/category"): Permission.DECIDE,
    ("POST", "/api/calls/{call_id}/transfer"): Permission.DECIDE,
    ("PUT", "/api/calls/{call_id}/card"): Permission.DECIDE,
    ("POST", "/api/call-backs/{call_id}"): Permission.DECIDE,
    ("POST", "/api/call-backs/{call_id}/call"): Permission.SEAT,
    ("GET", "/api/desk/today"): Permission.SEAT,
    ("POST", "/api/desk/state"): Permission.SEAT,
    ("POST", "/api/desk/wrap-up"): Permission.SEAT,
    ("GET", "/api/desk/phone"): Permission.SEAT,
    ("POST", "/api/desk/phone/held"): Permission.SEAT,
    ("GET", "/phone"): Permission.SEAT,
    ("GET", "/api/wallboard"): Permission.WALLBOARD,
    ("POST", "/api/modes"): Permission.MODES,
    ("GET", "/api/audit"): Permission.AUDIT,
    ("GET", "/api/accounts"): Permission.ACCOUNTS,
    ("POST", "/api/accounts"): Permission.ACCOUNTS,
    ("POST", "/api/accounts/{name}"): Permission.ACCOUNTS,
    ("POST", "/api/accounts/{name}/link"): Permission.ACCOUNTS,
    ("POST", "/api/accounts/{name}/sign-out"): Permission.ACCOUNTS,
}


def is_guarded(path: str) -> bool:
    return path.startswith("/api/") or path == "/phone"


def need_of(request: web.Request) -> Permission | None:
    """What a guarded address needs; OWN for one that does not exist."""
    resource = request.match_info.route.resource
    known = (_method(request.method), resource.canonical) if resource is not None else ("", "")
    return NEEDS.get(known, Permission.OWN)


def unnamed(router: web.UrlDispatcher) -> list[str]:
    """Guarded routes for which nobody said who may use them."""
    wanting = []
    for route in router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if is_guarded(path) and (_method(route.method), path) not in NEEDS:
            wanting.append(f"{route.method} {path}")
    return wanting


def _method(method: str) -> str:
    return "GET" if method == "HEAD" else method
