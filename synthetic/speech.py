"""Text to telephone speech by espeak-ng: 8 kHz mono, kept on disk by text and voice."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from line102.errors import BadSetting, ProtocolViolation

SAMPLE_RATE_HZ = 8000
ESPEAK_RATE_HZ = 22050
PEAK = 20000  # of 32767: as loud as the demo model's training speech
VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4")
_WAV_HEADER = 44  # bytes; espeak-ng writes the plain one


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's voice."""

    language: str  # "ru" or "kk"
    variant: str  # one of VARIANTS
    words_per_minute: int  # 135-205
    pitch: int  # 0-99


class Speech:
    """Synthesises; one folder may serve several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def say(self, text: str, voice: Voice) -> NDArray[np.int16]:
        """8 kHz int16 mono speech without silence around it. Raises BadSetting without espeak-ng."""
        key = hashlib.sha256(repr((text, astuple(voice))).encode()).hexdigest()[:32]
        path = self._folder / f"{key}.wav"
        if path.exists():
            return _read(path)
        samples = _telephone(await _espeak(text, voice))
        self._folder.mkdir(parents=True, exist_ok=True)
        _write(path, samples)
        return samples


async def _espeak(text: str, voice: Voice) -> NDArray[np.int16]:
    name = f"{voice.language}+{voice.variant}"
    options = ("-v", name, "-s", str(voice.words_per_minute), "-p", str(voice.pitch), "-b", "1", "--stdin", "--stdout")
    try:
        process = await asyncio.create_subprocess_exec(
            "espeak-ng", *options, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
    except FileNotFoundError as missing:
        raise BadSetting("espeak-ng", "it is not installed", "Install Debian's package espeak-ng") from missing
    try:
        async with asyncio.timeout(20):
            out, _ = await process.communicate(text.encode())
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        raise
    if process.returncode != 0 or len(out) <= _WAV_HEADER:
        raise ProtocolViolation(
            "espeak-ng", f"it ended with {process.returncode} and {len(out)} bytes for voice {name}"
        )
    return np.frombuffer(out[_WAV_HEADER : len(out) - (len(out) - _WAV_HEADER) % 2], dtype="<i2").astype(np.int16)


def _telephone(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """To 8 kHz, without silence around, at the usual loudness."""
    narrow = soxr.resample(samples.astype(np.float32), ESPEAK_RATE_HZ, SAMPLE_RATE_HZ)
    loud = np.flatnonzero(np.abs(narrow) > max(60.0, 0.01 * float(np.abs(narrow).max())))
    if not len(loud):
        return np.zeros(0, dtype=np.int16)
    voiced = narrow[max(0, loud[0] - 80) : loud[-1] + 80]
    return np.asarray(np.clip(voiced * (PEAK / np.abs(voiced).max()), -32768, 32767), dtype=np.int16)


def _read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def _write(path: Path, samples: NDArray[np.int16]) -> None:
    """Whole or not at all: another process may read it."""
    half = path.with_suffix(f".{id(samples):x}.tmp")
    with wave.open(str(half), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
    half.replace(path)
