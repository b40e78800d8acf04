"""Glossary files: what an administrator may write, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from line102.errors import BadSetting
from transcription.glossary import SHIPPED, Glossary
from transcription.glossary_file import parse_terms, read_terms
from transcription.glossary_protected import shipped


def test_forms_headings_and_remarks() -> None:
    text = "# streets\nСейфуллина: Сейфуллинская, ~сифулина  # long\n\n[words]\nЦОН: ЦОНа\n[places]\nТоле би\n"
    one, two, three = parse_terms(text, language="ru", source="own")
    assert (one.text, one.place, one.forms, one.misheard) == ("Сейфуллина", True, ("Сейфуллинская",), ("сифулина",))
    assert (two.text, two.place, two.forms) == ("ЦОН", False, ("ЦОНа",))
    assert (three.text, three.place, three.origin) == ("Толе би", True, "own:7")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Абая\n\nАбая", "own:3: 'Абая' stands already in own:1. Correct or remove this line."),
        ("[streets]", "own:1: unknown heading [streets]; [places] and [words] are known. Correct or remove this line."),
        (
            "Абая 15",
            "own:1: 'Абая 15': numbers are never corrected, so a term holds none. Correct or remove this line.",
        ),
        ("Абая:", "own:1: a term or form without a word. Correct or remove this line."),
        ("Абая, Достык: ~", "own:1: a term or form without a word. Correct or remove this line."),
        ("би", "own:1: 'би' is too short to be told from other words. Correct or remove this line."),
        ("а б в г д", "own:1: 'а б в г д' has 5 words; 4 are the most. Correct or remove this line."),
        ("# nothing", "own: no term in it. Write one term a line, or leave the file out."),
    ],
)
def test_a_wrong_line_is_named(text: str, says: str) -> None:
    with pytest.raises(BadSetting) as error:
        parse_terms(text, language="ru", source="own")
    assert str(error.value) == says


def test_the_name_of_a_file_tells_its_language(tmp_path: Path) -> None:
    own = tmp_path / "kk.streets.txt"
    own.write_text("Саин\n", encoding="utf-8")
    assert read_terms(own)[0].language == "kk"
    wrong = tmp_path / "streets.txt"
    wrong.write_text("Саин\n", encoding="utf-8")
    with pytest.raises(BadSetting, match=r"streets\.txt: its name tells no language"):
        read_terms(wrong)


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"ru\.txt: cannot be read"):
        Glossary.read([tmp_path / "ru.txt"])
    (tmp_path / "ru.txt").write_bytes("Абая\nСаина".encode("cp1251"))
    with pytest.raises(BadSetting, match=r"ru\.txt:1: is not UTF-8"):
        Glossary.read([tmp_path / "ru.txt"])


@pytest.mark.parametrize("form", ["~толпе", "~на пожаре", "~абай"])
def test_a_misheard_form_may_be_no_ordinary_word_and_no_term(form: str) -> None:
    terms = parse_terms(f"Абай\nТоле би: {form}", language="ru", source="own")
    with pytest.raises(BadSetting, match=r"own:2: the misheard form"):
        Glossary(terms, shipped())


def test_no_file_is_no_correction() -> None:
    assert Glossary.read([]).correct("улица сейфулина", "ru").changes == ()


def test_the_shipped_terms_are_read_and_leave_one_another_alone() -> None:
    glossary = Glossary.read()
    terms = [term for path in SHIPPED for term in read_terms(path)]
    assert {term.language for term in terms} == {"ru", "kk"}
    for term in terms:
        for text in (term.text, *term.forms):
            assert glossary.correct(f"улица {text}", term.language).text == f"улица {text}"
            assert glossary.correct(f"{text} көшесі", term.language).text == f"{text} көшесі"
