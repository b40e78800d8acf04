"""OpenStreetMap's tags as places of a gazetteer. Pure. Source of the keys: the OpenStreetMap wiki, "Names"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.places.gazetteer import Place
from routing.places.same_place import plain_name

MAX_NAME = 120  # characters; gazetteer.py refuses longer ones
_STREET_TYPES = (
    "улица|ул\\.?|проспект|просп\\.?|пр-т|переулок|бульвар|тракт|шоссе|площадь|набережная|проезд|"
    "көшесі|даңғылы|тұйығы|бульвары|тас жолы|өткелі"
)
_DISTRICT_TYPES = "микрорайон|мкр\\.?|мөлтек ауданы|ықшам ауданы|шағын ауданы|ықшамауданы"
_AREA = ("suburb", "neighbourhood", "quarter", "village", "hamlet")
_LANDMARKS: Mapping[str, tuple[str, ...]] = {
    "amenity": (
        *("hospital", "clinic", "marketplace", "university", "college", "bus_station", "theatre", "cinema"),
        *("police", "place_of_worship", "community_centre", "library"),
    ),
    "shop": ("mall", "department_store", "supermarket"),
    "railway": ("station", "halt"),
    "station": ("subway",),
    "aeroway": ("aerodrome", "terminal"),
    "leisure": ("park", "stadium", "sports_centre"),
    "tourism": ("museum", "attraction", "hotel", "zoo"),
}
_OTHER_NAMES = ("alt_name", "short_name", "loc_name", "official_name")


@dataclass(slots=True)
class _Gathered:
    """One place, put together from every piece that has its name."""

    place: Place
    others: dict[str, None] = field(default_factory=dict)
    old: dict[str, None] = field(default_factory=dict)
    points: list[tuple[float, float]] = field(default_factory=list)  # latitude, longitude in degrees


def kind_of(tags: Mapping[str, str]) -> str:
    """The gazetteer's kind of an object with ``tags``; "": it is none of its places."""
    if not (tags.get("name") or tags.get("name:ru") or tags.get("name:kk")):
        return ""
    if "highway" in tags and tags["highway"] not in ("bus_stop", "platform", "traffic_signals"):
        return "street"
    if tags.get("place") in _AREA:
        return "microdistrict"
    if tags.get("boundary") == "administrative" and tags.get("admin_level") in ("6", "7", "8", "9"):
        return "district"
    if any(tags.get(key) in values for key, values in _LANDMARKS.items()):
        return "landmark"
    return ""


class Gathering:
    """Collects objects into places: the pieces of one street become one place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Gathered] = {}

    def add(self, tags: Mapping[str, str], points: Iterable[tuple[float, float]]) -> None:
        """Add one object; one that is no place is passed over. ``points``: its latitudes and longitudes, degrees."""
        kind = kind_of(tags)
        if not kind:
            return
        name, kazakh = _both(tags)
        shown, street_type = _without_type(name or kazakh, kind)
        if not plain_name(shown) or len(shown) > MAX_NAME:
            return
        kk = _without_type(kazakh, kind)[0]
        place = Place(
            kind=kind, name=shown, kazakh=kk if kk != shown else "", street_type=street_type if kind == "street" else ""
        )
        one = self._found.setdefault((kind, plain_name(shown)), _Gathered(place))
        for key, kept in (*((other, one.others) for other in _OTHER_NAMES), ("old_name", one.old)):
            for said in _names(tags, key):
                kept.setdefault(_without_type(said, kind)[0])
        centre = _centre(list(points))
        if centre is not None:
            one.points.append(centre)

    def places(self) -> tuple[Place, ...]:
        """Every place, sorted by kind and name."""
        made = [_place(one) for one in self._found.values()]
        return tuple(sorted(made, key=lambda place: (place.kind, place.name)))


def _place(one: _Gathered) -> Place:
    place, centre = one.place, _centre(one.points)
    known = {place.name, place.kazakh}
    return Place(
        kind=place.kind,
        name=place.name,
        kazakh=place.kazakh,
        street_type=place.street_type,
        old=tuple(name for name in one.old if name not in known),
        also=tuple(name for name in one.others if name not in known and name not in one.old),
        latitude=None if centre is None else round(centre[0], 6),
        longitude=None if centre is None else round(centre[1], 6),
    )


def _both(tags: Mapping[str, str]) -> tuple[str, str]:
    """The Russian and the Kazakh name; "" where there is none. A bare ``name`` is told by its type word."""
    russian, kazakh, bare = tags.get("name:ru", ""), tags.get("name:kk", ""), tags.get("name", "")
    if not russian and bare and bare != kazakh:
        if not kazakh and re.search("(көшесі|даңғылы|ауданы)$", bare.casefold()):
            return "", bare
        russian = bare
    return " ".join(russian.split()), " ".join(kazakh.split())


def _names(tags: Mapping[str, str], key: str) -> list[str]:
    values = [tags.get(key, ""), tags.get(f"{key}:ru", ""), tags.get(f"{key}:kk", "")]
    said = (" ".join(name.split()) for value in values for name in value.split(";"))
    return [name for name in said if plain_name(name) and len(name) <= MAX_NAME]


def _without_type(name: str, kind: str) -> tuple[str, str]:
    """("Абая", "проспект") of "проспект Абая"; a name that is nothing but its type or a number keeps it."""
    types = {"street": _STREET_TYPES, "microdistrict": _DISTRICT_TYPES}.get(kind)
    if types is None:
        return name, ""
    found = re.match(rf"(?i)^(?P<type>{types})\s+(?P<name>.+)$", name) or re.match(
        rf"(?i)^(?P<name>.+?)\s+(?P<type>{types})$", name
    )
    if found is None or not any(letter.isalpha() for letter in re.sub(r"\d+-?\w{1,3}\b", "", found["name"])):
        return name, ""
    return found["name"].strip(' -«»"'), found["type"].casefold()


def _centre(points: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not points:
        return None
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
