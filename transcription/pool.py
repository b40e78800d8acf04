"""All recognition workers as one recogniser: started here or reached at given addresses, watched, restarted.

A window in flight on a worker that dies is given once more to another one, or to the next that comes up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from line102.errors import BadSetting, ProtocolViolation, Unreachable
from line102.ports import Recognised, Window
from transcription.protocol import MessageParser
from transcription.worker_link import WORKER, Busy, Counters, WorkerLink, linked
from transcription.worker_process import WorkerSettings, worker_process

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    local: WorkerSettings | None = None  # None: only the addresses
    local_workers: int = 1
    addresses: tuple[str, ...] = ()  # of workers that somebody else runs: unix:/path, tcp:host:port
    in_flight: int = 256  # windows; more are turned away as Busy
    wait_for_worker: timedelta = timedelta(seconds=10)  # how long a final waits while none is up
    first_pause: timedelta = timedelta(milliseconds=200)  # before a restart; doubles
    longest_pause: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """Whether anybody recognises now."""

    up: bool
    since: datetime
    why: str  # why it is away, or why the last worker was lost; "" when nothing happened yet
    workers: int
    model: str  # of the workers that are up; the last one known
    languages: tuple[str, ...]


class WorkerPool:
    """Implements ports.Recogniser while ``run`` runs."""

    def __init__(self, settings: PoolSettings, *, now: Callable[[], datetime] | None = None) -> None:
        if not settings.addresses and (settings.local is None or settings.local_workers < 1):
            raise BadSetting("transcription", "no worker is set", "Set local workers or the addresses of others.")
        self.settings = settings
        self._now = now or partial(datetime.now, UTC)
        self.counters = Counters()
        self.state = PoolState(up=False, since=self._now(), why="starting", workers=0, model="", languages=())
        self.links: list[WorkerLink] = []
        self._up = asyncio.Event()
        self._ever_up = False
        self._in_flight = 0

    async def run(self) -> None:
        """Keep the workers up, for ever. Raises BadSetting when a worker refuses its settings before any was ever up;
        later the same is a visible state and a retry, because calls go on without transcription."""
        try:
            async with asyncio.TaskGroup() as keepers:
                if self.settings.local is not None:
                    for number in range(self.settings.local_workers):
                        keepers.create_task(self._keep(partial(self._once_local, self.settings.local, str(number + 1))))
                for address in self.settings.addresses:
                    keepers.create_task(self._keep(partial(self._once_at, address)))
        except BaseExceptionGroup as group:
            bad = group.subgroup(BadSetting)
            if bad is None:
                raise
            raise bad.exceptions[0] from group

    async def ready(self) -> None:
        """Wait until a worker is up."""
        await self._up.wait()

    async def recognise(self, window: Window) -> Recognised:
        """Raises Unreachable (Busy when there is no room), Refused when this window cannot be recognised."""
        if self._in_flight >= self.settings.in_flight:
            self.counters.busy += 1
            raise Busy(WORKER, f"{self._in_flight} windows in flight")
        self._in_flight += 1
        try:
            return await self._ask(window)
        finally:
            self._in_flight -= 1

    async def _ask(self, window: Window) -> Recognised:
        try:
            return await (await self._link(window)).ask(window)
        except Busy:
            raise
        except Unreachable:
            if not window.final:
                raise  # a newer partial will come
        self.counters.resubmitted += 1
        return await (await self._link(window)).ask(window)

    async def _link(self, window: Window) -> WorkerLink:
        """The worker with the fewest windows; a final waits a little for one to come up."""
        if not self.links and window.final:
            try:
                async with asyncio.timeout(self.settings.wait_for_worker.total_seconds()):
                    await self._up.wait()
            except TimeoutError as error:
                raise Unreachable(WORKER, self.state.why) from error
        if not self.links:
            raise Unreachable(WORKER, self.state.why)
        return min(self.links, key=lambda link: link.in_flight / link.hello.threads)

    async def _keep(self, once: Callable[[], Awaitable[None]]) -> None:
        """Run one worker, again and again; pauses grow while it does not stay up."""
        loop = asyncio.get_running_loop()
        pause = self.settings.first_pause
        while True:
            began = loop.time()
            try:
                await once()
                why = "the worker ended"
            except (Unreachable, ProtocolViolation) as error:
                why = str(error)
            except BadSetting as error:
                if not self._ever_up:
                    raise
                why = str(error)
            log.warning("transcription worker lost", extra={"why": why})
            self.counters.restarts += 1
            self._note(why)
            if loop.time() - began > self.settings.longest_pause.total_seconds():
                pause = self.settings.first_pause
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, self.settings.longest_pause)

    async def _once_local(self, settings: WorkerSettings, name: str) -> None:
        async with worker_process(settings, name) as running:
            await self._once_at(running.address)

    async def _once_at(self, address: str) -> None:
        async with linked(address, self.counters) as (link, reader, parser):
            await self._serve(link, reader, parser)

    async def _serve(self, link: WorkerLink, reader: asyncio.StreamReader, parser: MessageParser) -> None:
        self.links.append(link)
        self._ever_up = True
        self._note(self.state.why if self.state.up else "")
        self._up.set()
        try:
            await link.read(reader, parser)
        finally:
            self.links.remove(link)
            if not self.links:
                self._up.clear()

    def _note(self, why: str) -> None:
        up = bool(self.links)
        hello = self.links[-1].hello if up else None
        self.state = PoolState(
            up=up,
            since=self.state.since if up == self.state.up else self._now(),
            why=why,
            workers=len(self.links),
            model=hello.model if hello else self.state.model,
            languages=hello.languages if hello else self.state.languages,
        )
