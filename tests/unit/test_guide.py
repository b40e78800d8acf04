"""Whatever is heard, pressed and decided: nobody is sent away without a person's yes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from line102.events import (
    CallEnded,
    OfferEnded,
)
from line102.words import Mode, OfferEnd, Urgency
from tests.fakes.desk import B, Desk, answered, running

WORDS = ["как подать заявление", "нож", "да", "нет", "опять", "шум", "соедините", "иә"]
STEPS = st.one_of(
    st.sampled_from(WORDS).map(lambda text: ("says", text)),
    st.sampled_from("023456789*#").map(lambda key: ("presses", key)),
    st.sampled_from(["answered", "left", "mode_offer", "mode_shadow", "busy", "free", "tick"]).map(lambda s: (s, "")),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=14))
async def test_no_path_deflects_without_a_persons_yes(steps: Sequence[tuple[str, str]]) -> None:
    desk = Desk()
    async with running(desk):
        desk.calls(ago_s=8)
        highest = Urgency.NORMAL
        for step, given_text in steps:
            await _take(desk, step, given_text)
            known = desk.story().decisions
            assert known.urgency >= highest
            highest = known.urgency
        left = {what for what, _, _ in desk.control.done} & {"withdraw", "transfer"}
        accepted = [e for e in desk.journal.of(OfferEnded) if isinstance(e, OfferEnded) and e.how is OfferEnd.ACCEPTED]
        assert bool(left) == bool(accepted), "no operator confirmed anything here"
        for event in accepted:
            assert event.words in ("да", "иә", "соедините")


async def _take(desk: Desk, step: str, given_text: str) -> None:
    match step:
        case "says":
            desk.says(given_text)
        case "presses":
            desk.presses(given_text)
        case "answered":
            desk.happen(answered())
        case "left":
            desk.happen(CallEnded(call_id=B, at=datetime.now(UTC)))
        case "mode_offer" | "mode_shadow":
            desk.mode(Mode(step.removeprefix("mode_")))
        case "busy" | "free":
            desk.operators("talking" if step == "busy" else "free")
        case _:
            for _ in range(30):
                await asyncio.sleep(0)
