"""GET and POST /enter: signing in without JavaScript, and what a one-time link opens."""

from __future__ import annotations

from aiohttp import hdrs, web
from pydantic import ValidationError

from line102.accounts import Account, LinkKind
from line102.web.errors import AccessDenied
from line102.web.pages import Entry, entry_page
from line102.web.signing_in import SigningIn

FORMS: dict[LinkKind, Entry] = {
    LinkKind.SET_UP: "set_up",
    LinkKind.PASSWORD: "password",
    LinkKind.SIGN_IN: "sign_in",
}
SAID: dict[str, Entry] = {
    "wrong_password": "wrong",
    "locked": "locked",
    "weak_password": "weak_password",
    "exists": "bad_name",
    "link_used": "link_used",
    "disabled": "wrong",
}
FROM_OUR_PAGE = frozenset({"same-origin", "none"})


class EntryPage:
    """Opening a link uses nothing up: a mail scanner or a preview may look at it. The form does."""

    def __init__(self, signing_in: SigningIn, *, oidc: bool) -> None:
        """``oidc``: whether one can sign in at the centre's provider too."""
        self._signing_in = signing_in
        self._oidc = oidc

    async def get(self, request: web.Request) -> web.StreamResponse:
        once = request.query.get("once", "")
        if not once:
            return entry_page(200, "ask", form="ask", oidc=self._oidc)
        return self._asked_by_link(200, once)

    async def post(self, request: web.Request) -> web.StreamResponse:
        # Our pages send no Referer, so that a browser calls the form's Origin "null"; this header it sets itself.
        if request.headers.get("Sec-Fetch-Site", "none") not in FROM_OUR_PAGE:
            raise AccessDenied(403, "wrong_origin", "this form is for the console's own page")
        said = await _fields(request)
        once = said.get("once", "")
        if once and said.get("password", "") != said.get("again", ""):
            return self._asked_by_link(422, once, "differ")
        try:
            account = await self._account(request, once, said)
        except AccessDenied as denied:
            which = SAID.get(denied.code, "wrong")
            if once:
                return self._asked_by_link(denied.status, once, which)
            return entry_page(denied.status, which, form="ask", oidc=self._oidc)
        except ValidationError:  # a name that cannot be one
            return self._asked_by_link(422, once, "bad_name")
        if account.must_change:
            return entry_page(200, "password", form="password", once=await self._signing_in.open_link(account.name))
        response = web.Response(status=303, headers={hdrs.LOCATION: destination(account)})
        await self._signing_in.let_in(request, account, response)
        return response

    async def _account(self, request: web.Request, once: str, said: dict[str, str]) -> Account:
        name, password = said.get("name", "").strip(), said.get("password", "")
        if once:
            return await self._signing_in.by_link(request, once, name, password)
        return await self._signing_in.by_password(request, name, password)

    def _asked_by_link(self, status: int, once: str, which: Entry | None = None) -> web.Response:
        link = self._signing_in.link(once)
        if link is None:
            return entry_page(404 if which is None else status, which or "link_used")
        form = FORMS[link.kind]
        return entry_page(status, which or form, form=form, once=once)


def destination(account: Account) -> str:
    return "/desk" if account.operator else "/"


async def _fields(request: web.Request) -> dict[str, str]:
    """{} for a form that cannot be read, or of another kind than the page's own."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    except (ValueError, LookupError):  # bytes that are not text in the charset it names, or no such charset
        return {}
