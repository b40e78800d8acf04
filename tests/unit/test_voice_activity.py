"""Voice activity and resampling give the same however the audio is cut."""

from __future__ import annotations

import numpy as np
import pytest

from tests.speech import LINE_RATE_HZ, silence, speak
from transcription.ear import Ear, Heard
from transcription.segmenter import CHUNK, Limits, UtteranceEnded
from transcription.voice_activity import Resampler, SpeechModel, VoiceActivity, level_dbfs

MODEL = SpeechModel()


@pytest.fixture(scope="module")
def line() -> np.ndarray:
    one = speak("Мою квартиру ограбили вчера вечером.", "ru")
    return np.concatenate([silence(1.0), one, silence(1.5, seed=2), one, silence(1.0, seed=3)])


def hear(audio: np.ndarray, step: int) -> list[Heard]:
    ear = Ear(MODEL, Limits(), LINE_RATE_HZ)
    sounds = [sound for first in range(0, len(audio), step) for sound in ear.hear(audio[first : first + step])]
    return [*sounds, *ear.finish()]


@pytest.mark.parametrize("step", [1, 7, 160, 999, 10**6])
def test_any_cut_of_the_audio_gives_the_same_utterances(line: np.ndarray, step: int) -> None:
    audio = line[: 2 * LINE_RATE_HZ] if step < 100 else line
    once, cut = hear(audio, 160), hear(audio, step)
    assert [sound.event for sound in once] == [sound.event for sound in cut]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(once, cut, strict=True))


def test_both_utterances_are_found_where_they_are(line: np.ndarray) -> None:
    ends = [sound.event for sound in hear(line, 160) if isinstance(sound.event, UtteranceEnded)]
    assert len(ends) == 2
    length = (len(line) / LINE_RATE_HZ - 3.5) / 2
    for event, began in zip(ends, (1.0, 2.5 + length), strict=True):
        assert began - 0.5 <= event.start / 16000 <= began
        assert began + length - 0.3 <= event.end / 16000 <= began + length + 0.7


def test_the_samples_of_an_utterance_are_those_of_its_place(line: np.ndarray) -> None:
    resampler = Resampler(LINE_RATE_HZ)
    whole = np.concatenate([resampler.feed(line), resampler.finish()])
    for sound in hear(line, 160):
        expected = whole[sound.event.start : sound.event.end]
        assert np.array_equal(sound.samples[: len(expected)], expected)


def test_a_long_line_wraps_the_memory_without_mixing_audio() -> None:
    count = 40 * LINE_RATE_HZ
    tone = (np.sin(np.arange(count) * 0.7) * np.linspace(500, 9000, count)).astype(np.int16)
    ear = Ear(MODEL, Limits(), 16_000)
    sounds = [sound for first in range(0, count, 160) for sound in ear.hear(tone[first : first + 160])]
    for sound in sounds:
        assert np.array_equal(sound.samples, tone[sound.event.start : sound.event.end])


def test_resampled_audio_keeps_its_length_and_its_time() -> None:
    click = np.zeros(LINE_RATE_HZ, np.int16)
    click[4000] = 20000
    resampler = Resampler(LINE_RATE_HZ)
    out = np.concatenate([*(resampler.feed(piece) for piece in np.array_split(click, 50)), resampler.finish()])
    assert len(out) == 16_000
    assert abs(int(np.argmax(np.abs(out))) - 8000) <= 1


@pytest.mark.parametrize("hertz", [100, 1000, 2000, 3000, 3400])
def test_a_tone_of_the_telephone_band_is_the_same_tone_at_twice_the_rate(hertz: int) -> None:
    low = 10_000 * np.sin(2 * np.pi * hertz * np.arange(LINE_RATE_HZ) / LINE_RATE_HZ)
    high = 10_000 * np.sin(2 * np.pi * hertz * np.arange(2 * LINE_RATE_HZ) / (2 * LINE_RATE_HZ))
    out = Resampler(LINE_RATE_HZ).feed(np.rint(low).astype(np.int16))
    error = (out - high[: len(out)])[100:]
    assert 20 * np.log10(np.abs(error).max() / 10_000) < -60


def test_telephone_audio_is_told_at_once() -> None:
    assert len(Resampler(LINE_RATE_HZ).feed(np.zeros(160, np.int16))) >= 2 * (160 - 16)


def test_only_whole_chunks_are_taken() -> None:
    with pytest.raises(ValueError, match="whole chunks"):
        VoiceActivity(MODEL).feed(np.zeros(CHUNK + 1, np.int16))


def test_level() -> None:
    assert level_dbfs(np.zeros(512, np.int16)) == -120
    assert level_dbfs(np.full(512, 16384, np.int16)) == pytest.approx(-6.02, abs=0.01)
