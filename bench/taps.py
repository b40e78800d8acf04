"""Many taps at once on a real Asterisk: set-up time, frames lost, and what they cost Asterisk and us.

    python -m bench.taps                       20 calls, both directions, 20 s
    python -m bench.taps --calls 40 --format slin16

Starts an Asterisk of its own on free ports, as the tests do; callers are one SIPp. All on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psutil

from line102.calls import CallId, Side
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.settings import AriSettings
from telephony.ari.stage import Stage
from telephony.embedded import EmbeddedPbx, find_root
from telephony.media.frames import SAMPLE_RATES_HZ
from telephony.media.tap import AsteriskTaps, TapSettings
from tests.asterisk.conftest import BUILT, TEMPLATES, values_on_free_ports
from tests.asterisk.sip_callers import SCENARIOS, alaw

FRAME_S = 0.02


@dataclass
class Seen:
    set_up_s: list[float] = field(default_factory=list)  # until open() has set the tap up
    first_s: list[float] = field(default_factory=list)  # until the first 100 ms of sound are in the listener's hands
    sound_s: list[float] = field(default_factory=list)  # of sound, per tap
    ahead_s: list[float] = field(default_factory=list)  # the most that a chunk's end lay in the future: wrong time
    wall_s: list[float] = field(default_factory=list)  # between its first and its last chunk, by the chunks' own time


@asynccontextmanager
async def pbx() -> AsyncIterator[EmbeddedPbx]:
    folder = Path(tempfile.mkdtemp(prefix="line102-bench-"))
    instance = EmbeddedPbx(values_on_free_ports(), TEMPLATES, find_root(BUILT), folder)
    await instance.start()
    try:
        yield instance
    finally:
        await instance.stop()
        shutil.rmtree(folder)


@asynccontextmanager
async def callers(instance: EmbeddedPbx, count: int) -> AsyncIterator[None]:
    """``count`` calls to 102 at once, from one SIPp, each speaking a tone until the block ends."""
    values = instance.values
    with tempfile.TemporaryDirectory() as folder:
        text = (SCENARIOS / "caller.xml").read_text("utf-8")
        sound = alaw(None, Path(folder), tone_hz=440)
        for name, value in {"DIALLED": "102", "NUMBER": "77010000001", "TALK_MS": "600000", "AUDIO": sound}.items():
            text = text.replace(f"@{name}@", value)
        scenario = Path(folder) / "caller.xml"
        scenario.write_text(text, "utf-8")
        sipp = await asyncio.create_subprocess_exec(
            *("sipp", f"{values.sip_bind}:{values.sip_port}", "-sf", str(scenario), "-nostdin"),
            *("-i", values.trunk_match[0], "-p", "5999", "-mi", values.trunk_match[0], "-mp", "40000"),
            *("-m", str(count), "-l", str(count), "-r", "20"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            yield
        finally:
            sipp.kill()
            await sipp.wait()


async def hear(taps: AsteriskTaps, call_id: CallId, side: Side, seconds: float, seen: Seen) -> None:
    began = time.monotonic()
    async with taps.open(call_id, side) as audio:
        seen.set_up_s.append(time.monotonic() - began)
        first = await anext(audio)
        seen.first_s.append(time.monotonic() - began)
        sound_s = ahead_s = 0.0
        async for chunk in audio:
            length_s = len(chunk.samples) / chunk.sample_rate_hz
            sound_s += length_s
            ahead_s = max(ahead_s, (chunk.at - datetime.now(UTC)).total_seconds() + length_s)
            if sound_s >= seconds:
                break
        seen.sound_s.append(sound_s)
        seen.ahead_s.append(ahead_s)
        seen.wall_s.append((chunk.at - first.at).total_seconds())


async def measure(instance: EmbeddedPbx, calls: int, seconds: float, audio_format: str) -> None:
    values = instance.values
    settings = AriSettings(user="line102", password=values.ari_password, host=values.http_bind, port=values.http_port)
    async with AriClient.session(settings) as client, callers(instance, calls):
        stage = Stage()
        taps = AsteriskTaps(client, stage, TapSettings(node=values.node, audio_format=audio_format))
        up = asyncio.Event()
        feed = AriFeed(client, stage, report=lambda _: up.set(), tidy=taps.sweep)
        async with asyncio.TaskGroup() as group:
            running = group.create_task(feed.run())
            await up.wait()
            found: list[CallId] = []
            async with asyncio.timeout(30):
                while len(found) < calls:
                    await asyncio.sleep(0.1)
                    found = [CallId(c.id) for c in await client.channels() if c.name.startswith("PJSIP/trunk-")]
            assert instance.process is not None
            asterisk, reader = psutil.Process(instance.process.pid), psutil.Process()
            idle_s = await _idle(asterisk)
            before = _cpu_s(asterisk), _cpu_s(reader), time.monotonic()
            seen = Seen()
            async with asyncio.TaskGroup() as hearings:
                for call_id in found[:calls]:
                    for side in Side:
                        hearings.create_task(hear(taps, call_id, side, seconds, seen))
            spent = time.monotonic() - before[2]
            theirs, ours = (_cpu_s(asterisk) - before[0]) / spent, (_cpu_s(reader) - before[1]) / spent
            running.cancel()
        _print(taps, seen, idle_s, theirs, ours, audio_format)


def _print(taps: AsteriskTaps, seen: Seen, idle: float, theirs: float, ours: float, audio_format: str) -> None:
    figures = taps.figures()
    expected = sum(seen.wall_s) / FRAME_S
    rate_hz = SAMPLE_RATES_HZ[audio_format]
    print(
        f"{len(seen.set_up_s)} taps of {audio_format} ({rate_hz} Hz) opened at once: {sum(seen.sound_s):.0f} s of sound"
    )
    for what, spans_s in (("set up in", seen.set_up_s), ("first 100 ms of sound after", seen.first_s)):
        print(f"{what}: {median(spans_s) * 1000:.0f} ms median, {max(spans_s) * 1000:.0f} ms longest")
    print(f"time ahead of the wall clock: {max(seen.ahead_s) * 1000:.0f} ms at most")
    print(
        f"frames: {figures.frames} heard, {expected - sum(seen.sound_s) / FRAME_S:.0f} lost (jumps in time), "
        f"{figures.holes} holes, {figures.wrong_sizes} of a wrong size, {figures.dropped_chunks} chunks dropped"
    )
    print(f"CPU, share of one core: Asterisk {theirs:.2f} (without taps {idle:.2f}), this process {ours:.2f}")
    load = psutil.getloadavg()[0]
    print(f"machine: {psutil.cpu_count()} cores, load {load:.1f} (above the number of cores: figures are pessimistic)")


async def _idle(process: psutil.Process) -> float:
    """CPU share of the process with the calls up and no tap."""
    began, before = time.monotonic(), _cpu_s(process)
    await asyncio.sleep(3)
    return (_cpu_s(process) - before) / (time.monotonic() - began)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--calls", type=int, default=20)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument(
        "--format", choices=sorted(SAMPLE_RATES_HZ), default="slin", help="slin: 8 kHz, slin16: 16 kHz"
    )
    given = arguments.parse_args()
    async with pbx() as instance:
        await measure(instance, given.calls, given.seconds, given.format)


if __name__ == "__main__":
    asyncio.run(main())
