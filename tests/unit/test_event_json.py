"""Every event survives its JSON line unchanged; what is unknown is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.calls import CallId, Side
from line102.errors import ProtocolViolation
from line102.event_json import decode, decode_entry, encode, encode_entry, mended
from line102.events import (
    Audited,
    CallBackEvent,
    CallOffered,
    CardWritten,
    DecisionEvent,
    Entry,
    LanguageChosen,
    LedgerEvent,
    LegLost,
    ModeChanged,
    OperatorStateChanged,
    PutThrough,
    SegmentHeard,
    SelfServed,
    SentToHelpLine,
    TranscriptCompleted,
    TranscriptRevised,
)
from line102.words import Coverage, Segment
from tests.ledger_events import NOON, STRATEGIES, events

OFFERED = CallOffered(call_id=CallId("line102-1789.1"), at=NOON, number="+77010000000", dialled="102")


VERSION_1 = Path(__file__).parents[1] / "recordings" / "journal" / "version-1.jsonl"  # one line of each class of then


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
        ({"v": 4}, "version 4"),
        ({"v": 0}, "version 0"),
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


def test_a_journal_of_version_1_is_read_as_it_is() -> None:
    lines = VERSION_1.read_bytes().splitlines()
    assert all(json.loads(line)["event"]["v"] == 1 for line in lines)
    events = [decode_entry(line).event for line in lines]
    later = {TranscriptRevised, LanguageChosen, SentToHelpLine, SelfServed, ModeChanged, *get_args(DecisionEvent)}
    later |= {Audited, CardWritten, LegLost, PutThrough, OperatorStateChanged, *get_args(CallBackEvent)}
    assert {type(event) for event in events} == set(get_args(LedgerEvent)) - later
    heard = next(event.segment for event in events if isinstance(event, SegmentHeard))
    assert (heard.text, heard.start, heard.suppressed) == (
        "Көмектесіңіздер, горит дом",
        timedelta(seconds=1.5),
        "repeats itself",
    )
    assert (heard.as_heard, heard.committed) == (None, None)
    assert next(event.coverage for event in events if isinstance(event, TranscriptCompleted)) == ()
    assert [decode(encode(event)) for event in events] == events, "written again as version 2 it is the same"


def test_what_version_2_added_survives_its_line() -> None:
    half = timedelta(milliseconds=500)
    part = Segment(
        side=Side.CALLER, start=half, end=2 * half, text="", language="", confidence=0.5, model="m", committed=7
    )
    counted = Coverage(side=Side.CALLER, speech=4 * half, text=2 * half, suppressed=half, missing=half)
    for event in (
        SegmentHeard(call_id=CallId("1"), at=NOON, segment=replace(part, as_heard="абайя десять")),
        TranscriptCompleted(call_id=CallId("1"), at=NOON, coverage=(counted,)),
        TranscriptRevised(call_id=CallId("1"), at=NOON, model="big@1", coverage=(counted,)),
        LanguageChosen(call_id=CallId("1"), at=NOON, language=None),
    ):
        assert decode(encode(event)) == event
