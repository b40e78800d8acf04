"""AMI across reconnects. It owns no task: who wants events calls ``connect`` again after each loss (``ami_pbx.py``)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import StrEnum

from line102.errors import Refused, Unreachable
from telephony.ami.action import Value
from telephony.ami.backoff import Backoff, BackoffSettings
from telephony.ami.connection import AmiConnection, open_connection
from telephony.ami.message import Message
from telephony.ami.settings import AmiSettings

log = logging.getLogger(__name__)


class LinkState(StrEnum):
    """What a person is shown."""

    CONNECTING = "connecting"  # before the first attempt has ended
    UP = "up"
    AWAY = "away"  # retried with a growing wait
    REFUSED = "refused"  # wrong name or password: retried once a minute


class AmiClient:
    """At most one connection at a time; an action goes out once, over the one that is there, or not at all."""

    def __init__(self, settings: AmiSettings, *, events: bool, backoff: BackoffSettings | None = None) -> None:
        self._settings = settings
        self._events = events
        self._backoff = Backoff(backoff or BackoffSettings())
        self._connection: AmiConnection | None = None
        self._up_since = 0.0  # monotonic seconds
        self._state = LinkState.CONNECTING
        self._why = ""

    @property
    def state(self) -> LinkState:
        if self._state is LinkState.UP and (self._connection is None or not self._connection.is_open):
            return LinkState.AWAY
        return self._state

    @property
    def connected(self) -> bool:
        return self._connection is not None and self._connection.is_open

    @property
    def why(self) -> str:
        """The reason of AWAY or REFUSED, for a person; else ""."""
        if self._state is LinkState.UP and self._connection is not None:
            return self._connection.wire.closed_because or ""
        return self._why

    async def connect(self) -> AmiConnection:
        """One attempt, after the wait that is due. Any older connection is closed.

        Raises Unreachable, or Refused for a wrong name or password; the next call then waits accordingly.
        """
        self._drop("replaced by a new connection")
        await asyncio.sleep(self._backoff.wait.total_seconds())
        try:
            self._connection = await open_connection(self._settings, events=self._events)
        except Refused as error:
            self._backoff.refused()
            self._failed(LinkState.REFUSED, error)
            raise
        except Unreachable as error:
            self._backoff.failed()
            self._failed(LinkState.AWAY, error)
            raise
        self._state, self._why, self._up_since = LinkState.UP, "", time.monotonic()
        log.info("AMI connected")
        return self._connection

    async def action(self, name: str, *, within: timedelta | None = None, **fields: Value) -> Message:
        """As ``AmiConnection.action``; Unreachable while there is no connection. Never re-sent."""
        return await self._there().action(name, within=within, **fields)

    async def collect(self, name: str, *, within: timedelta | None = None, **fields: Value) -> list[Message]:
        """As ``AmiConnection.collect``; Unreachable while there is no connection."""
        return await self._there().collect(name, within=within, **fields)

    def close(self, why: str = "closed by us") -> None:
        """End the connection, if there is one; the next ``connect`` waits as after any other loss."""
        self._drop(why)

    def _there(self) -> AmiConnection:
        if self._connection is None or not self._connection.is_open:
            raise Unreachable(self._settings.where, self.why or "not connected yet")
        return self._connection

    def _drop(self, why: str) -> None:
        if self._connection is None:
            return
        self._state, self._why = LinkState.AWAY, self._connection.wire.closed_because or why
        self._connection.close(why)
        self._connection = None
        self._backoff.ended_after(timedelta(seconds=time.monotonic() - self._up_since))

    def _failed(self, state: LinkState, error: Refused | Unreachable) -> None:
        if (state, str(error)) != (self._state, self._why):  # one line for each new reason, not one each attempt
            log.error("AMI connection failed", extra={"state": state, "why": str(error)})
        self._state, self._why = state, str(error)


@asynccontextmanager
async def ami_session(settings: AmiSettings) -> AsyncIterator[AmiClient]:
    """A client connected once, without events: for checks and probes. Raises Unreachable, Refused at once."""
    client = AmiClient(settings, events=False)
    await client.connect()
    try:
        yield client
    finally:
        client.close()
