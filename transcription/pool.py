"""All recognition workers as one recogniser: started here or reached at given addresses, watched, restarted.

A final in flight on a worker that dies is given to another one, or to the next that comes up, up to twice: a window
that kills three workers is to blame itself. Workers that cannot be reached, or that speak another version of the
protocol, are tried again now and then and stop nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from line102.errors import BadSetting, ProtocolViolation, Unreachable
from line102.ports import Recognised, Window
from transcription.pressure import Pressure
from transcription.priority import is_live
from transcription.worker_link import HUNG_AFTER, WORKER, Busy, Counters, WorkerLink, linked
from transcription.worker_process import WorkerSettings, worker_process

LOOKS = timedelta(milliseconds=250)  # between looks at the oldest window
ATTEMPTS = 3  # workers that one final may lose
UNKNOWN_LONGEST_S = 10.0  # longest window while no worker is known: the demo model's
ZERO = timedelta(0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    local: WorkerSettings | None = None  # None: only the addresses
    local_workers: int = 1
    addresses: tuple[str, ...] = ()  # of workers that somebody else runs: unix:/path, tcp:host:port
    in_flight: int = 512  # windows; more are turned away as Busy
    wait_for_worker: timedelta = timedelta(seconds=10)  # how long a final waits while none is up
    first_pause: timedelta = timedelta(milliseconds=200)  # before a restart; doubles
    longest_pause: timedelta = timedelta(seconds=30)
    hung_after: timedelta = HUNG_AFTER  # without a sign of life while a window is overdue; longer for a slow machine


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """Whether anybody recognises now."""

    up: bool = False
    since: datetime
    why: str = "starting"  # why it is away, or why the last worker was lost; "" when nothing happened yet
    workers: int = 0
    model: str = ""  # of the workers that are up; the last one known
    languages: tuple[str, ...] = ()
    longest_s: float = UNKNOWN_LONGEST_S  # longest window that every worker takes; of the last ones known
    troubles: tuple[str, ...] = ()  # of workers that are not up, each with its place and why


class WorkerPool:
    """Implements ports.Recogniser while ``run`` runs."""

    def __init__(self, settings: PoolSettings, *, now: Callable[[], datetime] | None = None) -> None:
        if not settings.addresses and (settings.local is None or settings.local_workers < 1):
            raise BadSetting("transcription", "no worker is set", "Set local workers or the addresses of others.")
        self.settings = settings
        self._now = now or partial(datetime.now, UTC)
        self.counters = Counters()
        self.pressure = Pressure(self._now(), starting=True)
        self.state = PoolState(since=self._now())
        self.links: list[WorkerLink] = []
        self._troubles: dict[str, str] = {}
        self._up = asyncio.Event()
        self._ever_up = False
        self._in_flight: dict[int, tuple[Window, float]] = {}  # with the loop time it came
        self._numbers = count()

    async def run(self) -> None:
        """Keep the workers up, for ever. Raises BadSetting when a worker refuses its settings before any was ever up;
        later the same is a visible state and a retry, because calls go on without transcription."""
        try:
            async with asyncio.TaskGroup() as keepers:
                keepers.create_task(self._watch())
                if self.settings.local is not None:
                    for number in range(1, self.settings.local_workers + 1):
                        once = partial(self._once_local, self.settings.local, str(number))
                        keepers.create_task(self._keep(f"local worker {number}", once))
                for address in self.settings.addresses:
                    keepers.create_task(self._keep(address, partial(self._once_at, address, address)))
        except BaseExceptionGroup as group:
            bad = group.subgroup(BadSetting)
            if bad is None:
                raise
            raise bad.exceptions[0] from group

    async def ready(self) -> None:
        """Wait until a worker is up."""
        await self._up.wait()

    async def recognise(self, window: Window) -> Recognised:
        """Raises Unreachable (Busy when there is no room), Refused when this window cannot be recognised.

        The second half of the room is for finals."""
        room = self.settings.in_flight if window.final else self.settings.in_flight // 2
        if len(self._in_flight) >= room:
            self.counters.busy += 1
            raise Busy(WORKER, f"{len(self._in_flight)} windows in flight")
        number, since = next(self._numbers), asyncio.get_running_loop().time()
        self._in_flight[number] = (window, since)
        try:
            return await self._ask(window, since)
        finally:
            del self._in_flight[number]

    async def _ask(self, window: Window, since: float) -> Recognised:
        loop, attempts = asyncio.get_running_loop(), ATTEMPTS if window.final else 1  # a newer partial will come
        while True:
            link = await self._link(window)
            passed = timedelta(seconds=loop.time() - since)
            try:
                return await link.ask(replace(window, due_in=max(window.due_in - passed, ZERO)))
            except Busy:
                raise
            except Unreachable:
                attempts -= 1
                if not attempts:
                    raise
            self.counters.resubmitted += 1

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

    async def _watch(self) -> None:
        """Tell the pressure how old the oldest live window is; how long answered ones had waited tell the links."""
        loop = asyncio.get_running_loop()
        while True:
            oldest = min((since for window, since in self._in_flight.values() if is_live(window)), default=loop.time())
            self.pressure.observe_oldest(timedelta(seconds=loop.time() - oldest), self._now())
            await asyncio.sleep(LOOKS.total_seconds())

    def _waited(self, window: Window, seconds: float) -> None:
        if is_live(window):
            self.pressure.observe_wait(seconds, self._now())

    async def _keep(self, place: str, once: Callable[[], Awaitable[None]]) -> None:
        """Run one worker, again and again; pauses grow while it does not stay up."""
        loop = asyncio.get_running_loop()
        pause = self.settings.first_pause
        while True:
            began = loop.time()
            try:
                await once()
                why = "the worker ended"
            except Unreachable as error:
                why = str(error)
            except ProtocolViolation as error:
                why, pause = str(error), self.settings.longest_pause  # it would say the same again
            except BadSetting as error:
                if not self._ever_up:
                    raise
                why = str(error)
            log.warning("transcription worker lost", extra={"place": place, "why": why})
            self.counters.restarts += 1
            self._note(place, why)
            if loop.time() - began > self.settings.longest_pause.total_seconds():
                pause = self.settings.first_pause
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, self.settings.longest_pause)

    async def _once_local(self, settings: WorkerSettings, name: str) -> None:
        async with worker_process(settings, name) as running:
            await self._once_at(f"local worker {name}", running.address)

    async def _once_at(self, place: str, address: str) -> None:
        async with linked(address, self.counters, self._waited) as (link, reader, parser):
            self.links.append(link)
            self._ever_up = True
            self._note(place, "")
            self._up.set()
            self.pressure.worker_up(self._now())
            try:
                await link.read(reader, parser, self.settings.hung_after)
            finally:
                self.links.remove(link)
                if not self.links:
                    self._up.clear()

    def _note(self, place: str, why: str) -> None:
        self._troubles.pop(place, None)
        if why:
            self._troubles[place] = why
        up = bool(self.links)
        known = self.links[-1].hello if up else None
        self.state = PoolState(
            up=up,
            since=self.state.since if up == self.state.up else self._now(),
            why=why or (self.state.why if self.state.up else ""),
            workers=len(self.links),
            model=known.model if known else self.state.model,
            languages=known.languages if known else self.state.languages,
            longest_s=min((link.hello.longest_s for link in self.links), default=self.state.longest_s),
            troubles=tuple(f"{place}: {trouble}" for place, trouble in self._troubles.items()),
        )
