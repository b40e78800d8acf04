"""Places in a caller's words: streets, crossings, microdistricts, landmarks, old names, what is no place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line102.words import PlaceCandidate
from routing.places.finder import MAX_CANDIDATES, MAX_TEXT, PlaceFinder
from routing.places.gazetteer import Place, shipped_gazetteer

FINDER = PlaceFinder()


def first(text: str) -> PlaceCandidate:
    found = FINDER.find(text)
    assert found, text
    return found[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("драка на Абая", "Абая"),
        ("едет по абаю на встречную", "Абая"),
        ("улица сифулина", "Сейфуллина"),
        ("угол жан досова", "Жандосова"),
        ("на розы бакиева двадцать", "Розыбакиева"),
        ("жибежолы пятьдесят", "Жибек жолы"),
        ("толеби 187", "Толе би"),
        ("Қабанбай батыр көшесі 89", "Кабанбай батыра"),
        ("кабанбай батыр көшесінде төбелес", "Кабанбай батыра"),
        ("сейфуллинде төбелес болып жатыр", "Сейфуллина"),
        ("в Аксае пять второй дом", "Аксай-5"),
        ("восьмой микрорайон дом шестьдесят два", "8 микрорайон"),
        ("сегізінші ықшам аудан алпыс екінші үй", "8 микрорайон"),
        ("микрорайон двенадцать дом четырнадцать", "12 микрорайон"),
        ("көк базардың жанында", "Зелёный базар"),
        ("двенадцатая больница приемный покой", "Городская больница № 12"),
        ("у метро абая", "станция метро Абай"),
        ("в парке горького", "Парк Горького"),
    ],
)
def test_a_place_is_found_inflected_and_misheard(text: str, name: str) -> None:
    assert first(text).name == name


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("на фурманова сто двадцать", "Назарбаева"),
        ("ленина 85", "Достык"),
        ("на коммунистическом возле вокзала", "Абылай хана"),
        ("комсомольская сорок пять", "Толе би"),
        ("калинина восемьдесят девять", "Кабанбай батыра"),
        ("угол горького и фурманова", "Жибек жолы / Назарбаева"),
    ],
)
def test_an_old_name_is_the_present_street(old: str, now: str) -> None:
    assert first(old).name == now


@pytest.mark.parametrize(
    "text",
    [
        "угол абая и розыбакиева авария",
        "на пересечении абая с розыбакиева",
        "Абай мен Розыбакиев қиылысы",
        "абай мен розыбакиевтің қиылысында апат",
        "мы стоим абая розыбакиева",
    ],
)
def test_two_streets_are_a_crossing(text: str) -> None:
    found = first(text)
    assert (found.kind, found.name) == ("crossing", "Абая / Розыбакиева")


def test_the_words_stand_where_the_offsets_say() -> None:
    text = "алло, приезжайте! Улица Розыбакиева, дом 45, квартира 12"
    found = first(text)
    assert text[found.start : found.end] == found.words == "Розыбакиева, дом 45"


def test_the_end_of_a_long_text_is_read_with_its_true_offsets() -> None:
    text = "ну вот " * MAX_TEXT + "улица Розыбакиева"
    found = first(text)
    assert text[found.start : found.end] == "Розыбакиева"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[музыка] ...",
        "меня зовут Данияр Сейфуллин хочу спросить",
        "менің атым Жандос фамилиям Манасов",
        "сосед Манас опять пьяный",
        "муж пьяный кидается на меня с ножом",
        "скажите правду он там или нет",
        "үш сағат бұрын телефонымды ұрлап кетті",
        "у меня нотариус палатасының телефоны",
        "у метро скорая стоит",
    ],
)
def test_no_place_is_found_where_none_is_named(text: str) -> None:
    assert FINDER.find(text) == ()


def test_a_surname_is_a_street_after_all_with_a_house() -> None:
    assert first("меня зовут Асель улица Сатпаева двадцать два").house == "22"


def test_a_replaced_gazetteer_is_what_is_searched_with_its_coordinates() -> None:
    finder = PlaceFinder([Place(kind="street", name="Кленовая", latitude=51.1, longitude=71.4)])
    assert [(one.name, one.latitude, one.longitude) for one in finder.find("на кленовой 5")] == [
        ("Кленовая", 51.1, 71.4)
    ]
    assert finder.find("на Абая 5") == ()


def test_every_shipped_place_is_found_by_each_of_its_names() -> None:
    lost = []
    for place in shipped_gazetteer():
        for name in place.names:
            marker = {"street": "улица ", "microdistrict": "микрорайон "}.get(place.kind, "возле ")
            found = FINDER.find(marker + name)
            if place.name not in {one.name for one in found}:
                lost.append((place.kind, name))
    assert lost == []


SAID = (
    "абая и угол дом 45 дробь сорок пять мен қиылысы аксай 4 корпус а в на көшесі үй бесінші толе би [шум] ... — ё İ ŉ"
)
WORDS = st.sampled_from(SAID.split())


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)))
def test_whatever_is_said_offsets_and_scores_hold(text: str) -> None:
    found = FINDER.find(text)
    assert found == FINDER.find(text)
    assert len(found) <= MAX_CANDIDATES
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert 0 <= one.score <= 1
        assert text[one.start : one.end] == one.words != ""
