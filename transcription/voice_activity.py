"""Does somebody speak? Silero VAD, carried along each stream, on 16 kHz audio; and the way from 8 kHz to it.

faster-whisper ships the model file; its own function keeps no state from call to call, so the graph is run directly.
Graph: input [chunks, 576] (64 samples of context, then 512), LSTM state h and c [1, 1, 128], output [chunks].
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import onnxruntime
import soxr
from numpy.typing import NDArray

from transcription.segmenter import CHUNK, SAMPLE_RATE_HZ

CONTEXT = 64


class SpeechModel:
    """The loaded graph: one per process, shared by all streams, which keep their own state."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        path = files("faster_whisper") / "assets" / "silero_vad_v6.onnx"
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(
        self, chunks: NDArray[np.float32], h: NDArray[np.float32], c: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """chunks [n, 576] and state → probabilities [n] and the new state."""
        probabilities, h, c = self._session.run(None, {"input": chunks, "h": h, "c": c})
        return probabilities, h, c


class VoiceActivity:
    """Probability of speech per 32 ms of one stream. Feeding in any pieces gives the same as feeding at once."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """int16 mono at 16 kHz, shape (n * 512,) → probabilities 0.0-1.0, shape (n,)."""
        if len(samples) % CHUNK:
            raise ValueError(f"{len(samples)} samples are not whole chunks of {CHUNK}")
        if not len(samples):
            return np.zeros(0, np.float32)
        audio: NDArray[np.float32] = samples.astype(np.float32).reshape(-1, CHUNK) / np.float32(32768)
        before = np.vstack([self._context, audio[:-1, -CONTEXT:]])
        self._context = audio[-1, -CONTEXT:]
        joined = np.hstack([before, audio]).astype(np.float32, copy=False)
        probabilities, self._h, self._c = self._model.run(joined, self._h, self._c)
        return probabilities


class Resampler:
    """One stream's audio to 16 kHz, without clicks at the joints. Output is aligned in time with the input.

    Telephone audio at 8 kHz is 2 ms late, which soxr does not manage: it holds back 64 ms on average and up to 0.12 s.
    Any other rate goes through soxr, in float, because it adds random dither to int16. ``finish`` gives the rest.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._doubler = _Doubler() if 2 * sample_rate_hz == SAMPLE_RATE_HZ else None
        self._stream = (
            None
            if sample_rate_hz == SAMPLE_RATE_HZ or self._doubler
            else soxr.ResampleStream(sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        )

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        if self._doubler is not None:
            return _whole(self._doubler.feed(samples))
        return samples if self._stream is None else self._resample(samples, last=False)

    def finish(self) -> NDArray[np.int16]:
        empty = np.zeros(0, np.int16)
        if self._doubler is not None:
            return _whole(self._doubler.feed(np.zeros(_Doubler.AHEAD, np.int16)))
        return empty if self._stream is None else self._resample(empty, last=True)

    def _resample(self, samples: NDArray[np.int16], *, last: bool) -> NDArray[np.int16]:
        assert self._stream is not None
        return _whole(self._stream.resample_chunk(samples.astype(np.float32), last=last))


class _Doubler:
    """Twice the sample rate: every sample, and between two of them a windowed sinc over the 16 on either side.

    Flat to 3.4 kHz, the end of the telephone band, and its mirror image above 4.6 kHz is 68 dB down.
    """

    AHEAD = 16  # samples that must be known before what lies between two can be told
    _KERNEL = np.sinc(np.arange(2 * AHEAD) - AHEAD + 0.5) * np.kaiser(2 * AHEAD, 7.5)

    def __init__(self) -> None:
        self._known = np.zeros(self.AHEAD - 1)

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.float64]:
        known = np.concatenate([self._known, samples])
        count = len(known) - len(self._KERNEL) + 1
        if count <= 0:
            self._known = known
            return np.zeros(0)
        self._known = known[count:]
        out = np.empty(2 * count)
        out[0::2] = known[self.AHEAD - 1 : self.AHEAD - 1 + count]
        out[1::2] = np.correlate(known, self._KERNEL, "valid")
        return out


def _whole(audio: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.rint(audio), -32768, 32767).astype(np.int16)


def level_dbfs(samples: NDArray[np.int16]) -> float:
    """Root mean square, dB relative to full scale; -120 for digital silence."""
    power = float(np.mean(np.square(samples.astype(np.float32) / 32768))) if len(samples) else 0.0
    return 10 * float(np.log10(power)) if power > 1e-12 else -120.0
