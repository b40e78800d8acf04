from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.errors import Unreachable
from telephony.cdr import Cdr, Unreadable, parse_cdrs, read_spans

FILE = Path(__file__).parents[1] / "recordings/cdr/courses.csv"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_record_of_a_real_file_is_read() -> None:
    records = list(parse_cdrs(FILE.read_text("utf-8")))
    assert len(records) == 15
    assert all(isinstance(record, Cdr) for record in records)


def test_a_calls_records_make_one_span() -> None:
    spans = read_spans(FILE, SINCE)
    span = spans["line102-1795438716.8"]  # a queue member and two phones of the overflow
    assert span.started_at == datetime(2026, 11, 23, 12, 58, 36, 63285, tzinfo=UTC)
    assert span.ended_at == datetime(2026, 11, 23, 12, 58, 44, 70464, tzinfo=UTC)
    assert len(spans) == 9
    assert read_spans(FILE, datetime(2026, 11, 24, tzinfo=UTC)) == {}


def test_a_number_with_line_breaks_does_not_hide_the_call() -> None:
    assert "\n1795437299|NONE" in FILE.read_text("utf-8")  # sent by a caller as %0A
    assert "line102-1795438730.26" in read_spans(FILE, SINCE)


def test_phones_and_probe_are_not_callers(tmp_path: Path) -> None:
    path = tmp_path / "line102.csv"
    path.write_text(FILE.read_text("utf-8").replace("PJSIP/trunk-", "PJSIP/probe-"), "utf-8")
    assert read_spans(path, SINCE) == {}


@pytest.mark.parametrize("cut", range(1, 180, 9))
def test_a_cut_last_record_waits(cut: int) -> None:
    lines = FILE.read_text("utf-8").split("\n")
    text = lines[0] + "\n" + lines[1][:cut]
    (record,) = parse_cdrs(text)
    assert isinstance(record, Cdr)


def test_a_torn_record_costs_only_itself() -> None:
    lines = FILE.read_text("utf-8").split("\n")
    records = list(parse_cdrs("\n".join([lines[0], lines[1][:70], lines[2], lines[3], ""])))
    assert [type(record) for record in records] == [Cdr, Unreadable, Cdr, Cdr]


def test_never_is_none() -> None:
    line = FILE.read_text("utf-8").split("\n")[0].replace("1795438702.925205", "0.000000")
    (record,) = parse_cdrs(line + "\n")
    assert isinstance(record, Cdr)
    assert record.answered_at is None


def test_an_absent_file_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="CDR"):
        read_spans(tmp_path / "line102.csv", SINCE)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    for record in parse_cdrs(text + "\n"):
        assert isinstance(record, Cdr | Unreadable)
