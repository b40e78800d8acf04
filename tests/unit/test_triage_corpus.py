"""The corpus loader: every line is checked, and a wrong one is named."""

from __future__ import annotations

import json

import pytest

from line102.errors import BadSetting
from line102.words import Label
from routing.corpus import read_corpus, seed_corpus
from routing.cues import read_cues

GOOD: dict[str, object] = {
    "id": "s1",
    "text": "где ваш отдел",
    "lang": "ru",
    "label": "INFORMATIONAL",
    "category": "address",
    "hard": False,
    "turns_at": None,
}


def test_the_seed_corpus_is_whole() -> None:
    lines = seed_corpus()
    assert len(lines) == 300
    assert {label: sum(line.label is label for line in lines) for label in Label} == {
        Label.EMERGENCY: 100,
        Label.NON_URGENT: 63,
        Label.INFORMATIONAL: 94,
        Label.NUISANCE: 24,
        Label.SILENT_OR_UNCLEAR: 19,
    }
    assert sum(line.turns_at is not None for line in lines) == 16


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "URGENT"},
        {"lang": "en"},
        {"text": ""},
        {"id": 7},
        {"turns_at": -1},
        {"turns_at": True},
        {"hard": "no"},
        {"category": None},
    ],
)
def test_a_wrong_value_names_file_and_line(wrong: dict[str, object]) -> None:
    lines = [json.dumps(GOOD), "", json.dumps(GOOD | {"id": "s2"} | wrong)]
    with pytest.raises(BadSetting, match=r"my\.jsonl:3"):
        read_corpus(lines, source="my.jsonl")


@pytest.mark.parametrize("raw", ["{", "[]", '"text"'])
def test_what_is_no_json_object_is_refused(raw: str) -> None:
    with pytest.raises(BadSetting, match=r"my\.jsonl:1"):
        read_corpus([raw], source="my.jsonl")


def test_the_same_id_twice_is_refused() -> None:
    with pytest.raises(BadSetting, match="twice"):
        read_corpus([json.dumps(GOOD), json.dumps(GOOD)], source="my.jsonl")


def test_an_empty_corpus_is_refused() -> None:
    with pytest.raises(BadSetting, match="no labelled line"):
        read_corpus(["  "], source="my.jsonl")


@pytest.mark.parametrize(
    "text", ["[alarms]\nru=['нож']", "[emergency]\nru='нож'", "[emergency]\nru=['*']", "[emergency"]
)
def test_wrong_cues_are_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"my\.toml"):
        read_cues(text, source="my.toml")
