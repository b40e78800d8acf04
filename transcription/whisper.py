"""One Whisper model, loaded through faster-whisper, driven through CTranslate2: audio of windows in, token texts out.

faster-whisper always pads to 30 s; a model that reads windows of their true length (``dynamic_context``) is 3-7 times
cheaper without. The traps of CTranslate2 that this file steps around are listed in docs/transcription.md.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from line102.errors import BadSetting
from transcription.buckets import FRAMES_PER_SECOND, SAMPLES_PER_FRAME, bucket, frames_of, max_length, token_cap
from transcription.model_folder import ModelFolder, read_vocabulary
from transcription.slim_model import SlimModel, UnknownFormatError, slim
from transcription.vocabulary import needed

log = logging.getLogger(__name__)

AS_ON_CPU = ("int8", "int8_float32", "int16", "float32")
"""Compute types whose encoder output is float32, which numpy can put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where and how to compute, in CTranslate2's words."""

    device: str = "cpu"  # "cpu", "cuda"
    compute_type: str = "int8"
    threads: int = 1  # batches computed at once; each takes one core

    @property
    def encodes_together(self) -> bool:
        """On a GPU a batch is encoded at once; on a CPU that gains nothing and costs page faults."""
        return self.device != "cpu" or self.compute_type not in AS_ON_CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What the decoder wrote for one item."""

    text: str
    tokens: int
    capped: bool  # stopped by the cap on tokens of its own length
    no_speech: float  # 0.0-1.0
    log_probability: float  # mean per token, with the end token, as faster-whisper does


class Encoded:
    """Encoder outputs of a batch, all of one length."""

    def __init__(self, whole: ctranslate2.StorageView | None, parts: Sequence[NDArray[np.float32]]) -> None:
        self._whole = whole
        self._parts = parts

    def of(self, numbers: Sequence[int]) -> ctranslate2.StorageView:
        """Those of some items, in this order."""
        if self._whole is not None and list(numbers) == list(range(self._whole.shape[0])):
            return self._whole
        parts = self._parts or np.array(self._whole.to_device(ctranslate2.Device.cpu))[:, None]  # type: ignore[union-attr]
        return ctranslate2.StorageView.from_array(np.concatenate([parts[number] for number in numbers]))


class Whisper:
    """A loaded model. Its methods may be called from several threads."""

    def __init__(self, folder: ModelFolder, device: Device) -> None:
        """Raises BadSetting: the files cannot be loaded, or this machine cannot compute so."""
        self.folder = folder
        self.device = device
        slim = _slim(folder, device)
        self._loaded = _load(folder, device, slim)
        log.info("model loaded", extra={"model": folder.identity, "words": len(slim.kept) if slim else "all"})
        self._kept = slim.kept if slim else None
        self._places = {number: place for place, number in enumerate(self._kept)} if self._kept else None
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

    def bucket(self, samples: int) -> int:
        """Frames a window of so many samples is padded to. Raises ValueError: too long."""
        return bucket(frames_of(samples), self.folder.frames, dynamic=self.folder.dynamic_context)

    def encode(self, windows: Sequence[NDArray[np.int16]], frames: int) -> Encoded:
        """Windows of int16 mono at 16 kHz, shape (n,), each padded to ``frames``."""
        if self.device.encodes_together:
            mels = np.stack([self._features(samples, frames) for samples in windows])
            return Encoded(self._model.encode(ctranslate2.StorageView.from_array(mels)), ())
        outputs = [
            self._model.encode(ctranslate2.StorageView.from_array(self._features(samples, frames)[None]))
            for samples in windows
        ]
        if len(outputs) == 1:
            return Encoded(outputs[0], ())
        return Encoded(None, [np.array(output) for output in outputs])

    def languages(self, encoded: Encoded, numbers: Sequence[int]) -> list[dict[str, float]]:
        """The model's probability of each configured language, for some items of a batch; one step of the decoder."""
        if len(self._language_tokens) == 1:
            return [dict.fromkeys(self._language_tokens, 1.0) for _ in numbers]
        found = []
        for of_all in self._model.detect_language(encoded.of(numbers)):
            by_token = dict(of_all)
            found.append({language: by_token.get(f"<|{language}|>", 0.0) for language in self._language_tokens})
        return found

    def decode(
        self,
        encoded: Encoded,
        numbers: Sequence[int],
        languages: Sequence[str],
        seconds: Sequence[float],
        *,
        beam_size: int = 1,
        no_repeat_ngram_size: int = 0,
    ) -> list[Decoded]:
        """The text of some items of a batch. An item past the cap of its own length is cut there: it loops.

        CTranslate2 takes one limit for all, so the item with the largest cap may run longer than the others; within a
        bucket the caps are close to each other.
        """
        prompts = [[self._start, self._language_tokens[language], *self._task] for language in languages]
        caps = [token_cap(length) for length in seconds]
        results = self._model.generate(
            encoded.of(numbers),
            prompts,
            beam_size=beam_size,
            max_length=max_length(max(caps), len(prompts[0])),
            no_repeat_ngram_size=no_repeat_ngram_size,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._decoded(result, cap) for result, cap in zip(results, caps, strict=True)]

    def recognise(self, samples: NDArray[np.int16], language: str | None) -> Decoded:
        """One window alone; language None: the likeliest."""
        encoded = self.encode([samples], self.bucket(len(samples)))
        if language is None:
            heard = self.languages(encoded, [0])[0]
            language = max(heard, key=lambda name: heard[name])
        return self.decode(encoded, [0], [language], [len(samples) / SAMPLES_PER_FRAME / FRAMES_PER_SECOND])[0]

    def _decoded(self, result: ctranslate2.models.WhisperGenerationResult, cap: int) -> Decoded:
        tokens: list[int] = result.sequences_ids[0]
        written = [token for token in tokens[:cap] if token < self._end]
        if self._kept is not None:
            written = [self._kept[token] for token in written]
        return Decoded(
            text=self._tokenizer.decode(written).strip(),
            tokens=min(len(tokens), cap),
            capped=len(tokens) >= cap,
            no_speech=result.no_speech_prob,
            log_probability=result.scores[0] * len(tokens) / (len(tokens) + 1),
        )

    def _features(self, samples: NDArray[np.int16], frames: int) -> NDArray[np.float32]:
        """Log-mel of one window, shape (mels, frames). The audio is padded, not the features: 0 is not silence."""
        audio = np.zeros(frames * SAMPLES_PER_FRAME, np.float32)
        audio[: len(samples)] = samples.astype(np.float32) / 32768
        mel = self._loaded.feature_extractor(audio, padding=0)[:, :frames]
        return np.ascontiguousarray(mel, dtype=np.float32)

    def _token(self, name: str) -> int:
        """The loaded model's id of a special token."""
        token: int | None = self._tokenizer.token_to_id(f"<|{name}|>")
        if token is None:
            file = str(self.folder.path / "tokenizer.json")
            raise BadSetting(file, f"lacks the token <|{name}|>", "Put the model's own tokenizer.json there.")
        return token if self._places is None else self._places[token]


def _slim(folder: ModelFolder, device: Device) -> SlimModel | None:
    """The model without the words that no configured language needs; None: as it is. On a GPU there is less to win."""
    if device.device != "cpu" or folder.whole_vocabulary:
        return None
    tokens = read_vocabulary(folder.path)
    kept = needed(tokens, folder.languages)
    if len(kept) == len(tokens):
        return None
    try:
        return slim(folder.path, tokens, kept)
    except (UnknownFormatError, OSError):  # whether it can be loaded as it is, CTranslate2 tells
        return None


def _load(folder: ModelFolder, device: Device, slim: SlimModel | None) -> WhisperModel:
    try:
        return WhisperModel(
            str(folder.path),
            device=device.device,
            compute_type=device.compute_type,
            cpu_threads=1,
            num_workers=device.threads,
            local_files_only=True,
            files=dict(slim.files) if slim else None,
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
