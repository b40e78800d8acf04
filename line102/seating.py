"""Each operator's place: says to Asterisk what they want, and to the pages what Asterisk says. One per service.

If this dies: whoever is paused stays paused (others are rung, then the overflow rings every phone), whoever is ready
stays ready. At the next start the wanted states are on the board again, from the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from line102.broadcast import Broadcast
from line102.calls import CallId, CallRecord, CallState, OperatorId
from line102.desk_kinds import DeskState, Phone
from line102.desks import (
    Desk,
    DeskView,
    Off,
    Paused,
    Ready,
    Seen,
    Wish,
    WrapUp,
    chosen_phone,
    state_of,
    wanted_pause,
    why_no_call,
)
from line102.desks import Pause as PauseWord
from line102.errors import Gone, Refused, Unreachable
from line102.events import (
    CallAnswered,
    CallBackTried,
    CourseEvent,
    LegLost,
    OperatorLeft,
    OperatorStateChanged,
    RingNoAnswer,
)
from line102.ports import DeskControl, MemberSeen
from line102.scribe import Scribe

MACHINE = "line102"
RETRY = timedelta(seconds=1)
_BUSY = ("talking", "ringing", "free", "unreachable", "unknown")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seated:
    """Who sits there, as far as accounts say: the name shown, and which phone they use."""

    name: str
    phone: Phone | None


@dataclass(slots=True)
class _Place:
    desk: Desk | None = None
    by: str = MACHINE  # who changed what they want, last
    members: dict[tuple[Phone, str], MemberSeen] = field(default_factory=dict)
    since: datetime | None = None
    shown: tuple[DeskState, str] = (DeskState.OFF, "")
    unanswered_at: datetime | None = None
    written: tuple[object, ...] = ()
    attempt: CallId | None = None  # to call somebody back

    def seen(self) -> dict[Phone, Seen]:
        phones: dict[Phone, Seen] = {}
        for phone in Phone:
            theirs = [member for (of, _), member in sorted(self.members.items()) if of is phone]
            if theirs:
                status = min((member.status for member in theirs), key=_BUSY.index)
                pause = PauseWord(theirs[0].paused, theirs[0].reason)
                phones[phone] = Seen(status, pause, any(member.on_hold for member in theirs))
        return phones


class Seating:
    """Every method runs in the service's event loop. ``seated``: what the accounts say of a seat's operator."""

    def __init__(
        self,
        scribe: Scribe,
        broadcast: Broadcast,
        control: DeskControl,
        seats: Sequence[OperatorId],
        seated: Callable[[OperatorId], Seated],
        wrap_up: timedelta,
    ) -> None:
        self._scribe = scribe
        self._broadcast = broadcast
        self._control = control
        self._seated = seated
        self._wrap_up = wrap_up
        self._places = {seat: _Place() for seat in seats}
        self._linked = False
        self._changed = asyncio.Event()
        for seat, told in broadcast.board.operator_states.items():
            if seat in self._places:
                self._places[seat].desk, self._places[seat].by = desk_of(told), told.by

    # ------------------------------------------------------------ told by the operator

    def wish(self, operator: OperatorId, wish: Wish, *, by: str) -> None:
        """What the operator wants to be from now on. Raises Gone for a seat that the PBX does not have."""
        place = self._place(operator)
        place.desk = (place.desk or Desk(wish=wish)).wished(wish)
        self._touch(place, by)

    def arrived(self, operator: OperatorId, *, by: str) -> None:
        """Their page is there. Who never said what they want is not rung before they do: the microphone comes first."""
        if self._place(operator).desk is None:
            self.wish(operator, Off(), by=by)

    def extend_wrap_up(self, operator: OperatorId, by: timedelta, *, who: str) -> None:
        """Longer by so much; zero: it ends now. Raises Refused when there is none."""
        place = self._place(operator)
        if place.desk is None or place.desk.wrap_up is None:
            raise Refused(f"wrap-up of {operator}", "there is none")
        place.desk = place.desk.extended(by) if by > timedelta(0) else place.desk.wrapped_up()
        self._touch(place, who)

    async def holds(self, operator: OperatorId, calls: frozenset[CallId]) -> int:
        """The page's phone says what it holds; a leg that no page holds is taken down. Returns how many were."""
        self._place(operator)
        dropped = await self._control.drop_legs(operator, but=calls)
        if dropped:
            log.warning("legs_without_a_page", operator=operator, legs=dropped)
        return dropped

    async def begins_call_back(self, operator: OperatorId, attempt: CallId) -> Phone:
        """Their phone; until it rings, no caller is rung into it. Raises Gone, Refused (away, busy), Unreachable."""
        place = self._place(operator)
        phone = self._chosen(operator, place)
        seen = place.seen().get(phone, Seen())
        if not self._linked:
            raise Unreachable("the PBX", "it is not connected")
        if not seen.is_there:
            raise Refused(f"phone of {operator}", "it is not there")
        if place.attempt is not None or any(one.status in ("ringing", "talking") for one in place.seen().values()):
            raise Refused(f"phone of {operator}", "a call is there")
        place.attempt = attempt
        if place.desk is not None:
            place.desk = replace(place.desk, calls_back=True)
            await self._say_before(operator, place, phone, seen)
        return phone

    async def _say_before(self, operator: OperatorId, place: _Place, phone: Phone, seen: Seen) -> None:
        wanted = wanted_pause(place.desk, seen.pause, phone, phone)
        try:
            await self._control.pause(operator, phone, paused=wanted.paused, reason=wanted.reason)
        except Gone:
            pass  # it sits in no queue: nobody is rung into it
        except (Refused, Unreachable):
            self._call_back_over(place)
            raise

    def call_back_gone(self, attempt: CallId) -> None:
        """That leg is over, or never was. Nobody need have talked: no wrap-up by this."""
        for place in self._places.values():
            if place.attempt == attempt:
                self._call_back_over(place)

    def called_back(self, tried: CallBackTried) -> None:
        """They talked with somebody: it is written up as after any other talk."""
        place = self._places.get(tried.by)
        if place is None:
            return
        self._call_back_over(place)
        if tried.talked:
            self._talk_ended(tried.by)

    def _call_back_over(self, place: _Place) -> None:
        place.attempt = None
        if place.desk is not None:
            place.desk = replace(place.desk, calls_back=False)
        self._changed.set()

    # ------------------------------------------------------------ told by the PBX

    def link(self, *, up: bool) -> None:
        """What became of a call-back in the dark is not told by its leg any more: the phone's own state says it."""
        self._linked = up
        for place in self._places.values():
            self._call_back_over(place)
        self._changed.set()

    def member(self, member: MemberSeen) -> None:
        place = self._places.get(member.operator_id)
        if place is not None:
            place.members[member.phone, member.queue] = member
            if place.attempt is not None and member.status in ("ringing", "talking") and place.desk is not None:
                # Asterisk rings nobody into a phone in use. Were they still paused and nobody else there, the overflow
                # would ring that very phone (seen).
                place.desk = replace(place.desk, calls_back=False)
            self._changed.set()

    def notice(self, event: CourseEvent) -> None:
        match event:
            case OperatorLeft(operator_id=operator):
                self._talk_ended(operator)
            case LegLost(call_id=call_id):
                self._leg_lost(call_id)
            case RingNoAnswer(operator_id=operator, at=at) if operator in self._places:
                self._places[operator].unanswered_at = at
            case CallAnswered(operator_id=operator) if operator in self._places:
                self._places[operator].unanswered_at = None
        self._changed.set()

    def _talk_ended(self, operator: OperatorId) -> None:
        place = self._places.get(operator)
        if place is not None and place.desk is not None:
            place.desk, place.by = place.desk.talk_ended(_now(), self._wrap_up), MACHINE

    def _leg_lost(self, call_id: CallId) -> None:
        """Nobody ended that talk, so there is nothing to wrap up: the caller waits, and this operator may have them."""
        story = self._broadcast.board.story(call_id)
        place = self._places.get(story.record.answers[-1].operator_id) if story and story.record.answers else None
        if place is not None and place.desk is not None:
            place.desk = place.desk.wrapped_up()

    # ------------------------------------------------------------ running

    async def run(self) -> None:
        """Until cancelled: after each change, and at the end of each wrap-up."""
        while True:
            self._changed.clear()
            settled = True
            for operator, place in self._places.items():
                if place.desk is not None:
                    place.desk = place.desk.at(_now())
                settled &= await self._settle(operator, place)
                self._show(operator, place)
            await self._wait(settled)

    async def _settle(self, operator: OperatorId, place: _Place) -> bool:
        """Say to Asterisk what is wanted where it is otherwise; False when it must be said again."""
        if not self._linked:
            return True
        chosen = self._chosen(operator, place)
        for phone, seen in place.seen().items():
            theirs = [member for (of, _), member in place.members.items() if of is phone]
            wanted = wanted_pause(place.desk, seen.pause, phone, chosen)
            if all(PauseWord(member.paused, member.reason) == wanted for member in theirs):
                continue
            try:
                await self._control.pause(operator, phone, paused=wanted.paused, reason=wanted.reason)
            except (Unreachable, Refused, Gone) as error:
                log.warning("pause_not_said", operator=operator, phone=phone, why=str(error))
                return isinstance(error, Gone)
        return True

    async def _wait(self, settled: bool) -> None:
        ends = [place.desk.wrap_up.until for place in self._places.values() if place.desk and place.desk.wrap_up]
        waits = [(end - _now()).total_seconds() for end in ends] + ([] if settled else [RETRY.total_seconds()])
        try:
            async with asyncio.timeout(max(0.02, min(waits)) if waits else None):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _show(self, operator: OperatorId, place: _Place) -> None:
        seen, chosen = place.seen(), self._chosen(operator, place)
        state, reason = state_of(place.desk, seen, chosen)
        now = _now()
        if place.since is None or (state, reason) != place.shown:
            place.since, place.shown = now, (state, reason)
        own = seen.get(chosen, Seen())
        waits = self._somebody_waits()
        there = own.is_there
        self._broadcast.desk(
            DeskView(
                operator_id=operator,
                name=self._seated(operator).name,
                state=state,
                since=place.since,
                reason=reason,
                until=place.desk.wrap_up.until if place.desk and place.desk.wrap_up else None,
                why=why_no_call(state, linked=self._linked, phone_there=there, somebody_waits=waits),
                call_id=self._call_at(operator),
                phone=chosen,
                phone_there=there,
                on_hold=any(phone.on_hold for phone in seen.values()),
                unanswered_at=place.unanswered_at,
            )
        )
        self._write(operator, place, state, reason, now)

    def _write(self, operator: OperatorId, place: _Place, state: DeskState, reason: str, now: datetime) -> None:
        """What an operator who never said what they want does is not written: nobody sits at that desk."""
        if place.desk is None:
            return
        wish, wish_reason = words_of(place.desk.wish)
        wrap_up = place.desk.wrap_up
        told = (state, reason, wish, wish_reason, wrap_up)
        if told == place.written:
            return
        place.written = told
        self._scribe.write(
            OperatorStateChanged(
                at=now,
                operator_id=operator,
                state=state,
                reason=reason,
                until=wrap_up.until if wrap_up else None,
                began=wrap_up.began if wrap_up else None,
                by=place.by,
                wish=wish,
                wish_reason=wish_reason,
            )
        )

    def _chosen(self, operator: OperatorId, place: _Place) -> Phone:
        return chosen_phone(self._seated(operator).phone, place.seen())

    def _place(self, operator: OperatorId) -> _Place:
        if operator not in self._places:
            raise Gone(f"seat {operator}")
        return self._places[operator]

    def _touch(self, place: _Place, by: str) -> None:
        place.by, place.unanswered_at = by, None
        self._changed.set()

    def _somebody_waits(self) -> bool:
        board = self._broadcast.board
        stories = (board.story(call_id) for call_id in board.live_calls())
        return any(story is not None and story.record.state is CallState.WAITING for story in stories)

    def _call_at(self, operator: OperatorId) -> CallId | None:
        """The call that they talk in, or that rings at them."""
        board = self._broadcast.board
        for call_id in board.live_calls():
            story = board.story(call_id)
            if story is None:
                continue
            record = story.record
            if _talks_at(record, operator) or _rings_at(record, operator):
                return call_id
        return None


def _talks_at(record: CallRecord, operator: OperatorId) -> bool:
    last = record.answers[-1] if record.answers else None
    return last is not None and last.operator_id == operator and last.ended_at is None


def _rings_at(record: CallRecord, operator: OperatorId) -> bool:
    rings = record.stays[-1].rings if record.state is CallState.RINGING and record.stays else ()
    return any(ring.operator_id == operator and ring.unanswered_at is None for ring in rings)


def desk_of(told: OperatorStateChanged) -> Desk:
    """What the operator wanted, as it was written."""
    wishes: dict[str, Wish] = {"ready": Ready(), "paused": Paused(told.wish_reason)}
    wish = wishes.get(told.wish, Off())
    wrap_up = WrapUp(began=told.began, until=told.until) if told.began and told.until else None
    return Desk(wish=wish, wrap_up=wrap_up)


def words_of(wish: Wish) -> tuple[str, str]:
    match wish:
        case Off():
            return "off", ""
        case Paused(reason=reason):
            return "paused", reason
        case Ready():
            return "ready", ""


def _now() -> datetime:
    return datetime.now(UTC)
