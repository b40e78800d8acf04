"""The real demo model behind the real listener: words right, non-speech silent, every second accounted for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import Recogniser, Standing
from line102.words import Heard, Segment, Stretch
from tests.speech import (
    LINE_OPENED,
    LINE_RATE_HZ,
    Spoken,
    demo_pool,
    on_the_line,
    over_the_line,
    sentences,
    silence,
    word_errors,
)
from transcription.listener import StreamListener
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

SPEECH = SpeechModel()
TIME = np.arange(20 * LINE_RATE_HZ) / LINE_RATE_HZ


async def listen(recogniser: Recogniser, samples: NDArray[np.int16], name: str = "c1") -> list[Segment | Stretch]:
    listener = StreamListener(recogniser, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    return [
        item async for item in listener.listen(CallId(name), Side.CALLER, on_the_line(samples), LINE_OPENED, Standing())
    ]


def finals(items: list[Segment | Stretch]) -> list[Segment]:
    return [item for item in items if isinstance(item, Segment) and item.final]


def text(items: list[Segment | Stretch]) -> str:
    return " ".join(segment.text for segment in finals(items) if segment.suppressed is None)


def with_silence(spoken: Spoken) -> NDArray[np.int16]:
    return np.concatenate([silence(0.8), spoken.samples, silence(0.9, seed=2)])


@pytest.mark.parametrize("language", ["ru", "kk"])
async def test_most_words_of_a_sentence_are_right_and_its_language_always(language: str, tmp_path: Path) -> None:
    errors = words = 0
    async with demo_pool(tmp_path) as pool:
        for spoken in sentences(language, 40):
            items = await listen(pool, with_silence(spoken))
            assert finals(items), spoken.text
            assert {segment.language for segment in finals(items)} == {language}
            wrong, of = word_errors(text(items), spoken.text)
            errors, words = errors + wrong, words + of
    print(f"WER {language}: {100 * errors / words:.1f} % of {words} words")
    assert errors / words <= 0.08


async def test_a_segment_says_where_it_was_heard_and_by_which_model(tmp_path: Path) -> None:
    (spoken,) = sentences("ru", 1)
    async with demo_pool(tmp_path) as pool:
        (segment,) = finals(await listen(pool, with_silence(spoken)))
    length = len(spoken.samples) / LINE_RATE_HZ
    assert segment.side is Side.CALLER
    assert segment.heard is Heard.LIVE
    assert segment.model.startswith("demo_model@")
    assert abs(segment.start.total_seconds() - 0.8) < 0.4
    assert abs(segment.end.total_seconds() - (0.8 + length)) < 0.5
    assert 0.3 < segment.confidence <= 1.0


async def test_partials_come_first_grow_in_revision_and_share_their_start(tmp_path: Path) -> None:
    spoken = max(sentences("ru", 20), key=lambda s: len(s.samples))
    async with demo_pool(tmp_path) as pool:
        listener = StreamListener(pool, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
        audio = on_the_line(with_silence(spoken), times_real_time=4)
        items = [item async for item in listener.listen(CallId("c1"), Side.CALLER, audio, LINE_OPENED, Standing())]
    segments = [item for item in items if isinstance(item, Segment)]
    assert [s.final for s in segments] == [False] * (len(segments) - 1) + [True]
    assert len(segments) >= 3
    assert [s.revision for s in segments] == sorted({s.revision for s in segments})
    assert len({s.start for s in segments}) == 1


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(20), id="a quiet line"),
        pytest.param(np.zeros(20 * LINE_RATE_HZ, np.int16), id="digital silence"),
        pytest.param(
            over_the_line((np.random.default_rng(0).standard_normal(len(TIME)) / 20).astype(np.float32)), id="noise"
        ),
        pytest.param(
            over_the_line((np.sin(2670.4 * TIME) * (TIME % 5 < 1) / 5).astype(np.float32)), id="ringback 425 Hz"
        ),
        pytest.param(
            over_the_line(((np.sin(4838 * TIME) + np.sin(8394 * TIME)) * (TIME % 0.4 < 0.1) / 7).astype(np.float32)),
            id="DTMF 5",
        ),
    ],
)
async def test_no_words_where_nobody_speaks(sound: NDArray[np.int16], tmp_path: Path) -> None:
    async with demo_pool(tmp_path) as pool:
        assert await listen(pool, sound) == []


async def test_a_long_speech_without_a_pause_is_cut_and_nothing_is_lost(tmp_path: Path) -> None:
    spoken = [s.samples for s in sentences("kk", 8)]
    said = np.concatenate(spoken)
    async with demo_pool(tmp_path) as pool:
        items = await listen(pool, np.concatenate([silence(0.5), said, silence(0.8)]))
    parts = finals(items)
    assert len(parts) > 2
    assert all(part.end - part.start <= timedelta(seconds=8.1) for part in parts)
    assert all(a.end <= b.start for a, b in pairwise(parts))
    covered = sum((part.end - part.start for part in parts), timedelta(0)).total_seconds()
    assert covered >= 0.9 * len(said) / LINE_RATE_HZ


async def test_twenty_streams_at_once_do_not_mix(tmp_path: Path) -> None:
    spoken = [*sentences("ru", 10, seed=3), *sentences("kk", 10, seed=3)]
    async with demo_pool(tmp_path) as pool, asyncio.TaskGroup() as tasks:
        heard = [tasks.create_task(listen(pool, with_silence(one), f"c{number}")) for number, one in enumerate(spoken)]
    errors = [word_errors(text(task.result()), one.text) for task, one in zip(heard, spoken, strict=True)]
    assert sum(wrong for wrong, _ in errors) / sum(of for _, of in errors) <= 0.08
