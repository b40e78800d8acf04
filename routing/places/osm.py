"""Reads an OpenStreetMap extract into a gazetteer: .osm, .osm.xml, .geojson. Streams XML in two passes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree  # expat limits entities itself; the file is the administrator's own

from line102.errors import BadSetting
from routing.places.gazetteer import Place
from routing.places.osm_names import Gathering, kind_of

MAX_GEOJSON_BYTES = 1024 * 1024 * 1024
_Point = tuple[float, float]  # latitude, longitude in degrees


def import_places(path: Path) -> tuple[Place, ...]:
    """The places of ``path``. Raises BadSetting when it is of another form, damaged, or holds none."""
    name = path.name.casefold()
    if name.endswith(".pbf"):
        remedy = (
            f"Convert it first: osmium cat {path.name} -o {path.name.removesuffix('.pbf').removesuffix('.osm')}.osm"
        )
        raise BadSetting(str(path), "a .pbf file is not read", remedy)
    try:
        if name.endswith((".geojson", ".json")):
            places = _from_geojson(path)
        elif name.endswith((".osm", ".xml")):
            places = _from_xml(path)
        else:
            raise BadSetting(str(path), "neither .osm, .osm.xml nor .geojson", "Name such a file.")
    except OSError as wrong:
        raise BadSetting(str(path), f"cannot be read: {wrong.strerror}", "Name a file that can be read.") from wrong
    except (ValueError, ElementTree.ParseError, RecursionError) as wrong:
        raise BadSetting(str(path), f"damaged: {wrong}", "Fetch the extract again.") from wrong
    if not places:
        raise BadSetting(str(path), "no named place in it", "Is it the extract of a city?")
    return places


def _from_xml(path: Path) -> tuple[Place, ...]:
    wanted = {node for _, tags, nodes, _ in _elements(path) if kind_of(tags) for node in nodes}
    at: dict[str, _Point] = {}
    gathering = Gathering()
    for node_id, tags, nodes, point in _elements(path):
        if node_id in wanted and point is not None:
            at[node_id] = point
        if tags:
            points = [point] if point is not None else [at[node] for node in nodes if node in at]
            gathering.add(tags, points)
    return gathering.places()


def _elements(path: Path) -> Iterator[tuple[str, dict[str, str], list[str], _Point | None]]:
    """(node's id or "", tags, a way's nodes, a node's point) of every object; what was read is freed at once."""
    root: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314 (see the import)
        if root is None:
            root = element
        if event == "start" or element.tag not in ("node", "way", "relation"):
            continue
        tags = {tag.get("k", ""): tag.get("v", "") for tag in element.iter("tag")}
        nodes = [nd.get("ref", "") for nd in element.iter("nd")]
        if element.tag == "node" and element.get("lat") is not None:
            point = (float(element.get("lat", "")), float(element.get("lon", "")))
            yield element.get("id", ""), tags, nodes, point
        else:
            yield "", tags, nodes, None
        root.clear()


def _from_geojson(path: Path) -> tuple[Place, ...]:
    if path.stat().st_size > MAX_GEOJSON_BYTES:
        raise BadSetting(str(path), "larger than 1 GiB", "Take the .osm form, which is read piece by piece.")
    given = json.loads(path.read_text(encoding="utf-8"))
    features = given.get("features") if isinstance(given, Mapping) else None
    if not isinstance(features, list):
        raise ValueError("no list of features")
    gathering = Gathering()
    for feature in features:
        if isinstance(feature, Mapping) and isinstance(feature.get("properties"), Mapping):
            tags = {str(key): value for key, value in feature["properties"].items() if isinstance(value, str)}
            geometry = feature.get("geometry")
            shape = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
            gathering.add(tags, _points(shape))
    return gathering.places()


def _points(shape: object) -> list[_Point]:
    """Every point of a GeoJSON geometry, which writes longitude first."""
    if not isinstance(shape, list):
        return []
    if len(shape) >= 2 and all(isinstance(one, int | float) for one in shape[:2]):
        return [(float(shape[1]), float(shape[0]))]
    return [point for part in shape for point in _points(part)]
