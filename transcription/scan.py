"""A stored stereo recording as voice activity hears it, from end to end, in bounded memory. Blocking.

About 9 bytes per 32 ms and side are kept: 2 MB for an hour. The audio itself is read again where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from line102.calls import Side
from line102.errors import Refused
from transcription.segmenter import CHUNK, SAMPLE_RATE_HZ, Limits, Segmenter, UtteranceEnded
from transcription.voice_activity import Resampler, SpeechModel, VoiceActivity

CHANNELS = {Side.CALLER: 0, Side.OPERATOR: 1}
BLOCK_S = 10
AROUND_S = 0.1  # read around an utterance, so that resampling it has no edges


@dataclass(frozen=True, slots=True)
class SideScan:
    """One value per 32 ms: probability of speech 0.0-1.0, level in dB relative to full scale."""

    probabilities: NDArray[np.float32]  # shape (n,)
    levels: NDArray[np.float32]  # shape (n,)

    def spans(self, limits: Limits) -> list[tuple[int, int]]:
        """Where somebody speaks: [start, end) in samples at 16 kHz, in order. Pauses between words are no speech."""
        return [(begin * CHUNK, end * CHUNK) for begin, end in speech_spans(self.probabilities, limits)]

    def utterances(self, limits: Limits) -> list[UtteranceEnded]:
        """From pause to pause, with a little audio around."""
        segmenter = Segmenter(limits)
        events = [
            event
            for probability, level in zip(self.probabilities.tolist(), self.levels.tolist(), strict=True)
            for event in segmenter.feed(probability, level)
        ]
        return [event for event in (*events, *segmenter.finish()) if isinstance(event, UtteranceEnded)]


class Recording:
    """An open stereo recording, caller left, operator right, of any sample rate. Raises Refused: cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as file:
            if file.channels != len(CHANNELS):
                raise Refused(str(path), f"{file.channels} channels instead of caller left, operator right")

    def scan(self, model: SpeechModel) -> dict[Side, SideScan]:
        """Both sides, read once."""
        with self._opened() as file:
            ears = {side: _SideEar(model, file.samplerate) for side in CHANNELS}
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
        cut = np.clip(np.rint(wide[begin : begin + len(out)] * 32768), -32768, 32767)
        out[: len(cut)] = cut.astype(np.int16)
        return out

    def _opened(self) -> soundfile.SoundFile:
        try:
            return soundfile.SoundFile(self._path)
        except (soundfile.LibsndfileError, OSError) as error:
            raise Refused(str(self._path), f"cannot be read ({error})") from error


class _SideEar:
    """Voice activity along one side."""

    def __init__(self, model: SpeechModel, sample_rate_hz: int) -> None:
        self._resampler = Resampler(sample_rate_hz)
        self._activity = VoiceActivity(model)
        self._rest = np.zeros(0, np.int16)
        self._probabilities: list[NDArray[np.float32]] = []
        self._levels: list[NDArray[np.float32]] = []

    def hear(self, samples: NDArray[np.int16]) -> None:
        self._take(self._resampler.feed(samples))

    def finish(self) -> SideScan:
        self._take(self._resampler.finish())
        self._take(np.zeros(-len(self._rest) % CHUNK, np.int16))
        return SideScan(np.concatenate(self._probabilities), np.concatenate(self._levels))

    def _take(self, audio: NDArray[np.int16]) -> None:
        audio = np.concatenate([self._rest, audio])
        whole = len(audio) - len(audio) % CHUNK
        self._rest = audio[whole:]
        self._probabilities.append(self._activity.feed(audio[:whole]))
        power = np.mean(np.square(audio[:whole].reshape(-1, CHUNK).astype(np.float32) / 32768), axis=1)
        self._levels.append(10 * np.log10(np.maximum(power, np.float32(1e-12))).astype(np.float32))


def speech_spans(probabilities: NDArray[np.float32], limits: Limits) -> list[tuple[int, int]]:
    """[begin, end) in chunks: from a chunk that is surely speech as long as it may be; shorter sounds are clicks."""
    least = max(1, round(limits.least_speech_s * SAMPLE_RATE_HZ / CHUNK))
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    for place, probability in enumerate([*probabilities.tolist(), 0.0]):
        if begin is None and probability >= limits.on:
            begin = place
        elif begin is not None and probability < limits.off:
            if place - begin >= least:
                spans.append((begin, place))
            begin = None
    return spans


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.int16]]:
    size = BLOCK_S * file.samplerate
    while len(block := file.read(size, dtype="int16", always_2d=True)):
        yield block
