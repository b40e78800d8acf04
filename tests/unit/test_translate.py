"""AMI's words into ours, on recorded traffic and on what no recording holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from line102.calls import HELP_LINE, CallId, CallRecord, Outcome, StayEnd
from line102.events import (
    CallAnswered,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallerRefused,
    CallOffered,
    CourseEvent,
    OperatorRung,
    RingNoAnswer,
    SentToHelpLine,
)
from line102.history import advance
from line102.ports import KeyPressed, MemberSeen, Unrecognised
from telephony.ami.ignored import IGNORED
from telephony.ami.message import Message
from telephony.ami.parser import AmiParser
from telephony.translate import Translated, Trunks, started_at, translate

RECORDINGS = Path(__file__).parents[1] / "recordings" / "ami"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = datetime(2026, 11, 22, 12, 0, 0, 250000, tzinfo=UTC)
LISTS = {"QueueParams", "QueueStatusComplete", "CoreShowChannel", "CoreShowChannelsComplete"}


def message(name: str, **fields: str) -> Message:
    caller = {
        "Timestamp": f"{AT.timestamp():.6f}",
        "Channel": "PJSIP/trunk-00000001",
        "Context": "line102",
        "Uniqueid": "line102-1.1",
        "Linkedid": "line102-1.1",
    }
    return Message((("Event", name), *(caller | fields).items()))


def told(name: str, **fields: str) -> Translated:
    return translate(message(name, **fields), Trunks(), NOW)


def courses(recording: str) -> list[tuple[list[str], CallRecord]]:
    """Of each call in a recording: its events' names, and what they fold into."""
    names: dict[CallId, list[str]] = {}
    records: dict[CallId, CallRecord] = {}
    for item in AmiParser().feed((RECORDINGS / f"{recording}.txt").read_bytes()):
        if item.is_response or item.name in LISTS:
            continue
        event = translate(item, Trunks(), NOW)
        assert not isinstance(event, Unrecognised), event
        if not isinstance(event, CourseEvent):
            continue
        names.setdefault(event.call_id, []).append(type(event).__name__)
        records[event.call_id] = advance(records.get(event.call_id), event)
    return [(names[call_id], records[call_id]) for call_id in names]


BEGIN = ["CallOffered", "RecordingBegan"]


@pytest.mark.parametrize(
    ("recording", "course", "outcome", "stays"),
    [
        (
            "answered",
            [*BEGIN, "CallerJoined", "OperatorRung", "CallAnswered", "OperatorLeft", "CallEnded"],
            Outcome.ANSWERED,
            [StayEnd.ANSWERED],
        ),
        (
            "abandoned",
            [*BEGIN, "CallerJoined", "OperatorRung", "CallEnded"],
            Outcome.ABANDONED,
            [StayEnd.ABANDONED],
        ),
        (
            "timeout",
            [*BEGIN, "CallerJoined", "OperatorRung", "RingNoAnswer", "CallerLeftQueue", "CallAnswered", "CallEnded"],
            Outcome.OVERFLOW_ANSWERED,
            [StayEnd.TIMEOUT],
        ),
        (
            "refused-102absent",
            [*BEGIN, "CallerRefused", "CallAnswered", "CallEnded"],
            Outcome.OVERFLOW_ANSWERED,
            [StayEnd.UNKNOWN_QUEUE],
        ),
        (
            "refused-102empty",
            [*BEGIN, "CallerRefused", "CallAnswered", "CallEnded"],
            Outcome.OVERFLOW_ANSWERED,
            [StayEnd.NOBODY],
        ),
    ],
)
def test_a_recorded_call_is_exactly_its_course(
    recording: str, course: list[str], outcome: Outcome, stays: list[StayEnd]
) -> None:
    ((names, record),) = courses(recording)  # one call: operators' legs are none
    assert names == course
    assert record.outcome is outcome
    assert [stay.end for stay in record.stays] == stays
    assert record.seen_from_start
    assert (record.number, record.dialled[:3]) == ("77010000001", "102")
    assert timedelta(0) < record.waited(NOW) < timedelta(seconds=15)


def test_a_recorded_withdrawal_ends_the_stay_and_not_the_call() -> None:
    """Asterisk sent QueueCallerAbandon for it; we did not believe that."""
    _, (names, record) = courses("withdrawn")
    assert names == [*BEGIN, "CallerJoined", "CallerLeftQueue", "CallerJoined", "CallEnded"]
    assert [stay.end for stay in record.stays] == [StayEnd.WITHDRAWN, StayEnd.ABANDONED]


def test_a_recorded_way_from_an_operator_to_the_help_line() -> None:
    ((names, record),) = courses("sent-on")
    talk = ["CallerJoined", "OperatorRung", "CallAnswered", "OperatorLeft"]
    assert [name for name in names if name != "SentToHelpLine"] == [*BEGIN, *talk, *talk, "CallEnded"]
    assert names.count("SentToHelpLine") == 1
    assert record.outcome is Outcome.ANSWERED
    assert [(answer.operator_id, answer.queue) for answer in record.answers] == [("op1", "102"), ("help1", "help")]
    assert record.sent_at is not None
    assert abs(record.sent_at - (record.answers[0].ended_at or NOW)) < timedelta(seconds=0.1)


def test_a_recorded_way_from_the_queue_into_the_self_service() -> None:
    _, (names, record) = courses("self-served")
    assert names == [*BEGIN, "CallerJoined", "CallerLeftQueue", "SentToHelpLine", "CallEnded"]
    assert record.at_help_line
    assert record.outcome is Outcome.ABANDONED  # SelfServed is line102's own to tell


def test_only_the_callers_own_keys_are_keys() -> None:
    pressed = KeyPressed(call_id=CallId("line102-1.1"), at=AT, key="1")
    assert told("DTMFEnd", Digit="1", Direction="Received", DurationMs="100") == pressed
    assert told("DTMFEnd", Digit="1", Direction="Sent") is None
    assert told("DTMFEnd", Digit="x", Direction="Received") is None
    assert told("DTMFEnd", Digit="", Direction="Received") is None
    assert told("DTMFEnd", Digit="1", Direction="Received", Uniqueid="line102-1.2") is None  # an operator's
    assert told("DTMFBegin", Digit="1", Direction="Received") is None


def test_who_sent_a_caller_to_the_help_line() -> None:
    said = {"UserEvent": "Line102HelpLine", "By": "op1"}
    assert told("UserEvent", **said) == SentToHelpLine(call_id=CallId("line102-1.1"), at=AT, by="op1")
    assert told("UserEvent", **said, Uniqueid="line102-1.2") is None


def test_a_closed_help_line_refuses() -> None:
    event = told("UserEvent", UserEvent="Line102QueueLeft", Queue="help", Status="CLOSED")
    assert isinstance(event, CallerRefused)
    assert (event.queue, event.reason) == (HELP_LINE, StayEnd.NOBODY)


def test_asterisk_s_clock_is_used_when_it_says() -> None:
    assert told("Hangup", Cause="16") == CallEnded(call_id=CallId("line102-1.1"), at=AT, hangup_cause=16)
    for unsaid in ("", "soon", "1e99", "nan"):
        event = told("Hangup", Timestamp=unsaid, Cause="")
        assert event == CallEnded(call_id=CallId("line102-1.1"), at=NOW, hangup_cause=None)


@pytest.mark.parametrize(
    "other",
    [
        {"Channel": "PJSIP/op1-00000002", "Context": "operators"},  # an operator dials
        {"Channel": "PJSIP/probe-00000002", "Context": "probe"},
        {"Channel": "Snoop/line102-1.1-00000000", "Context": "default"},
        {"Channel": "WebSocket/INCOMING/0x7f", "Context": "default"},
        {"Channel": "PJSIP/trunk-web-00000002", "Context": "operators"},
        {"Uniqueid": "line102-1.2"},  # a leg of a caller's call
        {"Uniqueid": "", "Linkedid": ""},
    ],
    ids=["operator", "probe", "snoop", "websocket", "similar name", "leg", "nameless"],
)
def test_what_is_no_caller_s_channel_is_no_call(other: dict[str, str]) -> None:
    for name in ("MixMonitorStart", "QueueCallerJoin", "AgentCalled", "AgentConnect", "Hangup"):
        assert told(name, **other) is None
    assert told("UserEvent", UserEvent="Line102QueueLeft", Status="TIMEOUT", **other) is None
    assert told("UserEvent", UserEvent="Line102Offered", Number="7701", Dialled="102", **other) is None


def test_another_trunk_s_calls_are_known_by_their_context_while_it_lasts() -> None:
    said = {"UserEvent": "Line102Offered", "Number": "", "Dialled": "102"}
    event = told("UserEvent", Channel="PJSIP/city-1", Context="line102", **said)
    assert event == CallOffered(call_id=CallId("line102-1.1"), at=AT, number="", dialled="102")


def test_what_a_caller_wrote_before_it_was_cleaned_is_not_read() -> None:
    assert told("Newchannel", Context="from-trunk", CallerIDNum="7701\nUniqueid: line102-9.9", Exten="102") is None


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        ("FULL", CallerRefused, StayEnd.FULL),
        ("JOINEMPTY", CallerRefused, StayEnd.NOBODY),
        ("JOINUNAVAIL", CallerRefused, StayEnd.NOBODY),
        ("UNKNOWN", CallerRefused, StayEnd.UNKNOWN_QUEUE),
        ("TIMEOUT", CallerLeftQueue, StayEnd.TIMEOUT),
        ("WITHDRAW", CallerLeftQueue, StayEnd.WITHDRAWN),
        ("LEAVEEMPTY", CallerLeftQueue, StayEnd.EMPTIED),
        ("LEAVEUNAVAIL", CallerLeftQueue, StayEnd.EMPTIED),
        ("CONTINUE", CallerLeftQueue, StayEnd.LEFT),
        ("SOMETHINGNEW", CallerLeftQueue, StayEnd.LEFT),
    ],
)
def test_every_way_out_of_the_queue(
    status: str, kind: type[CallerRefused] | type[CallerLeftQueue], reason: StayEnd
) -> None:
    event = told("UserEvent", UserEvent="Line102QueueLeft", Status=status, Queue="102")
    assert isinstance(event, kind)
    assert (event.reason, event.queue) == (reason, "102")


def test_the_overflow_s_answer_names_the_caller_s_call() -> None:
    event = told(
        "UserEvent",
        UserEvent="Line102OverflowAnswered",
        Operator="duty",
        CallId="line102-1.1",
        Uniqueid="line102-1.9",
        Channel="PJSIP/duty-00000004",
    )
    assert isinstance(event, CallAnswered)
    assert (event.call_id, event.operator_id, event.queue) == ("line102-1.1", "duty", None)


def test_operators_are_known_by_their_member_name() -> None:
    fields = {"Queue": "102", "MemberName": "op1", "Interface": "PJSIP/op1", "DestUniqueid": "line102-1.2"}
    rung, unanswered = told("AgentCalled", **fields), told("AgentRingNoAnswer", **fields, RingTime="20000")
    assert isinstance(rung, OperatorRung)
    assert isinstance(unanswered, RingNoAnswer)
    assert rung.operator_id == unanswered.operator_id == "op1"
    joined = told("QueueCallerJoin", Queue="102", Position="3")
    assert isinstance(joined, CallerJoined)
    assert joined.position == 3


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(("0", "unknown"), ("1", "free"), ("2", "talking"), ("3", "talking"), ("4", "unreachable")),
        *(
            ("5", "unreachable"),
            ("6", "ringing"),
            ("7", "talking"),
            ("8", "talking"),
            ("99", "unknown"),
            ("", "unknown"),
        ),
    ],
)
def test_device_states(code: str, status: str) -> None:
    fields = {"Queue": "102", "MemberName": "op1", "Status": code, "Paused": "1"}
    expected = MemberSeen(operator_id="op1", queue="102", status=status, paused=True, on_hold=code == "8")  # type: ignore[arg-type]
    assert told("QueueMemberStatus", **fields) == told("QueueMemberPause", **fields) == expected
    assert told("QueueMember", **{**fields, "MemberName": "", "Name": "op1"}) == expected


def test_a_member_that_was_removed_is_unknown() -> None:
    seen = told("QueueMemberRemoved", Queue="102", MemberName="op1", Status="1", Paused="0")
    assert isinstance(seen, MemberSeen)
    assert seen.status == "unknown"


def test_abandon_and_leave_decide_nothing() -> None:
    assert told("QueueCallerAbandon", Queue="102") is None
    assert told("QueueCallerLeave", Queue="102") is None
    assert {"QueueCallerAbandon", "QueueCallerLeave"} <= IGNORED


def test_what_we_do_not_know_has_a_name() -> None:
    assert told("EventOfTomorrow") == Unrecognised(name="EventOfTomorrow")
    assert told("UserEvent", UserEvent="Foreign") == Unrecognised(name="UserEvent Foreign")


@pytest.mark.parametrize("hours", [0, 5, -3.5])
def test_the_start_is_the_same_in_every_zone(hours: float) -> None:
    began = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    local = began + timedelta(hours=hours)
    status = Message((("CoreStartupDate", f"{local:%Y-%m-%d}"), ("CoreStartupTime", f"{local:%H:%M:%S}")))
    for late in (0, 0.4, 0.9):  # Uptime is in whole seconds
        now = began + timedelta(seconds=3600 + late)
        booted = Message((("Event", "FullyBooted"), ("Timestamp", str(now.timestamp())), ("Uptime", "3600")))
        assert started_at(status, booted, NOW) == began
    assert started_at(status, Message((("Event", "FullyBooted"),)), NOW) is None
