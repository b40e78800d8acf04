"""The worker's inside: windows of any number of clients in one queue, computed in batches by a few threads."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from line102.errors import ProtocolViolation
from line102.ports import Recognised
from transcription.batch import Room, form
from transcription.cost import Work
from transcription.engine import DEFAULT, Engine, Failed, Item, Outcome, ReadBy
from transcription.protocol import Answer, Ask, Failure, Forget, Hello, Message, MessageParser, encode
from transcription.window_queue import Waiting, WindowQueue

log = logging.getLogger(__name__)

QUEUE_CAPACITY = 128  # windows
MAX_UNREAD_ANSWERS = 4 * 1024 * 1024  # bytes; a client that reads no answers is cut off
LIVE = timedelta(seconds=5)  # what is due later is catch-up: it gives way first


@dataclass(frozen=True, slots=True)
class _Job:
    """A window, who asked for it, and how long it was computed so far."""

    number: int
    item: Item
    client: asyncio.StreamWriter
    worked_s: float = 0.0


class Worker:
    """Serves any number of clients from one queue."""

    def __init__(self, engine: Engine, *, threads: int, batch: int, capacity: int = QUEUE_CAPACITY) -> None:
        self._engine = engine
        self._threads = threads
        self._batch = batch
        self._queue: WindowQueue[_Job] = WindowQueue(capacity)
        self._waiting = asyncio.Event()
        self._idle = 0  # threads
        self._clients = count(1)

    async def compute(self) -> None:
        """Serve the queue for ever, ``threads`` batches at once."""
        with ThreadPoolExecutor(self._threads, "whisper") as executor:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._threads):
                    tasks.create_task(self._compute_batches(executor))

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it leaves or breaks the protocol."""
        client, parser = next(self._clients), MessageParser()
        _send(writer, self._hello())
        try:
            while data := await reader.read(256 * 1024):
                for message in parser.feed(data):
                    self._hear(client, message, writer)
        except (ConnectionError, ProtocolViolation) as error:
            log.warning("client cut off", extra={"why": str(error)})
        finally:
            self._queue.forget_client(client)
            writer.close()

    def _hello(self) -> Hello:
        models = self._engine.identities
        return Hello(
            model=models[DEFAULT],
            languages=self._engine.languages,
            longest_s=self._engine.longest_s,
            threads=self._threads,
            pid=os.getpid(),
            batch=self._batch,
            language_models={language: model for language, model in models.items() if language != DEFAULT},
        )

    def _hear(self, client: int, message: Message, writer: asyncio.StreamWriter) -> None:
        match message:
            case Ask(number=number, window=window):
                if (why := self._engine.check(window)) is not None:
                    _send(writer, Failure(number, "error", why))
                    return
                job = _Job(number, Item(window, self._engine.known(window)), writer)
                for gone in self._queue.offer(self._asked(client, job)):
                    _send(gone.waiting.owner.client, Failure(gone.waiting.owner.number, gone.kind, gone.why))
                self._waiting.set()
            case Forget(number=number):
                self._queue.forget((client, number))
            case _:
                raise ProtocolViolation("transcription client", f"sent {type(message).__name__}")

    def _asked(self, client: int, job: _Job) -> Waiting[_Job]:
        window, now = job.item.window, asyncio.get_running_loop().time()
        return Waiting(
            key=(client, job.number),
            stream=(client, str(window.call_id), window.side.value),
            start_s=window.start.total_seconds(),
            final=window.final,
            live=window.due_in <= LIVE,
            since=now,
            due=now + window.due_in.total_seconds(),
            load=self._engine.load(job.item),
            owner=job,
        )

    async def _compute_batches(self, executor: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._idle += 1
            while not len(self._queue):
                self._waiting.clear()
                await self._waiting.wait()
            batch, frames = self._next_batch()
            self._idle -= 1
            began, model = loop.time(), batch[0].load.model
            items = [waiting.owner.item for waiting in batch]
            outcomes, work = await loop.run_in_executor(executor, self._engine.compute, items, model, frames)
            self._answer(batch, outcomes, work, began, loop.time() - began)

    def _next_batch(self) -> tuple[list[Waiting[_Job]], int]:
        """What a free thread computes now. What waits is shared out among those that are free."""
        waiting = self._queue.in_order()
        share = -(-len(waiting) // self._idle)
        late = waiting[0].due < asyncio.get_running_loop().time()
        room = Room.now(min(self._batch, share), late=late)
        batch, frames = form(waiting, self._engine.costs[waiting[0].load.model], room)
        self._queue.take(batch)
        return batch, frames

    def _answer(
        self, batch: Sequence[Waiting[_Job]], outcomes: Sequence[Outcome], work: Work | None, began: float, took: float
    ) -> None:
        if work is not None:
            self._engine.costs[batch[0].load.model].observe(work)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            job = replace(waiting.owner, worked_s=waiting.owner.worked_s + took / len(batch))
            match outcome:
                case Recognised():
                    waited = began - waiting.since
                    _send(job.client, Answer(job.number, outcome, waited, job.worked_s, len(batch)))
                case Failed(why=why):
                    _send(job.client, Failure(job.number, "error", why))
                case ReadBy(choice=choice):
                    item = Item(job.item.window, choice)
                    job = replace(job, item=item)
                    if not job.client.is_closing():
                        load, since = self._engine.load(item), waiting.since + took  # that time was work
                        self._queue.put_back(replace(waiting, owner=job, load=load, since=since))


def _send(writer: asyncio.StreamWriter, message: Message) -> None:
    if writer.is_closing():
        return
    if writer.transport.get_write_buffer_size() > MAX_UNREAD_ANSWERS:
        log.warning("client cut off", extra={"why": "reads no answers"})
        writer.transport.abort()
        return
    writer.write(encode(message))
