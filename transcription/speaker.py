"""Whose words a window holds: what every window of one side of one call has in common, and its language so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import Recognised, Recogniser, Standing, Window
from transcription.language_choice import Listened
from transcription.priority import due_in
from transcription.wording import Utterance


class Speaker:
    def __init__(self, call_id: CallId, side: Side, recogniser: Recogniser, standing: Standing) -> None:
        self.side = side
        self.standing = standing
        self._call_id = call_id
        self._recogniser = recogniser
        self._given: str | None = None  # by a person, when last asked
        self._language: str | None = None  # of the last final
        self._listened = Listened()

    async def ask(self, utterance: Utterance, samples: NDArray[np.int16], revision: int, *, final: bool) -> Recognised:
        """Raises Unreachable (Busy), Refused."""
        if self.standing.language != self._given:
            self._given, self._language = self.standing.language, None
        start, end = utterance.start, utterance.end
        known = None if final else self._listened.known(start, end)
        window = Window(
            call_id=self._call_id,
            side=self.side,
            start=start,
            end=end,
            revision=revision,
            final=final,
            language=self._given,
            language_before=self._language,
            language_heard=known,
            samples=samples,
            due_in=due_in(self.side, answered=self.standing.answered, final=final),
        )
        words = await self._recogniser.recognise(window)
        if known is None and self._given is None:
            self._listened.heard(start, end, words.language)
        return words

    def spoke(self, language: str) -> None:
        """A final was in this language: a reason to expect it again."""
        self._language = language
