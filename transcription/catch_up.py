"""Implements ports.CatchUp: speech found and transcribed in a stored recording.

The recording is the truth, so voice activity is asked more generously than live (0.3 / 0.2). It hears the recording
from end to end, whatever is asked for, so utterances are always cut at the same places: the same request gives the
same segments, and a request for a part gives the same ones as a request for the whole.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from line102.calls import CallId, Side
from line102.errors import Refused
from line102.ports import Recognised, Recogniser, Window
from line102.words import Heard, Segment, Stretch
from transcription.scan import Recording, SideScan
from transcription.segmenter import SAMPLE_RATE_HZ, Limits, UtteranceEnded
from transcription.voice_activity import SpeechModel
from transcription.wording import Utterance, segment

SPEECH = "speech"
SCANS_KEPT = 4  # recordings heard last: one that is looked at in several turns is heard once
LONGEST_AT_REST_S = 20.0  # of an utterance in the second pass, if the model reads so much

Scan = dict[Side, SideScan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How carefully to transcribe, and how soon it is needed."""

    limits: Limits = field(default_factory=lambda: Limits(on=0.3, off=0.2, partial_every_s=1e6))
    beam_size: int = 1
    due_in: timedelta = timedelta(seconds=60)  # never before a window of a live call
    revision: int = 1000  # above every live one


def second_pass(longest_s: float) -> Manner:
    """The whole recording once more, with time: ``longest_s`` is what the model reads at once."""
    limits = Limits(on=0.3, off=0.2, partial_every_s=1e6, longest_s=min(LONGEST_AT_REST_S, longest_s))
    return Manner(limits=limits, beam_size=5, due_in=timedelta(seconds=600), revision=2000)


class RecordingCatchUp:
    """Reads stereo recordings (caller left, operator right) of any sample rate."""

    def __init__(self, recogniser: Recogniser, speech: SpeechModel, folder: Path, manner: Manner | None = None) -> None:
        """``folder``: what relative paths of recordings count from."""
        self._recogniser = recogniser
        self._speech = speech
        self._folder = folder
        self._manner = manner or Manner()
        self._scans: OrderedDict[Path, tuple[tuple[int, int], Scan]] = OrderedDict()

    async def speech(self, path: str) -> Sequence[Stretch]:
        """Where somebody speaks, of both sides in order of start; ``reason`` is "speech". Raises Refused."""
        scan = await asyncio.to_thread(self._scan, self._folder / path)
        found = [
            Stretch(side=side, start=_offset(begin), end=_offset(end), reason=SPEECH)
            for side, heard in scan.items()
            for begin, end in heard.speech
        ]
        return sorted(found, key=lambda s: (s.start, s.side))

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None
    ) -> Sequence[Segment]:
        """Segments of every utterance that reaches into a missed stretch, in order of start.

        An utterance goes from pause to pause: a segment may begin before the stretch and end after it. Raises
        Unreachable, Refused when the recording cannot be read.
        """
        recording = self._folder / path
        wanted = await asyncio.to_thread(self._wanted, recording, missed)
        made = [await self._made(call_id, recording, side, event, language) for side, event in wanted]
        return sorted((one for one in made if one is not None), key=lambda s: (s.start, s.side))

    async def _made(
        self, call_id: CallId, recording: Path, side: Side, event: UtteranceEnded, language: str | None
    ) -> Segment | None:
        utterance = _utterance(side, event)
        samples = await asyncio.to_thread(Recording(recording).audio, side, event.start, event.end)
        window = Window(
            call_id=call_id,
            side=side,
            start=utterance.start,
            end=utterance.end,
            revision=self._manner.revision,
            final=True,
            language=language,
            samples=samples,
            due_in=self._manner.due_in,
            beam_size=self._manner.beam_size,
        )
        words = await self._words(window)
        return segment(utterance, words, revision=self._manner.revision, final=True, heard=Heard.RECORDING)

    async def _words(self, window: Window) -> Recognised:
        try:
            return await self._recogniser.recognise(window)
        except Refused:  # this window, and it would be so again: say so in the transcript instead of never ending
            return Recognised(
                text="", language="", confidence=0.0, no_speech=0.0, model="", suppressed="recognition failed"
            )

    def _wanted(self, path: Path, missed: Sequence[Stretch]) -> list[tuple[Side, UtteranceEnded]]:
        """In order of time, so that the first words come first."""
        if not missed:
            return []
        found = [
            (side, event)
            for side, heard in self._scan(path).items()
            for event in heard.utterances
            if any(s.side is side and _offset(event.start) < s.end and s.start < _offset(event.end) for s in missed)
        ]
        return sorted(found, key=lambda f: (f[1].start, f[0]))

    def _scan(self, path: Path) -> Scan:
        """Heard once; again when the file has changed."""
        recording = Recording(path)
        stamp = path.stat()
        known = self._scans.get(path)
        version = (stamp.st_mtime_ns, stamp.st_size)
        if known is None or known[0] != version:
            known = self._scans[path] = (version, recording.scan(self._speech, self._manner.limits))
            if len(self._scans) > SCANS_KEPT:
                self._scans.popitem(last=False)
        return known[1]


def _utterance(side: Side, event: UtteranceEnded) -> Utterance:
    return Utterance(
        side=side,
        start=_offset(event.start),
        end=_offset(event.end),
        speech=event.speech,
        by_loudness=event.by_loudness,
    )


def _offset(sample: int) -> timedelta:
    return timedelta(seconds=sample / SAMPLE_RATE_HZ)
