"""Operators' places on the story's line: the real seating over a telephone that does what it is told.

``upstream`` is a websocket in Asterisk's place that says everything back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from line102.board import Board
from line102.calls import CallId, OperatorId, QueueName
from line102.desk_kinds import DeskState, Phone, WhyNoCall
from line102.desks import DeskView
from line102.ports import MemberSeen
from line102.seating import Seated, Seating
from line102.web.desk_api import PhoneParts
from tests.browser.story_line import StoryLine
from tests.signed_in import SEATS

QUEUE = QueueName("102")


@dataclass
class PhoneScene:
    """``told``: every pause said to the telephone. ``dropped``: legs that somebody took down."""

    upstream: str
    told: list[tuple[str, bool, str]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    _members: dict[OperatorId, MemberSeen] = field(default_factory=dict)
    _running: list[asyncio.Task[None]] = field(default_factory=list)
    board: Board = field(init=False)
    seating: Seating = field(init=False)

    def parts(self, line: StoryLine) -> PhoneParts:
        self.board = line.board
        seats = [OperatorId(seat) for seat in SEATS]
        self.seating = Seating(line.scribe, line.broadcast, self, seats, _seated, timedelta(0))
        self._running.append(asyncio.create_task(self.seating.run()))
        self.seating.link(up=True)
        for seat in seats:
            self.has(seat, "free")
        return PhoneParts(
            seats=self.seating,
            switching=self,
            password_of=str.upper,
            upstream=self.upstream,
            answer="ring",
            targets=frozenset(),
        )

    def has(self, seat: str, status: str) -> None:
        """The PBX says how the seat's phone in the page is."""
        before = self._members.get(OperatorId(seat))
        paused, reason = (before.paused, before.reason) if before else (False, "")
        self._tell(OperatorId(seat), status, paused, reason)

    async def shows(self, seat: str, state: DeskState, *why: WhyNoCall) -> DeskView:
        async with asyncio.timeout(5):
            while True:
                desk = self.board.desk_of(OperatorId(seat))
                if desk is not None and desk.state is state and set(why) <= set(desk.why):
                    return desk
                await asyncio.sleep(0.005)

    async def pause(self, operator_id: OperatorId, phone: Phone, *, paused: bool, reason: str) -> None:
        self.told.append((operator_id, paused, reason))
        self._tell(operator_id, self._members[operator_id].status, paused, reason)

    async def drop_legs(self, operator_id: OperatorId, *, but: frozenset[CallId]) -> int:
        self.dropped.append(operator_id)
        return 1

    async def put_through(self, call_id: CallId, to: str) -> None:
        raise AssertionError("nobody is put through here")

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _tell(self, seat: OperatorId, status: str, paused: bool, reason: str) -> None:
        member = MemberSeen(operator_id=seat, queue=QUEUE, status=status, paused=paused, phone=Phone.WEB, reason=reason)
        self._members[seat] = member
        self.seating.member(member)


@asynccontextmanager
async def phone_scene() -> AsyncIterator[PhoneScene]:
    app = web.Application()
    app.router.add_get("/ws", _echo)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        scene = PhoneScene(f"ws://127.0.0.1:{runner.addresses[0][1]}/ws")
        try:
            yield scene
        finally:
            await scene.stop()
    finally:
        await runner.cleanup()


async def _echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("sip",))
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(f"heard {message.data}")
    return socket


def _seated(operator: OperatorId) -> Seated:
    return Seated(name=operator, phone=Phone.WEB)
