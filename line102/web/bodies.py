"""Reading the JSON body of a request that changes something."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from line102.web.errors import AccessDenied

Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: web.Request, model: type[Body]) -> Body:
    """Raises AccessDenied (422) for a body that is not as published. Not JSON: 415, too long: 413."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as invalid:
        said = (".".join(str(part) for part in e["loc"]) + ": " + e["msg"] for e in invalid.errors())
        raise AccessDenied(422, "bad_body", "; ".join(said)) from invalid
