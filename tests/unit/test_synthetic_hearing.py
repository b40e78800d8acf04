"""What a synthetic caller makes of the sounds on the line."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synthetic.hearing import SAMPLE_RATE_HZ, Hearing
from synthetic.speech import Speech, Voice


def ringing(seconds: float) -> NDArray[np.int16]:
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (3000 * np.sin(2 * np.pi * 425 * times)).astype(np.int16)


def silence(seconds: float) -> NDArray[np.int16]:
    return np.zeros(int(seconds * SAMPLE_RATE_HZ), dtype=np.int16)


@pytest.fixture
async def robot(tmp_path: object) -> NDArray[np.int16]:
    return await Speech(tmp_path).say("Говорит робот. Нажмите один или скажите да.", Voice("ru", "m3", 150, 40))  # type: ignore[arg-type]


def test_the_ringing_tone_is_a_sound_but_nobody_speaks() -> None:
    hearing = Hearing(begins=0, silent_since=10.0)
    hearing.take(np.concatenate([ringing(1), silence(4), ringing(1)]), 16.0)
    assert hearing.speech_s == 0.0
    assert hearing.silent_since == 16.0


def test_silence_is_as_old_as_the_last_sound() -> None:
    hearing = Hearing(begins=0, silent_since=10.0)
    hearing.take(ringing(1), 11.0)
    hearing.take(np.concatenate([ringing(1), silence(3)]), 14.0)
    assert hearing.silent_since == 11.0


def test_a_voice_is_heard_also_between_and_over_rings(robot: NDArray[np.int16]) -> None:
    alone, mixed = Hearing(begins=0, silent_since=0.0), Hearing(begins=0, silent_since=0.0)
    alone.take(robot, 1.0)
    over = np.concatenate([ringing(1), silence(10)])[: len(robot)] + robot // 2
    mixed.take(over.astype(np.int16), 1.0)
    length = len(robot) / SAMPLE_RATE_HZ
    assert 0.6 * length < alone.speech_s <= length
    assert mixed.speech_s > alone.speech_s - 1.2


def test_every_sample_counts_once_however_often_it_is_looked_at(robot: NDArray[np.int16]) -> None:
    whole, often = Hearing(begins=0, silent_since=0.0), Hearing(begins=0, silent_since=0.0)
    whole.take(robot, 1.0)
    for until in range(0, len(robot) + 333, 333):
        often.take(robot[:until], 1.0)
    assert often.speech_s == pytest.approx(whole.speech_s)


def test_what_was_said_before_does_not_count(robot: NDArray[np.int16]) -> None:
    hearing = Hearing(begins=len(robot), silent_since=0.0)
    hearing.take(np.concatenate([robot, silence(1)]), 5.0)
    assert hearing.speech_s == 0.0
    assert hearing.silent_since == 0.0
