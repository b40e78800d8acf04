"""The handful of ARI requests that taps and voices need: basic auth, a deadline each, errors of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import TypeAdapter, ValidationError

from line102.errors import Gone, Line102Error, ProtocolViolation, Refused, Unreachable
from telephony.ari.schemas import BRIDGES, CHANNELS, BridgeSaid, ChannelSaid, VariableSaid
from telephony.ari.settings import AriSettings


def error_of(status: int, what: str, said: str, settings: AriSettings) -> Line102Error:
    """The one place where an HTTP status of ARI becomes an error of ours."""
    match status:
        case 404:
            return Gone(what)
        case 401 | 403:
            return Refused(
                what, f"the ARI password of user {settings.user!r} is not accepted: {settings.password_setting}"
            )
        case _ if status >= 500:
            return Unreachable(what, f"Asterisk answered {status}: {said[:200]}")
        case _:
            return Refused(what, f"Asterisk answered {status}: {said[:200]}")


class AriClient:
    """Methods raise Gone (404), Refused (other 4xx), Unreachable (5xx, no connection, deadline), ProtocolViolation."""

    def __init__(self, http: aiohttp.ClientSession, settings: AriSettings) -> None:
        self._http = http
        self.settings = settings

    @classmethod
    @asynccontextmanager
    async def session(cls, settings: AriSettings) -> AsyncIterator[Self]:
        connector = aiohttp.TCPConnector(limit=0)  # websockets hold a connection for a call's length
        headers = {"Authorization": settings.authorization}
        async with aiohttp.ClientSession(connector=connector, headers=headers, trust_env=False) as http:
            yield cls(http, settings)

    async def get(self, path: str) -> str:
        """The JSON text of any resource: for checks that look at more than the service needs."""
        return (await self._ask("GET", path, what=f"Asterisk's ARI {path}")).decode("utf-8")

    async def channels(self) -> Sequence[ChannelSaid]:
        return _read(CHANNELS, await self._ask("GET", "/channels", what="the list of channels"))

    async def bridges(self) -> Sequence[BridgeSaid]:
        return _read(BRIDGES, await self._ask("GET", "/bridges", what="the list of bridges"))

    async def channel(self, channel_id: str) -> ChannelSaid:
        """``channel_id`` is a Uniqueid, e.g. a CallId. Gone when it has hung up."""
        return _read(
            ChannelSaid, await self._ask("GET", f"/channels/{_safe(channel_id)}", what=f"channel {channel_id}")
        )

    async def channel_variable(self, channel_id: str, name: str) -> str:
        path = f"/channels/{_safe(channel_id)}/variable"
        body = await self._ask("GET", path, what=f"channel {channel_id}", variable=name)
        return _read(VariableSaid, body).value

    async def snoop(self, channel_id: str, snoop_id: str, *, spy: str) -> None:
        """Copy one direction of a channel, which stays where it is: ``spy`` = in (it says) | out (it hears)."""
        path = f"/channels/{_safe(channel_id)}/snoop/{_safe(snoop_id)}"
        await self._ask("POST", path, what=f"channel {channel_id}", spy=spy, app=self.settings.app)

    async def whisper(self, channel_id: str, snoop_id: str) -> None:
        """A channel of ours that speaks to whoever is on ``channel_id``, over what they hear; it stays where it is."""
        path = f"/channels/{_safe(channel_id)}/snoop/{_safe(snoop_id)}"
        await self._ask("POST", path, what=f"channel {channel_id}", whisper="out", app=self.settings.app)

    async def play(self, channel_id: str, playback_id: str, *, sound: str) -> None:
        """Begin to play a sound file (absolute, as Asterisk sees it, without its ending); PlaybackFinished follows."""
        path = f"/channels/{_safe(channel_id)}/play/{_safe(playback_id)}"
        await self._ask("POST", path, what=f"channel {channel_id}", media=f"sound:{sound}")

    async def stop_playback(self, playback_id: str) -> None:
        """Gone when it is over already."""
        await self._ask("DELETE", f"/playbacks/{_safe(playback_id)}", what=f"playback {playback_id}")

    async def external_media(self, media_id: str, *, audio_format: str) -> str:
        """Make a listen-only websocket media channel; return the id under which it is fetched at ``/media/``.

        Control messages are JSON (``f(json)``), and nothing is accepted from us (``d(in)``). Source: chan_websocket.c.
        """
        what = f"media channel {media_id}"
        body = await self._ask(
            "POST",
            "/channels/externalMedia",
            what=what,
            app=self.settings.app,
            channelId=media_id,
            external_host="INCOMING",
            transport="websocket",
            encapsulation="none",
            connection_type="server",
            format=audio_format,
            transport_data="f(json)d(in)",
        )
        said = _read(ChannelSaid, body)
        variable = "MEDIA_WEBSOCKET_CONNECTION_ID"
        return said.channelvars.get(variable) or await self.channel_variable(media_id, variable)

    async def create_bridge(self, bridge_id: str) -> None:
        await self._ask("POST", f"/bridges/{_safe(bridge_id)}", what=f"bridge {bridge_id}", type="mixing")

    async def add_to_bridge(self, bridge_id: str, channel_ids: Sequence[str]) -> None:
        path = f"/bridges/{_safe(bridge_id)}/addChannel"
        await self._ask("POST", path, what=f"bridge {bridge_id}", channel=",".join(channel_ids))

    async def originate(self, channel_id: str, *, variables: Mapping[str, str], **query: str) -> None:
        """Ring ``endpoint``; answered within ``timeout`` seconds it runs ``context``, ``extension``, priority 1 of the
        dialplan, and never enters our application. ``variables`` are set before it rings.
        """
        path = f"/channels/{_safe(channel_id)}"
        body = {"variables": dict(variables)}
        await self._ask("POST", path, what=f"channel {channel_id}", body=body, priority="1", **query)

    async def delete_channel(self, channel_id: str) -> None:
        await self._ask("DELETE", f"/channels/{_safe(channel_id)}", what=f"channel {channel_id}")

    async def delete_bridge(self, bridge_id: str) -> None:
        await self._ask("DELETE", f"/bridges/{_safe(bridge_id)}", what=f"bridge {bridge_id}")

    async def event_socket(self) -> aiohttp.ClientWebSocketResponse:
        """Subscribe the application: while this is open, our channels may enter it."""
        return await self._connect(
            f"/ari/events?app={_safe(self.settings.app)}&subscribeAll=false", "the ARI event feed"
        )

    async def media_socket(self, connection_id: str) -> aiohttp.ClientWebSocketResponse:
        return await self._connect(f"/media/{_safe(connection_id)}", "the media websocket", protocols=("media",))

    async def _ask(
        self, method: str, path: str, *, what: str, body: Mapping[str, Mapping[str, str]] | None = None, **query: str
    ) -> bytes:
        deadline = aiohttp.ClientTimeout(total=self.settings.deadline.total_seconds())
        url = self.settings.base_url + "/ari" + path
        try:
            async with self._http.request(method, url, params=query, json=body, timeout=deadline) as answer:
                said = await answer.read()
        except TimeoutError as error:
            raise Unreachable(what, f"no answer within {self.settings.deadline.total_seconds():g} s") from error
        except aiohttp.ClientError as error:
            raise Unreachable(what, str(error) or type(error).__name__) from error
        if answer.status >= 300:
            raise error_of(answer.status, what, said.decode("utf-8", "replace"), self.settings)
        return said

    async def _connect(self, path: str, what: str, protocols: Sequence[str] = ()) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(self.settings.deadline.total_seconds()):
                return await self._http.ws_connect(
                    self.settings.base_url + path,
                    protocols=protocols,
                    heartbeat=self.settings.ping_every.total_seconds(),
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),  # seconds
                    max_msg_size=1024 * 1024,  # bytes
                )
        except aiohttp.WSServerHandshakeError as error:
            raise error_of(error.status, what, error.message, self.settings) from error
        except TimeoutError as error:
            raise Unreachable(what, f"no answer within {self.settings.deadline.total_seconds():g} s") from error
        except aiohttp.ClientError as error:
            raise Unreachable(what, str(error) or type(error).__name__) from error


def _safe(path_part: str) -> str:
    return quote(path_part, safe="")


Said = TypeVar("Said")


def _read(shape: type[Said] | TypeAdapter[Said], body: bytes) -> Said:
    adapter = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise ProtocolViolation(
            "Asterisk's ARI", f"{error.error_count()} unexpected fields: {error.errors()[0]['loc']}"
        ) from error
