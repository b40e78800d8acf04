"""What one side shows while somebody speaks, what it asks for, and what it gives up when there is too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import groupby

import numpy as np
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.ports import AudioChunk, Recognised, Standing, Window
from line102.words import Segment, Stretch
from tests.fakes.dictated import Dictated, words
from tests.speech import LINE_OPENED, on_the_line, silence, speak
from transcription.listener import StreamListener
from transcription.pressure import Pressure
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel
from transcription.worker_link import Busy

SPEECH = SpeechModel()
SHORT = speak("Мою квартиру ограбили вчера вечером.", "ru")
LONG = speak("На улице Абая горит дом, приезжайте скорее, там остались дети и старики, помогите.", "ru")


async def listen(
    recogniser: Dictated,
    audio: AsyncIterator[AudioChunk],
    *,
    side: Side = Side.CALLER,
    standing: Standing | None = None,
    pressure: Pressure | None = None,
) -> list[Segment | Stretch]:
    listener = StreamListener(recogniser, SPEECH, ListenerSettings(), pressure or Pressure(LINE_OPENED))
    heard = listener.listen(CallId("c1"), side, audio, LINE_OPENED, standing or Standing())
    return [item async for item in heard]


def said(*parts: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.concatenate([silence(0.8), *(piece for part in parts for piece in (part, silence(1.2)))])


def level(number: int) -> Pressure:
    pressure = Pressure(LINE_OPENED)
    pressure.observe_oldest(timedelta(seconds=(0, 1.6, 2.6, 4.6, 9)[number]), LINE_OPENED)
    assert pressure.state.level == number
    return pressure


def of_finals(items: list[Segment | Stretch]) -> list[Segment]:
    return [item for item in items if isinstance(item, Segment) and item.final]


def counted(window: Window) -> str:
    """One more word for each half second, as a perfect recogniser of a speaker of two words a second."""
    return " ".join(f"слово{n}" for n in range(int((window.end - window.start).total_seconds() * 2)))


async def test_what_is_shown_grows_and_what_is_committed_stays() -> None:
    recogniser = Dictated(counted)
    items = await listen(recogniser, on_the_line(said(LONG, LONG), times_real_time=20))
    shown = [item for item in items if isinstance(item, Segment) and not item.final]
    assert len(shown) > 4
    for _, utterance in groupby(shown, key=lambda s: s.start):
        before = ""
        for partial in utterance:
            assert partial.committed is not None
            committed = partial.text[: partial.committed]
            assert committed.startswith(before)
            before = committed
    assert all(final.committed is None for final in of_finals(items))


async def test_the_end_of_an_utterance_is_asked_for_once_before_it_is_sure() -> None:
    recogniser = Dictated(counted)
    items = await listen(recogniser, on_the_line(said(SHORT, SHORT)))
    asked = [window for window in recogniser.windows if window.final]
    assert [(w.start, w.end) for w in asked] == [(f.start, f.end) for f in of_finals(items)]
    assert all(w.revision < f.revision for w, f in zip(asked, of_finals(items), strict=True))


async def test_a_pause_that_was_not_the_end_is_asked_for_again_with_what_followed() -> None:
    recogniser = Dictated(counted)
    speech = np.concatenate([SHORT, silence(0.4), SHORT])
    items = await listen(recogniser, on_the_line(said(speech)))
    first, second = [window for window in recogniser.windows if window.final]
    (final,) = of_finals(items)
    assert first.start == second.start == final.start
    assert first.end < second.end == final.end
    assert final.text == counted(second)


async def test_without_an_early_answer_the_final_is_asked_for_at_the_end() -> None:
    failures = iter([True])
    recogniser = Dictated(lambda w: Busy("worker", "full") if w.final and next(failures, False) else "слово")
    (final,) = of_finals(await listen(recogniser, on_the_line(said(SHORT))))
    assert final.text == "слово"
    assert [window.final for window in recogniser.windows].count(True) == 2


async def test_a_language_that_a_person_chose_is_asked_for_and_the_last_one_heard_is_told() -> None:
    standing = Standing()
    asked: list[tuple[str | None, str | None]] = []

    def do(window: Window) -> str:
        asked.append((window.language, window.language_before))
        if len([w for w in asked if w[0] is None]) and window.start > timedelta(seconds=8):
            standing.language = "kk"
        return "слово"

    await listen(Dictated(do), on_the_line(said(*[SHORT] * 6)), standing=standing)
    distinct = [pair for pair, _ in groupby(asked)]
    assert distinct == [(None, None), (None, "ru"), ("kk", None), ("kk", "ru")]


async def test_another_language_in_mid_sentence_takes_back_what_was_shown_and_loses_nothing() -> None:
    def do(window: Window) -> Recognised:
        seconds = (window.end - window.start).total_seconds()
        return words("на улице Абая дом") if seconds < 2.5 else words("Абай көшесінде үй өртеніп жатыр", "kk")

    recogniser = Dictated(do)
    items = await listen(recogniser, on_the_line(said(LONG), times_real_time=20))
    shown = [item for item in items if isinstance(item, Segment)]
    first_kazakh = next(item for item in shown if item.language == "kk")
    assert first_kazakh.committed == 0
    assert {item.language for item in of_finals(items)} == {"kk"}


@pytest.mark.parametrize(
    ("side", "answered", "final_s", "partial_s"),
    [(Side.CALLER, False, 0.5, 0.7), (Side.CALLER, True, 0.6, 0.8), (Side.OPERATOR, True, 1.5, 1.2)],
)
async def test_each_window_says_how_soon_it_is_needed(
    side: Side, answered: bool, final_s: float, partial_s: float
) -> None:
    recogniser = Dictated()
    await listen(recogniser, on_the_line(said(LONG)), side=side, standing=Standing(answered=answered))
    assert {(w.final, w.due_in.total_seconds()) for w in recogniser.windows} == {(True, final_s), (False, partial_s)}


async def test_under_load_an_operators_words_become_visible_gaps_at_once_and_nobody_is_asked() -> None:
    recogniser, pressure = Dictated(), level(2)
    items = await listen(recogniser, on_the_line(said(SHORT, LONG)), side=Side.OPERATOR, pressure=pressure)
    assert [item.reason for item in items if isinstance(item, Stretch)] == ["overload"] * len(items)
    assert recogniser.windows == []
    gaps = sum((item.end - item.start for item in items), timedelta(0)).total_seconds()
    assert pressure.figures.deferred_operator_s == pytest.approx(gaps)
    assert gaps > (len(SHORT) + len(LONG)) / 8000


async def test_a_caller_who_waits_is_served_to_the_last_and_one_with_an_operator_is_not() -> None:
    waiting, answered = Dictated(), Dictated()
    audio = said(SHORT, LONG)
    items = await listen(waiting, on_the_line(audio), pressure=level(4))
    assert all(isinstance(item, Segment) and item.final for item in items)
    assert all(window.final for window in waiting.windows)
    deferred = await listen(answered, on_the_line(audio), standing=Standing(answered=True), pressure=level(4))
    assert [(i.start, i.end) for i in deferred] == [(i.start, i.end) for i in items]
    assert answered.windows == []


async def test_partials_get_rarer_and_those_that_are_not_made_are_counted() -> None:
    often, rarely, pressure = Dictated(counted), Dictated(counted), level(2)
    await listen(often, on_the_line(said(LONG, LONG)))
    await listen(rarely, on_the_line(said(LONG, LONG)), pressure=pressure)
    partials = [[w for w in one.windows if not w.final] for one in (often, rarely)]
    assert 0 < len(partials[1]) <= len(partials[0]) / 2 + 1
    assert pressure.figures.partials_skipped >= len(partials[0]) - len(partials[1]) - 2


async def test_what_waits_when_the_level_rises_is_deferred_too_and_what_is_asked_is_not() -> None:
    pressure, release = Pressure(LINE_OPENED), asyncio.Event()

    async def audio() -> AsyncIterator[AudioChunk]:
        async for chunk in on_the_line(said(*[SHORT] * 4)):
            yield chunk
        pressure.observe_oldest(timedelta(seconds=2.6), LINE_OPENED)
        release.set()

    recogniser = Dictated(lambda window: release if window.final else "слово")
    items = await listen(recogniser, audio(), side=Side.OPERATOR, pressure=pressure)
    assert [type(item) for item in items if isinstance(item, Stretch) or item.final] == [Segment, *[Stretch] * 3]
    assert {item.reason for item in items if isinstance(item, Stretch)} == {"overload"}


async def test_a_sound_too_short_for_words_is_told_not_hidden() -> None:
    knock = np.concatenate([silence(1), SHORT[4000:4600], silence(1.5)])
    recogniser = Dictated()
    (click,) = await listen(recogniser, on_the_line(knock))
    assert isinstance(click, Segment)
    assert (click.text, click.suppressed, click.final) == ("", "too short", True)
    assert recogniser.windows == []
