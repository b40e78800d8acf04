"""Taps on the real Asterisk: what a caller says and hears, without touching the call."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.errors import Gone, Unreachable
from line102.ports import AudioChunk, LinkDown, LinkUp
from telephony.ami.backoff import BackoffSettings
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.settings import AriSettings
from telephony.ari.stage import Stage
from telephony.media.tap import AsteriskTaps, TapSettings
from tests.asterisk.conftest import TestPbx
from tests.asterisk.sip_callers import NEVER_S, caller, phone

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime]

RATE_HZ = 8000
QUICK = BackoffSettings(first=timedelta(milliseconds=50), cap=timedelta(milliseconds=200))


def voice(path: Path, seed: int, seconds: float = 30) -> NDArray[np.float64]:
    """Something like speech that is like nothing else: band-limited noise in syllables. Written to ``path``."""
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.standard_normal(int(seconds * RATE_HZ)), np.hanning(5) / 2, mode="same")
    syllables = np.repeat(rng.uniform(0.1, 1, int(seconds * 5) + 1), RATE_HZ // 5)[: len(noise)]
    samples: NDArray[np.float64] = noise * syllables * 0.1
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    return samples


def likeness(heard: NDArray[np.float64], said: NDArray[np.float64]) -> float:
    """How much ``heard`` is made of ``said`` (played in a loop): median over blocks, 1.0 = the same samples."""
    return median(like for _, like in alignment(heard, said))


def alignment(heard: NDArray[np.float64], said: NDArray[np.float64]) -> list[tuple[int, float]]:
    """For each half second: where in ``said`` it belongs, less where it was heard (samples); and how like it is."""
    loop = np.concatenate([said, said])
    block = RATE_HZ // 2
    size = 1 << (len(loop) + block).bit_length()
    spectrum = np.fft.rfft(loop, size)
    energy = np.concatenate([[0.0], np.cumsum(loop**2)])
    found = []
    for start in range(0, len(heard) - block + 1, block):
        piece = heard[start : start + block]
        product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, size)), size)[: len(loop) - block + 1]
        likes = product / np.sqrt((energy[block:] - energy[:-block]) * np.sum(piece**2) + 1e-12)
        best = int(np.argmax(likes))
        found.append(((best - start) % len(said), float(likes[best])))
    return found


def assert_heard_in_full(heard: NDArray[np.float64], said: NDArray[np.float64]) -> None:
    """No sample of what was said was left out. On a busy machine SIPp sends late, and Asterisk puts silence where
    nothing came: then the rest is heard later, never earlier."""
    found = alignment(heard, said)
    assert median(like for _, like in found) > 0.97, found
    clear = [shift for shift, like in found if like > 0.9]
    assert len(clear) >= len(found) // 2, found
    skipped = [(after - before) % len(said) for before, after in pairwise(clear)]
    assert all(samples == 0 or samples > len(said) // 2 for samples in skipped), found


def joined(chunks: list[AudioChunk]) -> NDArray[np.float64]:
    return np.concatenate([chunk.samples for chunk in chunks]).astype(np.float64) / 32768


def lateness(chunk: AudioChunk) -> float:
    """Seconds from the end of the chunk, as it says, until now."""
    return (datetime.now(UTC) - chunk.at).total_seconds() - len(chunk.samples) / RATE_HZ


class Ears:
    """A running feed and taps on the real PBX."""

    def __init__(self, client: AriClient) -> None:
        self.client = client
        self.stage = Stage()
        self.taps = AsteriskTaps(client, self.stage, TapSettings(node="line102"))
        self.reports: list[LinkUp | LinkDown] = []
        report = self.reports.append
        self.feed = AriFeed(client, self.stage, report=report, tidy=self.taps.sweep, backoff=QUICK)

    async def calls(self, count: int = 1) -> list[CallId]:
        """The callers on the PBX, when there are ``count``."""
        found: list[CallId] = []

        async def all_there() -> bool:
            said = await self.client.channels()
            found[:] = [CallId(channel.id) for channel in said if channel.name.startswith("PJSIP/trunk-")]
            return len(found) == count

        await until(all_there)
        return found

    async def listen(self, call_id: CallId, side: Side, seconds: float) -> list[AudioChunk]:
        chunks: list[AudioChunk] = []
        async with self.taps.open(call_id, side) as audio:
            async for chunk in audio:
                chunks.append(chunk)
                if sum(len(chunk.samples) for chunk in chunks) >= seconds * RATE_HZ:
                    break
        return chunks

    async def ours(self) -> set[str]:
        """What is on the PBX beside phones: snoop and media channels, bridges made over ARI."""
        channels = {said.id for said in await self.client.channels() if not said.name.startswith("PJSIP/")}
        return channels | {said.id for said in await self.client.bridges() if "line102-tap" in said.id}

    async def nothing_left(self) -> None:
        async def clean() -> bool:
            return await self.ours() == set()

        await until(clean)


async def until(condition: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        while not await condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def listening(pbx: TestPbx) -> AsyncIterator[Ears]:
    values = pbx.values
    settings = AriSettings(
        user=pbx.ari_user, password=values.ari_password, host=values.http_bind, port=values.http_port
    )
    async with AriClient.session(settings) as client, asyncio.TaskGroup() as group:
        ears = Ears(client)
        running = group.create_task(ears.feed.run())

        async def up() -> bool:
            return bool(ears.reports)

        await until(up)
        assert isinstance(ears.reports[0], LinkUp), ears.reports
        yield ears
        running.cancel()


@pytest.fixture
async def ears(pbx: TestPbx) -> AsyncIterator[Ears]:
    async with listening(pbx) as ears:
        yield ears
        await ears.nothing_left()
        assert dict(ears.feed.unrecognised) == {}
        assert ears.feed.malformed == 0


async def application_of(pbx: TestPbx, call_id: CallId) -> str:
    """What the dialplan runs on the caller's channel now."""
    lines = (await pbx.cli("core show channels concise")).splitlines()
    fields = [line.split("!") for line in lines]
    return next(row[5] for row in fields if row[-1] == call_id)


async def test_a_waiting_caller_is_heard_in_full_and_never_leaves_the_queue(
    pbx: TestPbx, ears: Ears, tmp_path: Path
) -> None:
    said = voice(tmp_path / "caller.wav", seed=1)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, audio=tmp_path / "caller.wav", talk_s=60):
        [call_id] = await ears.calls()
        chunks: list[AudioChunk] = []
        applications: set[str] = set()
        async with ears.taps.open(call_id, Side.CALLER) as audio:
            await anext(audio)
            began = time.monotonic()
            async for chunk in audio:
                chunks.append(chunk)
                if len(chunks) % 20 == 0:
                    applications.add(await application_of(pbx, call_id))
                if time.monotonic() - began >= 9.99:
                    break
        elapsed = time.monotonic() - began
        heard = joined(chunks)
        last = chunks[-1]
        told = (last.at - chunks[0].at).total_seconds() + len(last.samples) / RATE_HZ
        assert len(heard) / RATE_HZ == pytest.approx(told, abs=0.001), "what is heard lies without a hole"
        # By our own clock: within a chunk of 0.1 s, and 0.04 s for a busy machine to wake this test.
        assert len(heard) / RATE_HZ == pytest.approx(elapsed, abs=0.14)
        assert_heard_in_full(heard, said)
        assert applications == {"Queue"}
        assert await application_of(pbx, call_id) == "Queue"  # and after the tap has gone
    figures = ears.taps.figures()
    assert (figures.holes, figures.wrong_sizes, figures.dropped_chunks, figures.unknown_controls) == (0, 0, 0, 0)


async def test_time_is_that_of_the_wall(pbx: TestPbx, ears: Ears) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=60):
        [call_id] = await ears.calls()
        async with ears.taps.open(call_id, Side.CALLER) as audio:
            late = [lateness(await anext(audio)) for _ in range(30)]
        assert -0.02 <= min(late) <= 0.1  # the least is the truth; more is our own waiting for a turn


async def test_while_they_talk_the_directions_are_not_swapped(pbx: TestPbx, ears: Ears, tmp_path: Path) -> None:
    caller_said = voice(tmp_path / "caller.wav", seed=2)
    operator_said = voice(tmp_path / "operator.wav", seed=3)
    async with (
        phone(pbx, "op1", answers_after_s=0.2, audio=tmp_path / "operator.wav"),
        caller(pbx, audio=tmp_path / "caller.wav", talk_s=60),
    ):
        [call_id] = await ears.calls()

        async def talking() -> bool:
            rows = [line.split("!") for line in (await pbx.cli("core show channels concise")).splitlines()]
            return sum(row[4] == "Up" and row[-2] != "" for row in rows) == 2  # both in a bridge

        await until(talking)
        async with asyncio.TaskGroup() as group:
            of_caller = group.create_task(ears.listen(call_id, Side.CALLER, 4))
            of_operator = group.create_task(ears.listen(call_id, Side.OPERATOR, 4))
        from_caller, from_operator = joined(of_caller.result()), joined(of_operator.result())
        assert_heard_in_full(from_caller, caller_said)
        assert_heard_in_full(from_operator, operator_said)
        assert likeness(from_caller, operator_said) < 0.2
        assert likeness(from_operator, caller_said) < 0.2
        assert await application_of(pbx, call_id) == "Queue"


async def test_a_tap_from_before_the_answer_goes_on_through_it(pbx: TestPbx, ears: Ears, tmp_path: Path) -> None:
    """What the caller hears: ringing first, then the operator, in one stream whose time stays right."""
    operator_said = voice(tmp_path / "operator.wav", seed=4)
    async with (
        phone(pbx, "op1", answers_after_s=2, audio=tmp_path / "operator.wav"),
        caller(pbx, talk_s=60),
    ):
        [call_id] = await ears.calls()
        chunks: list[AudioChunk] = []
        late: list[float] = []
        async with ears.taps.open(call_id, Side.OPERATOR) as audio, asyncio.timeout(15):
            async for chunk in audio:
                chunks.append(chunk)
                late.append(lateness(chunk))
                if chunk.at - chunks[0].at >= timedelta(seconds=8):
                    break
        assert likeness(joined(chunks)[-4 * RATE_HZ :], operator_said) > 0.97
        assert -0.02 <= min(late[-30:]) <= 0.25


@pytest.mark.parametrize("side", Side)
async def test_the_callers_hang_up_ends_the_sound_and_leaves_nothing(pbx: TestPbx, ears: Ears, side: Side) -> None:
    async with phone(pbx, "op1", answers_after_s=0.2), caller(pbx, talk_s=2) as call:
        [call_id] = await ears.calls()
        async with asyncio.timeout(10), ears.taps.open(call_id, side) as audio:
            count = len([chunk async for chunk in audio])
        assert count >= 10
        assert await call.ended() == 0
        await ears.nothing_left()
        with pytest.raises(Gone):
            async with ears.taps.open(call_id, side):
                pass


async def test_our_media_channel_is_ended_by_somebody_else(pbx: TestPbx, ears: Ears) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=60):
        [call_id] = await ears.calls()
        with pytest.raises(Unreachable):
            async with ears.taps.open(call_id, Side.CALLER) as audio:
                await anext(audio)
                [media] = [name for name in await ears.ours() if name.endswith("-media")]
                await ears.client.delete_channel(media)
                async for _ in audio:
                    pass
        await ears.nothing_left()
        assert len(await ears.listen(call_id, Side.CALLER, 0.5)) == 5  # tapped again, the caller none the wiser


VICTIM = """
import asyncio, sys
from tests.asterisk.test_taps_real import Ears
from line102.calls import CallId, Side
from telephony.ari.client import AriClient
from telephony.ari.settings import AriSettings

async def main():
    port, call_id = int(sys.argv[1]), CallId(sys.argv[2])
    password = sys.stdin.readline().strip()
    async with AriClient.session(AriSettings(user="line102", password=password, port=port)) as client:
        ears = Ears(client)
        async with asyncio.TaskGroup() as group:
            group.create_task(ears.feed.run())
            while not ears.reports:
                await asyncio.sleep(0.01)
            async with ears.taps.open(call_id, Side.CALLER) as one, ears.taps.open(call_id, Side.OPERATOR) as other:
                await anext(one), await anext(other)
                print("hearing", flush=True)
                async for _ in one:
                    pass

asyncio.run(main())
"""


async def test_the_service_is_killed_and_the_caller_does_not_notice(pbx: TestPbx, tmp_path: Path) -> None:
    said = voice(tmp_path / "caller.wav", seed=5)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, audio=tmp_path / "caller.wav", talk_s=60):
        async with listening(pbx) as ears:
            [call_id] = await ears.calls()
        victim = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", VICTIM, str(pbx.values.http_port), call_id),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert victim.stdin is not None
        assert victim.stdout is not None
        victim.stdin.write(pbx.values.ari_password.encode() + b"\n")
        async with asyncio.timeout(15):
            while await victim.stdout.readline() != b"hearing\n":
                pass
        victim.kill()
        await victim.wait()
        assert "line102-tap-" in await pbx.cli("core show channels concise")  # its snoops are orphans now
        assert await application_of(pbx, call_id) == "Queue"
        async with listening(pbx) as ears:
            assert ears.taps.figures().swept >= 4
            await ears.nothing_left()
            assert await application_of(pbx, call_id) == "Queue"
            assert likeness(joined(await ears.listen(call_id, Side.CALLER, 2)), said) > 0.97


async def test_asterisk_is_restarted_under_us(pbx: TestPbx, ears: Ears) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S):
        async with caller(pbx, talk_s=60):
            [call_id] = await ears.calls()
            with pytest.raises(Unreachable):
                async with asyncio.timeout(20), ears.taps.open(call_id, Side.CALLER) as audio:
                    await anext(audio)
                    await pbx.embedded.restart(kill=True)
                    async for _ in audio:
                        pass

        async def up_again() -> bool:
            return isinstance(ears.reports[-1], LinkUp) and len(ears.reports) > 1

        await until(up_again, within=20)
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=60):
        [call_id] = await ears.calls()
        assert len(await ears.listen(call_id, Side.CALLER, 1)) == 10


async def test_forty_taps_at_once_lose_nothing(pbx: TestPbx, ears: Ears, tmp_path: Path) -> None:
    said = voice(tmp_path / "caller.wav", seed=6)
    set_up_s: list[float] = []

    async def hear(call_id: CallId, side: Side) -> list[AudioChunk]:
        began = time.monotonic()
        chunks: list[AudioChunk] = []
        async with ears.taps.open(call_id, side) as audio:
            async for chunk in audio:
                if not chunks:
                    set_up_s.append(time.monotonic() - began)
                chunks.append(chunk)
                if sum(len(chunk.samples) for chunk in chunks) >= 5 * RATE_HZ:
                    break
        return chunks

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=NEVER_S))
        for number in range(20):
            wav = tmp_path / "caller.wav"
            await stack.enter_async_context(caller(pbx, audio=wav, talk_s=60, number=f"770100001{number:02d}"))
        calls = await ears.calls(20)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            hearings = [(side, group.create_task(hear(call, side))) for call in calls for side in Side]
        for side, hearing in hearings:
            chunks = hearing.result()
            # A chunk is cut where the machine held the sound back for a while; what follows joins it to the sample.
            joins = [(b.at - a.at) / timedelta(seconds=1) * RATE_HZ - len(a.samples) for a, b in pairwise(chunks)]
            assert all(abs(samples) < 0.5 for samples in joins), joins
            assert Counter(len(chunk.samples) for chunk in chunks).most_common(1)[0][0] == RATE_HZ // 10
            if side is Side.CALLER:
                assert_heard_in_full(joined(chunks), said)
    figures = ears.taps.figures()
    assert (figures.holes, figures.wrong_sizes, figures.dropped_chunks, figures.refused) == (0, 0, 0, 0)
    print(f"first sound after {median(set_up_s) * 1000:.0f} ms (median), {max(set_up_s) * 1000:.0f} ms (longest)")
    assert max(set_up_s) < 2
