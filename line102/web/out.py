"""What every model of the API shares."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, json_schema_extra={"unit": "s"})]
Share = Annotated[float, Field(ge=0, le=1)]
Seq = Annotated[int, Field(ge=0, description="number of the change; the feed has no holes")]


class Out(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class In(BaseModel):
    """Base of every body: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")
