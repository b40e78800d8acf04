"""What becomes of a batch: languages, models, second looks, and windows that raise. The model is dictated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from line102.calls import CallId, Side
from line102.ports import Recognised, Window
from transcription.engine import DEFAULT, Engine, Failed, Item, ReadBy
from transcription.guards import ENDLESS, REPEATS
from transcription.language_choice import Choice
from transcription.whisper import Decoded

SURE = Decoded(text="", tokens=9, capped=False, no_speech=0.01, log_probability=-0.1)
NOT_A_TONE = 999 * np.sin(np.outer((300, 500, 800, 1200, 1700, 2300), np.arange(200_000)) / 2546).sum(axis=0)
LOOPING = "на улице " * 12


@dataclass
class Dictated:
    """Stands for a Whisper: the first sample of a window is the key of what is heard in it."""

    name: str
    texts: Mapping[int, str]
    again: Mapping[int, str]
    kazakh: Mapping[int, float]

    @property
    def folder(self) -> Any:
        return SimpleNamespace(identity=f"{self.name}@0", languages=("ru", "kk"))

    device = SimpleNamespace(encodes_together=False)
    longest_s = 10.0

    def bucket(self, samples: int) -> int:
        return 300

    def encode(self, windows: Sequence[np.ndarray], frames: int) -> list[int]:
        keys = [int(samples[0]) for samples in windows]
        if 99 in keys:
            raise RuntimeError("poison")
        return keys

    def languages(self, encoded: list[int], numbers: Sequence[int]) -> list[dict[str, float]]:
        return [{"ru": 1 - self.kazakh.get(encoded[n], 0.0), "kk": self.kazakh.get(encoded[n], 0.0)} for n in numbers]

    def decode(
        self,
        encoded: list[int],
        numbers: Sequence[int],
        languages: Sequence[str],
        seconds: Sequence[float],
        *,
        beam_size: int = 1,
        no_repeat_ngram_size: int = 0,
    ) -> list[Decoded]:
        said = self.again if no_repeat_ngram_size else self.texts
        texts = [said.get(encoded[n], "алло") for n in numbers]
        return [replace(SURE, text=text, capped=text.endswith("…")) for text in texts]


def engine(
    texts: Mapping[int, str] | None = None,
    *,
    again: Mapping[int, str] | None = None,
    kazakh: Mapping[int, float] | None = None,
    own: bool = False,
) -> Engine:
    def model(name: str) -> Any:
        return Dictated(name, texts or {}, again or {}, kazakh or {})

    return Engine(model("all"), {"kk": model("kazakh")} if own else {})


def window(key: int, *, seconds: float = 2.5, final: bool = True, language: str | None = None, **more: Any) -> Window:
    return Window(
        call_id=CallId("c1"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=seconds),
        revision=1,
        final=final,
        language=language,
        samples=np.concatenate([[key], NOT_A_TONE[: max(0, int(16_000 * seconds) - 1)]]).astype(np.int16)[
            : int(16_000 * seconds)
        ],
        **more,
    )


def one(made: Engine, asked: Window) -> Recognised:
    item = Item(asked, made.known(asked))
    (outcome,), _ = made.compute([item], made.load(item).model, 300)
    assert isinstance(outcome, Recognised)
    return outcome


def test_a_window_that_raises_fails_alone() -> None:
    made = engine({1: "один", 2: "два"})
    outcomes, work = made.compute([Item(window(key), None) for key in (1, 99, 2)], DEFAULT, 300)
    assert [getattr(outcome, "text", None) for outcome in outcomes] == ["один", None, "два"]
    assert outcomes[1] == Failed("RuntimeError: poison")
    assert work is None, "nothing is learned from it"


def test_a_language_with_a_model_of_its_own_is_read_by_that_one() -> None:
    made = engine({1: "жедел"}, kazakh={1: 0.9}, own=True)
    item = Item(window(1), None)
    assert made.load(item).model == DEFAULT
    outcomes, _ = made.compute([item, Item(window(2), None)], DEFAULT, 300)
    assert isinstance(outcomes[0], ReadBy)
    assert outcomes[0].choice == Choice("kk", 0.9)
    assert isinstance(outcomes[1], Recognised)
    assert (outcomes[1].model, outcomes[1].language) == ("all@0", "ru")
    again = Item(item.window, outcomes[0].choice)
    assert made.load(again).model == "kk"
    (read,), _ = made.compute([again], "kk", 300)
    assert isinstance(read, Recognised)
    assert (read.text, read.model, read.language, read.language_probability) == ("жедел", "kazakh@0", "kk", 0.9)
    assert made.identities == {DEFAULT: "all@0", "kk": "kazakh@0"}


def test_a_language_that_a_person_gave_is_not_listened_for() -> None:
    heard = one(engine(kazakh={1: 1.0}), window(1, language="ru"))
    assert (heard.language, heard.language_probability) == ("ru", 1.0)


def test_a_partial_whose_language_is_settled_is_not_listened_to_but_a_final_is() -> None:
    made = engine(kazakh={1: 0.95})
    assert one(made, window(1, seconds=3.0, final=False)).language == "kk"
    assert one(made, window(1, seconds=3.0, final=False, language_heard="ru")).language == "ru"
    assert one(made, window(1, seconds=3.0, final=False, language_heard="tr")).language == "kk"  # not configured here
    assert one(made, window(1, seconds=3.0, final=True, language_heard="ru")).language == "kk"
    too_short = window(1, seconds=1.0, final=False, language_before="ru")
    assert made.known(too_short) == Choice("ru", 1.0)
    assert made.known(replace(too_short, final=True)) is None


def test_the_language_before_stands_against_half_a_word() -> None:
    made = engine(kazakh={1: 0.95})
    assert one(made, window(1, seconds=1.0, language_before="ru")).language == "ru"
    assert one(made, window(1, seconds=3.0, language_before="ru")).language == "kk"


def test_a_final_that_loops_gets_a_second_look() -> None:
    made = engine({1: LOOPING, 2: "алло"}, again={1: "на улице пожар", 2: "не спрашивали"})
    assert [one(made, window(key)).text for key in (1, 2)] == ["на улице пожар", "алло"]
    assert one(made, window(1)).suppressed is None


@pytest.mark.parametrize("second", ["", LOOPING, "и дальше…"])
def test_when_the_second_look_is_no_better_the_first_repeat_is_kept_with_the_reason(second: str) -> None:
    heard = one(engine({1: LOOPING}, again={1: second}), window(1))
    assert (heard.text, heard.suppressed) == ("на улице", REPEATS)


def test_a_partial_gets_no_second_look() -> None:
    heard = one(engine({1: LOOPING}, again={1: "на улице пожар"}), window(1, final=False))
    assert (heard.text, heard.suppressed) == ("на улице", REPEATS)


def test_a_text_that_hit_its_cap_is_kept_with_the_reason() -> None:
    heard = one(engine({1: "и так далее…"}, again={1: "и так далее…"}), window(1))
    assert (heard.text, heard.suppressed) == ("и так далее…", ENDLESS)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (window(1, seconds=0), "an empty window"),
        (window(1, seconds=10.1), "a window of 10.10 s; the model reads 10 s"),
        (window(1, language="en"), "the language 'en' is not configured"),
        (window(1, beam_size=0), "0 beams; 1 to 10 are possible"),
        (window(1), None),
    ],
)
def test_what_cannot_be_computed_is_said_at_once(asked: Window, why: str | None) -> None:
    assert engine().check(asked) == why
