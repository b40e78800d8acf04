"""Watch the real PBX through AmiPbx, by way of a relay that keeps the bytes and can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from line102.calls import CallId
from line102.events import CallOffered
from line102.ports import LinkDown, LinkUp, MemberSeen, PbxEvent
from telephony.ami.client import AmiClient
from telephony.ami.settings import AmiSettings
from telephony.ami_pbx import AmiPbx
from telephony.call_control import AmiCallControl
from tests.asterisk.conftest import TestPbx
from tests.fakes.ami_server import Relay, relaying

E = TypeVar("E")


def settings_of(pbx: TestPbx, port: int, *, secret: str | None = None) -> AmiSettings:
    return AmiSettings(
        host="127.0.0.1",
        port=port,
        user=pbx.ami_user,
        secret=secret if secret is not None else pbx.values.ami_password,
        ping_every=timedelta(seconds=0.5),
        pong_within=timedelta(seconds=1),
    )


@dataclass(slots=True)
class Watch:
    relay: Relay
    client: AmiClient
    pbx: AmiPbx
    control: AmiCallControl
    events: list[PbxEvent] = field(default_factory=list)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def course(self, call_id: CallId) -> list[PbxEvent]:
        return [event for event in self.events if getattr(event, "call_id", None) == call_id]

    def words(self, call_id: CallId) -> list[str]:
        """The names of a call's events."""
        return [type(event).__name__ for event in self.course(call_id)]

    async def until(self, condition: Callable[[], object], *, within: float = 30) -> None:
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            told = [type(event).__name__ for event in self.events if not isinstance(event, MemberSeen)]
            raise AssertionError(f"not within {within} s; seen: {told}") from error

    async def call(self, number: int = 0) -> CallId:
        """The id of the call offered as number ``number`` since the watch began."""
        await self.until(lambda: len(self.of(CallOffered)) > number)
        return self.of(CallOffered)[number].call_id

    async def has(self, call_id: CallId, word: str) -> None:
        await self.until(lambda: word in self.words(call_id))

    async def links(self, ups: int, downs: int) -> None:
        await self.until(lambda: (len(self.of(LinkUp)), len(self.of(LinkDown))) == (ups, downs))

    async def _look(self) -> None:
        async for event in self.pbx.events():
            self.events.append(event)


@asynccontextmanager
async def watching(pbx: TestPbx) -> AsyncIterator[Watch]:
    """Yields once the link is up."""
    async with relaying(pbx.values.ami_port) as relay:
        client = AmiClient(settings_of(pbx, relay.port), events=True)
        source = AmiPbx(client)
        watch = Watch(relay, client, source, AmiCallControl(client, source))
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(watch._look())
            try:
                await watch.until(lambda: watch.of(LinkUp))
                yield watch
            finally:
                looking.cancel()
