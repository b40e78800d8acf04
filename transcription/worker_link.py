"""The service's end of one connection to one worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from line102.errors import ProtocolViolation, Refused, Unreachable
from line102.ports import Recognised, Window
from transcription.protocol import Answer, Ask, Failure, Forget, Hello, Message, MessageParser, encode

WORKER = "transcription worker"
HUNG_AFTER = timedelta(seconds=10)
CONNECTS_WITHIN_S = 10
MAX_UNSENT = 8 * 1024 * 1024  # bytes; a worker that reads nothing gets no more


class Busy(Unreachable):
    """The window was turned away for want of room: later there may be some."""


@dataclass(slots=True)
class Counters:
    """What the service may show as metrics. Only grows."""

    windows: int = 0  # answered
    finals: int = 0
    batches: float = 0.0  # each window adds its share of one
    partials_dropped: int = 0
    busy: int = 0
    errors: int = 0
    resubmitted: int = 0
    restarts: int = 0
    audio_s: float = 0.0
    queue_wait_s: float = 0.0
    computing_s: float = 0.0
    longest_queue_wait_s: float = 0.0
    recent_waits_s: list[float] = field(default_factory=list)  # of the last 256 windows

    def answered(self, window: Window, answer: Answer) -> None:
        self.windows += 1
        self.finals += window.final
        self.batches += 1 / answer.batch
        self.audio_s += (window.end - window.start).total_seconds()
        self.queue_wait_s += answer.waited_s
        self.computing_s += answer.worked_s
        self.longest_queue_wait_s = max(self.longest_queue_wait_s, answer.waited_s)
        self.recent_waits_s.append(answer.waited_s)
        del self.recent_waits_s[:-256]


@dataclass(slots=True)
class _Question:
    window: Window
    answer: asyncio.Future[Recognised]
    since: float  # loop time


Waited = Callable[[Window, float], None]
"""Told of each answered window how many seconds it had waited in the worker's queue."""


class WorkerLink:
    """Windows in flight on one connection. Made by ``linked``."""

    def __init__(self, hello: Hello, writer: asyncio.StreamWriter, counters: Counters, waited: Waited | None) -> None:
        self.hello = hello
        self._writer = writer
        self._counters = counters
        self._waited = waited
        self._numbers = count(1)
        self._questions: dict[int, _Question] = {}

    @property
    def in_flight(self) -> int:
        return len(self._questions)

    async def ask(self, window: Window) -> Recognised:
        """Raises Unreachable (the worker is gone), Busy, Refused (this window cannot be recognised)."""
        seconds = len(window.samples) / 16_000
        if seconds > self.hello.longest_s:
            raise Refused(WORKER, f"a window of {seconds:.2f} s; it takes at most {self.hello.longest_s:g} s")
        if self._writer.is_closing():
            raise Unreachable(WORKER, "the connection is closed")
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT:
            raise Busy(WORKER, "reads nothing")
        number, loop = next(self._numbers), asyncio.get_running_loop()
        question = _Question(window, loop.create_future(), loop.time())
        self._questions[number] = question
        self._writer.write(encode(Ask(number, window)))
        try:
            return await question.answer
        finally:
            if self._questions.pop(number, None) is not None and not self._writer.is_closing():
                self._writer.write(encode(Forget(number)))  # nobody waits for it any more

    async def read(self, reader: asyncio.StreamReader, parser: MessageParser, hung_after: timedelta) -> None:
        """Until the worker is gone. Raises ProtocolViolation, and Unreachable when it hangs."""
        try:
            while data := await self._heard_or_hung(reader, hung_after.total_seconds()):
                for message in parser.feed(data):
                    self._hear(message)
        except ConnectionError:
            return

    async def _heard_or_hung(self, reader: asyncio.StreamReader, hung_after_s: float) -> bytes:
        """It hangs when it says nothing for so long while a window is overdue for so long."""
        loop = asyncio.get_running_loop()
        silent_since = loop.time()
        while True:
            try:
                async with asyncio.timeout(hung_after_s / 10):
                    return await reader.read(256 * 1024)
            except TimeoutError as error:
                limit = loop.time() - hung_after_s
                due = min(
                    (one.since + one.window.due_in.total_seconds() for one in self._questions.values()),
                    default=limit + 1,
                )
                if silent_since <= limit and due <= limit:
                    raise Unreachable(WORKER, f"silent for {hung_after_s:g} s with windows overdue") from error

    def abandon(self, why: str) -> None:
        """Tell everybody who waits that this worker is gone."""
        questions, self._questions = self._questions, {}
        for question in questions.values():
            if not question.answer.done():
                question.answer.set_exception(Unreachable(WORKER, why))

    def _hear(self, message: Message) -> None:
        if not isinstance(message, Answer | Failure):
            raise ProtocolViolation(WORKER, f"sent {type(message).__name__}")
        question = self._questions.pop(message.number, None)
        if question is None or question.answer.done():
            return  # forgotten in the meantime
        if isinstance(message, Answer):
            self._counters.answered(question.window, message)
            if self._waited is not None:
                self._waited(question.window, message.waited_s)
            question.answer.set_result(message.recognised)
        else:
            question.answer.set_exception(self._failure(message))

    def _failure(self, message: Failure) -> Unreachable | Refused:
        if message.kind == "error":
            self._counters.errors += 1
            return Refused(WORKER, message.why)
        if message.kind == "busy":
            self._counters.busy += 1
        else:
            self._counters.partials_dropped += 1
        return Busy(WORKER, message.why)


@asynccontextmanager
async def linked(
    address: str, counters: Counters, waited: Waited | None = None
) -> AsyncIterator[tuple[WorkerLink, asyncio.StreamReader, MessageParser]]:
    """Connect to ``unix:/path`` or ``tcp:host:port`` and hear the worker's hello. Raises Unreachable,
    ProtocolViolation.
    """
    writer: asyncio.StreamWriter | None = None
    try:
        try:
            async with asyncio.timeout(CONNECTS_WITHIN_S):
                reader, writer = await _connection(address)
                parser = MessageParser()
                hello = await _hello(reader, parser)
        except (OSError, TimeoutError) as error:
            raise Unreachable(WORKER, f"{address} ({error or type(error).__name__})") from error
        link = WorkerLink(hello, writer, counters, waited)
        try:
            yield link, reader, parser
        finally:
            link.abandon("the connection broke")
    finally:
        if writer is not None:
            writer.close()


async def _connection(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    kind, _, place = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(place)
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


async def _hello(reader: asyncio.StreamReader, parser: MessageParser) -> Hello:
    while True:
        data = await reader.read(64 * 1024)
        if not data:
            raise ConnectionResetError("closed before its hello")
        for message in parser.feed(data):
            if isinstance(message, Hello):
                return message
            raise ProtocolViolation(WORKER, f"began with {type(message).__name__}")
