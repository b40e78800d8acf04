"""What is not speech, or is not what it seems to be, gives no words that are shown as sure, and never a dead worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Standing, Window
from line102.words import Segment
from tests.not_speech import SOUNDS
from tests.speech import LINE_OPENED, at_16_khz, demo_pool, on_the_line, over_the_line, sentences, silence
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

SPEECH = SpeechModel()


def window(samples: NDArray[np.int16], *, language: str | None = None) -> Window:
    return Window(
        call_id=CallId("c1"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=len(samples) / 16_000),
        revision=1,
        final=True,
        language=language,
        samples=samples,
    )


async def shown(pool: WorkerPool, samples: NDArray[np.int16]) -> list[str]:
    """Texts that a person would see as speech, of a line that carries this."""
    listener = StreamListener(pool, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
    items = listener.listen(CallId("c1"), Side.CALLER, on_the_line(samples), LINE_OPENED, Standing())
    async with aclosing(items):
        return [item.text async for item in items if isinstance(item, Segment) and item.text and not item.suppressed]


async def test_half_a_minute_of_what_is_not_speech_gives_no_words(tmp_path: Path) -> None:
    async with demo_pool(tmp_path) as pool:
        for name, sound in SOUNDS.items():
            line = over_the_line(sound(30.0))
            assert await shown(pool, line) == [], name
            everything = at_16_khz(line)
            for second in (0, 7, 20):  # as if voice activity had let it all through
                heard = await pool.recognise(window(everything[second * 16_000 : (second + 9) * 16_000]))
                assert heard.text == "" or heard.suppressed, (name, heard)


@pytest.mark.parametrize("seed", [1, 2])
async def test_audio_with_swapped_bytes_gives_no_words(tmp_path: Path, seed: int) -> None:
    spoken = np.concatenate([one.samples for one in sentences("ru", 4, seed=seed)])
    swapped = spoken.byteswap()
    async with demo_pool(tmp_path) as pool:
        assert await shown(pool, np.concatenate([silence(1), swapped, silence(1)])) == []
        for wrong in (at_16_khz(swapped), at_16_khz(spoken).byteswap()):
            heard = await pool.recognise(window(wrong[: 9 * 16_000]))
            assert heard.text == "" or heard.suppressed, heard
            assert 0.0 <= heard.confidence <= 1.0


async def test_audio_driven_into_the_rails_is_read_with_less_confidence(tmp_path: Path) -> None:
    async with demo_pool(tmp_path) as pool:
        for spoken in sentences("ru", 6, seed=6):
            clean = at_16_khz(spoken.samples)
            clipped = np.clip(clean.astype(np.int32) * 40, -32768, 32767).astype(np.int16)
            before, after = await pool.recognise(window(clean)), await pool.recognise(window(clipped))
            assert after.suppressed or after.confidence < before.confidence


async def test_the_extremes_of_the_format_are_survived(tmp_path: Path) -> None:
    full = np.full(16_000, 32767, np.int16)
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 20), 800)
    async with demo_pool(tmp_path) as pool:
        for samples in (full, -full, square, np.zeros(1, np.int16), np.zeros(16_000, np.int16), full[:100]):
            heard = await pool.recognise(window(samples))
            assert heard.text == "" or heard.suppressed, heard
            assert 0.0 <= heard.confidence <= 1.0, "no NaN passes the worker"
        assert pool.counters.restarts == 0


async def test_a_tap_at_16_khz_is_heard_as_well(tmp_path: Path) -> None:
    spoken = sentences("ru", 1, seed=3)[0]
    line = at_16_khz(np.concatenate([silence(0.8), spoken.samples, silence(0.9)]))

    async def chunks() -> AsyncIterator[AudioChunk]:
        for first in range(0, len(line), 320):
            yield AudioChunk(LINE_OPENED + timedelta(seconds=first / 16_000), line[first : first + 320], 16_000)

    async with demo_pool(tmp_path) as pool:
        listener = StreamListener(pool, SPEECH, ListenerSettings(), Pressure(LINE_OPENED))
        items = listener.listen(CallId("c1"), Side.CALLER, chunks(), LINE_OPENED, Standing())
        texts = [item.text async for item in items if isinstance(item, Segment) and item.final]
    assert texts == [spoken.text] or len("".join(texts)) > 0.7 * len(spoken.text)
