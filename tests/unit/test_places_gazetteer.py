"""The gazetteer file: read back as written, refused with file, line and field; what comes with line102."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from line102.errors import BadSetting
from routing.places.gazetteer import Place, parse_gazetteer, place_line, read_gazetteer, shipped_gazetteer


def test_the_shipped_file_holds_what_the_documents_promise() -> None:
    kinds = Counter(place.kind for place in shipped_gazetteer())
    assert kinds["district"] == 8
    assert kinds["street"] >= 250
    assert kinds["microdistrict"] >= 60
    assert kinds["landmark"] >= 80


def test_a_line_is_read_back_as_it_was_written() -> None:
    place = Place(
        kind="street",
        name="Достык",
        kazakh="Достық",
        street_type="проспект",
        old=("Ленина",),
        latitude=43.2,
        longitude=77.0,
    )
    assert parse_gazetteer(["# Almaty", "", place_line(place)], source="x") == (place,)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "x:1: not JSON"),
        ("[" * 100_000, "x:1: not JSON"),
        ("[]", "x:1: not a JSON object"),
        ('{"kind": "street"}', "x:1: name: missing or empty"),
        ('{"kind": "river", "name": "Весновка"}', "x:1: kind: 'river' is none of"),
        ('{"kind": "street", "name": "А", "olds": []}', "x:1: olds: unknown field"),
        ('{"kind": "street", "name": "—"}', "x:1: name: missing or empty"),
        ('{"kind": "street", "name": "А", "old": "Б"}', "x:1: old: not a list"),
        ('{"kind": "street", "name": "А", "also": [1]}', "x:1: also: not a text"),
        ('{"kind": "street", "name": "А", "latitude": 91, "longitude": 0}', "x:1: latitude: not a number"),
        ('{"kind": "street", "name": "А", "latitude": NaN, "longitude": 0}', "x:1: latitude: not a number"),
        ('{"kind": "street", "name": "А", "latitude": 43}', "x:1: latitude: latitude and longitude"),
        ("", "x: no place in it"),
    ],
)
def test_a_bad_line_is_named(line: str, says: str) -> None:
    with pytest.raises(BadSetting) as refused:
        parse_gazetteer([line], source="x")
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


def test_a_place_that_stands_twice_is_refused_with_both_lines() -> None:
    line = '{"kind": "street", "name": "Абая"}'
    with pytest.raises(BadSetting, match="x:2: name: the street 'Абая' stands in line 1 already"):
        parse_gazetteer([line, line.replace("Абая", "абая").replace("абая", "Абая")], source="x")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        read_gazetteer(tmp_path / "none.jsonl")
    (tmp_path / "bad").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="not UTF-8"):
        read_gazetteer(tmp_path / "bad")
