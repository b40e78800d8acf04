"""One AMI socket: bytes to messages and answers to their askers. Callbacks only, no task, so nothing can leak.

Everything here runs in the event loop's I/O callbacks; ``connection.py`` awaits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from line102.errors import ProtocolViolation, Refused, Unreachable
from telephony.ami.inbox import Inbox
from telephony.ami.message import Message
from telephony.ami.parser import AmiParser

MAX_ASKED = 256  # actions in flight; one more is Unreachable: nobody answers
MAX_COLLECTED = 50_000  # events of one list


@dataclass(slots=True)
class _Asked:
    """An action whose answer is awaited; ``items`` is None when it is one message, not a list."""

    answer: asyncio.Future[list[Message]]
    items: list[Message] | None = None
    response: Message | None = field(default=None)


class AmiWire(asyncio.Protocol):
    """``on_bytes`` is told of each arrival, ``on_closed`` once of the end."""

    def __init__(self, where: str, event_capacity: int, on_closed: Callable[[str], None]) -> None:
        self.inbox = Inbox(where, event_capacity)
        self.last_heard = datetime.now(UTC)
        self.closed_because: str | None = None
        self.closed = asyncio.Event()
        self.booted = asyncio.Event()  # FullyBooted was seen, or the connection ended
        self.fully_booted: Message | None = None
        self.greeted = asyncio.Event()  # the banner was seen, or the connection ended
        self.late_answers = 0  # answers to actions whose deadline had passed
        self._where = where
        self._on_closed = on_closed
        self._parser = AmiParser()
        self._asked: dict[str, _Asked] = {}
        self._transport: asyncio.Transport | None = None

    # ---- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self.closed_because is not None:
            return
        self.last_heard = datetime.now(UTC)
        try:
            messages = self._parser.feed(data)
        except ProtocolViolation as error:
            self.close(str(error))
            return
        if self._parser.version is not None:
            self.greeted.set()
        for message in messages:
            self._dispatch(message)

    def connection_lost(self, error: Exception | None) -> None:
        self.close(f"the connection was lost ({type(error).__name__})" if error else "Asterisk closed the connection")

    # ---- for AmiConnection

    def ask(self, action_id: str, action: bytes, *, is_list: bool) -> asyncio.Future[list[Message]]:
        """Write one action; the future gives its answer (one message, or the list's). Raises Unreachable."""
        if self.closed_because is not None or self._transport is None:
            raise Unreachable(self._where, self.closed_because or "not connected")
        if len(self._asked) >= MAX_ASKED:
            raise Unreachable(self._where, f"{MAX_ASKED} actions wait for their answers")
        answer: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        self._asked[action_id] = _Asked(answer, [] if is_list else None)
        self._transport.write(action)
        return answer

    def forget(self, action_id: str) -> None:
        self._asked.pop(action_id, None)

    def close(self, why: str) -> None:
        """End the connection at once; everybody who waits is told ``why``. Idempotent."""
        if self.closed_because is not None:
            return
        self.closed_because = why
        if self._transport is not None:
            self._transport.abort()
        for asked in self._asked.values():
            self._fail(asked, Unreachable(self._where, why))
        self._asked.clear()
        self.inbox.close(why)
        self.greeted.set()
        self.booted.set()
        self.closed.set()
        self._on_closed(why)

    # ---- messages

    def _dispatch(self, message: Message) -> None:
        asked = self._asked.get(message.action_id)
        if message.is_response:
            if asked is None:
                self.late_answers += 1
            else:
                self._answered(message, asked)
        elif message.is_event and asked is not None and asked.items is not None:
            self._collected(message, asked, asked.items)
        elif message.is_event:
            self._happened(message)
        else:
            self.close("a message that is neither event nor response")

    def _answered(self, response: Message, asked: _Asked) -> None:
        if asked.items is None or response.get("Response") == "Error":
            self._give(asked, [response])

    def _collected(self, event: Message, asked: _Asked, items: list[Message]) -> None:
        match event.get("EventList").casefold():
            case "complete":
                self._give(asked, items)
            case "cancelled":
                self._fail(asked, Refused(event.name, "Asterisk cancelled the list"))
            case _ if len(items) >= MAX_COLLECTED:
                self.close(f"a list of more than {MAX_COLLECTED} events")
            case _:
                items.append(event)

    def _happened(self, event: Message) -> None:
        if event.name == "FullyBooted":
            self.fully_booted = event
            self.booted.set()
        if self.closed_because is None and not self.inbox.offer(event):
            self.close("events came faster than they were taken")

    @staticmethod
    def _give(asked: _Asked, messages: list[Message]) -> None:
        if not asked.answer.done():
            asked.answer.set_result(messages)

    @staticmethod
    def _fail(asked: _Asked, error: Unreachable | Refused) -> None:
        if not asked.answer.done():
            asked.answer.set_exception(error)
            asked.answer.exception()  # the asker may have been cancelled meanwhile: then nobody else retrieves it
