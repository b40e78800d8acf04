"""A browser that has signed in as an account before: it is not slowed by strangers who guess (``brake``).

Its cookie is a random number and a MAC of it under the account's password hash: nothing is kept on the server, nobody
can make one, and a new password makes the old ones worthless. It opens nothing. Source: OWASP, "Slow Down Online
Guessing Attacks with Device Cookies".
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from aiohttp import web

from line102.accounts import Account
from line102.passwords import digest_of

LASTS_S = 400 * 86400  # the longest that browsers keep a cookie


def remember(response: web.StreamResponse, account: Account, *, secure: bool) -> None:
    """Tell the browser; an account without a password has nothing to guess."""
    if account.password is None:
        return
    number = secrets.token_urlsafe(16)
    value = f"{number}.{_mac(account, number)}"
    response.set_cookie(
        _name(account.name), value, httponly=True, samesite="Strict", secure=secure, path="/", max_age=LASTS_S
    )


def known_browser(request: web.Request, account: Account | None) -> str | None:
    """The number of a browser that has signed in as ``account``; None for any other."""
    if account is None or account.password is None:
        return None
    number, _, mac = request.cookies.get(_name(account.name), "").partition(".")
    right = hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(account, number).encode())
    return number if right else None


def _name(account: str) -> str:
    return f"line102_known_{digest_of(account)[:12]}"


def _mac(account: Account, number: str) -> str:
    key = (account.password or "").encode()
    return hmac.new(key, f"known browser {number}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
