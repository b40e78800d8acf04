"""A call's lines as the real Asterisk wrote them, and the record that follows from them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from line102.calls import CallRecord, Outcome, StayEnd
from telephony.queue_log import QueueLine, parse_lines, split_lines
from telephony.records import fold_calls

REAL = (Path(__file__).parents[1] / "recordings/queue_log/courses.log").read_bytes()


def lines_of(data: bytes) -> list[QueueLine]:
    parsed = [line for raw in split_lines(data)[0] for line in parse_lines(raw)]
    return [line for line in parsed if isinstance(line, QueueLine)]


RECORDS = {record.call_id.removeprefix("line102-"): record for record in fold_calls(lines_of(REAL))}


def at(epoch: str) -> datetime:
    seconds, micro = epoch.split(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micro))


def shape(record: CallRecord) -> tuple[Outcome | None, list[StayEnd | None], list[str]]:
    return record.outcome, [stay.end for stay in record.stays], [answer.operator_id for answer in record.answers]


@pytest.mark.parametrize(
    ("call", "outcome", "ends", "operators"),
    [
        ("1795438702.0", Outcome.ANSWERED, [StayEnd.ANSWERED], ["op1"]),  # the caller hung up
        ("1795438707.3", Outcome.ANSWERED, [StayEnd.ANSWERED], ["op1"]),  # the operator hung up
        ("1795438713.6", Outcome.ABANDONED, [StayEnd.ABANDONED], []),
        ("1795438716.8", Outcome.OVERFLOW_ANSWERED, [StayEnd.TIMEOUT], ["duty"]),
        ("1795438724.15", Outcome.ABANDONED, [StayEnd.WITHDRAWN, StayEnd.ABANDONED], []),
        ("1795438730.26", Outcome.ABANDONED, [StayEnd.UNKNOWN_QUEUE], []),
        ("1795438732.28", Outcome.ABANDONED, [StayEnd.NOBODY], []),
        ("1795438745.0", Outcome.ANSWERED, [StayEnd.ANSWERED], ["op1"]),  # killed in mid-call
    ],
)
def test_real_courses(call: str, outcome: Outcome, ends: list[StayEnd], operators: list[str]) -> None:
    assert shape(RECORDS[call]) == (outcome, ends, operators)


def test_times_are_as_exact_as_the_lines_allow() -> None:
    record = RECORDS["1795438702.0"]
    assert record.offered_at == at("1795438702.924922")
    assert record.recording_began_at == at("1795438702.940294")
    assert record.stays[0].joined_at == at("1795438702.940294")  # Queue() is the next line of the dialplan
    assert record.answers[0].at == at("1795438703.500000")  # a whole second's middle
    assert record.answers[0].ended_at == record.ended_at == at("1795438706.933024")
    assert record.hangup_cause == 16


def test_the_overflow_answer_is_exact() -> None:
    record = RECORDS["1795438716.8"]
    assert (record.answers[0].at, record.answers[0].queue) == (at("1795438720.096717"), None)


def test_a_call_cut_off_by_asterisks_death_ends_where_it_was_last_known() -> None:
    record = RECORDS["1795438745.0"]
    assert record.hangup_cause is None
    assert record.ended_at is not None
    assert at("1795438746.0") <= record.ended_at <= at("1795438749.0")


WAITING = (
    b"1795438702|line102-1.0|102|NONE|OFFERED|1795438702.900000|77010000001|102\n"
    b"1795438703|line102-1.0|102|NONE|RECORDING|1795438702.999900\n"
    b"1795438703|line102-1.0|102|NONE|ENTERQUEUE||77010000001|3\n"
)


def one(data: bytes) -> CallRecord:
    (record,) = fold_calls(lines_of(data))
    return record


def test_a_call_without_an_end_is_open_unless_asterisk_was_started_again() -> None:
    assert one(WAITING).ended_at is None
    other = b"1795438720|NONE|NONE|op1|PAUSE|\n1795438800|NONE|NONE|NONE|QUEUESTART|\n"
    record = one(WAITING + other)
    assert (record.outcome, record.stays[0].end) == (Outcome.INTERRUPTED, StayEnd.INTERRUPTED)
    assert record.ended_at == at("1795438720.0")  # the last line Asterisk wrote before


def test_a_second_boundary_between_clock_and_line_costs_nothing() -> None:
    assert one(WAITING).stays[0].joined_at == at("1795438702.999900")


def test_a_redirected_waiting_caller_has_not_ended() -> None:
    """Asterisk writes ABANDON when a waiting caller is redirected (app_queue.c): the call goes on."""
    gone = b"1795438710|line102-1.0|102|NONE|ABANDON|1|1|7\n"
    back = b"1795438725|line102-1.0|102|NONE|ENTERQUEUE||77010000001|1\n"
    record = one(WAITING + gone + back)
    assert record.ended_at is None
    assert [stay.end for stay in record.stays] == [StayEnd.ABANDONED, None]


def test_the_way_out_is_exact_where_the_dialplan_says_when() -> None:
    told = b"1795438710|line102-1.0|102|NONE|EXITWITHTIMEOUT|1|1|7\n"
    said = b"1795438710|line102-1.0|102|NONE|LEFT|TIMEOUT|1795438710.765432\n"
    assert one(WAITING + told + said).stays[0].left_at == at("1795438710.765432")


def test_leaving_without_a_line_of_asterisks_own() -> None:
    record = one(WAITING + b"1795438710|line102-1.0|102|NONE|LEFT|LEAVEEMPTY\n")
    assert record.stays[0].end is StayEnd.EMPTIED


def test_the_end_of_an_overflow_talk_shows_in_the_next_stay() -> None:
    more = (
        b"1795438710|line102-1.0|102|NONE|EXITWITHTIMEOUT|1|1|7\n1795438710|line102-1.0|102|NONE|LEFT|TIMEOUT\n"
        b"1795438712|line102-1.0|102|duty|OVERFLOWCONNECT|1795438712.250000\n"
        b"1795438740|line102-1.0|102|NONE|ENTERQUEUE||77010000001|1\n"
    )
    record = one(WAITING + more)
    assert len(record.stays) == 2
    assert record.answers[0].ended_at == record.stays[1].joined_at


def test_a_number_with_the_separator_in_it() -> None:
    record = one(b"1795438702|line102-1.0|102|NONE|OFFERED|1795438702.900000|77|01|102\n")
    assert (record.number, record.dialled) == ("77|01", "102")


def test_a_log_that_begins_in_mid_call() -> None:
    record = one(b"1795438702|line102-1.0|102|op1|CONNECT|1|line102-1.1|1\n")
    assert not record.seen_from_start


@pytest.mark.parametrize("drop", range(40))
def test_any_missing_line_still_gives_a_record_for_every_call(drop: int) -> None:
    raws = REAL.split(b"\n")
    left = b"\n".join(raws[:drop] + raws[drop + 1 :])
    records = fold_calls(lines_of(left))
    assert len(records) >= len(RECORDS) - 1
    for record in records:
        times = [
            record.offered_at,
            *(stay.joined_at for stay in record.stays),
            *(answer.at for answer in record.answers),
        ]
        assert record.ended_at is None or max(times) <= record.ended_at


SENT_ON = (  # as Asterisk wrote it
    b"1795462093|line102-1.0|102|NONE|OFFERED|1795462093.726608|77010000001|102\n"
    b"1795462093|line102-1.0|102|NONE|RECORDING|1795462093.729683\n"
    b"1795462093|line102-1.0|102|NONE|ENTERQUEUE||77010000001|1\n"
    b"1795462093|line102-1.0|102|op1|CONNECT|0|line102-1.1|0\n"
    b"1795462093|line102-1.0|102|op1|BLINDTRANSFER|s|line102-help|0|0|1\n"
    b"1795462093|line102-1.0|102|NONE|HELPLINE|1795462093.995863|op1\n"
    b"1795462094|line102-1.0|help|NONE|ENTERQUEUE||77010000001|1\n"
    b"1795462094|line102-1.0|help|help1|CONNECT|0|line102-1.2|0\n"
    b"1795462095|line102-1.0|help|help1|COMPLETECALLER|0|1|1\n"
    b"1795462095|line102-1.0|102|NONE|ENDED|1795462095.845233|16\n"
)


def test_an_operator_sent_the_caller_to_the_help_line() -> None:
    record = one(SENT_ON)
    assert shape(record) == (Outcome.ANSWERED, [StayEnd.ANSWERED, StayEnd.ANSWERED], ["op1", "help1"])
    assert record.sent_at == at("1795462093.995863")
    assert record.answers[0].ended_at == record.sent_at
    assert [stay.queue for stay in record.stays] == ["102", "help"]


def test_the_operators_line_may_come_after_the_help_lines() -> None:
    """Another thread writes it."""
    lines = SENT_ON.splitlines(keepends=True)
    lines[4], lines[5] = lines[5], lines[4]
    assert one(b"".join(lines)).answers[0] == one(SENT_ON).answers[0]


SERVED = (
    b"1795462093|line102-1.0|102|NONE|OFFERED|1795462093.700000|77010000001|102\n"
    b"1795462093|line102-1.0|102|NONE|ENTERQUEUE||77010000001|1\n"
    b"1795462095|line102-1.0|102|NONE|WITHDRAW|1|1|2|offer\n"
    b"1795462095|line102-1.0|102|NONE|LEFT|WITHDRAW\n"
    b"1795462095|line102-1.0|102|NONE|HELPLINE|1795462095.250000|caller\n"
    b"1795462105|line102-1.0|102|NONE|SERVED|1795462105.500000\n"
    b"1795462107|line102-1.0|102|NONE|ENDED|1795462107.100000|16\n"
)


def test_the_self_service_answered() -> None:
    record = one(SERVED)
    assert shape(record) == (Outcome.SELF_SERVED, [StayEnd.WITHDRAWN], [])
    assert record.served_at == at("1795462105.500000")


def test_an_answer_that_was_noted_a_moment_after_the_hang_up_was_heard_all_the_same() -> None:
    *before, ended = SERVED.splitlines(keepends=True)
    served = next(line for line in before if b"|SERVED|" in line)
    late = b"".join((*(line for line in before if line is not served), ended, served))
    assert shape(one(late)) == (Outcome.SELF_SERVED, [StayEnd.WITHDRAWN], [])


def test_the_clock_of_a_service_elsewhere_is_not_believed() -> None:
    """SERVED carries line102's own time; Asterisk's second is worth more when they are far apart."""
    record = one(SERVED.replace(b"1795462105.500000", b"1795463333.000000"))
    assert record.served_at is not None
    assert at("1795462105.0") <= record.served_at <= at("1795462106.0")


def test_who_came_back_from_the_self_service_and_gave_up_is_not_served() -> None:
    back = SERVED.replace(
        b"1795462107|line102-1.0|102|NONE|ENDED",
        b"1795462106|line102-1.0|102|NONE|ENTERQUEUE||77010000001|1\n"
        b"1795462107|line102-1.0|102|NONE|ABANDON|1|1|1\n1795462107|line102-1.0|102|NONE|ENDED",
    )
    assert shape(one(back)) == (Outcome.ABANDONED, [StayEnd.WITHDRAWN, StayEnd.ABANDONED], [])


@pytest.mark.parametrize("status", ["CLOSED", "JOINEMPTY", "FULL"])
def test_a_help_line_that_took_nobody(status: str) -> None:
    refused = SERVED.replace(
        b"1795462105|line102-1.0|102|NONE|SERVED|1795462105.500000",
        f"1795462095|line102-1.0|help|NONE|LEFT|{status}|1795462095.260000".encode(),
    )
    record = one(refused)
    assert (record.stays[-1].queue, record.stays[-1].left_at) == ("help", at("1795462095.260000"))
    assert record.stays[-1].end is (StayEnd.FULL if status == "FULL" else StayEnd.NOBODY)
