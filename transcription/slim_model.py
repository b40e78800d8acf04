"""A CTranslate2 Whisper model with fewer words in its vocabulary, made in memory while it is loaded.

The rows of the decoder's embeddings and logits of the words that stay keep their order and their very numbers.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = 6  # of model.bin
ITEM_BYTES = (4, 1, 2, 4, 2, 2)  # of float32, int8, int16, int32, float16, bfloat16: CTranslate2's order of types
IDS = ("suppress_ids", "suppress_ids_begin", "lang_ids")  # lists of ids in config.json


class UnknownFormatError(ValueError):
    """This model.bin is laid out in a way that is not known here: it can only be loaded as it is."""


@dataclass(frozen=True, slots=True)
class SlimModel:
    files: dict[str, bytes]  # as ctranslate2.models.Whisper takes them
    kept: tuple[int, ...]  # ids of the whole vocabulary, by their place in the slim one


def slim(folder: Path, tokens: Sequence[str], kept: Sequence[int]) -> SlimModel:
    """``tokens``: the whole vocabulary; ``kept``: ids in it, ascending. Raises UnknownFormatError, OSError."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    places = {number: place for place, number in enumerate(kept)}
    for name in IDS:
        config[name] = [places[number] for number in config.get(name) or () if number in places]
    return SlimModel(
        files={
            "model.bin": _weights((folder / "model.bin").read_bytes(), len(tokens), kept),
            "config.json": json.dumps(config).encode(),
            "vocabulary.json": json.dumps([tokens[number] for number in kept]).encode(),
        },
        kept=tuple(kept),
    )


def _weights(whole: bytes, words: int, kept: Sequence[int]) -> bytes:
    """model.bin with only the rows of ``kept`` in what the decoder has ``words`` rows of."""
    reader, parts, rows, found = _Reader(whole), [], np.asarray(kept), False
    version, _ = reader.number("<I"), (reader.name(), reader.number("<I"))
    if version != FORMAT:
        raise UnknownFormatError(f"format {version}")
    count = reader.number("<I")
    parts.append(whole[: reader.at])
    for _ in range(count):
        name = reader.name()
        shape = [reader.number("<I") for _ in range(reader.number("<B"))]
        kind, size = reader.number("<B"), reader.number("<I")
        data = memoryview(whole)[reader.at : reader.at + size]
        reader.at += size
        if len(data) != size:
            raise UnknownFormatError("cut short")
        if kind >= len(ITEM_BYTES) or int(np.prod(shape)) * ITEM_BYTES[kind] != size:
            raise UnknownFormatError(f"{name} is {size} bytes of type {kind} for {shape}")
        if name.startswith("decoder/") and shape and shape[0] == words:
            data = memoryview(np.frombuffer(data, np.uint8).reshape(words, -1)[rows].tobytes())
            shape[0], found = len(kept), True
        parts.append(_variable(name, shape, kind, data))
    if not found:
        raise UnknownFormatError(f"nothing in the decoder has {words} rows")
    return b"".join((*parts, whole[reader.at :]))  # aliases name whole variables


def _variable(name: str, shape: Sequence[int], kind: int, data: memoryview) -> bytes:
    text = name.encode() + b"\0"
    head = struct.pack("<H", len(text)) + text + struct.pack(f"<B{len(shape)}I", len(shape), *shape)
    return head + struct.pack("<BI", kind, len(data)) + data


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def number(self, form: str) -> int:
        try:
            (value,) = struct.unpack_from(form, self._data, self.at)
        except struct.error as error:
            raise UnknownFormatError("cut short") from error
        self.at += struct.calcsize(form)
        return int(value)

    def name(self) -> str:
        """Text with its length before it and a zero behind it."""
        length = self.number("<H")
        self.at += length
        try:
            return self._data[self.at - length : self.at - 1].decode()
        except UnicodeDecodeError as error:
            raise UnknownFormatError("a name that is no text") from error
