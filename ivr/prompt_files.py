"""The prompts as sound files: made by espeak-ng, replaced by uploaded recordings, looked for before callers do.

``FOLDER/line102/LANG/ID.wav``: what Asterisk plays. ``ID.txt`` beside it: the text it was made from, so that a changed
text is spoken anew. ``FOLDER/line102/uploaded/LANG/ID.EXT``: the recording that was uploaded, as it came.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from ivr.prompts import LANGUAGES, TEXTS, Prompt, text_of
from ivr.sound import length, telephone
from ivr.speech import make_folder, synthesise, writable, write_sound
from line102.errors import BadSetting

LONGEST = timedelta(seconds=12)  # a caller waits while it is said
_LONGEST_RAW = timedelta(minutes=2)  # of an upload, with its silence; more is not even read


class Origin(StrEnum):
    MADE = "made"
    UPLOADED = "uploaded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    prompt: Prompt
    language: str
    path: Path
    origin: Origin


class PromptFiles:
    """The prompts below one sounds folder."""

    def __init__(self, sounds: Path) -> None:
        self._sounds = sounds
        self._folder = sounds / "line102"

    def all(self) -> list[PromptFile]:
        return [self.one(prompt, language) for prompt in Prompt for language in LANGUAGES]

    def one(self, prompt: Prompt, language: str) -> PromptFile:
        path = self.path(prompt, language)
        origin = Origin.UPLOADED if self._originals(prompt, language) else Origin.MADE
        return PromptFile(
            prompt=prompt, language=language, path=path, origin=origin if _is_sound(path) else Origin.MISSING
        )

    def path(self, prompt: Prompt, language: str) -> Path:
        return self._folder / language / f"{prompt.value}.wav"

    def make_missing(self) -> list[PromptFile]:
        """Make what is not there, unreadable, or made from another text; uploads stay. Returns what was made.

        An upload whose prepared file is lost is prepared again. Raises BadSetting without espeak-ng.
        """
        made = []
        with writable(self._sounds):
            for file in self.all():
                if file.origin is Origin.UPLOADED or (file.origin is Origin.MADE and self._is_current(file)):
                    continue
                originals = self._originals(file.prompt, file.language)
                if originals:
                    write_sound(file.path, prepare(originals[0]), below=self._sounds)
                else:
                    self._make(file.prompt, file.language)
                made.append(self.one(file.prompt, file.language))
        return made

    def upload(self, prompt: Prompt, language: str, recording: Path) -> timedelta:
        """Put ``recording`` in the prompt's place; returns its length. Raises BadSetting; then nothing changed."""
        samples = prepare(recording)
        with writable(self._sounds):
            self._keep(prompt, language, recording)
            write_sound(self.path(prompt, language), samples, below=self._sounds)
        return length(samples)

    def reset(self, prompt: Prompt, language: str) -> None:
        """Back to the made one; the uploaded recording goes. Raises BadSetting without espeak-ng."""
        with writable(self._sounds):
            self._make(prompt, language)
            for original in self._originals(prompt, language):
                original.unlink()

    def _keep(self, prompt: Prompt, language: str, recording: Path) -> None:
        """The recording as it came, in place of an older one."""
        kept = self._folder / "uploaded" / language / f"{prompt.value}{recording.suffix.lower() or '.wav'}"
        make_folder(kept.parent, below=self._sounds)
        partial = kept.with_name(f".{kept.name}.partial")
        shutil.copyfile(recording, partial)
        partial.chmod(0o644)
        for older in self._originals(prompt, language):
            older.unlink()
        partial.replace(kept)

    def _make(self, prompt: Prompt, language: str) -> None:
        text = text_of(prompt, language)
        write_sound(self.path(prompt, language), synthesise(text, language), below=self._sounds)
        beside = self.path(prompt, language).with_suffix(".txt")
        beside.write_text(text + "\n", encoding="utf-8")
        beside.chmod(0o644)

    def _is_current(self, file: PromptFile) -> bool:
        beside = file.path.with_suffix(".txt")
        said = beside.read_text(encoding="utf-8").strip() if beside.is_file() else ""
        return said == text_of(file.prompt, file.language)

    def _originals(self, prompt: Prompt, language: str) -> list[Path]:
        return sorted((self._folder / "uploaded" / language).glob(f"{prompt.value}.*"))


def missing_prompts(sounds: Path) -> list[str]:
    """``LANG/ID`` of every prompt that Asterisk would not find or could not play below the sounds folder."""
    files = PromptFiles(sounds).all()
    return [f"{file.language}/{file.prompt.value}" for file in files if file.origin is Origin.MISSING]


def prepare(recording: Path) -> NDArray[np.int16]:
    """An uploaded recording as the telephone plays it. Raises BadSetting in one line."""
    remedy = "Give a WAV, FLAC, OGG or MP3 file of one person speaking"
    try:
        frames = soundfile.info(str(recording))
        if frames.duration > _LONGEST_RAW.total_seconds():
            raise BadSetting(str(recording), f"is {frames.duration:.0f} s long", f"At most {_seconds(LONGEST)}")
        samples, rate_hz = soundfile.read(str(recording), dtype="float32")
    except (OSError, soundfile.LibsndfileError) as error:
        why = "is not there" if not recording.exists() else "is not a sound file that can be read"
        raise BadSetting(str(recording), why, remedy) from error
    spoken = telephone(samples, rate_hz)
    if spoken is None:
        raise BadSetting(str(recording), "holds no voice, only silence", remedy)
    if length(spoken) > LONGEST:
        said = f"speaks for {_seconds(length(spoken))}"
        raise BadSetting(str(recording), said, f"At most {_seconds(LONGEST)}: a caller waits meanwhile")
    return spoken


def prompt_named(name: str) -> Prompt:
    """Raises BadSetting that lists the names."""
    try:
        return Prompt(name)
    except ValueError as error:
        raise BadSetting("prompts", f"there is no prompt {name!r}", f"One of: {', '.join(TEXTS)}") from error


def _is_sound(path: Path) -> bool:
    """Whether Asterisk could play it: 8 kHz mono 16 bit, not empty."""
    try:
        info = soundfile.info(str(path))
    except (OSError, soundfile.LibsndfileError):
        return False
    return bool((info.samplerate, info.channels, info.subtype) == (8000, 1, "PCM_16") and info.frames > 0)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.3g} s"
