"""An operator's choice of the language in which a call on the line is read."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from line102.calls import CallId
from line102.web.bodies import body_of
from line102.web.errors import error_response
from line102.web.schemas import LanguageIn

ChooseLanguage = Callable[[CallId, str | None], None]


class LanguageApi:
    """``choose`` raises Gone (404) for a call that is not on the line, Refused (409) for one that ended."""

    def __init__(self, choose: ChooseLanguage, languages: tuple[str, ...]) -> None:
        self._choose = choose
        self._languages = languages

    async def post(self, request: web.Request) -> web.Response:
        """204 when it is in the ledger; the feed then tells the call anew to every page."""
        wanted = (await body_of(request, LanguageIn)).language
        if wanted is not None and wanted not in self._languages:
            known = ", ".join(self._languages)
            return error_response(422, "unknown_language", f"the setting transcription.languages has {known}")
        self._choose(CallId(request.match_info["call_id"]), wanted)
        return web.Response(status=204)
