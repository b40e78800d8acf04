"""The importer of OpenStreetMap extracts, on a small hand-written one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from line102.errors import BadSetting
from routing.places.gazetteer import Place, parse_gazetteer, place_line
from routing.places.osm import import_places

EXTRACT = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="43.20" lon="76.80"/>
 <node id="2" lat="43.22" lon="76.90"/>
 <node id="3" lat="43.24" lon="77.00"/>
 <node id="4" lat="43.25" lon="76.94"><tag k="railway" v="station"/><tag k="name" v="Алматы-2"/></node>
 <node id="5" lat="43.21" lon="76.70"><tag k="place" v="suburb"/><tag k="name:ru" v="микрорайон Аксай-4"/>
  <tag k="name:kk" v="Ақсай-4 мөлтек ауданы"/><tag k="name" v="Ақсай-4"/></node>
 <node id="6" lat="1" lon="1"><tag k="highway" v="bus_stop"/><tag k="name" v="Остановка"/></node>
 <node id="7" lat="43.3" lon="76.9"><tag k="place" v="suburb"/><tag k="name" v="8-й микрорайон"/></node>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="Назарбаев даңғылы"/>
  <tag k="name:ru" v="проспект Назарбаева"/><tag k="name:kk" v="Назарбаев даңғылы"/>
  <tag k="old_name" v="улица Фурманова;Губернаторская"/><tag k="alt_name:ru" v="Нурсултана Назарбаева"/></way>
 <way id="11"><nd ref="3"/><nd ref="404"/><tag k="highway" v="primary"/><tag k="name:ru" v="проспект Назарбаева"/></way>
 <way id="12"><nd ref="1"/><tag k="highway" v="service"/></way>
 <way id="13"><nd ref="2"/><tag k="highway" v="residential"/><tag k="name" v="Саин көшесі"/></way>
 <way id="14"><nd ref="1"/><nd ref="2"/><tag k="amenity" v="hospital"/><tag k="name" v="Больница №7"/></way>
 <relation id="20"><tag k="boundary" v="administrative"/><tag k="admin_level" v="6"/>
  <tag k="name:ru" v="Медеуский район"/><tag k="name:kk" v="Медеу ауданы"/></relation>
</osm>
"""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Place]:
    path = tmp_path / "city.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    return {place.name: place for place in import_places(path)}


def test_the_pieces_of_a_street_become_one_with_its_centre_and_names(places: dict[str, Place]) -> None:
    street = places["Назарбаева"]
    assert (street.kind, street.kazakh, street.street_type) == ("street", "Назарбаев", "проспект")
    assert street.old == ("Фурманова", "Губернаторская")
    assert street.also == ("Нурсултана Назарбаева",)
    assert (street.latitude, street.longitude) == (43.225, 76.925)  # the mean of the two pieces' centres


def test_other_kinds_are_taken_and_what_is_no_place_is_not(places: dict[str, Place]) -> None:
    assert {name: place.kind for name, place in places.items()} == {
        "Назарбаева": "street",
        "Саин": "street",
        "Аксай-4": "microdistrict",
        "8-й микрорайон": "microdistrict",
        "Медеуский район": "district",
        "Алматы-2": "landmark",
        "Больница №7": "landmark",
    }
    assert places["Аксай-4"].kazakh == "Ақсай-4"
    assert places["Медеуский район"].latitude is None


def test_what_was_imported_is_a_gazetteer(places: dict[str, Place]) -> None:
    lines = [place_line(place) for place in places.values()]
    assert parse_gazetteer(lines, source="x") == tuple(places.values())


def test_geojson_has_longitude_first(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"highway": "primary", "name": "улица Абая", "lanes": 2},
        "geometry": {"type": "LineString", "coordinates": [[76.8, 43.2], [77.0, 43.4]]},
    }
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, 7]}), encoding="utf-8")
    (street,) = import_places(path)
    assert (street.name, street.street_type) == ("Абая", "улица")
    assert street.latitude == pytest.approx(43.3)
    assert street.longitude == pytest.approx(76.9)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.osm.pbf", "", "osmium cat a.osm.pbf -o a.osm"),
        ("a.osm", "<osm><node", "damaged"),
        ("a.osm", '<osm><node id="1" lat="x" lon="2"/></osm>', "damaged"),
        ("a.osm.xml", "<osm/>", "no named place"),
        ("a.geojson", "{}", "damaged: no list of features"),
        ("a.geojson", "[", "damaged"),
        ("a.csv", "", "neither .osm"),
    ],
)
def test_what_cannot_be_imported_is_one_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=says) as refused:
        import_places(path)
    assert "\n" not in str(refused.value)
