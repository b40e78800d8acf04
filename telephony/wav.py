"""WAV files as MixMonitor leaves them, finished or not. Reading never changes a file.

Asterisk's format_wav writes a 44-byte header with a length of 0, the samples through a 32 KiB buffer, and the length
at close. After a crash the length is 0 or stale: what the file holds is then counted from its size. Source:
``formats/format_wav.c``; RIFF/WAVE.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from line102.errors import ProtocolViolation

HEADER_BYTES = 44
_BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WavInfo:
    """16-bit PCM: where the samples lie in the file, and how much of it is audio."""

    sample_rate_hz: int
    channels: int
    data_at: int  # byte offset of the first sample
    frames: int  # whole frames that are really in the file
    finished: bool  # the header says exactly what the file holds

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.frames / self.sample_rate_hz)


def inspect_wav(path: Path) -> WavInfo:
    """Read the header and believe the file's size rather than an unfinished header.

    Raises ProtocolViolation when the file is empty, no WAV, or not 16-bit PCM; OSError as it comes.
    """
    size = path.stat().st_size
    if size == 0:
        raise ProtocolViolation(path.name, "the file is empty")
    with path.open("rb") as stream:
        head = stream.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise ProtocolViolation(path.name, "not a WAV file")
        form: bytes | None = None
        while len(chunk := stream.read(8)) == 8:
            name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            if name == b"data":
                return _info(path, form, stream.tell(), length, size)
            if name == b"fmt ":
                form = stream.read(min(length, 64))
                stream.seek(length - len(form), 1)
            else:
                stream.seek(length + length % 2, 1)
    raise ProtocolViolation(path.name, "a WAV header without samples")


def _info(path: Path, form: bytes | None, data_at: int, told: int, size: int) -> WavInfo:
    if form is None or len(form) < 16:
        raise ProtocolViolation(path.name, "a WAV header without a format")
    coding, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if (coding, bits) != (1, 16) or not 1 <= channels <= 2 or not 1000 <= rate <= 192_000:
        raise ProtocolViolation(
            path.name, f"coding {coding}, {bits} bits, {channels} channels, {rate} Hz: not our audio"
        )
    there = size - data_at
    frame = _BYTES_PER_SAMPLE * channels
    finished = told == there and there % frame == 0
    return WavInfo(sample_rate_hz=rate, channels=channels, data_at=data_at, frames=there // frame, finished=finished)


def read_blocks(path: Path, info: WavInfo, block_frames: int) -> Iterator[NDArray[np.int16]]:
    """Yield a mono file's samples in blocks: shape (n,), n <= ``block_frames``, ``info.frames`` of them in all."""
    left = info.frames
    with path.open("rb") as stream:
        stream.seek(info.data_at)
        while left > 0:
            data = stream.read(min(left, block_frames) * _BYTES_PER_SAMPLE)
            data = data[: len(data) // _BYTES_PER_SAMPLE * _BYTES_PER_SAMPLE]
            if not data:
                return
            left -= len(data) // _BYTES_PER_SAMPLE
            yield np.frombuffer(data, dtype="<i2")


def wav_header(*, sample_rate_hz: int, channels: int, frames: int) -> bytes:
    """The 44 bytes in front of 16-bit PCM. Raises ValueError above 4 GiB (37 hours of stereo at 8 kHz)."""
    data_bytes = frames * channels * _BYTES_PER_SAMPLE
    if data_bytes + HEADER_BYTES > 0xFFFFFFFF:
        raise ValueError(f"{frames} frames do not fit into one WAV file")
    frame = channels * _BYTES_PER_SAMPLE
    form = struct.pack("<HHIIHH", 1, channels, sample_rate_hz, sample_rate_hz * frame, frame, 16)
    riff = b"RIFF" + struct.pack("<I", data_bytes + HEADER_BYTES - 8) + b"WAVE"
    return riff + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", data_bytes)
