"""Implements ports.Listener: live audio of one side to segments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Recogniser, Standing
from line102.words import Segment, Stretch
from transcription.glossary import Correct, corrected
from transcription.pressure import Pressure
from transcription.speaker import Speaker
from transcription.stream import ListenerSettings, Stream
from transcription.voice_activity import SpeechModel

LONGEST_S = 12.0  # of an utterance: stock Whisper stops in the middle of a longer one in Kazakh
ROOM_S = 2.0  # that the longest window of a model leaves free


class StreamListener:
    """Streams share the recogniser, the voice activity model and the pressure, and nothing else."""

    def __init__(
        self,
        recogniser: Recogniser,
        speech: SpeechModel,
        settings: ListenerSettings,
        pressure: Pressure,
        longest_s: Callable[[], float] | None = None,
        correct: Correct | None = None,
    ) -> None:
        """``longest_s``: the longest window that the recogniser takes now; None: the settings know. ``correct``:
        (text, language) of a final text as the glossary has it.
        """
        self._recogniser = recogniser
        self._speech = speech
        self._settings = settings
        self._pressure = pressure
        self._longest_s = longest_s
        self._correct = correct

    async def listen(
        self,
        call_id: CallId,
        side: Side,
        audio: AsyncIterator[AudioChunk],
        recording_began_at: datetime,
        standing: Standing,
    ) -> AsyncGenerator[Segment | Stretch, None]:
        """Segments and stretches in order of start, partials (``final=False``) before their final.

        Every utterance ends as a final segment or a stretch. Ends when the audio ends, after the last utterance;
        raises then what the audio raised. Close it (``contextlib.aclosing``) when leaving early.
        """
        speaker = Speaker(call_id, side, self._recogniser, standing)
        stream = Stream(speaker, recording_began_at, self._speech, self._pressure, self._fitting())
        # A TaskGroup may not be open across a yield (PEP 789): this one task holds the group, and is awaited here.
        work = asyncio.create_task(stream.run(audio), name=f"listen {call_id} {side}")
        try:
            while (item := await stream.outbox.next()) is not None:
                yield corrected(item, self._correct) if isinstance(item, Segment) else item
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])

    def _fitting(self) -> ListenerSettings:
        if self._longest_s is None:
            return self._settings
        longest = min(LONGEST_S, self._longest_s() - ROOM_S)
        return replace(self._settings, limits=replace(self._settings.limits, longest_s=longest))
