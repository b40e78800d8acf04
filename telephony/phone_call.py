"""One call of a phone, from ringing or answered to its end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from line102.errors import Gone, ProtocolViolation, Unreachable
from telephony.phone_audio import PhoneAudio
from telephony.phone_messages import Dialog, PhoneMessages, Received

ACK_WAITS_S = (0.5, 1.0, 2.0, 4.0)  # RFC 3261 13.3.1.4: 200 OK is repeated until the ACK comes
BYE_WITHIN = timedelta(seconds=2)


class Line(Protocol):
    """What a call needs of its phone."""

    messages: PhoneMessages
    host: str

    def send(self, text: str) -> None: ...

    async def converse(self, text: str, within: timedelta) -> Received:
        """Send a request, return its final answer. Raises Unreachable."""
        ...


class PhoneCall:
    """Use it as an async context: leaving hangs up, whatever happened. Audio is int16 mono at 8 kHz."""

    def __init__(self, line: Line, audio: PhoneAudio, invite: Received | None = None) -> None:
        """``invite``: their INVITE, for a call that rings here; without, ``began`` follows."""
        self._line = line
        self._audio = audio
        self._invite = invite
        self._dialog: Dialog | None = None
        self._sequence = 1
        self._audio_port = 0
        self._acked = asyncio.Event()
        self.ended = asyncio.Event()
        self.ended_by_them = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    # ------------------------------------------------------------ the course

    def began(self, ok: Received) -> None:
        """They answered our INVITE: acknowledge, and start the audio. Raises ProtocolViolation without an address."""
        self._dialog = self._line.messages.dialog_of_ours(ok)
        self._sequence = ok.sequence
        self._line.send(self._line.messages.ack(self._dialog, ok.sequence))
        self._talk(ok)

    def acknowledge_again(self, ok: Received) -> None:
        """Their 200 OK came twice: our ACK was lost."""
        if self._dialog is not None:
            self._line.send(self._line.messages.ack(self._dialog, ok.sequence))

    async def answer(self) -> None:
        """Answer a call that rings here. Raises Gone when the other side gave up, ProtocolViolation."""
        if self._invite is None or self.ended.is_set():
            raise Gone("the ringing call")
        self._audio_port = await self._audio.open(self._line.host)
        self._dialog = self._line.messages.dialog_of_theirs(self._invite)
        self._talk(self._invite)
        for wait in ACK_WAITS_S:
            if self.ended.is_set():
                raise Gone("the ringing call")
            self._line.send(self._line.messages.answer(self._invite, self._audio_port))
            try:
                async with asyncio.timeout(wait):
                    await self._acked.wait()
                    return
            except TimeoutError:
                continue
        raise Unreachable("the PBX", "it did not acknowledge our answer")

    async def hang_up(self) -> None:
        """End the call from here; returns when the PBX knows, or after 2 s. Idempotent."""
        if self.ended.is_set():
            return
        self._over()
        if self._dialog is None:
            if self._invite is not None:
                self._line.send(self._line.messages.reply(self._invite, "486 Busy Here"))
            return
        self._sequence += 1
        bye = self._line.messages.bye(self._dialog, self._sequence)
        try:
            await self._line.converse(bye, BYE_WITHIN)
        except Unreachable:
            return  # the PBX is away, and with it the call

    # ------------------------------------------------------------ what the PBX says

    def acknowledged(self) -> None:
        self._acked.set()

    def renegotiated(self, invite: Received) -> None:
        """Their re-INVITE: the audio may have moved."""
        self._talk(invite)
        self._line.send(self._line.messages.answer(invite, self._audio_port))

    def rung_again(self, invite: Received) -> None:
        """Their INVITE came twice."""
        self._line.send(self._line.messages.reply(invite, "180 Ringing"))

    @property
    def caller(self) -> str:
        """The number that rings here; "" when withheld, or for a call of ours."""
        return "" if self._invite is None else self._invite.caller

    @property
    def rings(self) -> bool:
        return self._invite is not None and self._dialog is None and not self.ended.is_set()

    def cancelled(self) -> None:
        """They gave up before we answered."""
        if self.rings and self._invite is not None:
            self._line.send(self._line.messages.reply(self._invite, "487 Request Terminated"))
        self.ended_by_them = True
        self._over()

    def hung_up(self) -> None:
        """Their BYE."""
        self.ended_by_them = True
        self._over()

    # ------------------------------------------------------------ audio

    def play(self, samples: NDArray[np.int16]) -> float:
        """Say these samples after what is still to be said; returns the loop time at which they begin."""
        return self._audio.play(samples)

    def press(self, key: str) -> None:
        """Press one key: 0-9 * # A-D."""
        self._audio.press(key)

    async def said(self) -> None:
        """Return when everything was said, or the call is over."""
        await self._audio.said()

    def heard(self) -> NDArray[np.int16]:
        """Everything heard since the answer (the first ten minutes)."""
        return self._audio.heard()

    @property
    def first_heard_at(self) -> float | None:
        """Loop time of the first packet of audio."""
        return self._audio.first_heard_at

    def _talk(self, message: Received) -> None:
        address = message.audio_address()
        if address is None:
            raise ProtocolViolation("the PBX", "its SDP names no address for audio")
        self._audio.talk_to(*address)

    def _over(self) -> None:
        self._audio.close()
        self.ended.set()
