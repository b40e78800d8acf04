"""Hears one contiguous run of one side's audio: to 16 kHz, voice activity, utterances with their samples.

No event loop and no clock; the same for live audio and for recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcription.segmenter import (
    CHUNK,
    SAMPLE_RATE_HZ,
    ClickHeard,
    Event,
    Limits,
    PartialDue,
    PauseHeard,
    Segmenter,
    SpeechBegan,
    UtteranceEnded,
)
from transcription.voice_activity import Resampler, SpeechModel, VoiceActivity, level_dbfs

REMEMBERED_S = 15
AT_ONCE_S = 0.06  # heard together: three frames of a line cost hardly more than one, and make words 40 ms later at most


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard with its audio, int16 mono at 16 kHz."""

    event: PartialDue | PauseHeard | UtteranceEnded | ClickHeard
    samples: NDArray[np.int16]


class Ear:
    """Offsets are samples at 16 kHz from the run's first one. Remembers 15 s: the longest utterance and more."""

    def __init__(self, model: SpeechModel, limits: Limits, sample_rate_hz: int) -> None:
        if limits.longest_s + limits.hangover_s + limits.pre_roll_s > REMEMBERED_S:
            raise ValueError(f"utterances of {limits.longest_s} s do not fit into {REMEMBERED_S} s of memory")
        self.sample_rate_hz = sample_rate_hz
        self._at_once = int(sample_rate_hz * AT_ONCE_S)
        self._gathered: list[NDArray[np.int16]] = []
        self._resampler = Resampler(sample_rate_hz)
        self._activity = VoiceActivity(model)
        self._segmenter = Segmenter(limits)
        self._rest = np.zeros(0, np.int16)  # not yet a whole chunk
        self._memory = np.zeros(REMEMBERED_S * SAMPLE_RATE_HZ, np.int16)
        self._fed = 0  # samples remembered so far; also the position behind the last one

    def hear(self, samples: NDArray[np.int16]) -> Iterator[Heard]:
        """int16 mono at ``sample_rate_hz``, any number of them. What is not taken from the iterator is not heard."""
        self._gathered.append(samples)
        if sum(map(len, self._gathered)) >= self._at_once:
            yield from self._hear(self._resampler.feed(self._take_gathered()))

    def finish(self) -> Iterator[Heard]:
        """The run ended: what is still open."""
        if self._gathered:
            yield from self._hear(self._resampler.feed(self._take_gathered()))
        yield from self._hear(self._resampler.finish())
        missing = -len(self._rest) % CHUNK
        yield from self._hear(np.zeros(missing, np.int16))
        for event in self._segmenter.finish():
            yield from self._with_samples(event)

    def _take_gathered(self) -> NDArray[np.int16]:
        gathered, self._gathered = np.concatenate(self._gathered), []
        return gathered

    def _hear(self, audio: NDArray[np.int16]) -> Iterator[Heard]:
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % CHUNK
        self._rest = audio[whole:]
        for probability, begin in zip(self._activity.feed(audio[:whole]), range(0, whole, CHUNK), strict=True):
            chunk = audio[begin : begin + CHUNK]
            self._remember(chunk)
            for event in self._segmenter.feed(float(probability), level_dbfs(chunk)):
                yield from self._with_samples(event)

    def _with_samples(self, event: Event) -> Iterator[Heard]:
        if not isinstance(event, SpeechBegan):
            yield Heard(event, self._recall(event.start, event.end))

    def _remember(self, chunk: NDArray[np.int16]) -> None:
        at = self._fed % len(self._memory)  # the memory is no whole number of chunks: wrap
        first = min(len(chunk), len(self._memory) - at)
        self._memory[at : at + first] = chunk[:first]
        self._memory[: len(chunk) - first] = chunk[first:]
        self._fed += len(chunk)

    def _recall(self, start: int, end: int) -> NDArray[np.int16]:
        assert self._fed - len(self._memory) <= start <= end <= self._fed, (start, end, self._fed)
        return self._memory[np.arange(start, end) % len(self._memory)]
