"""Forty calls on a line that never was: what a real Asterisk wrote of one call, said again for each, at its own time.

Every message of tests/recordings/ami/answered.txt goes out (those that the service ignores too), with ids, phone,
number and Timestamp of the call it now stands for, over tests/fakes/ami_server.py.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telephony.ami.message import Message
from tests.fakes.ami_server import FakeAmi, listed, wire

RECORDING = Path(__file__).parents[1] / "tests" / "recordings" / "ami" / "answered.txt"
STAGES = ("offered", "rung", "answered", "ended")
_TEST_ONLY = re.compile(r"^Event: TestEvent|^Queue: 102(small|brief)", re.MULTILINE)
_FIRST_OF = {"Event: Newchannel": 0, "Event: AgentCalled": 1, "Event: QueueCallerLeave": 2, "Event: HangupRequest": 3}
FREE, TALKING, RINGING, UNAVAILABLE = "1", "2", "6", "5"


def stages_of(recorded: str) -> dict[str, str]:
    """The recording's events of the call by stage, as AMI wrote them; those before its first channel are left out."""
    stage, told = -1, dict.fromkeys(STAGES, "")
    for message in recorded.replace("\r\n", "\n").split("\n\n"):
        name = message.partition("\n")[0]
        if not name.startswith("Event: ") or _TEST_ONLY.search(message) or "ActionID: " in message:
            continue
        stage = max(stage, _FIRST_OF.get(name, stage)) if stage >= 0 or name == "Event: Newchannel" else stage
        if stage >= 0:
            told[STAGES[stage]] += message.replace("\n", "\r\n") + "\r\n\r\n"
    return told


@dataclass(slots=True)
class Call:
    number: int
    seat: str = ""
    began_talking: float = 0.0

    @property
    def call_id(self) -> str:
        return f"line102-1795440146.{10_000 + 2 * self.number}"

    def wears(self, text: str, now: float) -> bytes:
        """``text`` of the recording as if this call had been recorded at ``now``."""
        swapped = {
            "line102-1795440146.0": self.call_id,
            "line102-1795440146.1": f"line102-1795440146.{10_001 + 2 * self.number}",
            "PJSIP/trunk-00000000": f"PJSIP/trunk-{self.number:08x}",
            "PJSIP/op1-00000001": f"PJSIP/{self.seat}-{self.number:08x}",
            "77010000001": f"7701{self.number:07d}",
            "op1": self.seat,
        }
        worn = re.sub("|".join(re.escape(old) + r"\b" for old in swapped), lambda old: swapped[old[0]], text)
        return re.sub(r"Timestamp: [\d.]+", f"Timestamp: {now:.6f}", worn).encode()


class Line:
    """``seats`` in the order in which they are rung. ``written``: when each thing that a page shows was written to AMI.

    Every seat has a desk phone that is there and a browser's that is not.
    """

    def __init__(self, seats: list[str], secret: str, own: str, now: Callable[[], float] = time.time) -> None:
        self.fake = FakeAmi(secret=secret)
        self.fake.answers = {
            "CoreStatus": self._status,
            "QueueStatus": self._queue_status,
            "CoreShowChannels": listed(),
            "QueuePause": self._pause,
        }
        self.seats, self.own = seats, own
        self.calls: list[Call] = []
        self.written: dict[str, float] = {}
        self._now = now
        self._stages = stages_of(RECORDING.read_text("utf-8"))
        self._paused: dict[str, str] = {}  # interface → reason
        self._made = 0

    @property
    def waiting(self) -> list[Call]:
        return [call for call in self.calls if not call.seat]

    @property
    def talking(self) -> list[Call]:
        return [call for call in self.calls if call.began_talking]

    def at(self, seat: str) -> Call | None:
        return next((call for call in self.calls if call.seat == seat), None)

    def free(self) -> list[str]:
        busy = {call.seat for call in self.calls}
        return [seat for seat in self.seats if seat not in busy and f"PJSIP/{seat}" not in self._paused]

    def is_paused(self, seat: str) -> bool:
        return f"PJSIP/{seat}" in self._paused

    def offer(self) -> Call:
        self._made += 1
        call = Call(self._made)
        self.calls.append(call)
        self._tell(call, "offered", f"joins:{call.call_id}")
        return call

    def ring(self, call: Call, seat: str) -> None:
        call.seat = seat
        mine = (f"own_ringing:{call.call_id}",) if seat == self.own else ()
        self._tell(call, "rung", f"rings:{call.call_id}", *mine)

    def answer(self, call: Call) -> None:
        call.began_talking = self._now()
        mine = (f"own_talking:{call.call_id}",) if call.seat == self.own else ()
        self._tell(call, "answered", f"leaves:{call.call_id}", *mine)

    def end(self, call: Call) -> None:
        self.calls.remove(call)
        self._tell(call, "ended", *((f"own_over:{call.call_id}",) if call.seat == self.own else ()))

    def forget_written(self) -> None:
        self.written.clear()

    def _tell(self, call: Call, stage: str, *shown: str) -> None:
        now = self._now()
        self.written.update(dict.fromkeys(shown, now))
        self.fake.emit(call.wears(self._stages[stage], now))

    # ---- what the service asks

    def _status(self, action: Message) -> bytes:
        date = (("CoreStartupDate", "2026-11-22"), ("CoreStartupTime", "10:00:00"))
        return wire(("Response", "Success"), ("ActionID", action.action_id), *date)

    def _queue_status(self, action: Message) -> bytes:
        members = [self._member("QueueMember", f"PJSIP/{seat}{kind}") for seat in self.seats for kind in ("", "-web")]
        return listed(*members)(action)

    def _member(self, event: str, interface: str) -> bytes:
        seat = interface.removeprefix("PJSIP/").removesuffix("-web")
        call = self.at(seat)
        status = UNAVAILABLE if interface.endswith("-web") else FREE if call is None else RINGING
        if status == RINGING and call is not None and call.began_talking:
            status = TALKING
        pause = (("Paused", str(int(interface in self._paused))), ("PausedReason", self._paused.get(interface, "")))
        action = (("ActionID", "%ID%"),) if event == "QueueMember" else ()
        names = (("Queue", "102"), ("MemberName", seat), ("Interface", interface), ("Status", status))
        return wire(("Event", event), *action, *names, *pause)

    def _pause(self, action: Message) -> bytes:
        interface = action.get("Interface")
        if action.get("Paused") == "true":
            self._paused[interface] = action.get("Reason")
        else:
            self._paused.pop(interface, None)
        done = wire(("Response", "Success"), ("ActionID", action.action_id), ("Message", "Interface paused"))
        return done + self._member("QueueMemberPause", interface)


async def busy(line: Line, calls: int, every_s: float, own_talks_s: float) -> None:
    """Until cancelled: ``calls`` on the line; every ``every_s`` one ends, one comes and one is rung and then answered.

    The own desk is rung first whenever it is ready, and its talks last ``own_talks_s``, so that there is more to see.
    """
    while True:
        began = time.monotonic()
        mine = line.at(line.own)
        if mine and mine.began_talking and time.time() - mine.began_talking > own_talks_s:
            line.end(mine)
        others = [call for call in line.talking if call.seat != line.own]
        if others and len(line.calls) >= calls:
            line.end(min(others, key=lambda call: call.began_talking))
        if len(line.calls) < calls:
            line.offer()
        await asyncio.sleep(every_s / 3)
        free = line.free()
        if free and line.waiting:
            call = line.waiting[0]
            line.ring(call, line.own if line.own in free else free[0])
            await asyncio.sleep(every_s / 3)
            line.answer(call)
        await asyncio.sleep(max(0.0, every_s - (time.monotonic() - began)))
