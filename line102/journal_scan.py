"""What a journal line is about, read off its beginning: a whole decode costs fifty times as much.

``encode_entry`` writes the keys in one order (tests/unit/test_restore.py holds it to that), so that a line begins with
``{"seq":7,"node":"almaty@…","event":{"v":2,"type":"CallEnded","call_id":"line102-1789.1","at":"…Z"``. Only the
beginning is looked at, so what a caller said is never taken for a key. A line that begins otherwise is decoded.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple, get_args

from line102.calls import CallId
from line102.errors import ProtocolViolation
from line102.event_json import EVENT_CLASSES, READ, decode_entry
from line102.events import CallLessEvent, Entry, LedgerEvent

_PLAIN = rb"[ !#-\[\]-~]*"  # a JSON string's inside that stands for itself: ASCII without quote and backslash
_BEGINNING = re.compile(
    rb'\{"seq":(?:0|[1-9]\d{0,17}),"node":"%b","event":\{"v":(?:%b),"type":"(\w{1,40})",(?:"call_id":"(%b)",)?"at":"'
    % (_PLAIN, b"|".join(b"%d" % version for version in READ), _PLAIN)
)
_INSTANT = rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z)"
# a duration as pydantic writes it: days, a time, or both, and never nothing
_LENGTH = rb"P(?:\d{1,6}D)?(?:(?<=D)|(?=T\d))(?:T(?=\d)(?:\d\d?H)?(?:\d\d?M)?(?:\d\d?(?:\.\d{1,6})?S)?)?"
_SIDE = rb'\{"side":"(?:caller|operator)",%b\}' % b",".join(
    b'"%b":"%b"' % (name, _LENGTH) for name in (b"speech", b"text", b"suppressed", b"missing")
)
_REST: Final = {
    cls: re.compile(_INSTANT + rest)
    for rest, names in {
        rb'","hangup_cause":(?:null|0|[1-9]\d{0,5})\}\}\n': ("CallEnded",),
        rb'"\}\}\n': ("CallInterrupted", "CallLost"),
        rb'"(?:,"coverage":\[(?:%b(?:,%b)?)?\])?\}\}\n' % (_SIDE, _SIDE): ("TranscriptCompleted",),
        rb'","path":"%b","reason":"%b"\}\}\n' % (_PLAIN, _PLAIN): ("RecordingSetAside",),
    }.items()
    for cls in (EVENT_CLASSES[name] for name in names)
}
_CALLLESS: Final = frozenset(get_args(CallLessEvent))
_CLASSES: Final = {name.encode(): cls for name, cls in EVENT_CLASSES.items()}


class Mark(NamedTuple):
    kind: type[LedgerEvent]
    call_id: CallId | None  # None for a CallLessEvent
    rest: int  # where the line's time begins; -1 when the line had to be decoded, and is readable


def mark_of(line: bytes) -> Mark | None:
    """What a line says that it is; None when it cannot be read. The end of the line may still turn out damaged."""
    found = _BEGINNING.match(line)
    if found is not None:
        name, call_id = found.groups()
        kind = _CLASSES.get(name)
        if kind is not None and (call_id is None) is (kind in _CALLLESS):
            return Mark(kind, None if call_id is None else CallId(call_id.decode()), found.end())
    entry = readable(line)
    if entry is None:
        return None
    event = entry.event
    return Mark(type(event), None if isinstance(event, CallLessEvent) else event.call_id, -1)


def moment_of(line: bytes, mark: Mark) -> datetime | None:
    """When the line's event happened; None when the line cannot be read, looked at to its last byte."""
    shape = _REST.get(mark.kind)
    whole = shape.fullmatch(line, mark.rest) if shape is not None and mark.rest >= 0 else None
    if whole is not None:
        try:
            return datetime.fromisoformat(whole[1].decode())
        except ValueError:
            return None
    entry = readable(line)
    return None if entry is None else entry.event.at


def readable(line: bytes) -> Entry | None:
    """The line's entry, wholly decoded; None when it cannot be read."""
    try:
        return decode_entry(line)
    except ProtocolViolation:
        return None
