"""The demo model without the words that nobody needs says what it says with all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import soxr

from tests.speech import DEMO_MODEL, LINE_RATE_HZ, sentences
from transcription.model_folder import check_model, read_vocabulary
from transcription.vocabulary import needed
from transcription.whisper import Device, Whisper


def test_slim_and_whole_say_the_same() -> None:
    folder = check_model(str(DEMO_MODEL), ("ru", "kk"))
    tokens = read_vocabulary(folder.path)
    assert len(needed(tokens, folder.languages)) < len(tokens) / 2
    slim, whole = Whisper(folder, Device()), Whisper(replace(folder, whole_vocabulary=True), Device())
    for language in ("ru", "kk"):
        for spoken in sentences(language, 6, seed=33):
            samples = (soxr.resample(spoken.samples / 32768, LINE_RATE_HZ, 16_000) * 32000).astype(np.int16)
            one, other = slim.recognise(samples, None), whole.recognise(samples, None)
            assert one.text == other.text
            assert one.text
            assert abs(one.log_probability - other.log_probability) < 0.05
            encoded = slim.encode([samples], slim.bucket(len(samples)))
            assert slim.languages(encoded, [0]) == whole.languages(encoded, [0])
