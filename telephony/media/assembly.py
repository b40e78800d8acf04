"""Frames → chunks with the time at which they were heard. Pure: arrival times are given.

A chunk's time is the first frame's time plus the samples since. A hole in the sound (a phone that sends nothing, a
packet storm, a stalled PBX) shows as a jump of that time: never as stretched or invented sound. Frames that are merely
late (our own loop was busy, the network held them back) come in a burst and catch up: they cause no jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from line102.ports import AudioChunk

HOLE_S = 0.2  # a lateness that lasts longer than this is a hole
CATCHING_UP_S = 0.005  # as long as the lateness shrinks by more than this …
STEADY_S = 0.3  # … within so long, what was held back is still being delivered: not decided yet
SETTLE_FRAMES = 150  # 3 s of frames undecided: decide anyway


class Assembly:
    """One tap's chunks. Arrival times are seconds of one monotonic clock; ``anchor`` ties it to the wall clock once."""

    def __init__(self, *, sample_rate_hz: int, chunk: timedelta, anchor: tuple[datetime, float]) -> None:
        self._rate_hz = sample_rate_hz
        self._chunk_samples = round(chunk.total_seconds() * sample_rate_hz)
        self._anchor_at, self._anchor_s = anchor
        self._frames: list[NDArray[np.int16]] = []
        self._held = 0  # samples in _frames
        self._origin_s = float("inf")  # when sample number 0 was heard, if there had been no hole since
        self._emitted = 0  # samples in chunks already given out
        self._lateness_s: float | None = None  # least lateness since a suspicious gap; None: in step
        self._shrunk = (0.0, 0.0)  # the last lateness that was clearly less than before, and when it arrived
        self._settling = True  # the first chunk settles the origin: its earliest frame counts
        self.holes = 0
        self.hole_s = 0.0  # sum of the lengths

    def add(self, samples: NDArray[np.int16], arrived_s: float) -> Sequence[AudioChunk]:
        """The chunks completed by a frame (0, 1; 2 when a hole cuts one short)."""
        done: list[AudioChunk] = []
        heard_s = arrived_s - len(samples) / self._rate_hz  # when the frame's first sample was heard, at the latest
        if self._settling:
            self._origin_s = min(self._origin_s, heard_s - self._held / self._rate_hz)
        done += self._look_for_hole(heard_s, arrived_s)
        self._frames.append(samples)
        self._held += len(samples)
        if self._held >= self._chunk_samples and (self._lateness_s is None or len(self._frames) >= SETTLE_FRAMES):
            done += self.flush()
        return done

    def flush(self) -> Sequence[AudioChunk]:
        """What is held, as a last or shortened chunk; nothing when nothing is held."""
        self._settle()
        if not self._frames:
            return []
        samples = self._frames[0] if len(self._frames) == 1 else np.concatenate(self._frames)
        seconds = self._origin_s + self._emitted / self._rate_hz - self._anchor_s
        self._emitted += self._held
        self._frames, self._held, self._settling = [], 0, False
        return [AudioChunk(self._anchor_at + timedelta(seconds=seconds), samples, self._rate_hz)]

    def _look_for_hole(self, heard_s: float, arrived_s: float) -> Sequence[AudioChunk]:
        late_s = heard_s - (self._origin_s + (self._emitted + self._held) / self._rate_hz)
        if self._lateness_s is None:
            if late_s <= HOLE_S:
                return []
            before = self.flush()  # what came before the gap keeps its time
            self._lateness_s, self._shrunk = late_s, (late_s, arrived_s)
            return before
        self._lateness_s = min(self._lateness_s, late_s)
        if late_s < self._shrunk[0] - CATCHING_UP_S:
            self._shrunk = (late_s, arrived_s)
        if self._lateness_s <= HOLE_S or arrived_s - self._shrunk[1] >= STEADY_S:
            self._settle()
        return []

    def _settle(self) -> None:
        """Decide about a suspicious gap: what all frames since have been late by was a hole."""
        if self._lateness_s is not None and self._lateness_s > HOLE_S:
            self._origin_s += self._lateness_s
            self.holes += 1
            self.hole_s += self._lateness_s
        self._lateness_s = None
