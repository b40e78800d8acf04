"""What was missed live comes from the recording, whole utterances at their place in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from line102.calls import CallId, Side
from line102.errors import Refused, Unreachable
from line102.ports import Recognised, Window
from line102.words import Heard, Segment, Stretch
from tests.speech import LINE_RATE_HZ, Spoken, demo_pool, sentences, silence, word_errors
from transcription.catch_up import RecordingCatchUp
from transcription.voice_activity import SpeechModel

SPEECH = SpeechModel()
CALL = CallId("c1")


def stretch(side: Side, start: float, end: float) -> Stretch:
    return Stretch(side=side, start=timedelta(seconds=start), end=timedelta(seconds=end), reason="worker lost")


class Call:
    """A stereo recording: the caller speaks first, then the operator, then the caller again."""

    def __init__(self, folder: Path) -> None:
        self.turns: Sequence[tuple[Side, Spoken]] = [
            (Side.CALLER if number % 2 == 0 else Side.OPERATOR, spoken)
            for number, spoken in enumerate(sentences("ru", 4, seed=12))
        ]
        tracks: dict[Side, list[np.ndarray]] = {Side.CALLER: [silence(1)], Side.OPERATOR: [silence(1, seed=5)]}
        self.began: list[float] = []
        for side, spoken in self.turns:
            self.began.append(sum(len(part) for part in tracks[side]) / LINE_RATE_HZ)
            for track in Side:
                speaks = spoken.samples if track is side else silence(len(spoken.samples) / LINE_RATE_HZ + 1e-6)
                tracks[track] += [speaks[: len(spoken.samples)], silence(1.2)]
        left, right = (np.concatenate(tracks[side]) for side in (Side.CALLER, Side.OPERATOR))
        self.length = len(left) / LINE_RATE_HZ
        self.path = folder / "call.wav"
        soundfile.write(self.path, np.stack([left, right], axis=1), LINE_RATE_HZ)


async def test_a_whole_call_from_its_recording(tmp_path: Path) -> None:
    call = Call(tmp_path)
    missed = [stretch(side, 0, call.length) for side in Side]
    async with demo_pool(tmp_path) as pool:
        segments = await RecordingCatchUp(pool, SPEECH, tmp_path).transcribe(CALL, "call.wav", missed, None)
    assert {segment.heard for segment in segments} == {Heard.RECORDING}
    assert [segment.start for segment in segments] == sorted(segment.start for segment in segments)
    for side in Side:
        heard = " ".join(segment.text for segment in segments if segment.side is side)
        said = " ".join(spoken.text for who, spoken in call.turns if who is side)
        wrong, of = word_errors(heard, said)
        assert wrong / of <= 0.15, (heard, said)


async def test_only_the_utterances_that_reach_into_the_stretch_and_those_whole(tmp_path: Path) -> None:
    call = Call(tmp_path)
    began, spoken = call.began[2], call.turns[2][1]
    length = len(spoken.samples) / LINE_RATE_HZ
    async with demo_pool(tmp_path) as pool:
        catch_up = RecordingCatchUp(pool, SPEECH, tmp_path)
        missed = [stretch(Side.CALLER, began + length / 2, began + length / 2 + 0.2)]
        segments = await catch_up.transcribe(CALL, str(call.path), missed, None)
        again = await catch_up.transcribe(CALL, str(call.path), missed, None)
    assert segments == again
    assert {segment.side for segment in segments} == {Side.CALLER}
    assert abs(segments[0].start.total_seconds() - began) < 0.5
    assert abs(segments[-1].end.total_seconds() - (began + length)) < 0.5
    wrong, of = word_errors(" ".join(segment.text for segment in segments), spoken.text)
    assert wrong / of <= 0.25


class Away:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def recognise(self, window: Window) -> Recognised:
        raise self.error


async def test_without_a_worker_it_says_so_and_can_be_asked_again(tmp_path: Path) -> None:
    call = Call(tmp_path)
    with pytest.raises(Unreachable):
        await RecordingCatchUp(Away(Unreachable("worker", "away")), SPEECH, tmp_path).transcribe(
            CALL, str(call.path), [stretch(Side.CALLER, 0, 5)], None
        )


async def test_a_window_that_can_never_be_recognised_is_marked(tmp_path: Path) -> None:
    call = Call(tmp_path)
    catch_up = RecordingCatchUp(Away(Refused("worker", "raises")), SPEECH, tmp_path)
    segments: Sequence[Segment] = await catch_up.transcribe(CALL, str(call.path), [stretch(Side.CALLER, 0, 3)], None)
    assert segments
    assert all(segment.suppressed == "recognition failed" for segment in segments)


@pytest.mark.parametrize("kind", ["missing", "rubbish", "mono"])
async def test_a_recording_that_cannot_be_read_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    if kind == "rubbish":
        path.write_bytes(b"RIFF" + bytes(range(200)))
    if kind == "mono":
        soundfile.write(path, silence(1), LINE_RATE_HZ)
    with pytest.raises(Refused):
        await RecordingCatchUp(Away(Unreachable("w", "")), SPEECH, tmp_path).transcribe(
            CALL, "call.wav", [stretch(Side.CALLER, 0, 1)], None
        )


async def test_nothing_missed_is_nothing_to_do(tmp_path: Path) -> None:
    call = Call(tmp_path)
    assert (
        await RecordingCatchUp(Away(Unreachable("w", "")), SPEECH, tmp_path).transcribe(CALL, str(call.path), [], None)
        == []
    )
