"""A Whisper model on disk, checked before anything loads it: every fault is one line that names the file and the
remedy.

Why so strict: CTranslate2 and faster-whisper do not complain about these faults. Without ``tokenizer.json`` they go
to the
network; without the token ``""`` the language and task tokens vanish in silence; a language that is not in the
vocabulary
is omitted in silence (docs/transcription.md, traps).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from line102.errors import BadSetting
from transcription.buckets import FRAMES_PER_SECOND, STOCK_FRAMES

OUR_FILE = "line102.json"
"""Beside a model: what CTranslate2's files do not say. ``{"dynamic_context": true}``: reads windows of their true
length. ``{"whole_vocabulary": true}``: nothing is left out of its vocabulary (vocabulary.py).
"""

REQUIRED = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A folder that passed every check."""

    path: Path
    identity: str  # name@first 8 hex digits of model.bin's SHA-256
    languages: tuple[str, ...]
    dynamic_context: bool
    frames: int  # longest window the model reads, 100 frames a second
    mels: int
    whole_vocabulary: bool = False


def find_model(name_or_path: str, *, setting: str = "model") -> Path:
    """The model's folder: a path, or a name as faster-whisper knows it ("small", "owner/name") already on this machine.

    Never touches the network. Raises BadSetting.
    """
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise BadSetting(setting, f"{folder} is not a folder", "Give the folder that holds model.bin.")
    if folder.is_absolute() or name_or_path.startswith((".", "~")):
        raise BadSetting(setting, f"there is no folder {folder}", "Give an existing CTranslate2 Whisper model folder.")
    return _in_local_cache(name_or_path, setting)


def check_model(
    name_or_path: str, languages: Sequence[str], *, setting: str = "model", dynamic_context: bool | None = None
) -> ModelFolder:
    """Check a model's files. ``dynamic_context`` overrides what ``line102.json`` beside the model says.

    Reads every byte of model.bin once, for its checksum. Raises BadSetting.
    """
    folder = find_model(name_or_path, setting=setting)
    by_name = not Path(name_or_path).expanduser().is_dir()
    for name in REQUIRED:
        if by_name and name == "preprocessor_config.json":
            continue  # published 80-mel models come without it; the loader compares the number of mels
        _readable(folder / name)
    vocabulary = frozenset(read_vocabulary(folder))
    _check_tokens(folder, vocabulary, languages)
    extractor = _json(folder / "preprocessor_config.json") if (folder / "preprocessor_config.json").exists() else {}
    ours = _json(folder / OUR_FILE) if (folder / OUR_FILE).exists() else {}
    dynamic = bool(ours.get("dynamic_context", False)) if dynamic_context is None else dynamic_context
    return ModelFolder(
        path=folder,
        identity=f"{Path(name_or_path).name}@{_checksum(folder / 'model.bin')[:8]}",
        languages=tuple(languages),
        dynamic_context=dynamic,
        frames=min(_number(folder, extractor, "chunk_length", 30) * FRAMES_PER_SECOND, STOCK_FRAMES),
        mels=_number(folder, extractor, "feature_size", 80),
        whole_vocabulary=bool(ours.get("whole_vocabulary", False)),
    )


def _in_local_cache(name: str, setting: str) -> Path:
    from faster_whisper.utils import download_model  # slow to import; only needed for names
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    remedy = (
        "Models are never downloaded at run time: fetch it on a machine with a network "
        f"(huggingface-cli download …), copy its folder here and set {setting} to that folder."
    )
    try:
        return Path(download_model(name, local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise BadSetting(setting, f"the model {name!r} is not on this machine", remedy) from error
    except (ValueError, HFValidationError) as error:
        raise BadSetting(setting, f"{name!r} is neither a folder nor a known model name", remedy) from error


def _readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        remedy = f"Put the model's {path.name} there (a CTranslate2 conversion with --copy_files makes it)."
        raise BadSetting(str(path), "the model lacks this file", remedy) from error
    except OSError as error:
        raise BadSetting(
            str(path), f"cannot be read ({error.strerror})", "Give line102 the right to read it."
        ) from error
    if empty:
        raise BadSetting(str(path), "is empty", "Copy the model's folder again.")


def _json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(
            str(path), f"cannot be read ({error.strerror})", "Give line102 the right to read it."
        ) from error
    except ValueError as error:
        raise BadSetting(str(path), "is not valid JSON", "Copy the model's folder again.") from error
    if not isinstance(value, dict):
        raise BadSetting(str(path), "is not a JSON object", "Copy the model's folder again.")
    return value


def _number(folder: Path, values: dict[str, object], key: str, default: int) -> int:
    value = values.get(key, default)
    if not isinstance(value, int) or value <= 0:
        file = str(folder / "preprocessor_config.json")
        raise BadSetting(file, f"{key} is {value!r}, not a positive number", "Copy the model's folder again.")
    return value


def read_vocabulary(folder: Path) -> list[str]:
    """The model's tokens by id. Raises BadSetting."""
    for name in ("vocabulary.json", "vocabulary.txt"):
        path = folder / name
        if path.exists():
            _readable(path)
            break
    else:
        path = folder / "vocabulary.json"
        raise BadSetting(str(path), "the model lacks this file", "Put vocabulary.json or vocabulary.txt there.")
    try:
        text = path.read_text(encoding="utf-8")
        tokens = json.loads(text) if path.suffix == ".json" else text.split("\n")[:-1]
    except ValueError as error:
        raise BadSetting(str(path), "is not a readable vocabulary", "Copy the model's folder again.") from error
    if not isinstance(tokens, list):
        raise BadSetting(str(path), "is not a list of tokens", "Copy the model's folder again.")
    return [str(token) for token in tokens]


def _check_tokens(folder: Path, vocabulary: frozenset[str], languages: Sequence[str]) -> None:
    where = str(folder / "vocabulary.json")
    if "" not in vocabulary:
        why = 'lacks the empty token "", so CTranslate2 would take the model for English only'
        raise BadSetting(where, why, "Use a multilingual model; convert it again if it is one.")
    for language in languages:
        if f"<|{language}|>" not in vocabulary:
            raise BadSetting(where, f"lacks the language {language!r}", "Change the languages, or use another model.")
    if not languages:
        raise BadSetting("languages", "no language is set", "Name at least one, such as ru, kk.")
    if not _json(folder / "config.json").get("lang_ids"):
        why = "lang_ids is missing or empty, so the language cannot be detected"
        raise BadSetting(str(folder / "config.json"), why, "Convert the model again with its generation_config.json.")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
