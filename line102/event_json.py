"""A ledger event as one JSON object, and back: the format of the journal's lines and of the store's payloads.

``{"v": 3, "type": "CallOffered", "call_id": …, "at": "2026-11-23T12:00:00Z", …}``; durations are ISO 8601 ("PT1.5S").
A field added, renamed or removed needs a new ``v``: an unknown one is refused by name, never half understood. What was
added since version 1 has defaults, so its entries are read as they are.
"""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

from pydantic import TypeAdapter, ValidationError

from line102.errors import ProtocolViolation
from line102.events import Entry, LedgerEvent

VERSION: Final = 3
READ: Final = (1, 2, 3)

EVENT_CLASSES: Final[dict[str, type[LedgerEvent]]] = {cls.__name__: cls for cls in get_args(LedgerEvent)}

_ADAPTERS: Final[dict[str, TypeAdapter[LedgerEvent]]] = {name: TypeAdapter(cls) for name, cls in EVENT_CLASSES.items()}
_KEYS: Final = {name: {"v", "type", *(f.name for f in fields(cls))} for name, cls in EVENT_CLASSES.items()}
_UNSTORABLE: Final = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}  # NUL and lone surrogates
_NAMES: Final[dict[type[object], tuple[str, ...]]] = {}  # one entry per class met: bounded by the vocabulary


def encode(event: LedgerEvent) -> str:
    """One line of JSON without a line feed. Raises ProtocolViolation for a naive time or a number that is not finite.

    Text that no database can hold (NUL, half of a surrogate pair) is written as U+FFFD; times are written in UTC.
    """
    return _dump(mended(event))


def decode(line: str | bytes) -> LedgerEvent:
    """The event of one ``encode`` line. Raises ProtocolViolation, naming what is unknown or wrong."""
    return _from_object(_parse(line))


def encode_entry(entry: Entry) -> bytes:
    """A whole journal line, with its line feed. ``entry.event`` must have gone through ``mended``."""
    return f'{{"seq":{entry.seq},"node":{json.dumps(entry.node)},"event":{_dump(entry.event)}}}\n'.encode()


def decode_entry(line: bytes) -> Entry:
    """The entry of one ``encode_entry`` line, with or without its line feed. Raises ProtocolViolation."""
    data = _parse(line)
    node, seq, event = data.get("node"), data.get("seq"), data.get("event")
    if not isinstance(node, str) or type(seq) is not int or not isinstance(event, dict) or len(data) != 3:
        raise ProtocolViolation("journal line", f"keys are {sorted(data)}, not node, seq, event")
    return Entry(node=node, seq=seq, event=_from_object(event))


def mended(event: LedgerEvent) -> LedgerEvent:
    """The event as ``encode`` writes it; the same object when nothing had to be changed.

    Raises ProtocolViolation for a time without a zone or a number that is not finite.
    """
    return cast(LedgerEvent, _mended(event, type(event).__name__))


def _dump(event: LedgerEvent) -> str:
    name = type(event).__name__
    return f'{{"v":{VERSION},"type":"{name}",{_ADAPTERS[name].dump_json(event)[1:].decode()}'


def _parse(line: str | bytes) -> dict[str, object]:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise ProtocolViolation("journal line", "it is not JSON") from error
    if not isinstance(data, dict):
        raise ProtocolViolation("journal line", "it is not a JSON object")
    return data


def _from_object(data: dict[str, object]) -> LedgerEvent:
    version, name = data.get("v"), data.get("type")
    if type(version) is not int or version not in READ:
        raise ProtocolViolation("ledger event", f"unknown version {version!r}, this program knows {VERSION}")
    if not isinstance(name, str) or name not in _ADAPTERS:
        raise ProtocolViolation("ledger event", f"unknown type {name!r}")
    if unknown := sorted(data.keys() - _KEYS[name]):
        raise ProtocolViolation(f"ledger event {name}", f"unknown fields {unknown}")
    try:
        return cast(LedgerEvent, _mended(_ADAPTERS[name].validate_json(json.dumps(data), strict=True), name))
    except ValidationError as error:
        wrong = sorted({".".join(map(str, e["loc"])) + ": " + e["type"] for e in error.errors(include_input=False)})
        raise ProtocolViolation(
            f"ledger event {name}", "; ".join(wrong)
        ) from None  # the input may hold words of a caller


def _mended(value: object, name: str) -> object:
    cls = type(value)
    if cls is str:
        text = cast(str, value)
        return text if text.isascii() and "\0" not in text else _storable(text)
    if cls is datetime:
        return _utc(cast(datetime, value), name)
    if cls is float and not math.isfinite(cast(float, value)):
        raise ProtocolViolation(f"ledger event {name}", f"{value} is no number")
    if cls is tuple:
        parts = tuple(_mended(part, name) for part in cast(tuple[object, ...], value))
        return value if all(a is b for a, b in zip(parts, cast(tuple[object, ...], value), strict=True)) else parts
    changed = {}
    for key in _field_names(cls):
        old = getattr(value, key)
        new = _mended(old, name)
        if new is not old:
            changed[key] = new
    return replace(cast(Any, value), **changed) if changed else value


def _field_names(cls: type[object]) -> tuple[str, ...]:
    if cls not in _NAMES:
        _NAMES[cls] = tuple(f.name for f in fields(cls)) if is_dataclass(cls) else ()
    return _NAMES[cls]


def _storable(text: str) -> str:
    mended_text = text.translate(_UNSTORABLE)
    return text if mended_text == text else mended_text


def _utc(at: datetime, name: str) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ProtocolViolation(f"ledger event {name}", "a time without a zone")
    return at.astimezone(UTC)
