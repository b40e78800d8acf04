"""How fast and how right the transcription is, with the demo model, on this machine:

    python -m bench.transcription [--sentences 100] [--streams 1,5,10,20] [--seconds 25] [--json FILE]

Synthesised telephone speech (espeak-ng, A-law, 8 kHz) of held-out sentences of the demo model's grammar.
One worker with one thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import ctranslate2
import numpy as np
import soxr

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Standing
from line102.words import Segment, Stretch
from tests.speech import DEMO_MODEL, LINE_OPENED, LINE_RATE_HZ, Spoken, sentences, silence, word_errors
from transcription.buckets import BUCKETS
from transcription.listener import StreamListener
from transcription.model_folder import check_model
from transcription.pool import PoolSettings, WorkerPool
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.whisper import Device, Whisper
from transcription.worker_process import WorkerSettings


def window_times(count: int = 15) -> dict[str, float]:
    """Milliseconds per window by bucket, and padded to 30 s: mel, encode, detect the language, decode; median."""
    speech = np.concatenate([s.samples for s in sentences("ru", 30, seed=4)])
    audio = soxr.resample(speech, LINE_RATE_HZ, 16_000)
    times: dict[str, float] = {}
    for dynamic in (True, False):
        whisper = Whisper(check_model(str(DEMO_MODEL), ("ru", "kk"), dynamic_context=dynamic), Device())
        for size in [size for size in BUCKETS if size <= 1000]:
            length = (size - 10) * 160
            taken = []
            for number in range(count):
                began = time.perf_counter()
                whisper.recognise(audio[number * 16_000 : number * 16_000 + length], None)
                taken.append(time.perf_counter() - began)
            name = f"{size / 100:g} s" if dynamic else f"{size / 100:g} s padded to 30 s"
            times[name] = round(1000 * float(np.median(taken)), 1)
    return times


def listening_cost() -> float:
    """Seconds of one core per second of audio, for resampling, voice activity and segmenting."""
    from transcription.ear import Ear
    from transcription.segmenter import Limits

    speech = np.concatenate([s.samples for s in sentences("ru", 10, seed=4)])
    ear = Ear(SpeechModel(), Limits(), LINE_RATE_HZ)
    began = time.perf_counter()
    for first in range(0, len(speech), 160):
        for _ in ear.hear(speech[first : first + 160]):
            pass
    return (time.perf_counter() - began) / (len(speech) / LINE_RATE_HZ)


@asynccontextmanager
async def one_worker() -> AsyncIterator[WorkerPool]:
    with TemporaryDirectory() as folder:
        pool = WorkerPool(PoolSettings(local=WorkerSettings(model=str(DEMO_MODEL), socket_folder=Path(folder))))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(pool.run())
            await pool.ready()
            yield pool
            running.cancel()


async def chunks(samples: np.ndarray, pace: float | None) -> AsyncIterator[AudioChunk]:
    """20 ms at a time; with a pace by the clock, not by sleeps that add up."""
    began = time.monotonic()
    for first in range(0, len(samples), 160):
        if pace is not None:
            await asyncio.sleep(max(0.0, began + (first + 160) / LINE_RATE_HZ / pace - time.monotonic()))
        yield AudioChunk(
            LINE_OPENED + timedelta(seconds=first / LINE_RATE_HZ), samples[first : first + 160], LINE_RATE_HZ
        )


async def accuracy(count: int) -> dict[str, float]:
    """WER in per cent of held-out sentences through the listener, and the real-time factor of the whole."""
    result: dict[str, float] = {}
    async with one_worker() as pool:
        listener = StreamListener(pool, SpeechModel(), ListenerSettings(), pool.pressure)
        for language in ("ru", "kk"):
            errors = words = 0
            seconds, began = 0.0, time.perf_counter()
            for spoken in sentences(language, count, seed=21):
                samples = np.concatenate([silence(0.8), spoken.samples, silence(0.9, seed=2)])
                seconds += len(samples) / LINE_RATE_HZ
                items = listener.listen(CallId("b"), Side.CALLER, chunks(samples, None), LINE_OPENED, Standing())
                heard = [i.text async for i in items if isinstance(i, Segment) and i.final and not i.suppressed]
                wrong, of = word_errors(" ".join(heard), spoken.text)
                errors, words = errors + wrong, words + of
            result[f"WER {language} %"] = round(100 * errors / words, 2)
            result[f"words {language}"] = words
            result[f"real-time factor {language}"] = round((time.perf_counter() - began) / seconds, 4)
    return result


@dataclass
class Latencies:
    finals: list[float] = field(default_factory=list)  # seconds from the end of speech to the final
    partials: int = 0
    missed: int = 0


async def one_call(listener: StreamListener, spoken: list[Spoken], name: str, delay: float, into: Latencies) -> None:
    """One side speaks, with pauses, in real time."""
    await asyncio.sleep(delay)
    ends, parts, length = [], [silence(0.7)], 0.7
    for number, one in enumerate(spoken):
        length += len(one.samples) / LINE_RATE_HZ
        ends.append(length)
        pause = 1.0 + number % 3 * 0.4
        parts += [one.samples, silence(pause, seed=number)]
        length += pause
    began = time.monotonic()
    audio = chunks(np.concatenate(parts), 1.0)
    async for item in listener.listen(CallId(name), Side.CALLER, audio, LINE_OPENED, Standing()):
        now = time.monotonic() - began
        if isinstance(item, Stretch):
            into.missed += 1
        elif not item.final:
            into.partials += 1
        else:
            end = min(ends, key=lambda e: abs(e - item.end.total_seconds()))
            if abs(end - item.end.total_seconds()) < 0.6:  # not one that was cut within a sentence
                into.finals.append(now - end)


async def latency(streams: int, seconds: float) -> dict[str, float]:
    rng = random.Random(streams)
    pool_of = [*sentences("ru", 100, seed=8), *sentences("kk", 100, seed=8)]
    measured = Latencies()
    async with one_worker() as pool:
        listener = StreamListener(pool, SpeechModel(), ListenerSettings(), pool.pressure)
        before = os.times()
        began = time.monotonic()
        async with asyncio.TaskGroup() as calls:
            for number in range(streams):
                spoken: list[Spoken] = []
                while sum(len(s.samples) / LINE_RATE_HZ + 1.4 for s in spoken) < seconds:
                    spoken.append(rng.choice(pool_of))
                calls.create_task(one_call(listener, spoken, f"c{number}", rng.uniform(0, 3), measured))
        took = time.monotonic() - began
        own = (os.times().user - before.user) / took
        waits = pool.counters.recent_waits_s
        busy = pool.counters.computing_s / took
        dropped = pool.counters.partials_dropped
    p50, p95, most = (float(np.percentile(measured.finals, q)) for q in (50, 95, 100))
    return {
        "finals": len(measured.finals),
        "partials": measured.partials,
        "stretches": measured.missed,
        "partials dropped by the worker": dropped,
        "p50 s": round(p50, 2),
        "p95 s": round(p95, 2),
        "max s": round(most, 2),
        "queue wait p95 ms": round(1000 * float(np.percentile(waits, 95)), 1),
        "worker busy": round(busy, 2),
        "listener process, cores": round(own, 2),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--streams", default="1,5,10,20")
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result: dict[str, object] = {
        "machine": {"cores": os.cpu_count(), "load before": os.getloadavg()[0], "ctranslate2": ctranslate2.__version__}
    }
    result["ms per window"] = window_times()
    result["cores per stream for listening"] = round(listening_cost(), 4)
    result["accuracy"] = await accuracy(arguments.sentences)
    for streams in [int(number) for number in arguments.streams.split(",")]:
        result[f"{streams} streams"] = await latency(streams, arguments.seconds)
    result["load after"] = os.getloadavg()[0]
    for name, value in result.items():
        print(f"{name}: {json.dumps(value, ensure_ascii=False)}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
