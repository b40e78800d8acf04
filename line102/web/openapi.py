"""The published OpenAPI 3.1, generated from the pydantic models. Pure."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from line102.web.decision_schemas import CategoryIn, FlagIn, ModeIn, ModesOut
from line102.web.desk_operations import DESK_OPERATIONS
from line102.web.feed_schemas import FeedMessage
from line102.web.operation import CHANGES, Operation
from line102.web.place_operations import PLACE_OPERATIONS
from line102.web.schemas import (
    CallOut,
    CallsOut,
    CallsQuery,
    ErrorOut,
    GapsOut,
    GapsQuery,
    HealthOut,
    LanguageIn,
    LiveOut,
)
from line102.web.sign_in_routes import SIGN_IN_OPERATIONS
from line102.web.supervision_operations import SUPERVISION_OPERATIONS

Json = dict[str, object]
_IN_PATH = re.compile(r"{(\w+)}")
REF = "#/components/schemas/{model}"


OPERATIONS = (
    Operation(path="/api/live", summary="The live picture", answer=LiveOut),
    Operation(path="/api/calls", summary="Calls, newest first", answer=CallsOut, query=CallsQuery, errors=(400, 503)),
    Operation(path="/api/calls/{call_id}", summary="One call", answer=CallOut, errors=(404, 503)),
    Operation(
        path="/api/calls/{call_id}/recording",
        summary="The recording: stereo WAV, caller left, operator right; Range requests are answered",
        answer="audio/wav",
        errors=(404, 503),
    ),
    Operation(
        path="/api/calls/{call_id}/language",
        summary="Choose the language in which a call on the line is read; null gives the choice back",
        answer=None,
        method="post",
        body=LanguageIn,
        errors=CHANGES,
    ),
    Operation(
        path="/api/calls/{call_id}/flag",
        summary="Confirm or refuse an open flag; confirmed, the caller is sent to the help line",
        answer=None,
        method="post",
        body=FlagIn,
        errors=CHANGES,
    ),
    Operation(
        path="/api/calls/{call_id}/return",
        summary="Take a caller back from the help line to the head of 102",
        answer=None,
        method="post",
        errors=CHANGES,
    ),
    Operation(
        path="/api/calls/{call_id}/category",
        summary="Say what a call was, during it or after its end",
        answer=None,
        method="post",
        body=CategoryIn,
        errors=(403, 404, 413, 415, 422, 503),
    ),
    Operation(path="/api/modes", summary="What flags may lead to, per language, and the gates", answer=ModesOut),
    Operation(
        path="/api/modes",
        summary="Change what flags in a language may lead to; 409 while its gate is shut",
        answer=None,
        method="post",
        body=ModeIn,
        errors=(403, 409, 413, 415, 422),
    ),
    *DESK_OPERATIONS,
    *PLACE_OPERATIONS,
    *SIGN_IN_OPERATIONS,
    *SUPERVISION_OPERATIONS,
    Operation(path="/api/gaps", summary="Gaps of observation", answer=GapsOut, query=GapsQuery, errors=(400, 503)),
    Operation(path="/api/openapi.json", summary="This document", answer="application/json"),
    Operation(path="/healthz", summary="The service's loop runs", answer=HealthOut, secured=False),
    Operation(
        path="/metrics",
        summary="Prometheus metrics: from this machine, or with the key as a bearer token",
        answer="text/plain",
        secured=False,
        errors=(403,),
    ),
)
ERRORS = {
    400: "Bad request",
    401: "No session",
    403: "Refused",
    404: "Not there",
    409: "Not possible, or not any more",
    413: "Too long",
    415: "Not application/json",
    422: "The body is not what it should be",
    429: "Too many wrong tries",
    503: "The store is away",
}


def document(version: str) -> Json:
    """The whole OpenAPI document. The websocket stands under ``x-websockets``: OpenAPI has no word for it."""
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(ErrorOut, "serialization")]
    models += [(op.answer, "serialization") for op in OPERATIONS if isinstance(op.answer, type)]
    models += [(op.body, "validation") for op in OPERATIONS if op.body is not None]
    models += [(model, "serialization") for op in OPERATIONS for model in op.other.values()]
    _, held = models_json_schema(models, ref_template=REF)
    feed = TypeAdapter(FeedMessage).json_schema(mode="serialization", ref_template=REF)
    schemas = {**held.get("$defs", {}), **feed.pop("$defs", {}), "FeedMessage": feed}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "line102",
            "version": version,
            "description": "Durations are seconds (…_s); times are ISO 8601 UTC.",
        },
        "paths": _paths(),
        "x-websockets": {
            "/api/feed": {
                "summary": "First a snapshot, then every change with its number, ping every 15 s. "
                "Close code 4000: too slow, connect again; 4003: the session is over.",
                "message": _ref("FeedMessage"),
            }
        },
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "line102_session"}},
        },
    }


def _paths() -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for op in OPERATIONS:
        paths.setdefault(op.path, {})[op.method] = _operation(op)
    return paths


def _operation(op: Operation) -> Json:
    responses: Json = _success(op)
    for status in sorted({*op.errors, *((401,) if op.secured else ())}):
        responses[str(status)] = {
            "description": ERRORS[status],
            "content": {"application/json": {"schema": _ref(op.other.get(status, ErrorOut).__name__)}},
        }
    described: Json = {"summary": op.summary, "parameters": _parameters(op), "responses": responses}
    if op.body is not None:
        body = {"application/json": {"schema": _ref(op.body.__name__)}}
        described["requestBody"] = {"required": True, "content": body}
    if op.secured:
        described["security"] = [{"session": []}]
    return described


def _success(op: Operation) -> Json:
    if op.answer is None:
        return {"204": {"description": op.summary}}
    media = op.answer if isinstance(op.answer, str) else "application/json"
    schema = {} if isinstance(op.answer, str) else _ref(op.answer.__name__)
    return {"200": {"description": op.summary, "content": {media: {"schema": schema}}}}


def _parameters(op: Operation) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(op.path)
    ]
    if op.query is not None:
        schema = op.query.model_json_schema()
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": s}
            for name, s in schema["properties"].items()
        ]
    return found


def _ref(name: str) -> Json:
    return {"$ref": REF.format(model=name)}
