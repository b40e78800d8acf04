"""A glossary file of somebody's own, behind the real demo model: live and from the recording."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import soundfile

from line102.calls import CallId, Side
from line102.ports import Standing
from line102.words import Segment, Stretch
from tests.speech import LINE_OPENED, LINE_RATE_HZ, demo_pool, on_the_line, silence, speak
from transcription.catch_up import RecordingCatchUp
from transcription.glossary import Glossary
from transcription.listener import StreamListener
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

SAID = "Записывайте адрес улица Розыбакиева дом сорок."
CALL = CallId("c1")


async def test_finals_are_corrected_and_partials_are_not(tmp_path: Path) -> None:
    (tmp_path / "ru.txt").write_text("Розабакиева: ~розыбакиева\n", encoding="utf-8")
    glossary = Glossary.read([tmp_path / "ru.txt"])
    samples = np.concatenate([silence(0.8), speak(SAID, "ru"), silence(0.9, seed=2)])
    soundfile.write(
        tmp_path / "call.wav", np.stack([samples, silence(len(samples) / LINE_RATE_HZ)[: len(samples)]], 1), 8000
    )
    speech = SpeechModel()
    async with demo_pool(tmp_path) as pool:
        listener = StreamListener(pool, speech, ListenerSettings(), Pressure(LINE_OPENED), correct=glossary.correct)
        live = [
            item
            async for item in listener.listen(CALL, Side.CALLER, on_the_line(samples), LINE_OPENED, Standing())
            if isinstance(item, Segment)
        ]
        missed = Stretch(
            side=Side.CALLER, start=timedelta(0), end=timedelta(seconds=len(samples) / LINE_RATE_HZ), reason="late"
        )
        catch_up = RecordingCatchUp(pool, speech, tmp_path, correct=glossary.correct)
        recorded = await catch_up.transcribe(CALL, "call.wav", [missed], None)
    for segment in (*[item for item in live if item.final], *recorded):
        assert segment.as_heard is not None
        assert "улица Розыбакиева дом" in segment.as_heard
        assert segment.text == segment.as_heard.replace("Розыбакиева", "Розабакиева")
    assert len(recorded) == 1
    assert len([item for item in live if item.final]) == 1
    assert all(item.as_heard is None and "Розабакиева" not in item.text for item in live if not item.final)
