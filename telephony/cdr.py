"""Asterisk's call detail records: the second witness of when a caller's channel began and ended.

The file is ``log/cdr-custom/line102.csv`` as ``asterisk-conf/cdr_custom.conf`` describes it: texts in double quotes,
quotes doubled, times as seconds.microseconds since 1970 (0.000000 = never). A call has one record for each operator
who was tried; they share ``linkedid``, the caller's Uniqueid. A call that Asterisk's death cut off has none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from line102.calls import CallId
from line102.errors import Unreachable
from telephony.queue_log import moment

TRUNK_CHANNELS = "PJSIP/trunk-"  # asterisk-conf/pjsip.conf
MOST_LINES = 5  # of one record
FIELDS = (
    "uniqueid",
    "linkedid",
    "sequence",
    "src",
    "dst",
    "channel",
    "dstchannel",
    "lastapp",
    "disposition",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdr:
    """One record. Times are aware UTC; None where Asterisk writes 0."""

    unique_id: CallId  # of the channel this record is about
    linked_id: CallId  # of the oldest channel of the same call: the caller's
    channel: str
    dst_channel: str
    disposition: str  # ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION
    started_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is cut or not in our layout: its text, at most 200 characters."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpan:
    """When one caller's channel existed, over all its records. ``ended_at`` is None while a record lacks it."""

    started_at: datetime
    ended_at: datetime | None


def parse_cdrs(text: str) -> Iterator[Cdr | Unreadable]:
    """Parse whole records; never raises. A last line without its newline is left for the next reading.

    A field may hold line breaks: a caller can put them into a number. A record is then spread over a few lines.
    """
    lines = [line.rstrip("\r") for line in text[: text.rfind("\n") + 1].replace("\0", "").split("\n")[:-1]]
    index = 0
    while index < len(lines):
        for taken in range(1, min(MOST_LINES, len(lines) - index) + 1):
            record = _parse("\n".join(lines[index : index + taken]))
            if isinstance(record, Cdr):
                break
        else:
            taken, record = 1, Unreadable(lines[index][:200])
        index += taken
        if isinstance(record, Cdr) or record.text.strip():
            yield record


def _parse(lines: str) -> Cdr | Unreadable:
    try:
        rows = list(csv.reader(io.StringIO(lines, newline=""), strict=True))
    except csv.Error:
        return Unreadable(lines[:200])
    if len(rows) != 1 or len(rows[0]) != len(FIELDS) or not rows[0][0]:
        return Unreadable(lines[:200])
    of = dict(zip(FIELDS, rows[0], strict=True))
    return Cdr(
        unique_id=CallId(of["uniqueid"]),
        linked_id=CallId(of["linkedid"]),
        channel=of["channel"],
        dst_channel=of["dstchannel"],
        disposition=of["disposition"],
        started_at=_time(of["start"]),
        answered_at=_time(of["answer"]),
        ended_at=_time(of["end"]),
    )


def _time(field: str) -> datetime | None:
    return moment(field)  # "0.000000" has too few digits to be a time


def read_cdrs(path: Path) -> list[Cdr | Unreadable]:
    """Every record of the file. Blocking. Raises Unreachable while it is not there."""
    try:
        return list(parse_cdrs(path.read_text("utf-8", "replace")))
    except OSError as error:
        raise Unreachable(f"CDR {path}", error.strerror or str(error)) from error


def read_spans(path: Path, since: datetime) -> Mapping[CallId, ChannelSpan]:
    """Each trunk channel that began at or after ``since``. Blocking. Raises Unreachable."""
    own = [cdr for cdr in read_cdrs(path) if isinstance(cdr, Cdr) and _is_callers(cdr)]
    spans: dict[CallId, ChannelSpan] = {}
    for cdr in own:
        if cdr.started_at is not None:
            spans[cdr.unique_id] = _joined(spans.get(cdr.unique_id), cdr.started_at, cdr.ended_at)
    return {call_id: span for call_id, span in spans.items() if span.started_at >= since}


def _is_callers(cdr: Cdr) -> bool:
    """Whether this record is about a channel from the network; phones and the probe have records of their own."""
    return cdr.unique_id == cdr.linked_id and cdr.channel.startswith(TRUNK_CHANNELS)


def _joined(span: ChannelSpan | None, started_at: datetime, ended_at: datetime | None) -> ChannelSpan:
    if span is None:
        return ChannelSpan(started_at=started_at, ended_at=ended_at)
    ends = [end for end in (span.ended_at, ended_at) if end is not None]
    return ChannelSpan(started_at=min(span.started_at, started_at), ended_at=max(ends, default=None))
