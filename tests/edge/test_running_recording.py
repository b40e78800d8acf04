"""The last seconds of two files that grow: both sides in step, whatever of them has reached the disk."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from line102.calls import CallId
from line102.errors import Gone
from telephony.running_recording import BUFFER_BYTES, SpoolExcerpts, shared_end
from telephony.wav import wav_header

CALL = CallId("line102-1789.1")
RATE = 8000
FLUSH = BUFFER_BYTES // 2  # frames


def counting(frames: int, sign: int = 1) -> np.ndarray[Any, Any]:
    """Every frame says which it is, so that a shift shows."""
    return (sign * (np.arange(frames) % 30_000)).astype("<i2")


def grown(folder: Path, side: str, frames: int, *, told: int = 0, sign: int = 1, odd: bytes = b"") -> None:
    """As MixMonitor leaves it in mid-call: a header that says ``told`` frames, and ``frames`` of samples."""
    header = wav_header(sample_rate_hz=RATE, channels=1, frames=told)
    (folder / f"{CALL}-{side}.wav").write_bytes(header + counting(frames, sign).tobytes() + odd)


async def heard(folder: Path, seconds: float = 30) -> tuple[np.ndarray[Any, Any], float, float]:
    piece = await SpoolExcerpts(folder).last(CALL, timedelta(seconds=seconds))
    samples, rate = soundfile.read(io.BytesIO(piece.wav), dtype="int16", always_2d=True)
    assert rate == RATE
    return samples, piece.start.total_seconds(), piece.end.total_seconds()


@pytest.mark.parametrize("seconds", [0.5, 10, 60])
@pytest.mark.parametrize("operator", [40 * FLUSH, 39 * FLUSH, 41 * FLUSH])
async def test_both_sides_are_the_same_moments(tmp_path: Path, seconds: float, operator: int) -> None:
    grown(tmp_path, "in", 40 * FLUSH)
    grown(tmp_path, "out", operator, sign=-1)
    samples, start, end = await heard(tmp_path, seconds)
    frames = min(40 * FLUSH, operator)
    assert (end, round(end - start, 3)) == (frames / RATE, min(seconds, frames / RATE))
    expected = counting(frames)[round(start * RATE) :]
    assert np.array_equal(samples[:, 0], expected)
    assert np.array_equal(samples[:, 1], -expected)


async def test_a_call_shorter_than_what_is_asked_for(tmp_path: Path) -> None:
    grown(tmp_path, "in", FLUSH)
    grown(tmp_path, "out", FLUSH, sign=-1)
    samples, start, end = await heard(tmp_path)
    assert (start, len(samples), end) == (0, FLUSH, FLUSH / RATE)


async def test_a_side_that_stopped_growing_is_silent_and_holds_nothing_up(tmp_path: Path) -> None:
    grown(tmp_path, "in", 40 * FLUSH)
    grown(tmp_path, "out", 30 * FLUSH, sign=-1)
    samples, start, end = await heard(tmp_path, 30)
    assert end == 40 * FLUSH / RATE
    silent_from = 30 * FLUSH - round(start * RATE)
    assert not samples[silent_from:, 1].any()
    assert np.array_equal(samples[:silent_from, 1], -counting(40 * FLUSH)[round(start * RATE) : 30 * FLUSH])


async def test_the_header_is_not_believed(tmp_path: Path) -> None:
    grown(tmp_path, "in", 5 * FLUSH, told=2 * FLUSH, odd=b"\x01")
    grown(tmp_path, "out", 5 * FLUSH, told=0, sign=-1)
    samples, _, end = await heard(tmp_path)
    assert (len(samples), end) == (5 * FLUSH, 5 * FLUSH / RATE)


@pytest.mark.parametrize("there", [{}, {"in": b""}, {"in": b"", "out": b""}, {"in": b"RIFFabcdWAVE"}, {"out": b"x"}])
async def test_before_anything_has_left_asterisks_buffer(tmp_path: Path, there: dict[str, bytes]) -> None:
    for side, data in there.items():
        (tmp_path / f"{CALL}-{side}.wav").write_bytes(data)
    with pytest.raises(Gone):
        await heard(tmp_path)


@pytest.mark.parametrize("call_id", ["../../etc/passwd", "a/b", "", ".hidden", "a\0b"])
async def test_only_names_of_calls_are_looked_for(tmp_path: Path, call_id: str) -> None:
    with pytest.raises(Gone):
        await SpoolExcerpts(tmp_path).last(CallId(call_id), timedelta(seconds=5))


async def test_two_sides_of_different_rates_are_not_mixed(tmp_path: Path) -> None:
    grown(tmp_path, "in", FLUSH)
    header = wav_header(sample_rate_hz=16_000, channels=1, frames=0)
    (tmp_path / f"{CALL}-out.wav").write_bytes(header + counting(FLUSH).tobytes())
    with pytest.raises(Gone):
        await heard(tmp_path)


frames = st.integers(0, 100 * FLUSH)


@given(frames, frames)
def test_the_shared_end_lies_between_and_is_never_far_behind(one: int, other: int) -> None:
    end = shared_end(one, other)
    assert end == shared_end(other, one)
    assert end in (one, other)
    assert max(one, other) - end <= 2 * FLUSH
