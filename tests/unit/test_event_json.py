"""Every event survives its JSON line unchanged; what is unknown is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.calls import CallId, Side
from line102.errors import ProtocolViolation
from line102.event_json import decode, decode_entry, encode, encode_entry, mended
from line102.events import CallOffered, Entry, LedgerEvent, SegmentHeard
from line102.words import Segment
from tests.ledger_events import NOON, STRATEGIES, events

OFFERED = CallOffered(call_id=CallId("line102-1789.1"), at=NOON, number="+77010000000", dialled="102")


def test_every_class_of_the_union_has_a_strategy() -> None:
    assert set(STRATEGIES) == set(get_args(LedgerEvent))


@given(event=events)
def test_an_event_survives_its_line(event: LedgerEvent) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == mended(event)
    assert json.loads(line)["type"] == type(event).__name__


@given(event=events, seq=st.integers(1, 2**60))
def test_an_entry_survives_its_line(event: LedgerEvent, seq: int) -> None:
    entry = Entry(node='al"ma,ty', seq=seq, event=mended(event))
    line = encode_entry(entry)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_entry(line) == entry


@given(event=events)
def test_mending_twice_changes_nothing_more(event: LedgerEvent) -> None:
    once = mended(event)
    assert mended(once) is once


def test_a_time_comes_back_in_utc_and_aware() -> None:
    back = decode(encode(OFFERED))
    assert back.at.utcoffset() == timedelta(0)
    assert back.at.tzinfo is UTC


def test_text_that_no_database_can_hold_is_mended() -> None:
    back = decode(encode(replace(OFFERED, number="a\0b\ud800c")))
    assert isinstance(back, CallOffered)
    assert back.number == "a\ufffdb\ufffdc"


def test_a_naive_time_is_refused_at_the_door() -> None:
    naive = replace(OFFERED, at=datetime(2026, 11, 23))  # noqa: DTZ001
    with pytest.raises(ProtocolViolation, match=r"CallOffered.*zone"):
        encode(naive)


def test_a_confidence_that_is_no_number_is_refused_at_the_door() -> None:
    zero = timedelta(0)
    nan = float("nan")
    segment = Segment(side=Side.CALLER, start=zero, end=zero, text="", language="", confidence=nan, model="m")
    with pytest.raises(ProtocolViolation, match=r"SegmentHeard.*nan"):
        encode(SegmentHeard(call_id=CallId("1"), at=NOON, segment=segment))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"v": 2}, "version 2"),
        ({"v": "1"}, "version '1'"),
        ({"v": True}, "version True"),
        ({"type": "CallTeleported"}, "CallTeleported"),
        ({"type": 7}, "type 7"),
        ({"mood": "good"}, "mood"),
        ({"number": 5}, "number"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-11-23T12:00:00"}, "zone"),
    ],
)
def test_what_is_unknown_is_named(change: dict[str, object], named: str) -> None:
    line = json.dumps({**json.loads(encode(OFFERED)), **change})
    with pytest.raises(ProtocolViolation, match=named):
        decode(line)


@pytest.mark.parametrize("missing", ["v", "type", "call_id", "at", "number"])
def test_a_missing_field_is_named(missing: str) -> None:
    data = json.loads(encode(OFFERED))
    del data[missing]
    with pytest.raises(ProtocolViolation, match=missing.replace("v", "version")):
        decode(json.dumps(data))


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"null", b'{"seq":1}', b"\0\0\0", b"\xff\xfe", b'{"seq":true,"node":"a","event":{}}']
)
def test_what_is_no_journal_line_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        decode_entry(line)


def test_a_refusal_never_carries_the_callers_words() -> None:
    data = {**json.loads(encode(OFFERED)), "number": ["+77019998877"]}
    with pytest.raises(ProtocolViolation) as refusal:
        decode(json.dumps(data))
    assert "77019998877" not in str(refusal.value)
