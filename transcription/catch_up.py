"""Implements ports.CatchUp: what was missed live is transcribed from the recording.

The recording is the truth, so voice activity is asked more generously than live (0.3). A missed stretch usually
begins and
ends inside somebody's words: whole utterances that reach into it are transcribed, from pause to pause, so a segment
may begin before the stretch and end after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

import soundfile

from line102.calls import CallId, Side
from line102.errors import Refused
from line102.ports import Recognised, Recogniser, Window
from line102.words import Heard, Segment, Stretch
from transcription.ear import Ear
from transcription.ear import Heard as Sound
from transcription.segmenter import SAMPLE_RATE_HZ, Limits, UtteranceEnded
from transcription.voice_activity import SpeechModel
from transcription.wording import Utterance, segment

GENEROUS = Limits(on=0.3, off=0.2, partial_every_s=1e6)
REVISION = 1000  # above every live one
CHANNELS = {Side.CALLER: 0, Side.OPERATOR: 1}
BATCH = 8  # utterances in memory at once
BLOCK_S = 5


class RecordingCatchUp:
    """Reads stereo recordings (caller left, operator right) of any sample rate."""

    def __init__(self, recogniser: Recogniser, speech: SpeechModel, folder: Path, limits: Limits = GENEROUS) -> None:
        """``folder``: what relative paths of recordings count from."""
        self._recogniser = recogniser
        self._speech = speech
        self._folder = folder
        self._limits = limits

    async def transcribe(self, call_id: CallId, path: str, missed: Sequence[Stretch]) -> Sequence[Segment]:
        """Segments of every utterance that reaches into a missed stretch, in order of start.

        Raises Unreachable, Refused when the recording cannot be read. The same request gives the same segments.
        """
        segments = []
        sounds = self._sounds(self._folder / path, missed)
        while batch := await asyncio.to_thread(lambda: list(islice(sounds, BATCH))):
            for utterance, sound in batch:
                words = await self._words(call_id, utterance, sound)
                made = segment(utterance, words, revision=REVISION, final=True, heard=Heard.RECORDING)
                if made is not None:
                    segments.append(made)
        return sorted(segments, key=lambda s: (s.start, s.side))

    async def _words(self, call_id: CallId, utterance: Utterance, sound: Sound) -> Recognised:
        window = Window(
            call_id=call_id,
            side=utterance.side,
            start=utterance.start,
            end=utterance.end,
            revision=REVISION,
            final=True,
            language=None,
            samples=sound.samples,
        )
        try:
            return await self._recogniser.recognise(window)
        except Refused:  # this window, and it would be so again: say so in the transcript instead of never ending
            return Recognised(
                text="", language="", confidence=0.0, no_speech=0.0, model="", suppressed="recognition failed"
            )

    def _sounds(self, path: Path, missed: Sequence[Stretch]) -> Iterator[tuple[Utterance, Sound]]:
        try:
            with soundfile.SoundFile(path) as file:
                if file.channels != len(CHANNELS):
                    raise Refused(str(path), f"{file.channels} channels instead of caller left, operator right")
                for side in CHANNELS:
                    stretches = [stretch for stretch in missed if stretch.side is side]
                    for begin, end in regions(stretches, timedelta(seconds=self._limits.longest_s)):
                        for utterance, sound in self._region(file, side, begin, end):
                            if any(utterance.start < s.end and s.start < utterance.end for s in stretches):
                                yield utterance, sound
        except (soundfile.LibsndfileError, OSError) as error:
            raise Refused(str(path), f"cannot be read ({error})") from error

    def _region(
        self, file: soundfile.SoundFile, side: Side, begin: timedelta, end: timedelta
    ) -> Iterator[tuple[Utterance, Sound]]:
        rate = file.samplerate
        position = min(int(begin.total_seconds() * rate), file.frames)
        left = min(int(end.total_seconds() * rate), file.frames) - position
        file.seek(position)
        ear = Ear(self._speech, self._limits, rate)

        def heard() -> Iterator[Sound]:
            for start in range(0, left, BLOCK_S * rate):
                file.seek(position + start)  # the consumer may have been away between two utterances
                block = file.read(min(BLOCK_S * rate, left - start), dtype="int16", always_2d=True)
                yield from ear.hear(block[:, CHANNELS[side]])
            yield from ear.finish()

        base = timedelta(seconds=position / rate)
        for sound in heard():
            assert isinstance(sound.event, UtteranceEnded)
            yield (
                Utterance(
                    side=side,
                    start=base + timedelta(seconds=sound.event.start / SAMPLE_RATE_HZ),
                    end=base + timedelta(seconds=sound.event.end / SAMPLE_RATE_HZ),
                    speech=sound.event.speech,
                    by_loudness=sound.event.by_loudness,
                ),
                sound,
            )


def regions(stretches: Sequence[Stretch], margin: timedelta) -> list[tuple[timedelta, timedelta]]:
    """What to read: the stretches widened by ``margin``, those that touch made one. In order, from 0 on."""
    merged: list[tuple[timedelta, timedelta]] = []
    for stretch in sorted(stretches, key=lambda s: s.start):
        begin, end = max(stretch.start - margin, timedelta(0)), stretch.end + margin
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
