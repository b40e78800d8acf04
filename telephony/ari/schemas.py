"""What Asterisk says over ARI, cut down to the fields we use; strict where we look, blind elsewhere."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class ChannelSaid(_Said):
    """Source: rest-api/api-docs/channels.json, Channel."""

    id: str
    name: str
    channelvars: dict[str, str] = {}


class BridgeSaid(_Said):
    id: str
    channels: list[str]


class VariableSaid(_Said):
    value: str


class StatusSaid(_Said):
    # JSON has no times: this one field is read from text like "2026-11-23T12:25:56.991+0000".
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)
    startup_time: AwareDatetime


class SystemSaid(_Said):
    version: str


class InfoSaid(_Said):
    """Source: rest-api/api-docs/asterisk.json, AsteriskInfo."""

    system: SystemSaid
    status: StatusSaid


class EventSaid(_Said):
    """What every event carries. Source: rest-api/api-docs/events.json."""

    type: str


class ChannelEventSaid(EventSaid):
    """StasisStart, StasisEnd, ChannelDestroyed."""

    channel: ChannelSaid


CHANNELS = TypeAdapter(list[ChannelSaid])
BRIDGES = TypeAdapter(list[BridgeSaid])
