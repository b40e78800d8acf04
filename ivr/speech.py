"""Text to a sound file by espeak-ng, kept on disk. Blocks: an answer takes some 100 ms; call it off the loop."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from ivr.sound import SAMPLE_RATE_HZ, telephone
from line102.errors import BadSetting, ProtocolViolation

# Slower than espeak-ng's 175: a telephone and a noisy street take the consonants away.
_VOICES = {"ru": ("ru", 150), "kk": ("kk", 150), "en": ("en-us", 155)}  # name, words per minute
_MAKER = "1"  # a change of voice or loudness makes every answer anew
_PATIENCE_S = 30


class Narrator:
    """Reads texts aloud into ``sounds``/line102/spoken/LANG/HASH.wav; a text that was read before is not read again."""

    def __init__(self, sounds: Path) -> None:
        self._sounds = sounds

    def speak(self, text: str, language: str) -> Path:
        """The file that says ``text``. Raises BadSetting (no espeak-ng, folder not writable), ProtocolViolation."""
        key = hashlib.sha256(f"{_MAKER}\n{language}\n{text}".encode()).hexdigest()[:32]
        path = self._sounds / "line102" / "spoken" / language / f"{key}.wav"
        if not path.is_file():
            samples = synthesise(text, language)
            with writable(self._sounds):
                write_sound(path, samples, below=self._sounds)
        return path

    def sound_of(self, text: str, language: str) -> str:
        """As ``speak``, but the sound's name below the sounds folder: what ``Speech.say`` takes."""
        return str(self.speak(text, language).relative_to(self._sounds).with_suffix(""))


def synthesise(text: str, language: str) -> NDArray[np.int16]:
    """``text`` as 8 kHz telephone speech. KeyError for a language without a voice; raises as ``Narrator.speak``."""
    voice, words_per_minute = _VOICES[language]
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-b", "1", "--stdin", "--stdout"]
    try:
        made = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_PATIENCE_S, check=True)
        samples, rate_hz = soundfile.read(io.BytesIO(made.stdout), dtype="float32")
    except FileNotFoundError as error:
        raise BadSetting("espeak-ng", "it is not installed", "Install Debian's package espeak-ng") from error
    except (subprocess.SubprocessError, soundfile.LibsndfileError) as error:
        raise ProtocolViolation("espeak-ng", f"voice {voice}: {type(error).__name__}") from error
    spoken = telephone(samples, rate_hz)
    if spoken is None:
        raise ProtocolViolation("espeak-ng", f"voice {voice} made silence")
    return spoken


def write_sound(path: Path, samples: NDArray[np.int16], *, below: Path) -> None:
    """Whole or not at all. Readable by Asterisk, which runs as another user; the PBX's own folder keeps others out."""
    make_folder(path.parent, below=below)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".partial")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            soundfile.write(file, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
        partial.chmod(0o644)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def make_folder(folder: Path, *, below: Path) -> None:
    """Make it with its parents; those under ``below`` let Asterisk in (the service's umask would not)."""
    below.mkdir(parents=True, exist_ok=True)
    for one in reversed([folder, *folder.parents]):
        if one.is_relative_to(below) and not one.exists():
            one.mkdir(exist_ok=True)
            one.chmod(0o755)


@contextmanager
def writable(sounds: Path) -> Iterator[None]:
    """What the disk refuses becomes a BadSetting."""
    try:
        yield
    except OSError as error:
        why = f"{sounds} cannot be written ({error.strerror})"
        raise BadSetting("the sounds folder", why, "Run the command as the service's user, or free the disk") from error
