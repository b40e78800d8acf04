"""The models of one worker and what they make of a batch: encode, choose the language, decode, doubt.

The default model hears the language. A language with a model of its own is then read by that one: its window goes back
into the queue, into the batches of that model.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from line102.ports import Recognised, Window
from transcription.batch import Load
from transcription.buckets import FRAMES_PER_SECOND, SAMPLES_PER_FRAME
from transcription.cost import CostModel, Work
from transcription.guards import Evidence, invented, sane_again, without_repeats, worth_a_second_look
from transcription.language_choice import SHORTEST_TO_SWITCH_S, Choice, choose
from transcription.sounds import not_speech
from transcription.whisper import Decoded, Encoded, Whisper

log = logging.getLogger(__name__)

DEFAULT = ""
"""The name of the model that reads what no other is for, and that hears the language."""
NO_REPEAT = 3  # words' tokens: a second look may not write the same three in a row twice
MOST_BEAMS = 10


@dataclass(frozen=True, slots=True)
class Item:
    """A window and what is already known of its language."""

    window: Window
    choice: Choice | None

    @property
    def seconds(self) -> float:
        return seconds_of(self.window)


@dataclass(frozen=True, slots=True)
class ReadBy:
    """The window's language has a model of its own."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class Failed:
    why: str


Outcome = Recognised | ReadBy | Failed


def seconds_of(window: Window) -> float:
    return len(window.samples) / (SAMPLES_PER_FRAME * FRAMES_PER_SECOND)


class Engine:
    """``compute`` may be called from several threads; everything else from one."""

    def __init__(self, default: Whisper, own: Mapping[str, Whisper]) -> None:
        """``own``: languages that have a model of their own."""
        self.languages = default.folder.languages
        self.longest_s = min(model.longest_s for model in (default, *own.values()))
        self._models = {DEFAULT: default, **own}
        self.costs = {name: CostModel() for name in self._models}

    @property
    def identities(self) -> dict[str, str]:
        """By language; the default model's under ``DEFAULT``."""
        return {name: model.folder.identity for name, model in self._models.items()}

    def check(self, window: Window) -> str | None:
        """Why this window cannot be computed, whoever computes it; None when it can."""
        if not len(window.samples):
            return "an empty window"
        if seconds_of(window) > self.longest_s:
            return f"a window of {seconds_of(window):.2f} s; the model reads {self.longest_s:g} s"
        if window.language is not None and window.language not in self.languages:
            return f"the language {window.language!r} is not configured"
        if not 1 <= window.beam_size <= MOST_BEAMS:
            return f"{window.beam_size} beams; 1 to {MOST_BEAMS} are possible"
        return None

    def load(self, item: Item) -> Load:
        """What computing this item means, as things stand."""
        name = self._reader(item.choice)
        return Load(
            model=name,
            beam_size=item.window.beam_size,
            frames=self._models[name].bucket(len(item.window.samples)),
            seconds=item.seconds,
        )

    def known(self, window: Window) -> Choice | None:
        """The language of a window where nobody need listen for it: a person gave it, there is only one, or this is
        a partial for which it was heard before or that is too short to change it.
        """
        if window.language is not None:
            return Choice(window.language, 1.0)
        if not window.final:
            before = window.language_before if seconds_of(window) < SHORTEST_TO_SWITCH_S else None
            if (heard := window.language_heard or before) in self.languages:
                return Choice(heard, 1.0)
        return Choice(self.languages[0], 1.0) if len(self.languages) == 1 else None

    def compute(self, items: Sequence[Item], model: str, frames: int) -> tuple[list[Outcome], Work | None]:
        """All of one load but for their length. A window that makes the model raise fails alone."""
        try:
            return self._compute(items, model, frames)
        except Exception as error:  # one window must not end the worker, nor the batch it came in
            if len(items) == 1:
                log.exception("a window raised", extra={"call_id": items[0].window.call_id})
                return [Failed(f"{type(error).__name__}: {error}")], None
        log.warning("a batch raised", extra={"items": len(items)})
        return [outcome for item in items for outcome in self.compute([item], model, frames)[0]], None

    def _compute(self, items: Sequence[Item], name: str, frames: int) -> tuple[list[Outcome], Work]:
        model, began = self._models[name], time.perf_counter()
        encoded = model.encode([item.window.samples for item in items], frames)
        encoded_at = time.perf_counter()
        choices = self._choices(model, encoded, items)
        here = [number for number, choice in enumerate(choices) if self._reader(choice) == name]
        outcomes: list[Outcome] = [ReadBy(choice) for choice in choices]
        tokens = [0] * len(items)
        if here:
            reading = _Reading(model, encoded, [items[n] for n in here], [choices[n] for n in here], here)
            for number, decoded, recognised in zip(here, reading.first, reading.recognised(), strict=True):
                outcomes[number], tokens[number] = recognised, decoded.tokens
        work = Work(
            frames=frames,
            tokens=tuple(tokens),
            seconds=tuple(item.seconds for item in items),
            calls=1 if model.device.encodes_together else len(items),
            encoding_s=encoded_at - began,
            decoding_s=time.perf_counter() - encoded_at,
        )
        return outcomes, work

    def _choices(self, model: Whisper, encoded: Encoded, items: Sequence[Item]) -> list[Choice]:
        unknown = [number for number, item in enumerate(items) if item.choice is None]
        heard = iter(model.languages(encoded, unknown) if unknown else [])
        return [
            item.choice or choose(next(heard), item.window.language_before, item.seconds)  # in the order of the items
            for item in items
        ]

    def _reader(self, choice: Choice | None) -> str:
        return choice.language if choice is not None and choice.language in self._models else DEFAULT


class _Reading:
    """The decoding of those items of a batch that are read by this model, with a second look at finals that loop.

    Not at partials: a newer one comes in a second, and the others of the batch would wait for it.
    """

    def __init__(
        self, model: Whisper, encoded: Encoded, items: Sequence[Item], choices: Sequence[Choice], numbers: Sequence[int]
    ) -> None:
        self._model = model
        self._encoded = encoded
        self._items = items
        self._choices = choices
        self._numbers = numbers
        self.first = self._decode(range(len(items)))

    def recognised(self) -> list[Recognised]:
        reasons = [invented(self._evidence(n, decoded)) for n, decoded in enumerate(self.first)]
        again = [n for n, reason in enumerate(reasons) if worth_a_second_look(reason) and self._items[n].window.final]
        second = dict(zip(again, self._decode(again, NO_REPEAT), strict=True)) if again else {}
        results = []
        for n, (decoded, reason) in enumerate(zip(self.first, reasons, strict=True)):
            if n in second and sane_again(self._evidence(n, second[n])):
                results.append(self._recognised(n, second[n], second[n].text, None))
            else:
                text = without_repeats(decoded.text) if worth_a_second_look(reason) else decoded.text
                results.append(self._recognised(n, decoded, text, reason))
        return results

    def _decode(self, which: Sequence[int], no_repeat_ngram_size: int = 0) -> list[Decoded]:
        return self._model.decode(
            self._encoded,
            [self._numbers[n] for n in which],
            [self._choices[n].language for n in which],
            [self._items[n].seconds for n in which],
            beam_size=self._items[0].window.beam_size,
            no_repeat_ngram_size=no_repeat_ngram_size,
        )

    def _evidence(self, number: int, decoded: Decoded) -> Evidence:
        return Evidence(
            text=decoded.text,
            language=self._choices[number].language,
            seconds=self._items[number].seconds,
            tokens=decoded.tokens,
            capped=decoded.capped,
            no_speech=decoded.no_speech,
            log_probability=decoded.log_probability,
            sound=not_speech(self._items[number].window.samples) if decoded.text else None,
        )

    def _recognised(self, number: int, decoded: Decoded, text: str, suppressed: str | None) -> Recognised:
        choice = self._choices[number]
        probability = math.exp(min(0.0, decoded.log_probability)) if math.isfinite(decoded.log_probability) else 0.0
        return Recognised(
            text=text,
            language=choice.language,
            confidence=probability,
            no_speech=decoded.no_speech,
            model=self._model.folder.identity,
            suppressed=suppressed,
            language_probability=choice.probability,
        )
