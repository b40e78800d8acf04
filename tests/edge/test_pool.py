"""Several workers as one recogniser: found, shared, lost, hung, unfit. No speech is lost while one of them is up."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from line102.calls import CallId, Side
from line102.ports import Standing
from line102.words import Segment, Stretch
from tests.speech import DEMO_MODEL, LINE_OPENED, demo_pool, on_the_line, sentences, silence, word_errors
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.pressure import Pressure
from transcription.protocol import LENGTHS
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_process import RunningWorker, WorkerSettings, worker_process

SPEECH = SpeechModel()
STREAMS = 10
WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Two:
    pool: WorkerPool
    workers: list[RunningWorker]


@asynccontextmanager
async def two_workers_elsewhere(folder: Path, **more: object) -> AsyncIterator[Two]:
    """Started by somebody else, as on two machines, and reached at their addresses."""
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=folder)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(worker_process(settings, name)) for name in ("a", "b")]
        addresses = tuple(worker.address for worker in workers)
        pool = await stack.enter_async_context(demo_pool(folder, local=None, addresses=addresses, **more))
        await until(lambda: pool.state.workers == 2)
        yield Two(pool, workers)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN.total_seconds()):
        while not true():
            await asyncio.sleep(0.005)


async def heard(pool: WorkerPool, number: int, *, pace: float) -> tuple[list[Segment | Stretch], tuple[int, int]]:
    """Finals and stretches of three sentences of one stream, and its (words wrong, words said)."""
    spoken = sentences(("ru", "kk")[number % 2], 3, seed=number)
    samples = np.concatenate([silence(0.3), *(part for one in spoken for part in (one.samples, silence(0.9)))])
    listener = StreamListener(pool, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    audio = on_the_line(samples, times_real_time=pace)
    listening = listener.listen(CallId(f"c{number}"), Side.CALLER, audio, LINE_OPENED, Standing())
    items = [item async for item in listening if isinstance(item, Stretch) or item.final]
    text = " ".join(i.text for i in items if isinstance(i, Segment) and i.suppressed is None)
    return items, word_errors(text, " ".join(one.text for one in spoken))


async def all_heard(two: Two) -> None:
    """Every utterance of ten paced streams ends as text, most of it right."""
    async with asyncio.TaskGroup() as tasks:
        streams = [tasks.create_task(heard(two.pool, number, pace=3)) for number in range(STREAMS)]
    results = [stream.result() for stream in streams]
    assert [item for items, _ in results for item in items if isinstance(item, Stretch)] == []
    assert sum(wrong for _, (wrong, _) in results) / sum(of for _, (_, of) in results) <= 0.08


async def when_both_are_at_work(two: Two) -> None:
    await until(lambda: two.pool.counters.windows > 20 and all(link.in_flight for link in two.pool.links))


async def test_one_of_two_workers_is_killed_under_ten_streams_and_nothing_is_lost(tmp_path: Path) -> None:
    async with two_workers_elsewhere(tmp_path) as two:

        async def kill() -> None:
            await when_both_are_at_work(two)
            two.workers[0].process.kill()

        killing = asyncio.create_task(kill())
        await all_heard(two)
        await killing
        assert two.pool.state.workers == 1
        assert [trouble.split(":")[0] for trouble in two.pool.state.troubles] == ["unix"]


@pytest.mark.realtime
async def test_a_worker_that_hangs_is_given_up_and_its_windows_go_to_the_other(tmp_path: Path) -> None:
    async with two_workers_elsewhere(
        tmp_path, hung_after=timedelta(seconds=1.5), longest_pause=timedelta(seconds=1)
    ) as two:
        process = two.workers[0].process

        async def stop() -> None:
            await when_both_are_at_work(two)
            os.kill(process.pid, signal.SIGSTOP)
            await until(lambda: any("silent for 1.5 s" in trouble for trouble in two.pool.state.troubles))

        stopping = asyncio.create_task(stop())
        await all_heard(two)
        await stopping
        assert two.pool.state.workers == 1
        assert two.pool.counters.resubmitted >= 1
        os.kill(process.pid, signal.SIGCONT)
        await until(lambda: two.pool.state.workers == 2)
        assert two.pool.state.troubles == ()


async def test_a_slow_worker_is_not_taken_for_a_hung_one(tmp_path: Path) -> None:
    """Not even a silent one, as long as nothing is overdue."""
    async with two_workers_elsewhere(tmp_path, hung_after=timedelta(milliseconds=200)) as two:
        await asyncio.sleep(1)
        assert two.pool.state.workers == 2
        assert two.pool.counters.restarts == 0


async def test_an_address_where_nobody_is_does_not_stop_the_local_worker(tmp_path: Path) -> None:
    nowhere = ("tcp:127.0.0.1:1", f"unix:{tmp_path / 'nobody.sock'}")
    async with demo_pool(tmp_path, addresses=nowhere) as pool:
        await until(lambda: len(pool.state.troubles) == 2)
        items, (wrong, _) = await heard(pool, 0, pace=20)
        assert pool.state.up
        assert pool.state.workers == 1
        assert not [item for item in items if isinstance(item, Stretch)]
        assert wrong <= 3


@pytest.mark.parametrize("scheme", ["unix", "tcp"])
async def test_a_worker_of_another_version_is_named_and_not_pestered(tmp_path: Path, scheme: str) -> None:
    met: list[int] = []

    async def of_the_future(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(1)
        header = b'{"type": "hello", "version": 999}'
        writer.write(LENGTHS.pack(len(header), 0) + header)
        await writer.drain()
        writer.close()

    if scheme == "unix":
        address = f"unix:{tmp_path / 'future.sock'}"
        server: asyncio.Server = await asyncio.start_unix_server(of_the_future, tmp_path / "future.sock")
    else:
        server = await asyncio.start_server(of_the_future, "127.0.0.1", 0)
        address = f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, demo_pool(tmp_path, addresses=(address,)) as pool:
        await until(lambda: pool.state.troubles)
        (trouble,) = pool.state.troubles
        assert trouble.startswith(address)
        assert "version 999" in trouble
        await heard(pool, 1, pace=4)
        assert met == [1]


async def test_without_room_partials_are_turned_away_before_finals(tmp_path: Path) -> None:
    async with two_workers_elsewhere(tmp_path, in_flight=4) as two:
        await all_heard(two)
        assert two.pool.counters.busy > 0
