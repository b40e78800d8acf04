"""Our errors as HTTP answers: the only place that knows status codes of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import ValidationError

from line102.errors import BadSetting, Gone, Line102Error, ProtocolViolation, Refused, Unreachable
from line102.web.schemas import ErrorOut

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
RETRY_AFTER_S = 5


class AccessDenied(Exception):
    """The web's own refusal: ``status`` is 401, 403, 404, 409, 421, 422 or 429; ``code`` names it for the page."""

    def __init__(self, status: int, code: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure under /api with an ErrorOut."""
    try:
        return await handler(request)
    except AccessDenied as denied:
        return error_response(denied.status, denied.code, denied.message, denied.retry_after_s)
    except ValidationError as invalid:
        where = ", ".join(".".join(str(part) for part in e["loc"]) + ": " + e["msg"] for e in invalid.errors())
        return error_response(400, "bad_request", where)
    except Line102Error as error:
        return _answer(error)
    except web.HTTPException as raised:
        if not request.path.startswith("/api") or raised.status < 400:
            raise
        return error_response(raised.status, raised.reason.lower().replace(" ", "_"), raised.reason)


def error_response(status: int, code: str, message: str, retry_after_s: float | None = None) -> web.Response:
    body = ErrorOut(error=code, message=message, retry_after_s=retry_after_s)
    headers = {} if retry_after_s is None else {"Retry-After": str(round(retry_after_s))}
    return web.Response(status=status, body=body.model_dump_json(), content_type="application/json", headers=headers)


def _answer(error: Line102Error) -> web.Response:
    match error:
        case Unreachable(what=what):
            return error_response(503, "unreachable", f"{what} is away; the live page keeps working", RETRY_AFTER_S)
        case Gone(what=what):
            return error_response(404, "gone", f"{what} is not there")
        case Refused():
            return error_response(409, "refused", str(error))
        case ProtocolViolation():
            return error_response(502, "protocol_violation", str(error))
        case BadSetting():
            return error_response(500, "bad_setting", str(error))
        case _:
            return error_response(500, "error", type(error).__name__)


__all__ = ["AccessDenied", "Handler", "error_response", "errors_as_json"]
