"""A stored stereo recording as voice activity hears it, from end to end, in bounded memory. Blocking.

The audio is read in blocks of 10 s, and again where an utterance is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from line102.calls import Side
from line102.errors import Refused
from transcription.segmenter import CHUNK, SAMPLE_RATE_HZ, Event, Limits, Segmenter, UtteranceEnded
from transcription.voice_activity import Resampler, SpeechModel, VoiceActivity

CHANNELS = {Side.CALLER: 0, Side.OPERATOR: 1}
BLOCK_S = 10
AROUND_S = 0.1  # read around an utterance, so that resampling it has no edges


Span = tuple[int, int]  # [start, end) in samples at 16 kHz


@dataclass(frozen=True, slots=True)
class SideScan:
    """One side. Pauses between words are no speech; a sound too short to be a word, or only loud, is none either."""

    speech: list[Span]  # in order, where voice activity finds it
    utterances: list[UtteranceEnded]  # from pause to pause, with a little audio around; also what is only loud


class Recording:
    """An open stereo recording, caller left, operator right, of any sample rate. Raises Refused: cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as file:
            if file.channels != len(CHANNELS):
                raise Refused(str(path), f"{file.channels} channels instead of caller left, operator right")

    def scan(self, model: SpeechModel, limits: Limits) -> dict[Side, SideScan]:
        """Both sides, read once."""
        with self._opened() as file:
            ears = {side: _SideEar(model, limits, file.samplerate) for side in CHANNELS}
            for block in _blocks(file):
                for side, ear in ears.items():
                    ear.hear(block[:, CHANNELS[side]])
        return {side: ear.finish() for side, ear in ears.items()}

    def audio(self, side: Side, start: int, end: int) -> NDArray[np.int16]:
        """[start, end) in samples at 16 kHz → int16 mono at 16 kHz, shape (end - start,); silence behind the end."""
        with self._opened() as file:
            rate = file.samplerate
            first = max(0, int((start / SAMPLE_RATE_HZ - AROUND_S) * rate))
            file.seek(min(first, file.frames))
            read = file.read(int((end / SAMPLE_RATE_HZ + AROUND_S) * rate) - first, dtype="float32", always_2d=True)
        wide = soxr.resample(read[:, CHANNELS[side]], rate, SAMPLE_RATE_HZ)
        begin = start - round(first * SAMPLE_RATE_HZ / rate)
        out = np.zeros(end - start, np.int16)
        cut = _to_int16(wide[begin : begin + len(out)])
        out[: len(cut)] = cut
        return out

    @contextmanager
    def _opened(self) -> Iterator[soundfile.SoundFile]:
        """A file that breaks while it is read is refused like one that cannot be opened: it is made again."""
        try:
            with soundfile.SoundFile(self._path) as file:
                yield file
        except (soundfile.LibsndfileError, OSError) as error:
            raise Refused(str(self._path), f"cannot be read ({error})") from error


class _SideEar:
    """Voice activity and utterances along one side."""

    def __init__(self, model: SpeechModel, limits: Limits, sample_rate_hz: int) -> None:
        self._limits = limits
        self._resampler = Resampler(sample_rate_hz)
        self._activity = VoiceActivity(model)
        self._segmenter = Segmenter(limits)
        self._rest = np.zeros(0, np.int16)
        self._probabilities: list[NDArray[np.float32]] = []
        self._events: list[Event] = []

    def hear(self, samples: NDArray[np.int16]) -> None:
        self._take(self._resampler.feed(samples))

    def finish(self) -> SideScan:
        self._take(self._resampler.finish())
        self._take(np.zeros(-len(self._rest) % CHUNK, np.int16))
        events = [*self._events, *self._segmenter.finish()]
        utterances = [event for event in events if isinstance(event, UtteranceEnded)]
        probabilities = np.concatenate(self._probabilities)
        return SideScan(speech_spans(probabilities, utterances, self._limits.off), utterances)

    def _take(self, audio: NDArray[np.int16]) -> None:
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % CHUNK
        self._rest = audio[whole:]
        probabilities = self._hear_any(audio[:whole])
        self._probabilities.append(probabilities)
        for probability, level in zip(probabilities.tolist(), _levels_dbfs(audio[:whole]), strict=True):
            self._events += self._segmenter.feed(probability, level)

    def _hear_any(self, audio: NDArray[np.int16]) -> NDArray[np.float32]:
        """Digital silence (a side that nobody had answered yet) needs no ear."""
        return self._activity.feed(audio) if audio.any() else np.zeros(len(audio) // CHUNK, np.float32)


def speech_spans(probabilities: NDArray[np.float32], utterances: list[UtteranceEnded], off: float) -> list[Span]:
    """The runs of chunks with a probability of at least ``off`` inside the utterances."""
    active = np.zeros(len(probabilities) + 2, np.int8)
    for utterance in utterances:
        if not utterance.by_loudness:
            begin, end = utterance.start // CHUNK, utterance.end // CHUNK
            active[1 + begin : 1 + end] = probabilities[begin:end] >= off
    edges = np.flatnonzero(np.diff(active)) * CHUNK
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _levels_dbfs(audio: NDArray[np.int16]) -> list[float]:
    """As voice_activity.level_dbfs, chunk by chunk."""
    power = np.mean(np.square(audio.reshape(-1, CHUNK).astype(np.float32) / 32768), axis=1)
    levels: list[float] = (10 * np.log10(np.maximum(power, np.float32(1e-12)))).tolist()
    return levels


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.int16]]:
    size = BLOCK_S * file.samplerate
    while len(block := file.read(size, dtype="float32", always_2d=True)):  # as int16 float files would be silent
        yield _to_int16(block)


def _to_int16(audio: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(audio * 32768), -32768, 32767).astype(np.int16)
