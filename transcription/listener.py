"""Implements ports.Listener: live audio of one side to segments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Recogniser
from line102.words import Segment, Stretch
from transcription.stream import ListenerSettings, Stream
from transcription.voice_activity import SpeechModel


class StreamListener:
    """Streams share the recogniser and the voice activity model, and nothing else."""

    def __init__(self, recogniser: Recogniser, speech: SpeechModel, settings: ListenerSettings) -> None:
        self._recogniser = recogniser
        self._speech = speech
        self._settings = settings

    async def listen(
        self, call_id: CallId, side: Side, audio: AsyncIterator[AudioChunk], recording_began_at: datetime
    ) -> AsyncGenerator[Segment | Stretch, None]:
        """Segments and stretches in order of start, partials (``final=False``) before their final.

        Every utterance ends as a final segment or a stretch. Ends when the audio ends, after the last utterance;
        raises then
        what the audio raised. Close it (``contextlib.aclosing``) when leaving early.
        """
        stream = Stream(call_id, side, recording_began_at, self._recogniser, self._speech, self._settings)
        # A TaskGroup may not be open across a yield (PEP 789): this one task holds the group, and is awaited here.
        work = asyncio.create_task(stream.run(audio), name=f"listen {call_id} {side}")
        try:
            while (item := await stream.outbox.next()) is not None:
                yield item
            await work
        finally:
            work.cancel()
            await asyncio.wait([work])
