"""Tones and noise are told from speech by their samples; speech, also in noise and cut short, never is one of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.not_speech import SOUNDS
from tests.speech import at_16_khz, over_the_line, sentences
from transcription.sounds import NOISE, TONE, not_speech


@pytest.mark.parametrize("name", [name for name in SOUNDS if name != "hold music"])
def test_what_is_no_speech(name: str) -> None:
    expected = NOISE if name.endswith(("silence", "noise")) else TONE
    assert not_speech(at_16_khz(over_the_line(SOUNDS[name](6.0)))) == expected


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_speech_is_never_taken_for_a_sound(language: str) -> None:
    for spoken in sentences(language, 40, seed=5):
        audio = spoken.samples.astype(np.float32) / 32768
        level = float(np.sqrt((audio**2).mean()))
        noise = np.random.default_rng(1).standard_normal(len(audio)).astype(np.float32)
        for samples in (spoken.samples, spoken.samples[:6000], over_the_line(audio + 0.56 * level * noise)):  # 5 dB
            assert not_speech(at_16_khz(samples)) is None, spoken.text


def test_too_little_audio_says_nothing() -> None:
    for length in (0, 100, 1000, 2000):
        assert not_speech(np.zeros(length, np.int16)) is None
