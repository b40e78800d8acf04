"""Implements ports.CatchUp: speech found and transcribed in a stored recording.

The recording is the truth, so voice activity is asked more generously than live (0.3 / 0.2). It hears the recording
from end to end, whatever is asked for, so utterances are always cut at the same places, and the same request gives the
same segments.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.errors import Refused
from line102.ports import Recognised, Recogniser, Window
from line102.words import Heard, Segment, Stretch
from transcription.glossary import Correct, corrected
from transcription.listener import LONGEST_S, ROOM_S
from transcription.pool import UNKNOWN_LONGEST_S
from transcription.priority import CATCH_UP, SECOND_PASS
from transcription.scan import Recording, SideScan
from transcription.segmenter import SAMPLE_RATE_HZ, Limits, UtteranceEnded
from transcription.voice_activity import SpeechModel
from transcription.wording import Utterance, segment

SPEECH = "speech"
SCANS_KEPT = 4  # recordings heard last: one that is looked at in several turns is heard once
LONGEST_IN_SECOND_PASS_S = 20.0  # a longer one would be cut off by the decoder's 224 tokens in Kazakh

GENEROUS = Limits(on=0.3, off=0.2, longest_s=LONGEST_S, first_partial_s=None)

Scan = dict[Side, SideScan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How carefully to transcribe, and how soon it is needed."""

    limits: Limits = GENEROUS
    beam_size: int = 1
    due_in: timedelta = CATCH_UP  # never before a window of a live call
    revision: int = 1000  # above every live one


def second_pass(beam_size: int = 5) -> Manner:
    """The whole recording once more, with time."""
    limits = replace(GENEROUS, longest_s=LONGEST_IN_SECOND_PASS_S)
    return Manner(limits=limits, beam_size=beam_size, due_in=SECOND_PASS, revision=2000)


class RecordingCatchUp:
    """Reads stereo recordings (caller left, operator right) of any sample rate."""

    def __init__(
        self,
        recogniser: Recogniser,
        speech: SpeechModel,
        folder: Path,
        manner: Manner | None = None,
        *,
        longest_s: Callable[[], float] | None = None,
        correct: Correct | None = None,
    ) -> None:
        """``folder``: what relative paths of recordings count from. ``longest_s``: the longest window that the
        recogniser takes now. ``correct``: (text, language) of a final text as the glossary has it.
        """
        self._recogniser = recogniser
        self._speech = speech
        self._folder = folder
        self._manner = manner or Manner()
        self._longest_s = longest_s or (lambda: UNKNOWN_LONGEST_S)
        self._correct = correct
        self._scans: OrderedDict[Path, tuple[tuple[int, int, Limits], Scan]] = OrderedDict()

    async def speech(self, path: str) -> Sequence[Stretch]:
        """Where somebody speaks, of both sides in order of start; ``reason`` is "speech". Raises Refused."""
        return speech_of(await asyncio.to_thread(self._scan, self._folder / path))

    async def transcribe(
        self, call_id: CallId, path: str, missed: Sequence[Stretch], language: str | None
    ) -> Sequence[Segment]:
        """Segments of every utterance that reaches into a missed stretch, in order of start.

        An utterance goes from pause to pause: a segment may begin before the stretch and end after it. Raises
        Unreachable, Refused when the recording cannot be read.
        """
        recording = self._folder / path
        made: list[Segment] = []
        before: dict[Side, str] = {}
        for side, event in await asyncio.to_thread(self._wanted, recording, missed):
            utterance = _utterance(side, event)
            samples = await asyncio.to_thread(Recording(recording).audio, side, event.start, event.end)
            words = await self._words(self._window(call_id, utterance, samples, language, before.get(side)))
            heard = segment(utterance, words, revision=self._manner.revision, final=True, heard=Heard.RECORDING)
            if heard is None:
                continue
            made.append(corrected(heard, self._correct))
            if heard.suppressed is None:
                before[side] = heard.language
        return sorted(made, key=lambda s: (s.start, s.side))

    def _window(
        self,
        call_id: CallId,
        utterance: Utterance,
        samples: NDArray[np.int16],
        language: str | None,
        before: str | None,
    ) -> Window:
        return Window(
            call_id=call_id,
            side=utterance.side,
            start=utterance.start,
            end=utterance.end,
            revision=self._manner.revision,
            final=True,
            language=language,
            language_before=before,
            samples=samples,
            due_in=self._manner.due_in,
            beam_size=self._manner.beam_size,
        )

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
        """Heard once; again when the file has changed, or what the recogniser takes."""
        recording = Recording(path)
        limits = self._limits()
        stamp = path.stat()
        version = (stamp.st_mtime_ns, stamp.st_size, limits)
        known = self._scans.get(path)
        if known is None or known[0] != version:
            known = self._scans[path] = (version, recording.scan(self._speech, limits))
            if len(self._scans) > SCANS_KEPT:
                self._scans.popitem(last=False)
        return known[1]

    def _limits(self) -> Limits:
        wanted = self._manner.limits
        return replace(wanted, longest_s=min(wanted.longest_s, self._longest_s() - ROOM_S))


def speech_of(scan: Scan) -> list[Stretch]:
    """As ``ports.CatchUp.speech``."""
    found = [
        Stretch(side=side, start=_offset(begin), end=_offset(end), reason=SPEECH)
        for side, heard in scan.items()
        for begin, end in heard.speech
    ]
    return sorted(found, key=lambda s: (s.start, s.side))


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
