"""The evaluation of places: what counts as right, and how names and houses are compared."""

from __future__ import annotations

from itertools import count

import pytest

from line102.errors import BadSetting
from routing.places.evaluate import judge, plain_house, read_lines, report, wilson
from routing.places.finder import PlaceFinder
from routing.places.gazetteer import shipped_gazetteer
from routing.places.same_place import SamePlace

SAME = SamePlace(shipped_gazetteer())
FINDER = PlaceFinder()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Абая", "проспект Абая"),
        ("Абая", "Абай даңғылы"),
        ("Назарбаева", "ул. Фурманова"),
        ("Қабанбай батыр", "калинина"),
        ("Сәтбаев көшесі", "улица Сатпаева"),
        ("Жибек жолы", "ЖІБЕК ЖОЛЫ ДАҢҒЫЛЫ"),
        ("8 микрорайон", "микрорайон 8"),
        ("Аксай-4", "мкр Аксай 4"),
        ("Зелёный базар", "зеленый базар"),
        ("Нигдеева", "улица Нигдеева"),
    ],
)
def test_one_street_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert SAME(one, other)
    assert SAME(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("Абая", "Абылай хана"), ("Аксай-4", "Аксай-3"), ("Самал", "Саялы"), ("", "Абая")]
)
def test_two_streets_are_not_the_same(one: str, other: str) -> None:
    assert not SAME(one, other)


def test_houses_are_compared_as_people_read_them() -> None:
    assert plain_house("45 дробь 2") == plain_house("45/2")
    assert plain_house("дом 12 Корпус 3") == plain_house("12к3")
    assert plain_house("12-А") == plain_house("12а")
    assert plain_house("12") != plain_house("12а")


def _report(*raw: str) -> dict[str, object]:
    lines = read_lines(raw, source="x")
    ticks = count()
    found = report(judge(FINDER, SAME, lines, lambda: next(ticks) / 1000))
    figures = found["all"]
    assert isinstance(figures, dict)
    return figures


def test_shares_are_counted_over_the_lines_that_name_something() -> None:
    figures = _report(
        '{"text": "улица Абая дом пять", "streets": ["проспект Абая"], "house": 5}',
        '{"text": "улица Абая дом пять", "streets": ["Жандосова"], "house": "6"}',
        '{"id": "n", "text": "на улице Абая", "streets": [], "house": null}',
        '{"text": "муж дерется", "streets": []}',
    )
    assert figures["street_first"] == {"right": 1, "of": 2, "share": 0.5, "bounds_95": [0.0945, 0.9055]}
    assert figures["house"]["right"] == 1  # type: ignore[index]
    assert figures["false_finds"]["ids"] == ["n"]  # type: ignore[index]
    assert figures["none_named"] == 2
    assert figures["milliseconds"] == {"mean": 1.0, "p95": 1.0}


def test_a_crossing_with_one_wrong_street_is_not_right() -> None:
    right = _report('{"text": "угол абая и манаса", "streets": ["Манаса", "Абая"]}')
    wrong = _report('{"text": "угол абая и манаса", "streets": ["Абая", "Жандосова"]}')
    assert (right["street_first"]["right"], wrong["street_first"]["right"]) == (1, 0)  # type: ignore[index]
    assert (right["street_among_three"]["right"], wrong["street_among_three"]["right"]) == (1, 0)  # type: ignore[index]


def test_bounds_are_wilsons() -> None:
    low, high = wilson(90, 100)
    assert (round(low, 4), round(high, 4)) == (0.8256, 0.9448)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("{", "x:1: not JSON"),
        ('{"text": "а"}', "x:1: streets: not a list"),
        ('{"streets": []}', "x:1: text: missing"),
        ('{"text": "а", "streets": [], "house": []}', "x:1: house: missing or not a text"),
        ("", "x: no line in it"),
    ],
)
def test_a_bad_line_is_named(raw: str, says: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_lines([raw], source="x")
    assert str(refused.value).startswith(says)
