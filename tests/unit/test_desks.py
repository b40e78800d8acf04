"""An operator's place: what is wanted, what Asterisk is told, what is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from line102.desk_kinds import OFF_REASON, OTHER_PHONE_REASON, WRAP_UP_REASON, DeskState, Phone, WhyNoCall
from line102.desks import (
    LONGEST_WRAP_UP,
    Desk,
    Off,
    Pause,
    Paused,
    Ready,
    Seen,
    chosen_phone,
    state_of,
    wanted_pause,
    why_no_call,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
seconds = st.integers(0, 400).map(lambda s: timedelta(seconds=s))
wishes = st.sampled_from([Off(), Ready(), Paused(""), Paused("обед")])
phones = st.sampled_from(Phone)
pauses = st.sampled_from([Pause(False), Pause(True, OFF_REASON), Pause(True, WRAP_UP_REASON), Pause(True, "обед")])
steps = st.lists(st.one_of(wishes, st.tuples(st.sampled_from(["talk", "extend", "end", "wait"]), seconds)), max_size=12)


def after(told: list[object]) -> tuple[Desk, datetime]:
    desk, now = Desk(wish=Off()), T0
    for step in told:
        match step:
            case ("talk", timedelta() as span):
                desk = desk.talk_ended(now, span)
            case ("extend", timedelta() as span):
                desk = desk.extended(span)
            case ("end", _):
                desk = desk.wrapped_up()
            case ("wait", timedelta() as span):
                now += span
            case Off() | Ready() | Paused():
                desk = desk.wished(step)
        desk = desk.at(now)
    return desk, now


@given(steps)
def test_a_wrap_up_is_only_for_who_wants_to_be_ready_and_never_longer_than_promised(told: list[object]) -> None:
    desk, now = after(told)
    if desk.wrap_up is not None:
        assert isinstance(desk.wish, Ready)
        assert desk.wrap_up.until - desk.wrap_up.began <= LONGEST_WRAP_UP
        assert now < desk.wrap_up.until
        assert desk.at(desk.wrap_up.until).wrap_up is None, "it ends by itself"


@given(steps, pauses, phones, phones)
def test_only_who_is_ready_is_rung_and_only_on_the_phone_they_use(
    told: list[object], seen: Pause, phone: Phone, chosen: Phone
) -> None:
    desk, _ = after(told)
    wanted = wanted_pause(desk, seen, phone, chosen)
    may_ring = isinstance(desk.wish, Ready) and desk.wrap_up is None and phone is chosen
    assert wanted.paused is not may_ring
    assert bool(wanted.reason) is wanted.paused
    if phone is not chosen:
        assert wanted.reason == OTHER_PHONE_REASON


@given(pauses, phones, phones)
def test_nobodys_place_is_left_to_asterisk_but_a_wrap_up_ends(seen: Pause, phone: Phone, chosen: Phone) -> None:
    wanted = wanted_pause(None, seen, phone, chosen)
    assert wanted == (Pause(False) if seen.reason == WRAP_UP_REASON else seen)


@given(steps, phones)
def test_what_asterisk_was_told_is_what_is_shown(told: list[object], chosen: Phone) -> None:
    desk, _ = after(told)
    seen = {phone: Seen("free", wanted_pause(desk, Pause(False), phone, chosen)) for phone in Phone}
    state, reason = state_of(desk, seen, chosen)
    match desk.wish:
        case Off():
            assert state is DeskState.OFF
        case Paused(reason=given_reason):
            assert (state, reason) == (DeskState.PAUSED, given_reason)
        case Ready():
            assert state is (DeskState.WRAP_UP if desk.wrap_up else DeskState.READY)


def test_a_phone_that_is_busy_is_shown_whatever_was_wanted() -> None:
    for status, state in (("talking", DeskState.TALKING), ("ringing", DeskState.RINGING)):
        seen = {Phone.DESK: Seen(status), Phone.WEB: Seen("free", Pause(True, OFF_REASON))}
        assert state_of(Desk(wish=Off()), seen, Phone.WEB) == (state, "")


def test_the_phone_is_the_accounts_or_the_one_that_is_there() -> None:
    there, away = Seen("free"), Seen("unreachable")
    assert chosen_phone(Phone.WEB, {}) is Phone.WEB
    assert chosen_phone(None, {Phone.DESK: away, Phone.WEB: there}) is Phone.WEB
    assert chosen_phone(None, {Phone.DESK: there, Phone.WEB: there}) is Phone.DESK


def test_why_no_call_comes_the_gravest_first() -> None:
    def why(state: DeskState, linked: bool = True, there: bool = True, waits: bool = False) -> tuple[WhyNoCall, ...]:
        return why_no_call(state, linked=linked, phone_there=there, somebody_waits=waits)

    assert why(DeskState.READY) == (WhyNoCall.NOBODY_WAITS,)
    assert why(DeskState.READY, waits=True) == ()
    assert why(DeskState.READY, there=False) == (WhyNoCall.PHONE_AWAY,)
    assert why(DeskState.PAUSED, linked=False, there=False) == (
        WhyNoCall.PBX_DOWN,
        WhyNoCall.PHONE_AWAY,
        WhyNoCall.PAUSED,
    )
