from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.ports import Unrecognised
from telephony.queue_log import Damaged, Kind, QueueLine, moment, parse_lines, split_lines

REAL = (Path(__file__).parents[1] / "recordings/queue_log/courses.log").read_bytes()


def only(raw: bytes) -> QueueLine:
    (line,) = parse_lines(raw)
    assert isinstance(line, QueueLine)
    return line


def test_a_line_of_asterisk() -> None:
    line = only(b"1795438703|line102-1795438702.0|102|op1|CONNECT|1|line102-1795438702.1|1\r")
    assert line.written_at == datetime(2026, 11, 23, 12, 58, 23, tzinfo=UTC)
    assert (line.call_id, line.queue, line.member, line.kind) == ("line102-1795438702.0", "102", "op1", Kind.CONNECT)
    assert line.data == ("1", "line102-1795438702.1", "1")
    assert line.exact is None


@pytest.mark.parametrize(
    ("event", "exact"),
    [
        ("OFFERED|1795438702.924922|77010000001|102", True),
        ("OFFERED||77010000001|102", False),  # a number alone is not a time
        ("OFFERED|7701000000|102", False),
        ("RECORDING|1795438702.924922", True),
        ("ENDED|1795438702.924922|16", True),
        ("OVERFLOWCONNECT|1795438702.924922", True),
        ("LEFT|TIMEOUT", False),
        ("LEFT|TIMEOUT|1795438702.924922", True),
        ("CONNECT|1795438702.924922||", False),  # not ours
    ],
)
def test_only_our_own_lines_are_exact(event: str, exact: bool) -> None:
    line = only(f"1795438702|line102-1.2|102|NONE|{event}".encode())
    assert line.exact == (datetime(2026, 11, 23, 12, 58, 22, 924922, tzinfo=UTC) if exact else None)


def test_every_line_of_a_real_log_is_known() -> None:
    raws, used = split_lines(REAL)
    lines = [line for raw in raws for line in parse_lines(raw)]
    assert used == len(REAL)
    assert all(isinstance(line, QueueLine) and isinstance(line.kind, Kind) for line in lines)
    assert len(lines) == REAL.count(b"\n")


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_cut_last_line_waits_for_its_end(cut: int) -> None:
    first, used = split_lines(REAL[:cut])
    rest, _ = split_lines(REAL[used:])
    assert first + rest == split_lines(REAL)[0]


def test_an_unknown_event_is_typed() -> None:
    line = only(b"1795438703|line102-1.2|102|op1|SOMETHINGNEW|1|2")
    assert line.kind == Unrecognised(name="SOMETHINGNEW")


def test_a_line_about_no_call() -> None:
    assert only(b"1795438702|NONE|NONE|NONE|QUEUESTART|").call_id is None


def test_a_line_cut_by_a_crash_does_not_swallow_the_restart() -> None:
    first, second = parse_lines(b"1795438702|line102-1.2|102|NONE|ENTERQ1795438999|NONE|NONE|NONE|QUEUESTART|")
    assert isinstance(first, QueueLine)
    assert first.kind == Unrecognised(name="ENTERQ")
    assert isinstance(second, QueueLine)
    assert second.kind is Kind.STARTED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"junk",
        b"|||||",
        b"abc|c|q|a|ABANDON",
        b"1795438702|c|q|a",
        b"1795438702|c|q|a|",
        b"795438702.15|c|q|a|E",
        b"9" * 20000,
    ],
)
def test_what_cannot_be_read_is_kept(raw: bytes) -> None:
    (line,) = parse_lines(raw)
    assert isinstance(line, Damaged)
    assert len(line.text) <= 200


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    for line in parse_lines(raw):
        assert isinstance(line, QueueLine | Damaged)


@given(st.integers(1_000_000_000, 4_000_000_000), st.integers(0, 999_999))
def test_microseconds_are_kept(seconds: int, micro: int) -> None:
    at = moment(f"{seconds}.{micro:06d}")
    assert at is not None
    assert (round(at.timestamp() - at.microsecond / 1e6), at.microsecond) == (seconds, micro)


@pytest.mark.parametrize(
    "field", ["", "0.000000", "12.5", "1795438702.", "1e9", "-1795438702.0", " 1795438702", "१७९५४३८७०२"]
)
def test_what_is_no_moment(field: str) -> None:
    assert moment(field) is None
