"""When was it heard: holes show as jumps, lateness does not, and no sample is invented or lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.ports import AudioChunk
from telephony.media.assembly import Assembly

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FRAME = 160  # samples in 20 ms
MS = timedelta(milliseconds=1)


def heard(arrivals_s: Sequence[float]) -> tuple[list[AudioChunk], Assembly]:
    """Frame number n holds only the value n; the monotonic clock reads 0 at T0."""
    assembly = Assembly(sample_rate_hz=8000, chunk=100 * MS, anchor=(T0, 0.0))
    chunks: list[AudioChunk] = []
    for number, arrival in enumerate(arrivals_s):
        chunks += assembly.add(np.full(FRAME, number % 32768, dtype=np.int16), arrival)
    return [*chunks, *assembly.flush()], assembly


def frame_times_ms(chunks: Sequence[AudioChunk]) -> dict[int, int]:
    """Frame number → when it was heard, in ms after T0."""
    times: dict[int, int] = {}
    for chunk in chunks:
        for offset in range(0, len(chunk.samples), FRAME):
            times[int(chunk.samples[offset])] = round((chunk.at - T0) / MS) + offset // 8
    return times


def test_frames_in_step_make_chunks_of_100_ms() -> None:
    chunks, assembly = heard([1 + 0.02 * n for n in range(25)])
    assert [len(chunk.samples) for chunk in chunks] == [800] * 5
    assert [round((chunk.at - T0) / MS) for chunk in chunks] == [980, 1080, 1180, 1280, 1380]
    assert assembly.holes == 0


def test_an_hour_of_jitter_does_not_move_the_clock() -> None:
    rng = np.random.default_rng(102)
    count = 3600 * 50
    chunks, assembly = heard((1 + 0.02 * np.arange(count) + rng.uniform(0, 0.15, count)).tolist())
    assert assembly.holes == 0
    end = chunks[-1].at + timedelta(seconds=len(chunks[-1].samples) / 8000)
    assert abs((end - T0).total_seconds() - 3601) < 0.15


@pytest.mark.parametrize("hole_s", [0.25, 1.0, 30.0])
@pytest.mark.parametrize("before", range(1, 12))
def test_a_hole_is_a_jump_whatever_the_chunk_was_at(hole_s: float, before: int) -> None:
    arrivals = [1 + 0.02 * n + (hole_s if n >= before else 0) for n in range(40)]
    chunks, assembly = heard(arrivals)
    times = frame_times_ms(chunks)
    assert times == {n: round((arrival - 0.02) * 1000) for n, arrival in enumerate(arrivals)}
    assert assembly.holes == 1
    assert assembly.hole_s == pytest.approx(hole_s)


@pytest.mark.parametrize("stall_s", [0.15, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("before", range(1, 12))
def test_our_own_lateness_is_no_hole(stall_s: float, before: int) -> None:
    """The loop stood still: frames waited in the socket and come all at once, then in step again."""
    due = [1 + 0.02 * n for n in range(250)]
    stalled_until = due[before] + stall_s
    chunks, assembly = heard([max(time, stalled_until) if n >= before else time for n, time in enumerate(due)])
    assert assembly.holes == 0
    assert frame_times_ms(chunks) == {n: 980 + 20 * n for n in range(250)}


@pytest.mark.parametrize("slice_s", [0.002, 0.012, 0.017])
def test_a_backlog_that_comes_in_slices_is_no_hole(slice_s: float) -> None:
    """As a busy Asterisk delivers what it could not send in time: faster than in step, but not at once."""
    due = [1 + 0.02 * n for n in range(250)]
    arrivals = [max(time, due[20] + 0.4 + slice_s * (n - 20)) if n >= 20 else time for n, time in enumerate(due)]
    chunks, assembly = heard(arrivals)
    assert assembly.holes == 0
    assert frame_times_ms(chunks) == {n: 980 + 20 * n for n in range(250)}


def test_a_late_first_frame_does_not_shift_the_whole_call() -> None:
    arrivals = [1.3, 1.3, 1.3, 1.3, 1.3, *(1.02 + 0.02 * n for n in range(15, 60))]
    chunks, _ = heard(arrivals)
    times = frame_times_ms(chunks)
    assert times[4] <= 1300  # never later than it arrived


def test_a_stall_in_which_frames_were_lost_is_a_hole_of_what_was_lost() -> None:
    """1 s of silence from the socket, of which half is delivered in a burst afterwards."""
    arrivals = [1 + 0.02 * n for n in range(20)]
    arrivals += [2.4] * 25
    arrivals += [2.4 + 0.02 * n for n in range(1, 30)]
    chunks, assembly = heard(arrivals)
    assert assembly.holes == 1
    assert assembly.hole_s == pytest.approx(0.5, abs=0.03)
    assert frame_times_ms(chunks)[len(arrivals) - 1] == pytest.approx((arrivals[-1] - 0.02) * 1000, abs=25)


@given(st.lists(st.floats(0, 0.6), min_size=1, max_size=300))
def test_every_sample_once_in_order_and_time_never_runs_back(gaps: list[float]) -> None:
    arrivals = np.cumsum(gaps).tolist()
    chunks, _ = heard(arrivals)
    frames = np.concatenate([chunk.samples for chunk in chunks])
    assert np.array_equal(frames, np.repeat(np.arange(len(gaps), dtype=np.int16), FRAME))
    ends = [chunk.at + timedelta(seconds=len(chunk.samples) / 8000) for chunk in chunks]
    assert all(end - chunk.at <= timedelta(microseconds=2) for end, chunk in zip(ends, chunks[1:], strict=False))
