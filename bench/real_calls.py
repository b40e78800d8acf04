"""Twenty real calls through Asterisk, everything on this machine: how late, how right and how steady the words are.

    python -m bench.real_calls [--calls 20] [--seconds 70] [--model DIR] [--threads 2] [--json FILE]

An Asterisk of its own, the service as users run it, a SIPp caller and a SIPp operator for each call, the feed read as
a page reads it. Each word's true time is known (bench/dialogues.py); where a track lies in the recording is found by
cross-correlation. A few calls carry no speech at all: every word of theirs is an invented one.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import aiohttp
import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray

from bench.dialogues import Track, dialogue, not_speech
from bench.word_lateness import Change, Lateness, lateness
from line102.calls import OperatorId
from telephony.embedded import EmbeddedPbx, OperatorPhones, find_root
from tests.asterisk.conftest import BUILT, TEMPLATES, TestPbx, values_on_free_ports
from tests.asterisk.line import finished
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings
from tests.asterisk.sip_callers import caller, phone
from tests.signed_in import sign_in
from tests.speech import DEMO_MODEL, LINE_RATE_HZ, word_errors

CONNECT_S = 1.0  # between two calls: a line does not get twenty calls in one instant
SIDES = ("caller", "operator")


@dataclass
class Call:
    number: str
    tracks: tuple[Track, Track]
    story: dict[str, Any] = field(default_factory=dict)
    recording: bytes = b""


class FeedReader:
    """Every change of a segment with the moment at which a page could have shown it."""

    def __init__(self) -> None:
        self.changes: dict[str, list[tuple[float, dict[str, Any]]]] = {}
        self.levels: list[tuple[float, int]] = []

    async def run(self, url: str) -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            assert await sign_in(http, url) == 204
            async with http.ws_connect(f"{url}/api/feed", headers={"Origin": url}, max_msg_size=0) as feed:
                async for message in feed:
                    self._take(json.loads(message.data), time.time())

    def _take(self, message: dict[str, Any], now: float) -> None:
        if message["type"] == "segment":
            self.changes.setdefault(message["call_id"], []).append((now, message["segment"]))
        elif message["type"] == "recognition":
            self.levels.append((now, message["recognition"]["level"]))


async def measure(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """``folder``: empty, for everything of this run."""
    calls = list(_calls(asked.calls, asked.seconds, asked.silent_calls))
    async with _pbx(folder / "pbx", len(calls)) as pbx, _service(pbx, folder, asked) as (service, url):
        feed = FeedReader()
        memory: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            watching = [tasks.create_task(feed.run(url)), tasks.create_task(_memory(service, memory))]
            busy = os.times()
            began = time.monotonic()
            await _play(pbx, calls, folder, asked.seconds)
            took = time.monotonic() - began
            own = os.times()
            for call in calls:
                call.story = await service.until_call(call.number, finished, within_s=240)
                call.recording = await service.bytes(f"/api/calls/{call.story['id']}/recording")
            for task in watching:
                task.cancel()
        return {
            "flags": {k: str(v) for k, v in vars(asked).items()},
            "cores": os.cpu_count(),
            "load average": os.getloadavg(),
            "seconds": round(took, 1),
            "cores of the callers": round((own.children_user - busy.children_user) / took, 2),
            "memory MiB, each 5 s": memory,
            "levels": [level for _, level in feed.levels],
            **_report(calls, feed, str(asked.model)),
        }


def _calls(count: int, seconds: float, silent: int) -> Iterable[Call]:
    for n in range(count):
        yield Call(f"770100003{n:02d}", dialogue(1000 + n, seconds))
    quiet = Track(np.zeros(int(seconds * LINE_RATE_HZ), np.int16), (), "")
    for n, (_, track) in enumerate(islice(not_speech(seconds), silent)):
        yield Call(f"770100004{n:02d}", (track, quiet))


@asynccontextmanager
async def _pbx(folder: Path, operators: int) -> AsyncIterator[TestPbx]:
    phones = tuple(
        OperatorPhones(operator_id=OperatorId(f"op{n + 1}"), password=token_urlsafe(18), web_password=token_urlsafe(18))
        for n in range(operators)
    )
    pbx = EmbeddedPbx(values_on_free_ports(operators=phones), TEMPLATES, find_root(BUILT), folder)
    await pbx.start()
    try:
        yield TestPbx(pbx)
    finally:
        await pbx.stop()


@asynccontextmanager
async def _service(pbx: TestPbx, folder: Path, asked: argparse.Namespace) -> AsyncIterator[tuple[ServiceProcess, str]]:
    port = values_on_free_ports().http_port
    extra = f'[transcription]\nmodel = "{asked.model}"\nthreads = {asked.threads}\n'
    settings = write_settings(pbx, folder, web_port=port, extra=extra)
    async with service_process(settings, port) as service:
        yield service, f"http://127.0.0.1:{port}"


async def _play(pbx: TestPbx, calls: list[Call], folder: Path, seconds: float) -> None:
    """Everybody calls, one a second; every operator answers one call and speaks their side."""
    async with AsyncExitStack() as line:
        for n, call in enumerate(calls):
            _, other = (_wav(folder, f"{n}-{side}", track) for side, track in zip(SIDES, call.tracks, strict=True))
            await line.enter_async_context(phone(pbx, f"op{n + 1}", answers_after_s=1, audio=other))
        ended = []
        for n, call in enumerate(calls):
            audio = folder / f"{n}-caller.wav"
            sipp = await line.enter_async_context(caller(pbx, audio=audio, talk_s=seconds - 1, number=call.number))
            ended.append(sipp.ended(within_s=seconds + 60))
            await asyncio.sleep(CONNECT_S)
        await asyncio.gather(*ended)


def _wav(folder: Path, name: str, track: Track) -> Path:
    path = folder / f"{name}.wav"
    soundfile.write(path, track.samples, LINE_RATE_HZ, subtype="PCM_16")
    return path


async def _memory(service: ServiceProcess, into: list[float]) -> None:
    """Resident MiB of the service and its workers."""
    while True:
        main = psutil.Process(service.pid)
        total = sum(p.memory_info().rss for p in [main, *main.children(recursive=True)])
        into.append(round(total / 2**20, 1))
        await asyncio.sleep(5)


def _report(calls: list[Call], feed: FeedReader, model: str) -> dict[str, Any]:
    everything, quiet = Lateness(), Lateness()
    wrong = {"live": 0, "after": 0, "whole": 0}
    said = 0
    silent_s = 0.0
    missed: list[str] = []
    spoken_by = {f"op{n + 1}": call.tracks[1] for n, call in enumerate(calls)}  # the queue decides who answers whom
    for call in calls:
        stereo, rate = soundfile.read(io.BytesIO(call.recording), dtype="float32", always_2d=True)
        assert rate == LINE_RATE_HZ
        for n, side in enumerate(SIDES):
            track = call.tracks[0] if side == "caller" else spoken_by[call.story["answers"][0]["operator"]]
            missed += [s["reason"] for s in call.story["missed"] if s["side"] == side]
            changes = _changes(call.story, side, feed)
            if not track.words:
                quiet.add(lateness((), changes))
                silent_s += len(stereo) / rate
                continue
            offset = _offset(track, stereo[:, n])
            heard_s = len(stereo) / rate - offset
            words = [
                type(w)(w.text, w.start_s + offset, w.end_s + offset, w.last)
                for w in track.words
                if w.end_s < heard_s - 1
            ]
            everything.add(lateness(words, changes))
            truth = " ".join(w.text for w in words)
            until = (words[-1].end_s if words else 0.0) + 0.3
            said += len(words)
            live = [c.text for c in changes if c.final and c.start_s < until]
            after = [
                s["text"]
                for s in call.story["segments"]
                if s["side"] == side and s["final"] and not s["suppressed"] and s["start_s"] < until
            ]
            wrong["live"] += word_errors(" ".join(live), truth)[0]
            wrong["after"] += word_errors(" ".join(after), truth)[0]
            wrong["whole"] += word_errors(_whole(model, stereo[: int(until * rate), n], track.language), truth)[0]
    return {
        "words said": everything.words,
        "spoken → first shown s": _spread(everything.shown),
        "spoken → committed s": _spread(everything.committed),
        "end of speech → final s": _spread(everything.final),
        "never right": everything.never,
        "shown then changed per 100": round(100 * everything.changed / max(everything.words, 1), 1),
        "committed then changed per 100": round(100 * everything.committed_changed / max(everything.words, 1), 2),
        "WER %": {kind: round(100 * errors / max(said, 1), 2) for kind, errors in wrong.items()},
        "invented words in calls without speech": quiet.invented,
        "minutes without speech": round(silent_s / 60, 1),
        "stretches": sorted(missed),
    }


def _changes(story: dict[str, Any], side: str, feed: FeedReader) -> list[Change]:
    """What a page showed of one side, live."""
    zero = datetime.fromisoformat(story["recording_began_at"]).timestamp()
    return [
        Change(now - zero, s["start_s"], s["end_s"], s["text"], s.get("committed") or 0, s["final"])
        for now, s in feed.changes.get(story["id"], [])
        if s["side"] == side and not s["suppressed"] and s["heard"] == "live"
    ]


def _offset(track: Track, recorded: NDArray[np.float32]) -> float:
    """Where the track's first sample lies in the recording, in seconds."""
    first = int(max(track.words[0].start_s - 0.5, 0) * LINE_RATE_HZ)
    pattern = track.samples[first : first + 4 * LINE_RATE_HZ].astype(np.float32)
    size = 1 << (len(recorded) + len(pattern)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(pattern, size)), size)
    best = int(np.argmax(likeness[: len(recorded)]))
    return (best - first) / LINE_RATE_HZ


_MODELS: dict[str, Any] = {}


def _whole(model: str, samples: NDArray[np.float32], language: str) -> str:
    """The same model over the whole recording, by faster-whisper as published, told the language."""
    import soxr
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    if model not in _MODELS:
        _MODELS[model] = BatchedInferencePipeline(WhisperModel(model, device="cpu", compute_type="int8"))
    audio = soxr.resample(samples, LINE_RATE_HZ, 16_000).astype(np.float32)
    segments, _ = _MODELS[model].transcribe(audio, language=language, beam_size=5, batch_size=4)
    return " ".join(s.text for s in segments)


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {"n": 0}
    p50, p95, most = (float(np.percentile(values, q)) for q in (50, 95, 100))
    return {"n": len(values), "p50": round(p50, 2), "p95": round(p95, 2), "max": round(most, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--silent-calls", type=int, default=0, choices=range(7), help="more calls, without speech")
    parser.add_argument("--seconds", type=float, default=70)
    parser.add_argument("--model", type=Path, default=DEMO_MODEL)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="line102-calls-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # Asterisk's own user must pass through
        result = asyncio.run(measure(asked, folder))
    text = json.dumps(result, ensure_ascii=False, indent=1)
    print(text)
    if asked.json:
        asked.json.write_text(text)


if __name__ == "__main__":
    main()
