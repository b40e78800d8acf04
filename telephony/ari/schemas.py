"""What Asterisk says over ARI, cut down to the fields we use; strict where we look, blind elsewhere."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, TypeAdapter


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


class EventSaid(_Said):
    """What every event carries. Source: rest-api/api-docs/events.json."""

    type: str


class ChannelEventSaid(EventSaid):
    """StasisStart, StasisEnd, ChannelDestroyed."""

    channel: ChannelSaid


class PlaybackSaid(_Said):
    """Source: rest-api/api-docs/playbacks.json; ``state``: queued, playing, continuing, done, failed."""

    id: str
    state: str


class PlaybackEventSaid(EventSaid):
    """PlaybackFinished."""

    playback: PlaybackSaid


CHANNELS = TypeAdapter(list[ChannelSaid])
BRIDGES = TypeAdapter(list[BridgeSaid])
