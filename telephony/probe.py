"""``line102 probe``: a call through the PBX, and proof that audio comes back.

A phone registers as the ``probe`` endpoint, calls the echo, plays tones that no prompt and no ringing contains, and
looks for them in what it hears. It never enters the queue, nor takes an operator's time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from line102.errors import BadSetting, Refused, Unreachable
from telephony.phone import PhoneSettings, SipPhone
from telephony.phone_audio import SAMPLE_RATE_HZ
from telephony.phone_call import PhoneCall

ECHO = "102echo"  # asterisk-conf/extensions.conf, context probe
WITHIN = timedelta(seconds=15)  # the whole probe
TAIL = timedelta(seconds=1)  # how long after the last tone its echo may come
TONES_HZ = (620, 1370, 890, 2110, 1130, 1790)
TONE = timedelta(milliseconds=200)
LOUD = 8000.0  # amplitude of 32767
ALIKE = 0.7  # normalised correlation from which what came back is what was sent; µ-law alone leaves over 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """Where the PBX listens for SIP, and the secret of its ``probe`` endpoint."""

    sip_host: str
    sip_port: int
    password: str
    host: str = "127.0.0.1"  # the address to call from; never one that the trunk's identify matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What the probe found. ``audio_ok`` is the verdict."""

    registered: timedelta  # time to register
    set_up: timedelta  # from INVITE to answer
    round_trip: timedelta | None  # of the audio, to 1 ms; includes our packets of 20 ms; None when nothing came back
    likeness: float  # normalised correlation of what came back with what was sent, 0.0-1.0
    heard: timedelta  # length of all audio received

    @property
    def audio_ok(self) -> bool:
        return self.likeness >= ALIKE


async def probe(settings: ProbeSettings) -> Probed:
    """Call the echo and listen. Takes about 3 s, at most 15 s. Raises BadSetting (password, extension), Unreachable."""
    try:
        async with asyncio.timeout(WITHIN.total_seconds()):
            return await _probe(settings)
    except TimeoutError as late:
        raise Unreachable("the PBX", f"the probe did not end within {WITHIN.total_seconds():.0f} s") from late


async def _probe(settings: ProbeSettings) -> Probed:
    loop = asyncio.get_running_loop()
    phone_settings = PhoneSettings(
        server=settings.sip_host,
        server_port=settings.sip_port,
        username="probe",
        password=settings.password,
        host=settings.host,
    )
    async with SipPhone(phone_settings) as phone:
        began = loop.time()
        await _register(phone)
        registered = loop.time()
        async with await _call(phone) as call:
            set_up = loop.time()
            tones = tone_sequence()
            said_at = await _say(call, tones)
            lag, likeness = find(tones, call.heard())
            first = call.first_heard_at
    round_trip = None if first is None or likeness < ALIKE else first + lag / SAMPLE_RATE_HZ - said_at
    return Probed(
        registered=timedelta(seconds=registered - began),
        set_up=timedelta(seconds=set_up - registered),
        round_trip=None if round_trip is None else timedelta(seconds=max(0.0, round_trip)),
        likeness=likeness,
        heard=timedelta(seconds=len(call.heard()) / SAMPLE_RATE_HZ),
    )


async def _register(phone: SipPhone) -> None:
    try:
        await phone.register()
    except Refused as refused:
        raise BadSetting(
            "probe password", f"the PBX did not take it ({refused.why})", "Render the PBX's files anew and reload it"
        ) from refused


async def _call(phone: SipPhone) -> PhoneCall:
    try:
        return await phone.call(ECHO, within=timedelta(seconds=5))
    except Refused as refused:
        raise BadSetting(
            f"extension {ECHO} in context probe", f"the PBX answered {refused.why}", "See asterisk-conf/extensions.conf"
        ) from refused


async def _say(call: PhoneCall, tones: NDArray[np.int16]) -> float:
    """Say the tones and wait for their echo; returns the loop time at which they began."""
    said_at = call.play(tones)
    await call.said()
    try:
        async with asyncio.timeout(TAIL.total_seconds()):
            await call.ended.wait()
    except TimeoutError:
        return said_at
    raise Unreachable("the PBX's echo", "the call was ended before the audio could come back")


def tone_sequence() -> NDArray[np.int16]:
    """The tones of the probe: int16, 8 kHz, 1.2 s."""
    count = int(TONE.total_seconds() * SAMPLE_RATE_HZ)
    time = np.arange(count) / SAMPLE_RATE_HZ
    return np.concatenate([LOUD * np.sin(2 * np.pi * hertz * time) for hertz in TONES_HZ]).astype(np.int16)


def find(said: NDArray[np.int16], heard: NDArray[np.int16]) -> tuple[int, float]:
    """Where ``said`` begins in ``heard`` (samples) and how alike it is (normalised correlation, 0.0-1.0)."""
    if len(heard) < len(said):
        return 0, 0.0
    size = 1 << (len(heard) + len(said) - 1).bit_length()
    wanted, got = said.astype(np.float64), heard.astype(np.float64)
    correlation = np.fft.irfft(np.fft.rfft(got, size) * np.conj(np.fft.rfft(wanted, size)), size)
    lags = len(heard) - len(said) + 1
    energy = np.concatenate(([0.0], np.cumsum(got**2)))
    windows = energy[len(said) :] - energy[:lags]
    alike = np.abs(correlation[:lags]) / np.sqrt(np.maximum(windows, 1.0) * np.sum(wanted**2))
    best = int(np.argmax(alike))
    return best, float(min(alike[best], 1.0))
