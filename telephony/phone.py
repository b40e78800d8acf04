"""A SIP phone for synthetic people and ``line102 probe``: UDP, PCMU, busy while in a call. Not for the media path."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from line102.errors import BadSetting, ProtocolViolation, Refused, Unreachable
from telephony.phone_audio import PhoneAudio
from telephony.phone_call import PhoneCall
from telephony.phone_messages import REGISTERED_FOR, PhoneMessages, Received, key_of

RESEND_S = 0.5  # RFC 3261 T1; doubled each time
REGISTER_WITHIN = timedelta(seconds=4)
ABANDONED_KEPT = 32  # cancelled INVITEs whose late answers are still recognised; the oldest is forgotten
ANSWERS_KEPT = 16  # answers to one request that nobody has read yet; more are dropped (they are repetitions)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """One phone. ``password`` "" for a phone that the PBX knows by its address (the trunk)."""

    server: str
    server_port: int
    username: str  # also the caller's number that the PBX sees
    password: str = ""
    host: str = "127.0.0.1"  # the address this phone speaks from


class SipPhone(asyncio.DatagramProtocol):
    """Use it as an async context: leaving hangs up every call, signs off and closes the socket."""

    messages: PhoneMessages

    def __init__(self, settings: PhoneSettings) -> None:
        self._settings = settings
        self.host = settings.host
        self._transport: asyncio.DatagramTransport | None = None
        self._asking: dict[tuple[str, str, int], asyncio.Queue[Received]] = {}
        self._calls: dict[str, PhoneCall] = {}
        self._abandoned: OrderedDict[str, str] = OrderedDict()  # Call-ID → our INVITE
        self._ringing: PhoneCall | None = None
        self._rings_now = asyncio.Event()
        self._registered = False
        self.unreadable = 0  # datagrams that were no SIP message

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, 0))
        except OSError as error:
            raise BadSetting(
                "phone.host", f"{self.host} cannot be used ({error.strerror})", "Name an address of this machine"
            ) from error
        self._transport = transport
        self.messages = PhoneMessages(
            server=self._settings.server,
            server_port=self._settings.server_port,
            username=self._settings.username,
            password=self._settings.password,
            host=self.host,
            port=int(transport.get_extra_info("sockname")[1]),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for call in tuple(self._calls.values()):
                await call.hang_up()
            if self._registered:
                await self._register(leave=True)
        except (Unreachable, Refused):
            pass  # the PBX is away, or has forgotten us: signed off all the same
        finally:
            if self._transport is not None:
                self._transport.close()

    # ------------------------------------------------------------ what a phone can do

    async def register(self) -> None:
        """Tell the PBX where this phone is, for a minute. Raises Refused (name or password), Unreachable."""
        await self._register(leave=False)
        self._registered = True

    async def stay_registered(self) -> None:
        """Register again in time, until cancelled; a PBX that is away is tried again. Raises Refused."""
        while True:
            try:
                await self.register()
                await asyncio.sleep(REGISTERED_FOR / 2)
            except Unreachable:
                await asyncio.sleep(1)

    async def call(self, number: str, *, within: timedelta = timedelta(seconds=10)) -> PhoneCall:
        """Ring ``number``; returns when it is answered. Raises Refused, Unreachable (also when nobody answers in time).

        Cancelled or late, the ringing is cancelled on the PBX too.
        """
        audio = PhoneAudio()
        port = await audio.open(self.host)
        try:
            ok = await self._invite(number, port, within)
            call = PhoneCall(self, audio)
            call.began(ok)
        except BaseException:
            audio.close()
            raise
        self._keep(ok.call_id, call)
        return call

    async def rung(self) -> PhoneCall:
        """The next call that rings here; ``answer`` it, or leave its context to refuse."""
        while True:
            await self._rings_now.wait()
            self._rings_now.clear()
            if self._ringing is not None and self._ringing.rings:  # or the caller has given up already
                return self._ringing

    # ------------------------------------------------------------ requests of ours

    async def _register(self, *, leave: bool) -> None:
        answer = await self.converse(self.messages.register(None, leave=leave), REGISTER_WITHIN)
        if answer.challenges:
            answer = await self.converse(self.messages.register(answer, leave=leave), REGISTER_WITHIN)
        if answer.status != 200:
            raise Refused(f"the PBX, asked to register {self._settings.username!r},", answer.reason)

    async def _invite(self, number: str, port: int, within: timedelta) -> Received:
        loop = asyncio.get_running_loop()
        until = loop.time() + within.total_seconds()
        invite = self.messages.invite(number, port, None)
        final = await self._rings(invite, within)
        if final.challenges and self._settings.password:
            self.send(self.messages.ack_refusal(invite, final))
            invite = self.messages.invite(number, port, final)
            final = await self._rings(invite, timedelta(seconds=max(0.0, until - loop.time())))
        if final.status >= 300:
            self.send(self.messages.ack_refusal(invite, final))
            raise Refused(f"the call to {number}", final.reason)
        return final

    async def _rings(self, invite: str, within: timedelta) -> Received:
        """The final answer to ``invite``; if none comes or nobody waits any more, it is cancelled."""
        settled = False
        try:
            final = await self.converse(invite, within)
            settled = True
            return final
        finally:
            if not settled:
                self._abandoned[key_of(invite)[0]] = invite
                while len(self._abandoned) > ABANDONED_KEPT:
                    self._abandoned.popitem(last=False)
                self.send(self.messages.cancel(invite))

    async def converse(self, text: str, within: timedelta) -> Received:
        """Send a request, again while nothing comes back; return its final answer. Raises Unreachable."""
        key = key_of(text)
        answers = self._asking.setdefault(key, asyncio.Queue(maxsize=ANSWERS_KEPT))
        try:
            async with asyncio.timeout(within.total_seconds()):
                return await self._final(text, answers)
        except TimeoutError as late:
            raise Unreachable("the PBX", f"no answer to {key[1]} within {within.total_seconds():.0f} s") from late
        finally:
            del self._asking[key]

    async def _final(self, text: str, answers: asyncio.Queue[Received]) -> Received:
        wait: float | None = RESEND_S
        self.send(text)
        while True:
            try:
                async with asyncio.timeout(wait):
                    answer = await answers.get()
            except TimeoutError:
                self.send(text)
                wait = 2 * (wait or RESEND_S)
                continue
            if answer.status >= 200:
                return answer
            wait = None  # it was heard: be patient

    def send(self, text: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(text.encode(), (self._settings.server, self._settings.server_port))

    # ------------------------------------------------------------ what the PBX says

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        try:
            message = Received(data)
        except ValueError:
            self.unreadable += 1
            return
        if message.is_request:
            self._asked(message)
        else:
            self._answered(message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens on the PBX's port: the request in hand runs into its deadline."""

    def _answered(self, answer: Received) -> None:
        answers = self._asking.get((answer.call_id, answer.method, answer.sequence))
        if answers is not None:
            if not answers.full():
                answers.put_nowait(answer)
        elif answer.method == "INVITE" and answer.status >= 200:
            self._answered_late(answer)

    def _answered_late(self, answer: Received) -> None:
        """A final answer that nobody waits for: repeated, or to an INVITE that was given up."""
        call = self._calls.get(answer.call_id)
        invite = self._abandoned.get(answer.call_id)
        if answer.status >= 300:
            if invite is not None:
                self.send(self.messages.ack_refusal(invite, answer))
        elif call is not None:
            call.acknowledge_again(answer)
        else:
            dialog = self.messages.dialog_of_ours(answer)
            self.send(self.messages.ack(dialog, answer.sequence))
            self.send(self.messages.bye(dialog, answer.sequence + 1))

    def _asked(self, request: Received) -> None:
        call = self._calls.get(request.call_id)
        match request.method:
            case "INVITE":
                self._invited(request, call)
            case "ACK":
                if call is not None:
                    call.acknowledged()
            case "OPTIONS":
                self.send(self.messages.reply(request, "200 OK"))
            case "BYE" | "CANCEL" if call is not None:
                self.send(self.messages.reply(request, "200 OK"))
                call.hung_up() if request.method == "BYE" else call.cancelled()
                del self._calls[request.call_id]
            case _:
                self.send(self.messages.reply(request, "481 Call/Transaction Does Not Exist"))

    def _invited(self, invite: Received, call: PhoneCall | None) -> None:
        if call is not None and call.rings:
            call.rung_again(invite)
        elif call is not None:
            try:
                call.renegotiated(invite)
            except ProtocolViolation:
                self.send(self.messages.reply(invite, "488 Not Acceptable Here"))
        elif any(not other.ended.is_set() for other in self._calls.values()):
            self.send(self.messages.reply(invite, "486 Busy Here"))
        else:
            self.send(self.messages.reply(invite, "180 Ringing"))
            self._ringing = PhoneCall(self, PhoneAudio(), invite)
            self._keep(invite.call_id, self._ringing)
            self._rings_now.set()

    def _keep(self, call_id: str, call: PhoneCall) -> None:
        self._calls = {known: other for known, other in self._calls.items() if not other.ended.is_set()}
        self._calls[call_id] = call
