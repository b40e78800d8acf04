"""What the listener does when audio, worker or time is missing: a visible stretch, never nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.errors import Gone, Refused, Unreachable
from line102.ports import AudioChunk, Standing, Window
from line102.words import Segment, Stretch
from tests.fakes.dictated import Dictated
from tests.speech import LINE_OPENED, LINE_RATE_HZ, on_the_line, silence, speak
from transcription.listener import StreamListener
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_link import Busy

SPEECH = SpeechModel()
ONE = speak("Мою квартиру ограбили вчера вечером.", "ru")


async def listen(
    recogniser: Dictated, audio: AsyncIterator[AudioChunk], settings: ListenerSettings | None = None
) -> list[Segment | Stretch]:
    listener = StreamListener(recogniser, SPEECH, settings or ListenerSettings(), Pressure(LINE_OPENED))
    return [item async for item in listener.listen(CallId("c1"), Side.OPERATOR, audio, LINE_OPENED, Standing())]


def said(times: int) -> NDArray[np.int16]:
    return np.concatenate([silence(0.8), *(part for _ in range(times) for part in (ONE, silence(1.2)))])


def only_final(error: Exception) -> Callable[[Window], str | Exception]:
    return lambda window: error if window.final else "слово"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unreachable("worker", "away"), "worker lost"),
        (Busy("worker", "queue full"), "late"),
        (Refused("worker", "a window that raises"), "recognition failed"),
    ],
)
async def test_an_utterance_that_is_not_recognised_is_a_stretch(error: Exception, reason: str) -> None:
    soon = ListenerSettings(late_after=timedelta(milliseconds=700))
    items = await listen(Dictated(only_final(error)), on_the_line(said(2)), soon)
    stretches = [item for item in items if isinstance(item, Stretch)]
    assert [stretch.reason for stretch in stretches] == [reason, reason]
    assert all(stretch.side is Side.OPERATOR for stretch in stretches)
    assert stretches[0].start.total_seconds() == pytest.approx(0.6, abs=0.35)


async def test_an_answer_that_comes_too_late_is_a_stretch() -> None:
    never = asyncio.Event()
    settings = ListenerSettings(late_after=timedelta(milliseconds=200))
    items = await listen(Dictated(lambda window: never), on_the_line(said(1)), settings)
    assert [item.reason for item in items if isinstance(item, Stretch)] == ["late"]


async def test_when_too_many_wait_the_oldest_becomes_a_stretch_in_its_place() -> None:
    release = asyncio.Event()
    recogniser = Dictated(lambda window: release if window.final else Busy("worker", "full"))

    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(said(6)):
            yield chunk
        release.set()

    items = await listen(recogniser, audio(), ListenerSettings(waiting=2))
    assert [type(item) for item in items] == [Segment, Stretch, Stretch, Stretch, Segment, Segment]
    assert [item.start for item in items] == sorted(item.start for item in items)


async def test_lost_audio_is_a_stretch_and_what_follows_keeps_its_time() -> None:
    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(said(1)):
            yield chunk
        async for chunk in on_the_line(said(1), began=LINE_OPENED + timedelta(seconds=30)):
            yield chunk

    items = [item for item in await listen(Dictated(), audio()) if isinstance(item, Stretch) or item.final]
    first, hole, second = items
    assert isinstance(hole, Stretch)
    assert (hole.reason, hole.end) == ("audio lost", timedelta(seconds=30))
    assert hole.start.total_seconds() == pytest.approx(len(said(1)) / LINE_RATE_HZ)
    assert first.end <= hole.start
    assert second.start - timedelta(seconds=30) == pytest.approx(first.start, abs=timedelta(milliseconds=40))


async def test_the_words_before_a_broken_tap_are_kept_and_its_error_is_told() -> None:
    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(np.concatenate([silence(0.5), ONE])):
            yield chunk
        raise Gone("c1")

    items: list[Segment | Stretch] = []
    listener = StreamListener(Dictated(), SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    with pytest.raises(Gone):
        async for item in listener.listen(CallId("c1"), Side.CALLER, audio(), LINE_OPENED, Standing()):
            items.append(item)  # noqa: PERF401 - what came before the error is what we look at
    assert isinstance(items[-1], Segment)
    assert items[-1].final


async def test_one_window_of_a_stream_at_a_time_and_the_final_overtakes_a_partial() -> None:
    stuck = asyncio.Event()
    recogniser = Dictated(lambda window: "слово" if window.final else stuck)
    items = await listen(recogniser, on_the_line(said(2)))
    assert [isinstance(item, Segment) and item.final for item in items].count(True) == 2
    assert [window.final for window in recogniser.windows] == [False, True, False, True]


async def test_leaving_early_ends_everything() -> None:
    began = asyncio.all_tasks()
    listener = StreamListener(Dictated(), SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    audio = on_the_line(said(50), times_real_time=100)
    async with aclosing(listener.listen(CallId("c1"), Side.CALLER, audio, LINE_OPENED, Standing())) as items:
        async for _ in items:
            break
    assert asyncio.all_tasks() == began


async def test_speech_without_words_is_told_not_hidden() -> None:
    items = await listen(Dictated(lambda window: ""), on_the_line(said(1)))
    (segment,) = items
    assert isinstance(segment, Segment)
    assert (segment.text, segment.suppressed) == ("", "no words recognised")
