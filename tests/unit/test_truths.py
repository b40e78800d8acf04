"""What calls were, as people say, and the modes that follow from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from line102.errors import Refused
from line102.events import (
    CallEnded,
    ModeChanged,
)
from line102.modes import ModeBook
from line102.words import Label, Mode
from tests.fakes.desk import OP, QUEUE, A, B, Desk, answered, running, sent


async def test_a_shut_gate_keeps_the_mode_in_shadow() -> None:
    desk = Desk(needed=3)
    with pytest.raises(Refused, match="0 of 3"):
        desk.mode(Mode.ASSIST)
    assert desk.modes.mode("ru") is Mode.SHADOW


async def test_a_confirmed_miss_drops_the_language_back_to_shadow() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.mode(Mode.ASSIST, "kk")
        desk.calls()
        desk.says("как подать заявление")
        desk.guide.categorise(desk.story(), by=OP, label=Label.EMERGENCY, category="threat", audit=False)
        assert desk.modes.mode("ru") is Mode.SHADOW
        assert desk.modes.mode("kk") is Mode.ASSIST
        change = desk.journal.of(ModeChanged)[-1]
        assert isinstance(change, ModeChanged)
        assert (change.by, change.language) == ("line102", "ru")


async def test_an_emergency_soon_after_the_number_was_sent_away_is_a_miss() -> None:
    async with running(Desk()) as desk:
        desk.mode(Mode.ASSIST)
        desk.calls(A, "7703")
        desk.happen(answered())
        desk.says("как подать заявление")
        desk.happen(*sent("op1")[1:], CallEnded(call_id=A, at=datetime.now(UTC)))
        desk.calls(B, "7703", ago_s=0)
        desk.guide.categorise(desk.story(B), by=OP, label=Label.EMERGENCY, category="", audit=False)
        assert desk.modes.mode("ru") is Mode.SHADOW


async def test_gates_fold_the_same_from_the_ledger_after_a_restart() -> None:
    desk = Desk(needed=2)
    for call, number in ((A, "1"), (B, "2")):
        desk.calls(call, number)
        desk.says("как подать заявление", call)
        desk.guide.categorise(desk.story(call), by=OP, label=Label.INFORMATIONAL, category="", audit=False)
    desk.mode(Mode.OFFER)
    again = ModeBook(QUEUE, 2)
    again.take_all(entry.event for entry in desk.journal.entries)
    assert again.table() == desk.modes.table()
    assert again.mode("ru") is Mode.OFFER
