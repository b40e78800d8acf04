"""The arithmetic of bench.desk, and the line that it replays."""

from __future__ import annotations

from bench.desk_figures import Row, added, late_ms, spread, table
from bench.desk_line import RECORDING, STAGES, Call, stages_of
from telephony.ami.message import Message
from telephony.ami.parser import AmiParser
from tests.fakes.ami_server import BANNER


def test_p95_is_never_above_what_was_seen() -> None:
    assert spread([1.0, 2.0, 3.0]) == {"n": 3, "p50": 2.0, "p95": 2.9, "max": 3.0}
    assert spread([4.04]) == {"n": 1, "max": 4.0}
    assert spread([]) == {"n": 0}


def test_what_was_never_painted_is_told_and_not_timed() -> None:
    late, never = late_ms({"word:1": 10.0, "word:2": 11.0, "joins:x:1": 12.0}, {"word:1": 10.025, "joins:x:1": 12.5})
    assert {kind: [round(one, 3) for one in values] for kind, values in late.items()} == {
        "word": [25.0],
        "joins": [500.0],
    }
    assert never == ["word:2"]


def test_what_desks_add_comes_with_its_noise() -> None:
    assert added([12.0, 14.0], [5.0, 6.0]) == (7.5, 1.0)


def test_a_missed_aim_stands_in_the_table() -> None:
    assert "| heap | 12 | ≤ 10 | **missed** |" in table([Row("heap", "12", "≤ 10", met=False)])


def worn(stage: str, call: Call) -> list[Message]:
    parser = AmiParser()
    parser.feed(BANNER)
    told = stages_of(RECORDING.read_text("utf-8"))[stage]
    return parser.feed(call.wears(told, 1800000000.5))


def test_every_stage_of_the_recording_is_another_calls() -> None:
    call = Call(7, seat="op12")
    messages = [message for stage in STAGES for message in worn(stage, call)]
    ids = {message.get("Linkedid") for message in messages if message.get("Linkedid")}
    assert ids == {call.call_id}
    names = {message.get("MemberName") for message in messages if message.get("MemberName")}
    assert names == {"op12"}
    assert {message.get("Timestamp") for message in messages} == {"1800000000.500000"}
    assert {message.get("Queue") for message in messages if message.get("Queue")} == {"102"}


def test_the_stages_begin_where_the_service_sees_a_change() -> None:
    call = Call(7, seat="op12")
    assert "QueueCallerJoin" in [message.name for message in worn("offered", call)]
    assert "AgentCalled" in [message.name for message in worn("rung", call)]
    assert "AgentConnect" in [message.name for message in worn("answered", call)]
    assert [message.name for message in worn("ended", call)][-1] == "Hangup"
