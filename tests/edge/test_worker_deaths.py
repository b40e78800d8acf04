"""Workers die. Every utterance still comes, or is a visible stretch; and no worker outlives its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import psutil

from line102.calls import CallId, Side
from line102.ports import Standing, Window
from line102.words import Segment, Stretch
from tests.speech import DEMO_MODEL, LINE_OPENED, ROOT, demo_pool, on_the_line, sentences, silence
from transcription.listener import StreamListener
from transcription.pool import PoolSettings, WorkerPool
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_process import WorkerSettings, worker_process

SPEECH = SpeechModel()


def workers_of(parent: int) -> list[psutil.Process]:
    children = psutil.Process(parent).children(recursive=True)
    return [child for child in children if "transcription.worker" in child.cmdline()]


async def listen(pool: WorkerPool, samples: np.ndarray, pace: float) -> list[Segment | Stretch]:
    listener = StreamListener(pool, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    audio = on_the_line(samples, times_real_time=pace)
    items = [item async for item in listener.listen(CallId("c1"), Side.CALLER, audio, LINE_OPENED, Standing())]
    return [item for item in items if isinstance(item, Stretch) or item.final]


async def test_a_worker_killed_again_and_again_loses_no_utterance(tmp_path: Path) -> None:
    spoken = sentences("ru", 10)
    said = np.concatenate([silence(0.8), *(part for one in spoken for part in (one.samples, silence(1.0)))])
    async with demo_pool(tmp_path) as undisturbed:
        expected = await listen(undisturbed, said, 20)
    async with demo_pool(tmp_path) as pool:
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(listen(pool, said, 5))
            for _ in range(3):
                await pool.ready()
                before = pool.counters.windows
                async with asyncio.timeout(20):
                    while pool.counters.windows < before + 2 and not hearing.done():
                        await asyncio.sleep(0.01)
                for worker in workers_of(os.getpid()):
                    os.kill(worker.pid, signal.SIGKILL)
                async with asyncio.timeout(10):
                    while pool.state.up:
                        await asyncio.sleep(0.005)
        heard = hearing.result()
        assert pool.counters.restarts >= 3
    assert [(item.start, item.end) for item in heard] == [(item.start, item.end) for item in expected]
    assert sum(isinstance(item, Segment) for item in heard) >= len(spoken) - 1


async def test_a_window_in_flight_on_a_dying_worker_is_given_to_the_next(tmp_path: Path) -> None:
    samples = np.concatenate([silence(0.3), sentences("ru", 1)[0].samples]).repeat(2)[: 9 * 16_000]
    window = Window(
        call_id=CallId("c1"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=len(samples) / 16_000),
        revision=1,
        final=True,
        language=None,
        samples=samples,
    )
    async with demo_pool(tmp_path) as pool:
        (worker,) = workers_of(os.getpid())
        os.kill(worker.pid, signal.SIGSTOP)  # it holds the window and does not answer
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(pool.recognise(window))
            async with asyncio.timeout(5):
                while not any(link.in_flight for link in pool.links):
                    await asyncio.sleep(0.005)
            os.kill(worker.pid, signal.SIGKILL)
        assert asked.result().text
        assert pool.counters.resubmitted == 1


async def test_two_workers_share_the_work_and_one_may_die(tmp_path: Path) -> None:
    async with demo_pool(tmp_path, local_workers=2) as pool:
        async with asyncio.timeout(30):
            while pool.state.workers < 2:
                await asyncio.sleep(0.02)
        os.kill(workers_of(os.getpid())[0].pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while pool.state.workers == 2:
                await asyncio.sleep(0.005)
        assert pool.state.up


async def test_a_worker_at_an_address_is_found_again_after_it_was_away(tmp_path: Path) -> None:
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path)
    address = f"unix:{tmp_path / 'worker-far.sock'}"
    pool = WorkerPool(PoolSettings(addresses=(address,), first_pause=timedelta(milliseconds=20)))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(pool.run())
        for _ in range(2):
            async with worker_process(settings, "far"), asyncio.timeout(10):
                await pool.ready()
                assert pool.state.up
                assert pool.state.languages == ("ru", "kk")
            async with asyncio.timeout(10):
                while pool.state.up:
                    await asyncio.sleep(0.005)
            assert pool.state.why
        running.cancel()


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    program = """
import asyncio, os, signal, sys
from pathlib import Path
from transcription.worker_process import WorkerSettings, worker_process
async def main():
    async with worker_process(WorkerSettings(model=sys.argv[1], socket_folder=Path(sys.argv[2])), "x") as running:
        print(running.process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    command = [sys.executable, "-c", program, str(DEMO_MODEL), str(tmp_path)]
    parent = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert parent.returncode == -signal.SIGKILL
    pid = int(parent.stdout)
    try:
        gone, _ = psutil.wait_procs([psutil.Process(pid)], timeout=10)
        assert gone
    except psutil.NoSuchProcess:
        pass
