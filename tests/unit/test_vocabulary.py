"""Which words a model keeps for Russian and Kazakh: whatever these languages need, and every byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from transcription.slim_model import UnknownFormatError, slim
from transcription.vocabulary import needed

BYTES = [chr(number) for number in range(0x21, 0x7F)] + ["Ġ", "Ð", "Ñ", "Ò"]
KEPT = ["ÐŁÐ¾Ð¶Ð°ÑĢ", "ĠÒļÐ°Ð·Ð°Ò", "Ġ102", "Ġâ", "..."]  # Пожар, " Қаза" with half a letter, a number, marks
LEFT_OUT = ["Ġpolice", "the", "æľ", "åħ¬å®ī", "éĥ"]
SPECIAL = [
    "",
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|ru|>",
    "<|kk|>",
    "<|notimestamps|>",
    "<|0.00|>",
    "<|29.98|>",
]


def words(tokens: list[str], languages: tuple[str, ...]) -> list[str]:
    return [tokens[number] for number in needed(tokens, languages)]


def test_cyrillic_words_bytes_numbers_and_special_tokens_stay() -> None:
    tokens = [*BYTES, *KEPT, *LEFT_OUT[:2], *LEFT_OUT[3:4], *SPECIAL]
    assert words(tokens, ("ru", "kk")) == [*BYTES, *KEPT, *SPECIAL[:-2]]


@pytest.mark.parametrize("languages", [("ru", "en"), ("kk", "de"), ("en",)])
def test_with_a_language_of_other_letters_nothing_is_left_out(languages: tuple[str, ...]) -> None:
    tokens = [*BYTES, *KEPT, *LEFT_OUT, *SPECIAL]
    assert words(tokens, languages) == tokens


def test_a_vocabulary_without_an_end_is_left_alone() -> None:
    assert words(LEFT_OUT, ("ru",)) == LEFT_OUT


@pytest.mark.parametrize("weights", [b"", b"\x06\0\0\0", b"\x07\0\0\0\x02\0W\0\0\0\0\0\0\0\0\0", b"\xff" * 100])
def test_an_unknown_layout_is_told(tmp_path: Path, weights: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(weights)
    (tmp_path / "config.json").write_text(json.dumps({"lang_ids": [1]}), "utf-8")
    with pytest.raises(UnknownFormatError):
        slim(tmp_path, ["а", "б"], [0])
