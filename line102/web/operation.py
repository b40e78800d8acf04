"""One address of the API, as the published document describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``answer`` is a model, a media type for a body that is not JSON, or None: 204, no body.

    ``other``: statuses of which the body is another model than ErrorOut.
    """

    path: str
    summary: str
    answer: type[BaseModel] | str | None
    method: Literal["get", "post", "put", "delete"] = "get"
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    errors: Sequence[int] = ()
    other: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    secured: bool = True


CHANGES = (403, 404, 409, 413, 415, 422)  # how a change of one call on the line may fail
