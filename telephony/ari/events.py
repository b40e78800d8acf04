"""The ARI event feed: our Stasis application exists exactly as long as this is connected."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Never

import aiohttp
import structlog
from pydantic import ValidationError

from line102.errors import Line102Error, Refused, Unreachable
from line102.events import Link
from line102.ports import LinkDown, LinkUp
from telephony.ami.backoff import Backoff, BackoffSettings
from telephony.ari.client import AriClient
from telephony.ari.schemas import ChannelEventSaid, EventSaid, PlaybackEventSaid
from telephony.ari.stage import Stage

log = structlog.get_logger(__name__)

TIDY_EVERY = timedelta(seconds=60)
# Events of our own channels and bridges that we know and need not act upon. Source: rest-api/api-docs/events.json.
OF_NO_INTEREST = frozenset(
    {
        "BridgeCreated",
        "BridgeDestroyed",
        "BridgeMerged",
        "BridgeVideoSourceChanged",
        "ChannelCallerId",
        "ChannelConnectedLine",
        "ChannelCreated",
        "ChannelDialplan",
        "ChannelEnteredBridge",
        "ChannelHangupRequest",
        "ChannelLeftBridge",
        "ChannelStateChange",
        "ChannelVarset",
        "Dial",
        "PlaybackContinuing",
        "PlaybackStarted",
    }
)


class AriFeed:
    """Keeps the event websocket connected for as long as ``run`` runs.

    ``report`` is called with LinkUp (nobody ``present``: callers are the AMI link's business) and LinkDown; it must not
    block and must not raise. ``tidy`` runs at each connect before LinkUp, and then every minute: it removes what a dead
    predecessor or a failed clean-up left on the PBX.
    """

    def __init__(
        self,
        client: AriClient,
        stage: Stage,
        *,
        report: Callable[[LinkUp | LinkDown], None],
        tidy: Callable[[], Awaitable[object]],
        backoff: BackoffSettings | None = None,
    ) -> None:
        self._client = client
        self._stage = stage
        self._report = report
        self._tidy = tidy
        self._backoff = Backoff(backoff or BackoffSettings())
        self._last_seen = datetime.now(UTC)
        self._lit_at: float | None = None  # loop time; None while dark
        self._dark_reason: str | None = None  # as last reported
        self._tidy_at = 0.0  # loop time
        self.unrecognised: Counter[str] = Counter()  # event type → times seen
        self.malformed = 0  # messages that are not what Asterisk documents

    async def run(self) -> Never:
        """Supervise the link. Ends only by cancellation."""
        self._last_seen = datetime.now(UTC)
        try:
            while True:
                await asyncio.sleep(self._backoff.wait.total_seconds())
                try:
                    await self._session()
                except Line102Error as error:
                    self._went_dark(error)
        finally:
            self._stage.darken("the service stops listening")

    async def _session(self) -> Never:
        socket = await self._client.event_socket()
        try:
            await self._tidy_up()
            self._stage.light()
            self._lit_at = asyncio.get_running_loop().time()
            self._dark_reason = None
            self._last_seen = datetime.now(UTC)
            log.info("ari_connected", app=self._client.settings.app)
            self._report(LinkUp(link=Link.ARI, at=self._last_seen, present=frozenset(), pbx_started_at=None))
            await self._listen(socket)
        finally:
            await socket.close()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> Never:
        ping_every = self._client.settings.ping_every
        while True:
            try:
                message = await socket.receive(timeout=ping_every.total_seconds())
            except TimeoutError:
                # Quiet, not dead: aiohttp closes the socket when a ping stays unanswered for half of ``ping_every``.
                self._last_seen = max(self._last_seen, datetime.now(UTC) - ping_every * 1.5)
            else:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise Unreachable("the ARI event feed", f"the connection ended (code {socket.close_code})")
                self._last_seen = datetime.now(UTC)
                self._heard(message.data)
            if asyncio.get_running_loop().time() >= self._tidy_at:
                await self._tidy_up()

    def _heard(self, text: str) -> None:
        try:
            kind = EventSaid.model_validate_json(text).type
            match kind:
                case "StasisStart" | "StasisEnd" | "ChannelDestroyed":
                    self._moved(kind, ChannelEventSaid.model_validate_json(text).channel.id)
                case "PlaybackFinished":
                    self._played(PlaybackEventSaid.model_validate_json(text))
                case "ApplicationReplaced":
                    raise Unreachable("the ARI event feed", "another service has taken our ARI application name")
                case _ if kind not in OF_NO_INTEREST:
                    self.unrecognised[kind] += 1
        except ValidationError as error:
            self.malformed += 1
            log.warning("ari_event_malformed", fields=[e["loc"] for e in error.errors()])

    def _moved(self, kind: str, channel_id: str) -> None:
        watch = self._stage.get(channel_id)
        if kind != "StasisStart":
            if watch is not None:
                watch.see_end()
        elif watch is not None:
            watch.see_entry()
        else:
            self._tidy_at = 0.0  # nobody waits for it any more: sweep now

    def _played(self, said: PlaybackEventSaid) -> None:
        watch = self._stage.get(said.playback.id)
        if watch is not None:
            watch.failed = said.playback.state == "failed"
            watch.see_end()

    async def _tidy_up(self) -> None:
        await self._tidy()
        self._tidy_at = asyncio.get_running_loop().time() + TIDY_EVERY.total_seconds()

    def _went_dark(self, error: Line102Error) -> None:
        if self._lit_at is not None:
            lived = asyncio.get_running_loop().time() - self._lit_at
            self._backoff.ended_after(timedelta(seconds=lived))
        elif isinstance(error, Refused):
            self._backoff.refused()
        else:
            self._backoff.failed()
        self._lit_at = None
        self._stage.darken(str(error))
        if str(error) != self._dark_reason:  # once per reason, not per attempt
            self._dark_reason = str(error)
            log.warning("ari_lost", why=str(error))
            self._report(LinkDown(link=Link.ARI, last_seen=self._last_seen, reason=str(error)))
