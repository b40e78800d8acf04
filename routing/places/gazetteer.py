"""The gazetteer: the places of a city, one JSON object a line. Format: docs/places.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from line102.errors import BadSetting

SHIPPED = "almaty.jsonl"
KINDS = ("street", "microdistrict", "district", "landmark")
MAX_PLACES = 50_000
_FIELDS = frozenset({"kind", "name", "kk", "type", "old", "also", "latitude", "longitude"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place with every name it is called by."""

    kind: str  # one of KINDS
    name: str  # as it is shown
    kazakh: str = ""  # "": not given
    street_type: str = ""  # "улица", "проспект"
    old: tuple[str, ...] = ()  # names it had
    also: tuple[str, ...] = ()  # short, popular and misheard names
    latitude: float | None = None  # degrees, WGS 84
    longitude: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the shown one first; none twice."""
        given = (self.name, self.kazakh, *self.old, *self.also)
        return tuple(dict.fromkeys(name for name in given if name))


def shipped_gazetteer() -> tuple[Place, ...]:
    """The places of Almaty that come with line102. Raises BadSetting when the file was damaged."""
    text = files("routing").joinpath("places", SHIPPED).read_text(encoding="utf-8")
    return parse_gazetteer(text.splitlines(), source=f"routing/places/{SHIPPED}")


def read_gazetteer(path: Path) -> tuple[Place, ...]:
    """Read an administrator's file. Raises BadSetting naming file, line and field."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise BadSetting(str(path), f"cannot be read: {wrong.strerror}", "Correct places.gazetteer.") from wrong
    except UnicodeDecodeError as wrong:
        raise BadSetting(str(path), f"not UTF-8 (byte {wrong.start})", "Save the file as UTF-8.") from wrong
    return parse_gazetteer(text.split("\n"), source=str(path))


def parse_gazetteer(lines: Iterable[str], *, source: str) -> tuple[Place, ...]:
    """Parse JSON lines; blank ones and those that begin with # are skipped. Raises BadSetting."""
    places: list[Place] = []
    seen: dict[tuple[str, str], int] = {}
    for number, raw in enumerate(lines, start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        try:
            place = _place(raw)
            first = seen.setdefault((place.kind, place.name.casefold()), number)
            if first != number:
                raise ValueError(f"name: the {place.kind} {place.name!r} stands in line {first} already")
        except ValueError as wrong:
            raise BadSetting(f"{source}:{number}", str(wrong), "Correct or remove this line.") from wrong
        places.append(place)
        if len(places) > MAX_PLACES:
            raise BadSetting(f"{source}:{number}", f"more than {MAX_PLACES} places", "Import a smaller extract.")
    if not places:
        raise BadSetting(source, "no place in it", "Name another file in places.gazetteer, or remove the setting.")
    return tuple(places)


def place_line(place: Place) -> str:
    """``place`` as a line of a gazetteer, without the line's end; ``parse_gazetteer`` reads it back."""
    given: dict[str, object] = {
        "kind": place.kind,
        "name": place.name,
        "kk": place.kazakh,
        "type": place.street_type,
        "old": list(place.old),
        "also": list(place.also),
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    return json.dumps({key: value for key, value in given.items() if value not in ("", [], None)}, ensure_ascii=False)


def _place(raw: str) -> Place:
    try:
        given = json.loads(raw)
    except (json.JSONDecodeError, RecursionError) as wrong:
        raise ValueError(f"not JSON: {getattr(wrong, 'msg', 'nested too deeply')}") from wrong
    if not isinstance(given, dict):
        raise ValueError("not a JSON object")
    unknown = sorted(set(given) - _FIELDS)
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown field, one of {', '.join(sorted(_FIELDS))} is wanted")
    kind = _string(given, "kind", required=True)
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(KINDS)}")
    latitude, longitude = _degrees(given, "latitude", 90), _degrees(given, "longitude", 180)
    if (latitude is None) != (longitude is None):
        raise ValueError("latitude: latitude and longitude are given together or not at all")
    return Place(
        kind=kind,
        name=_string(given, "name", required=True),
        kazakh=_string(given, "kk"),
        street_type=_string(given, "type"),
        old=_strings(given, "old"),
        also=_strings(given, "also"),
        latitude=latitude,
        longitude=longitude,
    )


def _string(given: Mapping[str, object], key: str, *, required: bool = False) -> str:
    value = given.get(key, "")
    if not isinstance(value, str) or len(value) > 120:
        raise ValueError(f"{key}: not a text of up to 120 characters")
    text = value.strip()
    if not any(letter.isalnum() for letter in text) and (required or key in given):
        raise ValueError(f"{key}: missing or empty")
    return text


def _strings(given: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = given.get(key, [])
    if not isinstance(values, list):
        raise ValueError(f"{key}: not a list of texts")
    return tuple(_string({key: value}, key) for value in values)


def _degrees(given: Mapping[str, object], key: str, limit: int) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not -limit <= value <= limit:
        raise ValueError(f"{key}: not a number of degrees from {-limit} to {limit}")
    return float(value)
