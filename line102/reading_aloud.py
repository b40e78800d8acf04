"""Answers of the knowledge base as sounds that the PBX plays: made once each, off the event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ivr.speech import Narrator

ANSWERS = "line102/answers"  # below the sounds folder, beside the prompts


class ReadingAloud:
    """Implements ``dialogues.Reader``. ``sounds``: the folder of prompts, as we see it."""

    def __init__(self, sounds: Path) -> None:
        self._narrator = Narrator(sounds / ANSWERS)

    async def sound_of(self, text: str, language: str) -> str:
        """See ``dialogues.Reader``: about 0.1 s for a text that nobody heard before, microseconds afterwards."""
        made = await asyncio.to_thread(self._narrator.speak, text, language)
        return f"{ANSWERS}/{language}/{made.stem}"
