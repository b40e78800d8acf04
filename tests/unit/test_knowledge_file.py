"""The administrator's file: what is wrong with it is said in one line that names file, entry and field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.knowledge_file import MAX_ANSWER, SAMPLES, read_knowledge
from line102.errors import BadSetting

GOOD = """
[[entry]]
topic = "file-statement"
valid_from = 2026-01-01
valid_to = 2026-12-31
questions.ru = ["как подать заявление"]
questions.kk = ["арыз қалай беремін"]
answer.ru = "Письменно."
answer.kk = "Жазбаша."
"""
OTHER = GOOD.replace("file-statement", "passport").replace("как подать заявление", "где сделать паспорт")
OTHER = OTHER.replace("арыз қалай беремін", "паспорт қайда")


def read(folder: Path, text: str) -> str:
    """What is said about a file with this text; "" when nothing is wrong."""
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    try:
        read_knowledge(file)
    except BadSetting as error:
        assert "\n" not in str(error) and str(file) in str(error)
        return str(error)
    return ""


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD + OTHER) == ""
    first, second = read_knowledge(tmp_path / "own.toml").entries
    assert (first.topic, second.topic, first.sample) == ("file-statement", "passport", False)
    assert first.answer == {"ru": "Письменно.", "kk": "Жазбаша."}


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('answer.kk = "Жазбаша."', "", ["entry 2 (passport)", "answer.kk", "missing"]),
        ('questions.ru = ["где сделать паспорт"]', "", ["entry 2 (passport)", "questions.ru", "missing"]),
        ('questions.ru = ["где сделать паспорт"]', 'questions.ru = "где"', ["questions.ru", "list"]),
        ('questions.ru = ["где сделать паспорт"]', "questions.ru = []", ["questions.ru", "list"]),
        ('questions.ru = ["где сделать паспорт"]', 'questions.ru = ["?!"]', ["questions.ru", "'?!'"]),
        ('["где сделать паспорт"]', '["как подать заявление"]', ["entry 2", "file-statement", "questions.ru"]),
        ('answer.ru = "Письменно."', 'answer.ru = "  "', ["answer.ru", "read out"]),
        ('answer.ru = "Письменно."', f'answer.ru = "{"а" * (MAX_ANSWER + 1)}"', ["answer.ru", "601"]),
        ('answer.ru = "Письменно."', 'answer.ru = "да"\nanswer.de = "Ja"', ["answer.de", "ru, kk, en"]),
        ('answer.ru = "Письменно."', 'answers.ru = "да"', ["answers", "did you mean answer?"]),
        ('topic = "passport"', 'topic = "file-statement"', ["entry 2", "topic", "twice"]),
        ('topic = "passport"', 'topic = "Паспорт"', ["entry 2", "topic"]),
        ('topic = "passport"', "", ["entry 2", "topic"]),
        ("valid_to = 2026-12-31", "valid_to = 2025-12-31", ["entry 2 (passport)", "valid_to", "before"]),
        ("valid_to = 2026-12-31", 'valid_to = "31.12.2026"', ["valid_to", "without quotes"]),
        ("valid_to = 2026-12-31", "valid_to = 2026-12-31T00:00:00", ["valid_to", "date"]),
        ("valid_to = 2026-12-31", 'sample = "yes"', ["sample", "true or false"]),
        ("[[entry]]", "[entry]", ["TOML"]),
        ('topic = "passport"', 'topic = "passport', ["TOML", "line"]),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, was: str, becomes: str, said: list[str]) -> None:
    assert was in OTHER
    answer = read(tmp_path, GOOD + OTHER.replace(was, becomes))
    assert all(part in answer for part in said), answer


def test_questions_without_a_language(tmp_path: Path) -> None:
    said = read(tmp_path, '[[entry]]\ntopic = "x"\nquestions = ["где"]\n')
    assert "questions" in said and "name its language" in said


@pytest.mark.parametrize("text", ["", "entry = []", "entry = 1", "entry = [1]", 'title = "x"', "[entry]\ntopic = 'x'"])
def test_a_file_without_entries(tmp_path: Path, text: str) -> None:
    assert "[[entry]]" in read(tmp_path, text)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        read_knowledge(tmp_path / "nowhere.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="UTF-8"):
        read_knowledge(tmp_path / "bytes.toml")


def test_the_samples_say_that_they_are_samples_and_invent_nothing() -> None:
    assert "ОБРАЗЕЦ" in SAMPLES.read_text(encoding="utf-8").splitlines()[0]
    entries = read_knowledge(SAMPLES).entries
    assert len(entries) >= 15
    for entry in entries:
        assert entry.sample and set(entry.answer) == {"ru", "kk", "en"}
        for text in entry.answer.values():
            assert not re.search(r"\d", text), "no telephone number, no house number, no price"
            assert not re.search(r"улиц[аеы] [А-Я]|[А-Я]\w+ көшесі|проспект|даңғыл|[A-Z]\w+ street", text), "no address"
