"""What the tests of the help line share: the raw control of calls, a caller who hears and presses keys, prompts."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from line102.calls import CallId, CallRecord, QueueName
from line102.completion import differences
from line102.errors import Gone
from line102.events import CourseEvent
from line102.history import advance
from telephony.ami.client import AmiClient, ami_session
from telephony.ami.settings import AmiSettings
from telephony.call_control import AmiCallControl
from telephony.phone import PhoneSettings, SipPhone
from telephony.phone_audio import SAMPLE_RATE_HZ
from telephony.phone_call import PhoneCall
from telephony.queue_log import QueueLine, parse_lines
from telephony.records import fold_calls
from tests.asterisk.ami_watch import Watch
from tests.asterisk.conftest import TestPbx
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_dialplan import Calls, course

QUEUE = QueueName("102")
TO_HELP_HZ, BACK_HZ = 700, 1100  # the announcements, in tests: a tone of 0.3 s each


class ChannelList:
    """Callers' channel names, as Asterisk says now."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def read(self, client: AmiClient) -> None:
        said = await client.collect("CoreShowChannels")
        self._known = {channel.get("Uniqueid"): channel.get("Channel") for channel in said}

    def channel_of(self, call_id: CallId) -> str:
        if call_id not in self._known:
            raise Gone(f"call {call_id}")
        return self._known[call_id]


class Control(AmiCallControl):
    """The service's own control, without the service."""

    async def send(self, call_id: str, *, language: str = "ru", self_service: bool = False) -> None:
        """A waiting caller chose the help line."""
        await self.prepare(CallId(call_id), language, self_service=self_service, by="caller")
        await self.withdraw(CallId(call_id), QUEUE, "test")


@asynccontextmanager
async def controlling(pbx: TestPbx) -> AsyncIterator[Control]:
    """Knows the calls that are there when it is entered."""
    settings = AmiSettings(host="127.0.0.1", port=pbx.values.ami_port, user="line102", secret=pbx.values.ami_password)
    async with ami_session(settings) as client:
        channels = ChannelList()
        await channels.read(client)
        yield Control(client, channels)


@asynccontextmanager
async def hearing_caller(pbx: TestPbx, *, number: str = "77010000001") -> AsyncIterator[PhoneCall]:
    """A caller from the trunk who hears everything, speaks silence, and can press keys."""
    settings = PhoneSettings(
        server=pbx.values.sip_bind, server_port=pbx.values.sip_port, username=number, host=pbx.trunk_address
    )
    async with SipPhone(settings) as telephone, await telephone.call("102") as call:
        yield call


def share_of_tone(samples: NDArray[np.int16], hz: float) -> float:
    """Energy within 15 Hz of ``hz``, of all; 0.0 for silence."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    near = power[np.abs(frequency - hz) < 15].sum()
    return float(near / power.sum()) if power.sum() > 1e3 * len(samples) else 0.0


def heard_tone(samples: NDArray[np.int16], hz: float) -> float:
    """Seconds, in steps of 0.1 s, in which the tone is a good part of what was heard."""
    step = SAMPLE_RATE_HZ // 10
    steps = [samples[start : start + step] for start in range(0, len(samples) - step + 1, step)]
    return sum(share_of_tone(piece, hz) > 0.2 for piece in steps) / 10


def put_tone(pbx: TestPbx, sound: str, hz: float, seconds: float) -> Path:
    """A prompt of the instance, as the ivr helper makes them: ``line102/ru/offer``."""
    path = (pbx.embedded.sounds / sound).with_suffix(".wav")
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hz * times), SAMPLE_RATE_HZ, subtype="PCM_16")
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o755)
    path.chmod(0o644)
    os.chown(path, pbx.embedded.uid, -1)
    return path


def put_announcements(pbx: TestPbx) -> None:
    for language in ("ru", "kk", "en"):
        put_tone(pbx, f"line102/{language}/to-help-line", TO_HELP_HZ, 0.3)
        put_tone(pbx, f"line102/{language}/back-to-102", BACK_HZ, 0.3)


BEGIN = ["OFFERED", "RECORDING", "ENTERQUEUE"]
SENT = [*BEGIN, "WITHDRAW", "LEFT WITHDRAW", "HELPLINE"]


@asynccontextmanager
async def everybody_talks(pbx: TestPbx, calls: Calls) -> AsyncIterator[None]:
    """The only operator there talks: whoever comes now waits, and no phone rings for them. Takes call number 0."""
    async with phone(pbx, "op1", answers_after_s=0.1), caller(pbx, talk_s=NEVER_S, number="77010000009"):
        await calls.reaches("CONNECT op1")
        yield


async def waiting(pbx: TestPbx, queue: str = "102") -> list[str]:
    """The channels that wait there, the next one first."""
    told = (await pbx.cli(f"queue show {queue}")).partition("Callers:")[2]
    return [line.split()[1] for line in told.splitlines() if line.strip()]


def without_rings(words: list[str]) -> list[str]:
    return [word for word in words if word not in ("RINGNOANSWER", "RINGCANCELED")]


def recorded(pbx: TestPbx, call_id: str) -> CallRecord:
    """The call as Asterisk's records alone tell it."""
    raw = [line for line in pbx.queue_log.read_bytes().splitlines() if f"|{call_id}|".encode() in line]
    (record,) = fold_calls([line for text in raw for line in parse_lines(text) if isinstance(line, QueueLine)])
    return record


def told(watch: Watch, call_id: str) -> CallRecord:
    """The call as we saw it happen."""
    record: CallRecord | None = None
    for event in watch.course(CallId(call_id)):
        if isinstance(event, CourseEvent):
            record = advance(record, event)
    assert record is not None
    return record


async def agree(pbx: TestPbx, watch: Watch, calls: Calls, number: int) -> CallRecord:
    """What we saw and what Asterisk wrote is one call, which has ended once. Returns it."""
    call_id = await calls.reaches("ENDED", number)
    await watch.has(CallId(call_id), "CallEnded")
    assert course(pbx, call_id).count("ENDED") == 1
    record = recorded(pbx, call_id)
    assert differences(told(watch, call_id), record) == []
    return record
