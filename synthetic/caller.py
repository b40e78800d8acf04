"""One caller on the line, as the script says: waits, deals with the robot, talks with whoever answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from line102.calls import Side
from synthetic.hearing import Hearing
from synthetic.meeting import Meeting, ends_within
from synthetic.script import Reply, Turn
from synthetic.speech import Speech
from synthetic.summary import CallEnd, PlayedCall, Said
from telephony.phone_call import PhoneCall

LISTENS_EVERY_S = 0.4
# Nothing heard for so long, after somebody spoke: the robot waits for an answer. The ringing tone pauses for 4 s.
SILENCE_S = 6.0
SPOKE_S = 1.0
SENT_ON_AFTER = timedelta(seconds=2)  # the operator is gone and the line is still there


class Caller:
    """``course`` is the whole of it. Speech must be in ``speech``'s folder already: nobody pauses to synthesise."""

    def __init__(self, call: PhoneCall, meeting: Meeting, played: PlayedCall, speech: Speech) -> None:
        self._call = call
        self._meeting = meeting
        self._played = played
        self._script = meeting.script
        self._speech = speech

    async def course(self) -> CallEnd:
        for turn in self._script.waiting:
            await asyncio.sleep(turn.pause.total_seconds())
            await self._say(turn, self._call)
        end = await self._until_answered(sent_on=False)
        while end is None:
            end = await self._talk()
            if end is None:
                end = await self._until_answered(sent_on=True)
        return end

    # ------------------------------------------------------------ waiting

    async def _until_answered(self, *, sent_on: bool) -> CallEnd | None:
        """None: somebody answered. ``sent_on``: an operator chose the help line for them."""
        async with asyncio.TaskGroup() as race:
            robot = race.create_task(self._with_robot(sent_on=sent_on))
            waits = (
                robot,
                race.create_task(self._meeting.answered.wait()),
                race.create_task(self._call.ended.wait()),
            )
            patience = self._script.patience.total_seconds()
            await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            served = robot.done()
            for wait in waits:
                wait.cancel()
        if self._call.ended.is_set():
            return CallEnd.CUT if self._call.ended_by_them else CallEnd.GAVE_UP
        if self._meeting.answered.is_set():
            return None
        return CallEnd.SERVED if served else CallEnd.GAVE_UP

    async def _with_robot(self, *, sent_on: bool) -> None:
        """Return when the robot has answered everything; never, for who wants nothing of it or is with people."""
        if not sent_on and not await self._accepts():
            await asyncio.Event().wait()
        for turn in self._script.asks_robot:
            await self._robot_is_silent()
            await self._say(turn, self._call)
        await self._robot_is_silent()

    async def _accepts(self) -> bool:
        """Whether they chose the help line, once they have heard its offer."""
        reply, after = self._script.reply, self._script.replies_after.total_seconds()
        if reply is Reply.IGNORES:
            return False
        hearing = self._hearing()
        while hearing.speech_s < after:
            await self._listen(hearing)
        self._played.replied = True
        if reply is Reply.PRESSES_1:
            self._call.press("1")
        if self._script.answer is not None:
            await self._say(self._script.answer, self._call)
        return reply is not Reply.REFUSES

    async def _robot_is_silent(self) -> None:
        """It has spoken and waits. In a queue this never comes: the ringing tone goes on."""
        hearing = self._hearing()
        now = asyncio.get_running_loop().time
        while hearing.speech_s < SPOKE_S or now() - hearing.silent_since < SILENCE_S:
            await self._listen(hearing)

    def _hearing(self) -> Hearing:
        return Hearing(begins=len(self._call.heard()), silent_since=asyncio.get_running_loop().time())

    async def _listen(self, hearing: Hearing) -> None:
        await asyncio.sleep(LISTENS_EVERY_S)
        hearing.take(self._call.heard(), asyncio.get_running_loop().time())

    # ------------------------------------------------------------ talking

    async def _talk(self) -> CallEnd | None:
        """None: they were sent on to somebody else."""
        meeting, operator = self._meeting, self._meeting.operator
        assert operator is not None
        self._played.answered_at, self._played.operator_id = meeting.answered_at, meeting.operator_id
        for turn in self._script.talk:
            if self._call.ended.is_set() or operator.ended.is_set():
                return await self._left_by(operator)
            await self._say(turn, self._call if turn.side is Side.CALLER else operator)
            await asyncio.sleep(turn.pause.total_seconds())
        if self._script.operator_hangs_up:
            await operator.hang_up()
        return CallEnd.FINISHED

    async def _left_by(self, operator: PhoneCall) -> CallEnd | None:
        if await ends_within(self._call.ended, SENT_ON_AFTER):
            return CallEnd.CUT
        self._meeting.left_by(operator)
        return None

    async def _say(self, turn: Turn, speaker: PhoneCall) -> None:
        samples = await self._speech.say(turn.text, turn.voice)
        at = datetime.now(UTC)
        if not speaker.ended.is_set():
            speaker.play(samples)
            await speaker.said()
        self._played.said.append(Said(side=turn.side, text=turn.text, at=at, whole=not speaker.ended.is_set()))
