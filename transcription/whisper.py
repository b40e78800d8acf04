"""One Whisper model, loaded through faster-whisper, driven through CTranslate2: audio of one window in, words out.

faster-whisper always pads to 30 s; a model that reads windows of their true length (``dynamic_context``) is 3-7 times
cheaper without. The traps of CTranslate2 that this file steps around are listed in docs/transcription.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from line102.errors import BadSetting
from line102.ports import Recognised
from transcription.guards import Evidence, invented
from transcription.model_folder import FRAMES_PER_SECOND, STOCK_FRAMES, ModelFolder

SAMPLES_PER_FRAME = 160  # 10 ms at 16 kHz
BUCKETS = (200, 300, 400, 500, 600, 800, 1000, 1500, 3000)
"""Frames a window is padded to. Never 160 (80 mels) or 256 (128 mels): CTranslate2 would encode those twice (trap
1).
"""
ROOM = 10
"""Frames of silence that a bucket must leave behind the audio where the model's limit allows: 29 % of the demo model's
partials looped when they could fill their bucket (1.98 s in 200 frames), none with 0.1 s of room (n = 561)."""
TOKENS_PER_SECOND = 14
SPARE_TOKENS = 8
DECODER_POSITIONS = 448


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where and how to compute, in CTranslate2's words."""

    device: str = "cpu"  # "cpu", "cuda"
    compute_type: str = "int8"
    threads: int = 1  # windows computed at once; each takes one core


def token_cap(seconds: float) -> int:
    """Most tokens that so much speech can need; more is a loop."""
    return min(math.ceil(TOKENS_PER_SECOND * seconds) + SPARE_TOKENS, DECODER_POSITIONS // 2)


def max_length(cap: int, prompt: int) -> int:
    """What to pass as ``max_length`` so that ``cap`` tokens may be generated after ``prompt`` tokens.

    CTranslate2 generates min(max_length / 2, max_length - prompt + 1) (trap 2).
    """
    return min(2 * max(cap, prompt), DECODER_POSITIONS)


def bucket(frames: int, limit: int, *, dynamic: bool) -> int:
    """Frames to pad to. Raises ValueError when the window is longer than the model reads."""
    if frames > limit:
        raise ValueError(f"a window of {frames} frames is longer than the {limit} that this model reads")
    if not dynamic:
        return STOCK_FRAMES
    return next((size for size in BUCKETS if frames + ROOM <= size <= limit), limit)


class Whisper:
    """A loaded model. ``recognise`` may be called from several threads."""

    def __init__(self, folder: ModelFolder, device: Device) -> None:
        """Raises BadSetting: the files cannot be loaded, or this machine cannot compute so."""
        self.folder = folder
        self._loaded = _load(folder, device)
        self._model: ctranslate2.models.Whisper = self._loaded.model
        if self._model.n_mels != folder.mels:
            file = str(folder.path / "preprocessor_config.json")
            raise BadSetting(file, f"feature_size must be {self._model.n_mels}", "Put the model's own file there.")
        self._tokenizer = self._loaded.hf_tokenizer
        self._language_tokens = {language: self._token(language) for language in folder.languages}
        self._start = self._token("startoftranscript")
        self._task = [self._token("transcribe"), self._token("notimestamps")]
        self._end = self._token("endoftext")

    @property
    def longest_s(self) -> float:
        return self.folder.frames / FRAMES_PER_SECOND

    def recognise(self, samples: NDArray[np.int16], language: str | None) -> Recognised:
        """int16 mono at 16 kHz, shape (n,), at most ``longest_s``; language None: chosen among the configured ones.

        Raises ValueError: empty or too long, or a language that is not configured.
        """
        if not len(samples):
            raise ValueError("an empty window")
        if language is not None and language not in self._language_tokens:
            raise ValueError(f"the language {language!r} is not configured")
        encoded = self._model.encode(self._features(samples))
        language = language or self._detect(encoded)
        seconds = len(samples) / (SAMPLES_PER_FRAME * FRAMES_PER_SECOND)
        prompt = [self._start, self._language_tokens[language], *self._task]
        cap = token_cap(seconds)
        result = self._model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=max_length(cap, len(prompt)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens: list[int] = result.sequences_ids[0]
        log_probability = (
            result.scores[0] * len(tokens) / (len(tokens) + 1)
        )  # with the end token, as faster-whisper does
        text = self._tokenizer.decode([token for token in tokens if token < self._end]).strip()
        evidence = Evidence(
            text=text,
            language=language,
            seconds=seconds,
            tokens=len(tokens),
            capped=len(tokens) >= cap,
            no_speech=result.no_speech_prob,
            log_probability=log_probability,
        )
        return Recognised(
            text=text,
            language=language,
            confidence=min(1.0, math.exp(log_probability)),
            no_speech=result.no_speech_prob,
            model=self.folder.identity,
            suppressed=invented(evidence),
        )

    def _features(self, samples: NDArray[np.int16]) -> ctranslate2.StorageView:
        frames = -(-len(samples) // SAMPLES_PER_FRAME)
        size = bucket(frames, self.folder.frames, dynamic=self.folder.dynamic_context)
        audio = np.zeros(size * SAMPLES_PER_FRAME, np.float32)
        audio[: len(samples)] = samples.astype(np.float32) / 32768
        mel = self._loaded.feature_extractor(audio, padding=0)[:, :size]
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None], dtype=np.float32))

    def _detect(self, encoded: ctranslate2.StorageView) -> str:
        if len(self._language_tokens) == 1:
            return next(iter(self._language_tokens))
        probabilities = {token.strip("<|>"): p for token, p in self._model.detect_language(encoded)[0]}
        return max(self._language_tokens, key=lambda language: probabilities.get(language, 0.0))

    def _token(self, name: str) -> int:
        token: int | None = self._tokenizer.token_to_id(f"<|{name}|>")
        if token is None:
            file = str(self.folder.path / "tokenizer.json")
            raise BadSetting(file, f"lacks the token <|{name}|>", "Put the model's own tokenizer.json there.")
        return token


def _load(folder: ModelFolder, device: Device) -> WhisperModel:
    try:
        return WhisperModel(
            str(folder.path),
            device=device.device,
            compute_type=device.compute_type,
            cpu_threads=1,
            num_workers=device.threads,
            local_files_only=True,
        )
    except ValueError as error:  # CTranslate2: the device cannot compute in this type, or there is no such type
        why = f"cannot compute with {device.compute_type!r} on {device.device!r} ({_one_line(error)})"
        raise BadSetting("compute_type", why, "Use int8 on a CPU, float16 on a GPU.") from error
    except (RuntimeError, OSError) as error:
        why = f"cannot be loaded ({_one_line(error)})"
        raise BadSetting(
            str(folder.path / "model.bin"), why, "Copy the model again; for a GPU check its driver."
        ) from error
    except Exception as error:  # the tokenizers library raises bare Exception for a corrupt file
        file = str(folder.path / "tokenizer.json")
        raise BadSetting(file, f"cannot be read ({_one_line(error)})", "Copy the model's folder again.") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
