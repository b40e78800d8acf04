"""What live Whisper servers are known to fail at, each as a test: pauses, company, loops, long calls, slow readers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Recogniser, Standing
from line102.words import Segment, Stretch
from tests.fakes.dictated import Dictated
from tests.speech import (
    LINE_OPENED,
    LINE_RATE_HZ,
    Spoken,
    demo_pool,
    on_the_line,
    over_the_line,
    sentences,
    silence,
    speak,
    word_errors,
)
from transcription.listener import StreamListener
from transcription.outbox import CAPACITY
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

SPEECH = SpeechModel()
ONE = speak("Мою квартиру ограбили вчера вечером.", "ru")


def listening(
    recogniser: Recogniser, audio: AsyncIterator[AudioChunk], name: str = "c1", speech: SpeechModel = SPEECH
) -> AsyncIterator[Segment | Stretch]:
    listener = StreamListener(recogniser, speech, ListenerSettings(), Pressure(LINE_OPENED))
    return listener.listen(CallId(name), Side.CALLER, audio, LINE_OPENED, Standing())


async def listen(recogniser: Recogniser, audio: AsyncIterator[AudioChunk], name: str = "c1") -> list[Segment | Stretch]:
    return [item async for item in listening(recogniser, audio, name) if isinstance(item, Stretch) or item.final]


def text(items: list[Segment | Stretch]) -> str:
    return " ".join(item.text for item in items if isinstance(item, Segment) and item.suppressed is None)


def framed(*parts: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.concatenate([silence(0.8), *(piece for part in parts for piece in (part, silence(1.2, seed=2)))])


def errors(heard: list[tuple[str, str]]) -> float:
    """Share of wrong words of (heard, said)."""
    wrong = [word_errors(one, other) for one, other in heard]
    return sum(w for w, _ in wrong) / sum(of for _, of in wrong)


@pytest.mark.parametrize("pause", [silence(30), np.zeros(30 * LINE_RATE_HZ, np.int16)], ids=["noise", "zeros"])
async def test_after_a_pause_of_half_a_minute_the_words_are_as_right_as_before(
    pause: NDArray[np.int16], tmp_path: Path
) -> None:
    first, second = sentences("ru", 2, seed=6)
    async with demo_pool(tmp_path) as pool:
        expected = [text(await listen(pool, on_the_line(framed(one.samples)))) for one in (first, second)]
        items = await listen(pool, on_the_line(np.concatenate([framed(first.samples), pause, framed(second.samples)])))
    assert errors([(text(items), " ".join(expected))]) <= 0.1
    assert [item.start > timedelta(seconds=30) for item in items].count(True) == len(items) - len(items) // 2


async def test_more_clients_change_nobodys_words(tmp_path: Path) -> None:
    spoken = [*sentences("ru", 5, seed=9), *sentences("kk", 5, seed=9)]
    async with demo_pool(tmp_path) as pool:

        async def of(number: int) -> str:
            return text(
                await listen(pool, on_the_line(framed(spoken[number].samples), times_real_time=4), f"c{number}")
            )

        alone = await of(0)
        async with asyncio.TaskGroup() as tasks:
            together = [tasks.create_task(of(number)) for number in range(10)]
    assert errors([(together[0].result(), alone)]) <= 0.1
    assert errors([(task.result(), one.text) for task, one in zip(together, spoken, strict=True)]) <= 0.08


async def test_one_who_babbles_among_sixteen_costs_the_others_no_word(tmp_path: Path) -> None:
    """Babble makes Whisper repeat itself up to its token cap."""
    babble = np.tile(speak("ба ба ба ба " * 3, "ru", words_per_minute=400), 12)
    spoken = [*sentences("ru", 8, seed=11), *sentences("kk", 7, seed=11)]

    async with demo_pool(tmp_path) as pool, asyncio.TaskGroup() as tasks:

        def stream(samples: NDArray[np.int16], name: str) -> asyncio.Task[list[Segment | Stretch]]:
            audio = on_the_line(framed(samples), times_real_time=4)
            return tasks.create_task(listen(pool, audio, name))

        babbling = stream(babble, "babble")
        others = [stream(one.samples, one.text) for one in spoken]
    assert errors([(text(task.result()), one.text) for task, one in zip(others, spoken, strict=True)]) <= 0.08
    assert not [item for task in others for item in task.result() if isinstance(item, Stretch)]
    babbled = babbling.result()
    assert all(
        len(item.text) <= 40 * (item.end - item.start).total_seconds() for item in babbled if isinstance(item, Segment)
    )
    covered = sum((item.end - item.start for item in babbled), timedelta(0)).total_seconds()
    assert covered >= 0.9 * len(babble) / LINE_RATE_HZ


async def test_a_speaker_who_changes_the_language_is_read_in_both(tmp_path: Path) -> None:
    """From sentence to sentence; within one utterance a window has one language, and nothing is lost either."""
    russian, kazakh = sentences("ru", 3, seed=14), sentences("kk", 3, seed=14)
    turns: list[Spoken] = [one for pair in zip(russian, kazakh, strict=True) for one in pair]
    async with demo_pool(tmp_path) as pool:
        items = await listen(pool, on_the_line(framed(*(one.samples for one in turns))))
        mixed = await listen(pool, on_the_line(framed(np.concatenate([russian[0].samples, kazakh[0].samples]))))
    assert {item.language for item in items if isinstance(item, Segment)} == {"ru", "kk"}
    assert errors([(text(items), " ".join(one.text for one in turns))]) <= 0.2
    assert text(mixed)
    assert not [item for item in mixed if isinstance(item, Stretch)]


async def test_a_reader_who_takes_his_time_loses_nothing_and_hears_it_in_order() -> None:
    ended = asyncio.Event()

    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(framed(*[ONE] * 20)):
            yield chunk
        ended.set()

    heard = listening(Dictated(), audio())
    items = [await anext(heard)]
    await ended.wait()  # the audio is never held up by a reader
    items += [item async for item in heard]
    finals = [item for item in items if isinstance(item, Stretch) or item.final]
    assert len(finals) == 20
    assert all(isinstance(item, Segment) for item in finals)
    assert all(a.end <= b.start for a, b in pairwise(finals))
    assert len(items) <= 20 + 2


async def test_a_reader_who_never_comes_back_costs_bounded_memory_and_tells_what_was_lost() -> None:
    ended, many = asyncio.Event(), CAPACITY + 20

    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(framed(*[ONE] * many)):
            yield chunk
        ended.set()

    heard = listening(Dictated(), audio())
    first = await anext(heard)
    await ended.wait()
    items = [first, *[item async for item in heard]]
    finals = [item for item in items if isinstance(item, Stretch) or item.final]
    assert len(finals) == many
    late = [item for item in finals if isinstance(item, Stretch)]
    assert {item.reason for item in late} == {"late"}
    assert len(late) <= 20


@pytest.mark.parametrize("step", [1600, 333, 40_000, 7 * LINE_RATE_HZ])
async def test_chunks_of_any_length_give_the_same_utterances(step: int) -> None:
    samples = framed(ONE, ONE)

    async def audio() -> AsyncIterator[AudioChunk]:
        for first in range(0, len(samples), step):
            at = LINE_OPENED + timedelta(seconds=first / LINE_RATE_HZ)
            yield AudioChunk(at, samples[first : first + step], LINE_RATE_HZ)
            yield AudioChunk(at, samples[:0], LINE_RATE_HZ)

    usual = await listen(Dictated(), on_the_line(samples))
    assert [(i.start, i.end) for i in await listen(Dictated(), audio())] == [(i.start, i.end) for i in usual]


async def test_audio_that_jumps_back_is_not_believed() -> None:
    async def audio() -> AsyncIterator[AudioChunk]:
        number = 0
        async for chunk in on_the_line(framed(*[ONE] * 4)):
            number += 1
            back = timedelta(seconds=5 if number % 50 == 0 else 0)
            yield AudioChunk(chunk.at - back, chunk.samples, chunk.sample_rate_hz)

    usual = await listen(Dictated(), on_the_line(framed(*[ONE] * 4)))
    items = await listen(Dictated(), audio())
    assert [(type(i), i.start, i.end) for i in items] == [(type(i), i.start, i.end) for i in usual]


class LoudIsSpeech(SpeechModel):
    """Voice activity for next to nothing."""

    def __init__(self) -> None:
        pass

    def run(
        self, chunks: NDArray[np.float32], h: NDArray[np.float32], c: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        return (np.abs(chunks).max(axis=1) > 0.02).astype(np.float32), h, c


async def test_a_long_call_takes_no_more_memory_than_one_of_five_minutes() -> None:
    minute = np.concatenate([framed(*[ONE] * 16), silence(20)])[: 60 * LINE_RATE_HZ]
    process, used, recogniser = psutil.Process(), list[int](), Dictated()

    async def audio() -> AsyncIterator[AudioChunk]:
        for number in range(20):
            for second in range(60):
                at = LINE_OPENED + timedelta(minutes=number, seconds=second)
                yield AudioChunk(at, minute[second * LINE_RATE_HZ : (second + 1) * LINE_RATE_HZ], LINE_RATE_HZ)
            recogniser.windows.clear()
            gc.collect()
            used.append(process.memory_info().rss)

    count = 0
    async for item in listening(recogniser, audio(), speech=LoudIsSpeech()):
        count += isinstance(item, Segment) and item.final
    assert count >= 20 * 10
    assert used[-1] <= 1.05 * used[4]


async def test_a_voice_that_voice_activity_misses_is_heard_for_its_loudness() -> None:
    """A steady whistle is no speech to Silero: it is sent all the same, and is nothing if it gives no words."""
    time = np.arange(2 * LINE_RATE_HZ) / LINE_RATE_HZ
    whistle = over_the_line((0.3 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32))
    samples = np.concatenate([silence(2), whistle, silence(2)])
    spoken = await listen(Dictated(), on_the_line(samples))
    assert [item.confidence for item in spoken if isinstance(item, Segment)] == [pytest.approx(0.45)]
    assert await listen(Dictated(lambda window: ""), on_the_line(samples)) == []
