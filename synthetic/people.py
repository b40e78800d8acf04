"""Synthetic people at work: callers ring 102 from the trunk's address, operators answer at their desk phones.

The two sides of a call meet in this process: an operator's phone shows the caller's number, and that names the script.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from line102.calls import OperatorId
from line102.errors import BadSetting, Gone, Line102Error, ProtocolViolation, Refused, Unreachable
from synthetic.caller import Caller
from synthetic.grammar import load_grammar
from synthetic.meeting import Meeting, ends_within
from synthetic.script import CallScript, Manners, calls
from synthetic.speech import Speech
from synthetic.summary import CallEnd, PlayedCall, Summary
from telephony.phone import PhoneSettings, SipPhone
from telephony.phone_call import PhoneCall

PBX_TELLS_WITHIN = timedelta(seconds=2)  # when the caller has hung up, that the operator's phone hears of it
STRANGER_TALKS = timedelta(minutes=3)  # then the operator hangs up
STRANGER_WAITS = timedelta(seconds=3)  # an operator answers a caller without a script after this


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSeat:
    """One operator's desk phone. ``helps``: it stands at the help line."""

    operator_id: OperatorId
    password: str = field(repr=False)
    helps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """A run. It ends after ``max_calls`` calls or after ``duration``, when the last call is over."""

    sip_host: str
    sip_port: int
    operators: tuple[OperatorSeat, ...]
    speech_folder: Path
    grammar: Path
    trunk_host: str = (
        "127.0.0.2"  # where callers come from: an address of this machine that the PBX takes for the trunk
    )
    operators_host: str = "127.0.0.1"
    dialled: str = "102"
    seed: int = 102
    manners: Manners = field(default_factory=Manners)
    max_at_once: int = 4  # callers; one more waits before dialling
    max_calls: int | None = None
    duration: timedelta | None = None  # no call begins later

    def __post_init__(self) -> None:
        if self.max_calls is None and self.duration is None:
            raise BadSetting("people", "neither max_calls nor duration is given", "Bound the run")
        if self.max_at_once < 1 or self.manners.calls_per_minute <= 0:
            raise BadSetting("people", "nobody would ever call", "Give positive numbers")
        for host in (self.trunk_host, self.operators_host, self.sip_host):
            if not host.startswith("127."):
                raise BadSetting("people", f"{host} is not this machine", "Synthetic traffic stays on loopback")


async def run_people(settings: PeopleSettings, on_end: Callable[[PlayedCall], None] | None = None) -> Summary:
    """Run until the traffic is over; cancel it to end sooner: every call is hung up, every phone signed off.

    ``on_end`` hears of each call when it is over. Raises BadSetting (an operator's password), Unreachable (no PBX).
    """
    run = _Run(settings, on_end or (lambda _: None))
    try:
        return await run.whole()
    except* Line102Error as several:
        first = several.exceptions[0]
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None


class _Run:
    def __init__(self, settings: PeopleSettings, on_end: Callable[[PlayedCall], None]) -> None:
        self._settings = settings
        self._on_end = on_end
        self._speech = Speech(settings.speech_folder)
        self._free = asyncio.Semaphore(settings.max_at_once)
        self._waiting: dict[str, Meeting] = {}  # by caller's number; at most max_at_once
        self._played: list[PlayedCall] = []

    async def whole(self) -> Summary:
        async with asyncio.TaskGroup() as operators:
            seats = []
            for seat in self._settings.operators:
                ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                seats.append(operators.create_task(self._operate(seat, ready), name=seat.operator_id))
                await asyncio.wait([ready, seats[-1]], return_when=asyncio.FIRST_COMPLETED)
            await self._traffic()
            for task in seats:
                task.cancel()
        return Summary(calls=tuple(self._played))

    # ------------------------------------------------------------ callers

    async def _traffic(self) -> None:
        settings = self._settings
        loop = asyncio.get_running_loop()
        began = loop.time()
        scripts = calls(settings.seed, settings.manners, load_grammar(settings.grammar))
        async with asyncio.TaskGroup() as callers:
            for script in islice(scripts, settings.max_calls):
                if settings.duration is not None and script.starts_at > settings.duration:
                    return
                await asyncio.sleep(max(0.0, began + script.starts_at.total_seconds() - loop.time()))
                await self._free.acquire()
                callers.create_task(self._call(script), name=f"caller {script.number}")

    async def _call(self, script: CallScript) -> None:
        played = PlayedCall(script=script, began_at=datetime.now(UTC))
        self._played.append(played)
        meeting = self._waiting[script.number] = Meeting(script)
        phone_settings = PhoneSettings(
            server=self._settings.sip_host,
            server_port=self._settings.sip_port,
            username=script.number,
            host=self._settings.trunk_host,
        )
        try:
            for turn in script.turns:
                await self._speech.say(turn.text, turn.voice)  # made before the call: nobody pauses to synthesise
            played.began_at = datetime.now(UTC)
            async with SipPhone(phone_settings) as phone, await phone.call(self._settings.dialled) as call:
                played.end = await Caller(call, meeting, played, self._speech).course()
            if meeting.operator is not None and not await ends_within(meeting.operator.ended, PBX_TELLS_WITHIN):
                await meeting.operator.hang_up()  # the PBX was killed, and told nobody
        except (Refused, Unreachable, ProtocolViolation) as refused:
            played.end, played.why = CallEnd.REFUSED, str(refused)
        finally:
            played.ended_at = datetime.now(UTC)
            del self._waiting[script.number]
            self._free.release()
            self._on_end(played)

    # ------------------------------------------------------------ operators

    async def _operate(self, seat: OperatorSeat, ready: asyncio.Future[None]) -> None:
        """One operator's shift: registered, answering one call after another, until cancelled."""
        phone_settings = PhoneSettings(
            server=self._settings.sip_host,
            server_port=self._settings.sip_port,
            username=seat.operator_id,
            password=seat.password,
            host=self._settings.operators_host,
        )
        async with SipPhone(phone_settings) as phone:
            try:
                await phone.register()
            except Refused as refused:
                raise BadSetting(
                    f"password of {seat.operator_id}", refused.why, "Render the PBX's files anew and reload it"
                ) from refused
            ready.set_result(None)
            async with asyncio.TaskGroup() as shift:
                shift.create_task(phone.stay_registered(), name=f"{seat.operator_id} registers")
                while True:
                    await self._take(seat, await phone.rung())

    async def _take(self, seat: OperatorSeat, ringing: PhoneCall) -> None:
        meeting = self._waiting.get(ringing.caller)
        wait = meeting.script.operator_answers_after if meeting else STRANGER_WAITS
        async with ringing as call:
            if meeting is not None and seat.helps and not meeting.script.helper_answers:
                await call.ended.wait()  # the phone rings in vain, until the PBX gives up
                return
            if await ends_within(call.ended, wait):
                return
            try:
                await call.answer()
            except (Gone, Unreachable, ProtocolViolation):
                return  # the caller gave up while it rang
            if meeting is not None:
                meeting.answered_by(seat.operator_id, call)
                await call.ended.wait()
            else:
                await ends_within(call.ended, STRANGER_TALKS)
