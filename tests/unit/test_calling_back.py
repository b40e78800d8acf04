"""Who may be called back, on which phone, and what an attempt came to; the PBX is scripted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.call_backs import SPOKEN_AFTER, attempt_at, is_attempt
from line102.call_backs_kinds import CallBackResult
from line102.calling_back import CallingBack
from line102.calls import CallId, OperatorId
from line102.desk_kinds import DeskState, Phone
from line102.desks import Ready
from line102.errors import Refused, Unreachable
from line102.events import CallBackTried
from line102.numbers import has_form
from line102.ports import CallBackLegGone
from telephony.ami.message import Message
from telephony.called_back import result_of, told_by_log
from telephony.queue_log import QueueLine, parse_lines
from telephony.translate import Trunks, translate
from tests.unit.test_seating import OP, Room, room

AT = datetime(2026, 11, 24, 10, 0, 0, 250000, tzinfo=UTC)
CALL, NUMBER = CallId("pbx-1.1"), "77010000601"


@dataclass
class Placed:
    """Remembers which phone it was asked to ring."""

    fails: Exception | None = None
    rung: list[tuple[CallId, Phone, str]] = field(default_factory=list)

    async def place(self, attempt: CallId, phone: Phone, *, operator: OperatorId, number: str, about: CallId) -> None:
        assert (operator, about) == (OP, CALL)
        if self.fails:
            raise self.fails
        self.rung.append((attempt, phone, number))


def calling(here: Room, placed: Placed, *forms: str) -> CallingBack:
    return CallingBack("pbx", here.seating, placed, forms or ("7XXXXXXXXXX",))


def tried(talked_s: float) -> CallBackTried:
    result = CallBackResult.TALKED if talked_s else CallBackResult.BUSY
    return CallBackTried(
        call_id=CALL, at=AT, by=OP, attempt=CallId("t"), result=result, talked=timedelta(seconds=talked_s)
    )


async def test_nobody_is_rung_into_a_phone_that_is_about_to_ring() -> None:
    async with room() as here:
        here.pbx.has(Phone.WEB)
        here.seating.wish(OP, Ready(), by="op1")
        await here.shows(DeskState.READY)
        placed = Placed()
        await calling(here, placed).call_back(CALL, NUMBER, OP)
        assert (Phone.WEB, True, "call-back") in here.pbx.told, "said before the phone rings"
        assert [(phone, number) for _, phone, number in placed.rung] == [(Phone.WEB, NUMBER)]
        await here.shows(DeskState.TALKING)
        with pytest.raises(Refused, match="a call is there"):
            await calling(here, placed).call_back(CALL, NUMBER, OP)
        here.pbx.has(Phone.WEB, "talking")
        here.seating.called_back(tried(40))
        here.pbx.has(Phone.WEB, "free")
        await here.shows(DeskState.WRAP_UP)
        assert here.pbx.told[-1] == (Phone.WEB, True, "wrap-up")


async def test_a_phone_that_was_not_answered_is_ready_again_without_a_wrap_up() -> None:
    async with room() as here:
        here.pbx.has(Phone.WEB)
        here.seating.wish(OP, Ready(), by="op1")
        await here.shows(DeskState.READY)
        placed = Placed()
        await calling(here, placed).call_back(CALL, NUMBER, OP)
        here.seating.call_back_gone(CallId("somebody else's"))
        await here.shows(DeskState.TALKING)
        here.seating.call_back_gone(placed.rung[0][0])
        await here.shows(DeskState.READY)
        here.seating.called_back(tried(0))
        await here.shows(DeskState.READY)


@pytest.mark.parametrize("error", [Refused("phone", "unknown"), Unreachable("ARI", "no answer within 5 s")])
async def test_what_could_not_be_placed_leaves_the_operator_as_they_were(error: Exception) -> None:
    async with room() as here:
        here.pbx.has(Phone.WEB)
        here.seating.wish(OP, Ready(), by="op1")
        await here.shows(DeskState.READY)
        with pytest.raises(type(error)):
            await calling(here, Placed(fails=error)).call_back(CALL, NUMBER, OP)
        await here.shows(DeskState.READY)


@pytest.mark.parametrize("status", ["ringing", "talking", "unreachable", "unknown"])
async def test_a_phone_that_is_busy_or_away_calls_nobody(status: str) -> None:
    async with room() as here:
        here.pbx.has(Phone.WEB, status)
        placed = Placed()
        with pytest.raises(Refused):
            await calling(here, placed).call_back(CALL, NUMBER, OP)
        assert placed.rung == []


async def test_while_the_pbx_is_away_nobody_is_called() -> None:
    async with room(linked=False) as here:
        here.pbx.has(Phone.WEB)
        with pytest.raises(Unreachable):
            await calling(here, Placed()).call_back(CALL, NUMBER, OP)


@pytest.mark.parametrize("number", ["", "102", "770100006011", "+77010000601", "87010000601", "7701000060١"])
async def test_only_numbers_of_the_trunks_form_are_called(number: str) -> None:
    async with room() as here:
        here.pbx.has(Phone.WEB)
        placed = Placed()
        with pytest.raises(Refused, match="call_back_forms"):
            await calling(here, placed).call_back(CALL, number, OP)
        with pytest.raises(Refused, match="call_back_forms"):
            await CallingBack("pbx", here.seating, placed, ()).call_back(CALL, NUMBER, OP)
        assert placed.rung == []


def test_a_form_with_a_plus_means_the_plus() -> None:
    assert has_form("+77010000601", ["8XXXXXXXXXX", "+7XXXXXXXXXX"])
    assert not has_form("77010000601", ["+7XXXXXXXXXX"])
    assert not has_form("77010000601\n", ["7XXXXXXXXXX"])


@given(st.datetimes(min_value=AT.replace(tzinfo=None), max_value=AT.replace(tzinfo=None, year=2100)))
def test_an_attempt_is_known_by_its_name(moment: datetime) -> None:
    assert is_attempt(attempt_at("pbx", moment.replace(tzinfo=UTC)))
    assert not is_attempt("pbx-1795438886.0")


@pytest.mark.parametrize(
    ("status", "talked", "result"),
    [
        ("ANSWER", SPOKEN_AFTER, CallBackResult.TALKED),
        ("ANSWER", SPOKEN_AFTER - timedelta(milliseconds=1), CallBackResult.CUT_SHORT),
        ("BUSY", timedelta(0), CallBackResult.BUSY),
        ("NOANSWER", timedelta(0), CallBackResult.NO_ANSWER),
        ("CANCEL", timedelta(0), CallBackResult.GIVEN_UP),
        ("", timedelta(0), CallBackResult.GIVEN_UP),
        ("CHANUNAVAIL", timedelta(0), CallBackResult.UNREACHABLE),
        ("CONGESTION", timedelta(0), CallBackResult.UNREACHABLE),
        ("SOMETHING NEW", timedelta(0), CallBackResult.UNREACHABLE),
    ],
)
def test_what_an_attempt_came_to(status: str, talked: timedelta, result: CallBackResult) -> None:
    assert result_of(status, talked) is result


LEG = "pbx-back-1795438880.000001"


def said(name: str, **more: str) -> Message:
    fields = {"Timestamp": f"{AT.timestamp():.6f}", "Channel": "PJSIP/op1-00000001", "Context": "line102-call-back"}
    return Message((("Event", name), *(fields | {"Uniqueid": LEG, "Linkedid": LEG} | more).items()))


def test_ami_and_queue_log_tell_the_same() -> None:
    told = {"UserEvent": "Line102CalledBack", "CallId": CALL, "By": "op1", "Dial": "ANSWER", "TalkedMs": "9020"}
    live = translate(said("UserEvent", **told), Trunks(), AT)
    raw = f"{int(AT.timestamp())}|NONE|NONE|op1|CALLEDBACK|{AT.timestamp():.6f}|{LEG}|{CALL}|ANSWER|9020"
    lines = [line for line in parse_lines(raw.encode()) if isinstance(line, QueueLine)]
    assert lines[0].call_id is None, "of no call: no count sees it"
    assert told_by_log(lines, AT) == [live]
    assert told_by_log(lines, AT + timedelta(seconds=1)) == []
    assert isinstance(live, CallBackTried) and live.talked == timedelta(seconds=9.02)


@pytest.mark.parametrize("cut", ["|ANSWER", "", "|ANSWER|9020|more"])
def test_a_cut_line_tells_nothing(cut: str) -> None:
    raw = f"{int(AT.timestamp())}|NONE|NONE|op1|CALLEDBACK|{AT.timestamp():.6f}|{LEG}|{CALL}{cut}"
    assert told_by_log([line for line in parse_lines(raw.encode()) if isinstance(line, QueueLine)], AT) == []


def test_the_legs_end_is_told_and_is_no_callers() -> None:
    assert translate(said("Hangup", Cause="16"), Trunks(), AT) == CallBackLegGone(attempt=CallId(LEG))
    trunk = said("Hangup", Cause="16", Uniqueid="pbx-2.2", Channel="PJSIP/trunk-00000002")
    assert translate(trunk, Trunks(), AT) is None, "the citizen's leg is no caller's channel"
