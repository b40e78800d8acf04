"""The last seconds of a recording that is still being written: from MixMonitor's two growing files. Only reads.

MixMonitor writes both files in step, each through a buffer of 32 KiB (2 s at 8 kHz), so what was said within the last
2 s is not there yet, and one file may be a buffer ahead of the other. The header of a growing file says nothing.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from line102.calls import CallId
from line102.errors import Gone, ProtocolViolation, Unreachable
from line102.ports import Excerpt
from telephony.recording import SAFE_ID
from telephony.wav import WavInfo, inspect_wav, wav_header

BUFFER_BYTES = 32 * 1024  # of Asterisk's file stream (main/file.c)
_BYTES = 2  # of a sample
_IN_STEP = 2 * BUFFER_BYTES // _BYTES  # frames by which one file may lead while both are written


class SpoolExcerpts:
    """Implements ``ports.RunningRecordings``. ``spool``: where MixMonitor writes ``<call id>-in.wav`` and ``-out``."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool

    async def last(self, call_id: CallId, length: timedelta) -> Excerpt:
        if not SAFE_ID.fullmatch(call_id):
            raise Gone(f"recording of call {call_id}")
        return await asyncio.to_thread(self._last, call_id, length)

    def _last(self, call_id: CallId, length: timedelta) -> Excerpt:
        paths = [self._spool / f"{call_id}-{side}.wav" for side in ("in", "out")]
        try:
            infos = [_info(path) for path in paths]
            rates = {info.sample_rate_hz for info in infos if info is not None}
            frames = [info.frames if info else 0 for info in infos]
            end = shared_end(*frames)
            if len(rates) != 1 or not end:
                raise Gone(f"recording of call {call_id}")
            rate = rates.pop()
            begin = max(0, end - round(length.total_seconds() * rate))
            sides = [_cut(path, info, begin, end) for path, info in zip(paths, infos, strict=True)]
        except OSError as error:
            raise Unreachable(f"recording of call {call_id}", error.strerror or str(error)) from error
        wav = wav_header(sample_rate_hz=rate, channels=2, frames=end - begin) + np.stack(sides, axis=1).tobytes()
        return Excerpt(wav=wav, start=timedelta(seconds=begin / rate), end=timedelta(seconds=end / rate))


def shared_end(caller: int, operator: int) -> int:
    """Up to which frame there is something to hear: as far as both sides are written, or the longer one's end when the
    other has stopped growing.
    """
    shorter, longer = sorted((caller, operator))
    return shorter if longer - shorter <= _IN_STEP else longer


def _info(path: Path) -> WavInfo | None:
    """None while nothing has left Asterisk's buffer."""
    try:
        info = inspect_wav(path)
    except (FileNotFoundError, ProtocolViolation):
        return None
    return info if info.channels == 1 else None


def _cut(path: Path, info: WavInfo | None, begin: int, end: int) -> NDArray[np.int16]:
    """Frames [begin, end) of one side; what the file lacks is silence."""
    samples: NDArray[np.int16] = np.zeros(end - begin, dtype="<i2")
    if info is not None and begin < info.frames:
        with path.open("rb") as stream:
            stream.seek(info.data_at + begin * _BYTES)
            data = stream.read((min(end, info.frames) - begin) * _BYTES)
        there = np.frombuffer(data[: len(data) // _BYTES * _BYTES], dtype="<i2")
        samples[: len(there)] = there
    return samples
