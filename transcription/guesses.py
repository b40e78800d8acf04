"""What is shown of one utterance before it ends: partials, and the early answer to what may be its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from line102.errors import Refused, Unreachable
from line102.ports import Recognised
from line102.words import Heard
from transcription.agreement import Agreement
from transcription.outbox import Outbox
from transcription.pressure import EVERY, Plan, Pressure
from transcription.speaker import Speaker
from transcription.wording import Utterance, segment

SLACK = timedelta(milliseconds=200)  # partials come a little early or late: none is skipped for that


@dataclass(frozen=True, slots=True)
class Early:
    """The answer for [start, end), asked for when the speaker paused there; None: there is none."""

    end: timedelta
    answer: asyncio.Task[Recognised | None]


class Guesses:
    """One utterance. One partial is in flight at a time, and the next one is of the newest audio."""

    def __init__(self, speaker: Speaker, outbox: Outbox, pressure: Pressure, tasks: asyncio.TaskGroup) -> None:
        self._speaker = speaker
        self._outbox = outbox
        self._pressure = pressure
        self._tasks = tasks
        self._agreement = Agreement()
        self._revision = 0  # of the last window sent
        self._shown = 0  # of the last one shown
        self._sent_until: timedelta | None = None
        self._newest: tuple[Utterance, NDArray[np.int16]] | None = None
        self._in_flight: set[asyncio.Task[Recognised | None]] = set()
        self._early: Early | None = None

    def partial(self, utterance: Utterance, samples: NDArray[np.int16], plan: Plan) -> None:
        if self._too_soon(utterance, plan):
            self._pressure.skipped_partial()
            return
        self._newest = (utterance, samples)
        self._send_newest()

    def pause(self, utterance: Utterance, samples: NDArray[np.int16], plan: Plan) -> None:
        """Ask now: if the speaker has ended, the final is there when that is sure."""
        if plan.partial_every is not None:
            self._newest = None
            self._early = Early(utterance.end, self._send(utterance, samples, paused=True))

    def end(self, end: timedelta) -> tuple[Early | None, int]:
        """The utterance ended there: its early answer, if it was asked for; and the revision of its final."""
        early = self._early if self._early is not None and self._early.end == end else None
        for task in self._in_flight:
            if early is None or task is not early.answer:
                task.cancel()  # the final overtakes it
        self._newest, self._shown = None, self._revision + 1
        return early, self._revision + 1

    def _too_soon(self, utterance: Utterance, plan: Plan) -> bool:
        if plan.partial_every is None:
            return True
        since = self._sent_until
        if since is None:
            since = utterance.start if plan.partial_every > EVERY else utterance.start - plan.partial_every
        return utterance.end - since < plan.partial_every - SLACK

    def _send_newest(self) -> None:
        if self._newest is not None and not self._in_flight:
            (utterance, samples), self._newest = self._newest, None
            self._send(utterance, samples, paused=False)

    def _send(
        self, utterance: Utterance, samples: NDArray[np.int16], *, paused: bool
    ) -> asyncio.Task[Recognised | None]:
        self._revision += 1
        self._sent_until = utterance.end
        task = self._tasks.create_task(self._guess(utterance, samples, self._revision, paused=paused))
        self._in_flight.add(task)
        task.add_done_callback(self._answered)
        return task

    def _answered(self, task: asyncio.Task[Recognised | None]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled():
            self._send_newest()

    async def _guess(
        self, utterance: Utterance, samples: NDArray[np.int16], revision: int, *, paused: bool
    ) -> Recognised | None:
        try:
            words = await self._speaker.ask(utterance, samples, revision, final=paused)
        except (Unreachable, Refused):
            return None  # the next partial or the final tells
        if revision > self._shown:
            self._shown = revision
            await self._show(utterance, words, revision, paused=paused)
        return words

    async def _show(self, utterance: Utterance, words: Recognised, revision: int, *, paused: bool) -> None:
        guess = segment(utterance, words, revision=revision, final=False, heard=Heard.LIVE)
        if guess is None or guess.suppressed is not None:  # a doubtful guess is worth nothing; the final tells
            return
        shown = self._agreement.hear(guess.text, guess.language, paused=paused)
        if shown.text:
            await self._outbox.offer(replace(guess, text=shown.text, committed=shown.committed))
