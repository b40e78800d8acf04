"""Callers and phones for the tests, as scripted SIP (SIPp) on loopback addresses. Bounded in time, ended on exit.

async with phone(pbx, "op1", answers_after_s=1), caller(pbx, talk_s=5) as call:
    await call.ended()
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SCENARIOS = Path(__file__).parent / "sipp"
LONGEST_S = 120  # no SIPp of ours lives longer than this
NEVER_S = 3600.0


class Pbx(Protocol):
    """What is needed of the ``pbx`` fixture."""

    @property
    def trunk_address(self) -> str: ...
    @property
    def sip_address(self) -> str: ...
    def password_of(self, phone: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Sipp:
    """A running SIPp."""

    process: asyncio.subprocess.Process
    folder: Path
    address: tuple[str, int]
    call_id: str  # SIP's, not Asterisk's

    async def ended(self, *, within_s: float = 60) -> int:
        """Its exit status: 0 when the scenario went through as written. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    @property
    def screen(self) -> str:
        """What SIPp printed: for a failing test's message."""
        return (self.folder / "screen").read_text("utf-8", "replace")

    @property
    def messages(self) -> str:
        """Every SIP message of a phone that is ``traced``, or of a citizen, so far."""
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*_messages.log"))

    async def hang_up(self) -> None:
        """Hang up now, with a BYE, as a person does. Only for a caller."""
        if self.process.returncode is not None:
            return
        # SIPp has no command for this: the scenario takes an INFO within its call as "put the receiver down".
        host, port = self.address
        lines = (
            "INFO sip:caller SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK-{secrets.token_hex(4)}",
            "From: <sip:test@127.0.0.1>;tag=t",
            f"To: <sip:caller@{host}>;tag=c1",
            f"Call-ID: {self.call_id}",
            "CSeq: 7 INFO",
            "Content-Length: 0",
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), self.address)
        with contextlib.suppress(TimeoutError):
            await self.ended(within_s=3)

    async def vanish(self) -> None:
        """Die without a word, as a phone whose power is cut."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@contextlib.asynccontextmanager
async def caller(
    pbx: Pbx,
    dialled: str = "102",
    *,
    audio: Path | None = None,
    talk_s: float = 5.0,
    number: str = "77010000001",
    asserted: str = "<sip:ignored.invalid>",
) -> AsyncIterator[Sipp]:
    """A caller from the trunk; ``asserted`` is the network's P-Asserted-Identity.

    Speaks ``audio`` (any file sox reads; default a tone) over and over, and hangs up
    ``talk_s`` after Asterisk took the call, or when the PBX hangs up. Leaving the block ends it at once."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        sound = alaw(audio, Path(folder), tone_hz=440)
        scenario = _scenario(
            "caller", folder, DIALLED=dialled, NUMBER=number, ASSERTED=asserted, TALK_MS=_ms(talk_s), AUDIO=sound
        )
        async with _sipp(pbx, scenario, pbx.trunk_address, _free_port(pbx.trunk_address), "-m", "1") as running:
            try:
                yield running
            finally:
                await running.hang_up()


@contextlib.asynccontextmanager
async def phone(
    pbx: Pbx,
    name: str,
    *,
    answers_after_s: float = 1.0,
    audio: Path | None = None,
    talk_s: float = NEVER_S,
    busy: bool = False,
    traced: bool = False,
) -> AsyncIterator[Sipp]:
    """A registered desk phone (``op1``, ``duty``) for any number of calls: rings ``answers_after_s``, answers, speaks,
    hangs up after ``talk_s``. ``answers_after_s=NEVER_S`` rings for ever; ``busy`` rejects. Unregisters at the end."""
    address = _address_of(name)
    port = _free_port(address)
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        sound = alaw(audio, Path(folder), tone_hz=880)
        ring, talk = _ms(answers_after_s), _ms(talk_s)
        kind = "busy" if busy else "phone"
        scenario = _scenario(kind, folder, PHONE=name, RING_MS=ring, TALK_MS=talk, AUDIO=sound)
        await register(pbx, name, address, port)
        try:
            async with _sipp(pbx, scenario, address, port, "-aa", *(("-trace_msg",) if traced else ())) as running:
                yield running
        finally:
            with contextlib.suppress(TimeoutError):  # the PBX may be gone: some tests kill it
                await register(pbx, name, address, port, expires_s=0, within_s=2)


@contextlib.asynccontextmanager
async def citizen(
    contact: str,
    pbx: Pbx,
    *,
    answers_after_s: float = 1.0,
    audio: Path | None = None,
    talk_s: float = NEVER_S,
    busy: bool = False,
) -> AsyncIterator[Sipp]:
    """Whoever the trunk reaches: a telephone behind ``contact`` ("sip:host:port"), whatever number is dialled."""
    _, address, port = contact.split(":")
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        sound = alaw(audio, Path(folder), tone_hz=440)
        ring, talk = _ms(answers_after_s), _ms(talk_s)
        kind = "busy" if busy else "phone"
        scenario = _scenario(kind, folder, PHONE="citizen", RING_MS=ring, TALK_MS=talk, AUDIO=sound)
        async with _sipp(pbx, scenario, address, int(port), "-aa", "-trace_msg") as running:
            yield running


async def register(pbx: Pbx, name: str, address: str, port: int, *, expires_s: int = 120, within_s: float = 10) -> None:
    """Register ``name`` at address:port; 0 seconds removes it. Sent from that very port: Asterisk believes the
    packet's source, not the Contact (rewrite_contact), so nothing else may listen there yet."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        scenario = _scenario(
            "register",
            folder,
            PHONE=name,
            PASSWORD=pbx.password_of(name),
            EXPIRES=str(expires_s),
        )
        for _ in range(4):  # a CANCEL or BYE that Asterisk repeats to this port ends SIPp's scenario early
            async with _sipp(pbx, scenario, address, port, "-m", "1") as running:
                if await running.ended(within_s=within_s) == 0:
                    return
        raise RuntimeError(f"{name} could not register:\n{running.screen[-800:]}")


def alaw(audio: Path | None, folder: Path, *, tone_hz: int) -> str:
    """Raw A-law, 8 kHz mono, of ``audio``, or five seconds of a quiet tone. Returns the file's name."""
    made = folder / "voice.al"
    target = ["-t", "al", "-r", "8000", "-c", "1", str(made)]
    source = [str(audio)] if audio else ["-n"]
    effect = [] if audio else ["synth", "5", "sine", str(tone_hz), "vol", "0.3"]
    subprocess.run(["sox", "-V1", *source, *target, *effect], check=True, timeout=30)
    return str(made)


@contextlib.asynccontextmanager
async def _sipp(pbx: Pbx, scenario: Path, address: str, port: int, *options: str) -> AsyncIterator[Sipp]:
    media = _free_port(address) & ~1
    call_id = f"{secrets.token_hex(8)}@{address}"
    own_id = ("-cid_str", call_id) if scenario.stem == "caller" else ()
    with (scenario.parent / "screen").open("wb") as screen:
        process = await asyncio.create_subprocess_exec(
            *("sipp", pbx.sip_address, "-sf", str(scenario), "-i", address, "-p", str(port)),
            *("-mi", address, "-mp", str(media)),
            *("-nostdin", "-trace_err", "-timeout", f"{LONGEST_S}s", *own_id, *options),
            cwd=scenario.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=screen,
            stderr=screen,
        )
    try:
        yield Sipp(process, scenario.parent, (address, port), call_id)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _scenario(kind: str, folder: str, **values: str) -> Path:
    text = (SCENARIOS / f"{kind}.xml").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    path = Path(folder) / f"{kind}.xml"
    path.write_text(text, "utf-8")
    return path


def _address_of(name: str) -> str:
    """A loopback address of its own for each phone."""
    number = sum(name.encode()) % 200
    return f"127.0.1.{number + 10}"


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _ms(seconds: float) -> str:
    return str(max(int(seconds * 1000), 1))
