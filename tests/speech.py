"""Synthesised speech for the tests: espeak-ng, through an 8 kHz A-law telephone line, as int16. Same input, same
samples.

The demo model understands sentences of its own grammar only (transcription/demo_model/recipe/grammar.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import io
import random
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from line102.ports import AudioChunk
from transcription.pool import PoolSettings, WorkerPool
from transcription.worker_process import WorkerSettings

LINE_RATE_HZ = 8000
LINE_OPENED = datetime(2030, 1, 1, tzinfo=UTC)
VOICES = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4")
ROOT = Path(__file__).resolve().parents[1]
DEMO_MODEL = ROOT / "transcription" / "demo_model"
CACHE = Path(tempfile.gettempdir()) / "line102-test-speech"


@dataclass(frozen=True)
class Spoken:
    text: str
    language: str
    samples: NDArray[np.int16]  # 8 kHz


def speak(
    text: str, language: str, *, voice: str = "m3", words_per_minute: int = 165, pitch: int = 50
) -> NDArray[np.int16]:
    """The sentence as it comes out of a telephone line: int16 at 8 kHz, shape (n,)."""
    name = hashlib.sha256(repr((text, language, voice, words_per_minute, pitch, 2)).encode()).hexdigest()[:24]
    path = CACHE / f"{name}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [
            "espeak-ng",
            "-v",
            f"{language}+{voice}",
            "-s",
            str(words_per_minute),
            "-p",
            str(pitch),
            "--stdout",
            text,
        ]
        wav = subprocess.run(command, check=True, capture_output=True).stdout
        own = path.with_suffix(f".{random.SystemRandom().getrandbits(48)}.npy")
        np.save(own, over_the_line(_levelled(wav)))
        own.rename(path)
    samples: NDArray[np.int16] = np.load(path)
    return samples


def over_the_line(audio: NDArray[np.float32], *, noise: float = 0.001, seed: int = 1) -> NDArray[np.int16]:
    """float audio at 8 kHz with a little line noise, through G.711 A-law and back."""
    noisy = audio + np.random.default_rng(seed).standard_normal(len(audio)).astype(np.float32) * noise
    file = io.BytesIO()
    soundfile.write(file, np.clip(noisy, -1, 1), LINE_RATE_HZ, format="WAV", subtype="ALAW")
    file.seek(0)
    samples: NDArray[np.int16] = soundfile.read(file, dtype="int16")[0]
    return samples


def at_16_khz(samples: NDArray[np.int16], rate_hz: int = LINE_RATE_HZ) -> NDArray[np.int16]:
    """For the recogniser. In float: soxr adds random dither to int16, and each time the text may differ."""
    audio = soxr.resample(samples.astype(np.float32) / 32768, rate_hz, 16_000)
    out: NDArray[np.int16] = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
    return out


def silence(seconds: float, *, seed: int = 1) -> NDArray[np.int16]:
    """A quiet line."""
    return over_the_line(np.zeros(int(seconds * LINE_RATE_HZ), np.float32), seed=seed)


def sentences(language: str, count: int, *, seed: int = 777) -> list[Spoken]:
    """Sentences of the demo model's grammar, the held-out ones of its recipe, by voices m1-m7 and f1-f4."""
    rng = random.Random(seed)
    texts = held_out()[language]
    chosen = rng.sample(texts, count)
    return [
        Spoken(
            text,
            language,
            speak(
                text,
                language,
                voice=rng.choice(VOICES),
                words_per_minute=rng.randint(135, 205),
                pitch=rng.randint(20, 80),
            ),
        )
        for text in chosen
    ]


def word_errors(heard: str, said: str) -> tuple[int, int]:
    """(edit distance in words, words said), without case, punctuation and ё."""
    a, b = _words(heard), _words(said)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1], len(b)


def _words(text: str) -> list[str]:
    table = str.maketrans({"ё": "е", ".": " ", "?": " ", ",": " "})
    return text.lower().translate(table).split()


def _levelled(wav: bytes) -> NDArray[np.float32]:
    audio, rate = soundfile.read(io.BytesIO(_whole(wav)), dtype="float32")
    audio = soxr.resample(audio, rate, LINE_RATE_HZ)
    audible = np.flatnonzero(np.abs(audio) > 0.01 * np.abs(audio).max())  # espeak-ng ends with some silence
    audio = audio[audible[0] : audible[-1] + 1]
    levelled: NDArray[np.float32] = (audio * (0.3 / np.abs(audio).max())).astype(np.float32)
    return levelled


def _whole(wav: bytes) -> bytes:
    """espeak-ng writes to a pipe with unknown lengths in its header."""
    data = len(wav) - 44
    return wav[:4] + (data + 36).to_bytes(4, "little") + wav[8:40] + data.to_bytes(4, "little") + wav[44:]


@cache
def held_out() -> dict[str, list[str]]:
    """As the recipe's synth.test_texts: sentences that were never trained on."""
    grammar: Any = _grammar()
    rng = random.Random(777)
    out: dict[str, list[str]] = {}
    for language in ("ru", "kk"):
        texts: set[str] = set()
        while len(texts) < 300:
            text = grammar.sentence(language, rng)
            if len(text.split()) >= 3:
                texts.add(text)
        out[language] = sorted(texts)
    return out


def _grammar() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_grammar", DEMO_MODEL / "recipe" / "grammar.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def demo_pool(folder: Path, **more: Any) -> AsyncIterator[WorkerPool]:
    """One real worker process with the demo model; ``more`` are PoolSettings."""
    local = WorkerSettings(model=str(DEMO_MODEL), socket_folder=folder)
    pool = WorkerPool(PoolSettings(**{"local": local, "first_pause": timedelta(milliseconds=50), **more}))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(pool.run())
        async with asyncio.timeout(60):
            await pool.ready()
        try:
            yield pool
        finally:
            running.cancel()


async def on_the_line(
    samples: NDArray[np.int16], *, began: datetime = LINE_OPENED, times_real_time: float | None = None
) -> AsyncIterator[AudioChunk]:
    """20 ms at a time, as a tap gives it; without a pace as fast as it is taken."""
    step = LINE_RATE_HZ // 50
    for first in range(0, len(samples), step):
        yield AudioChunk(began + timedelta(seconds=first / LINE_RATE_HZ), samples[first : first + step], LINE_RATE_HZ)
        if times_real_time is not None:
            await asyncio.sleep(0.02 / times_real_time)
