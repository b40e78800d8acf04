"""Two mono files become one stereo file, in blocks, verified before it gets its name."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from telephony.wav import WavInfo, inspect_wav, read_blocks, wav_header

BLOCK_FRAMES = 64 * 1024  # 8 s at 8 kHz: 128 KiB a side in memory, however long the call

_Source = tuple[Path, WavInfo | None]


@dataclass(frozen=True, slots=True)
class Stored:
    duration: timedelta
    sha256: str


def store_stereo(target: Path, left: _Source, right: _Source, sample_rate_hz: int) -> Stored:
    """Write ``target`` (left = caller, right = operator; the shorter side padded with silence). Blocking.

    It appears whole or not at all: written beside as ``.partial``, synced, read back, renamed. Raises OSError; the
    sources are only read.
    """
    frames = max(info.frames if info else 0 for _, info in (left, right))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        written = hashlib.sha256()
        with partial.open("wb") as out:
            for block in _stereo(left, right, sample_rate_hz, frames):
                out.write(block)
                written.update(block)
            out.flush()
            os.fsync(out.fileno())
        _verify(partial, frames, written.hexdigest())
        partial.replace(target)
        _sync_folder(target.parent)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return Stored(timedelta(seconds=frames / sample_rate_hz), written.hexdigest())


def _stereo(left: _Source, right: _Source, sample_rate_hz: int, frames: int) -> Iterator[bytes]:
    yield wav_header(sample_rate_hz=sample_rate_hz, channels=2, frames=frames)
    lefts, rights = _padded(left), _padded(right)
    for start in range(0, frames, BLOCK_FRAMES):
        length = min(BLOCK_FRAMES, frames - start)
        pair = np.zeros((length, 2), dtype="<i2")
        for column, blocks in enumerate((lefts, rights)):
            block = next(blocks)
            pair[: len(block), column] = block[:length]
        yield pair.tobytes()


def _padded(source: _Source) -> Iterator[NDArray[np.int16]]:
    path, info = source
    nothing: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
    return chain(read_blocks(path, info, BLOCK_FRAMES) if info else (), repeat(nothing))


def _verify(path: Path, frames: int, sha256: str) -> None:
    """Read the file back. Raises OSError(EIO) when the disk does not hold what was written."""
    info = inspect_wav(path)
    with path.open("rb") as stream:
        read_back = hashlib.file_digest(stream, "sha256").hexdigest()
    if read_back != sha256 or not info.finished or info.frames != frames:
        raise OSError(errno.EIO, f"{path.name} reads back differently than it was written")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
