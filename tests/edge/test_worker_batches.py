"""The worker with many windows at once: the same words as alone, caps of each, languages, models of their own."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from line102.calls import CallId, Side
from line102.errors import BadSetting
from line102.ports import Recognised, Window
from tests.speech import DEMO_MODEL, at_16_khz, demo_pool, sentences, silence, word_errors
from transcription.model_folder import check_model
from transcription.pool import WorkerPool
from transcription.protocol import Answer, Ask, Hello, Message, MessageParser, encode
from transcription.whisper import Device, Whisper
from transcription.worker_process import WorkerSettings, worker_process


def wide(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    return at_16_khz(np.concatenate([silence(0.3), samples, silence(0.3)]))


def window(
    samples: NDArray[np.int16],
    number: int = 1,
    *,
    language: str | None = "ru",
    before: str | None = None,
    beam_size: int = 1,
) -> Window:
    return Window(
        call_id=CallId(f"c{number}"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=len(samples) / 16_000),
        revision=1,
        final=True,
        language=language,
        samples=samples,
        language_before=before,
        beam_size=beam_size,
    )


async def together(pool: WorkerPool, windows: list[Window]) -> list[Recognised]:
    return list(await asyncio.gather(*(pool.recognise(one) for one in windows)))


async def heard_by(address: str, windows: list[Window]) -> tuple[Hello, list[Answer]]:
    """A client of the protocol alone: it sends all at once and reads as many answers."""
    reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
    parser, heard = MessageParser(), list[Message]()
    writer.writelines(encode(Ask(number, one)) for number, one in enumerate(windows))
    async with asyncio.timeout(60):
        while len(heard) <= len(windows):
            heard += parser.feed(await reader.read(65536))
    writer.close()
    hello, *answers = heard
    assert isinstance(hello, Hello)
    assert all(isinstance(answer, Answer) for answer in answers), answers
    return hello, sorted((a for a in answers if isinstance(a, Answer)), key=lambda answer: answer.number)


async def test_many_windows_at_once_are_computed_together_and_read_as_well_as_alone(tmp_path: Path) -> None:
    spoken = [*sentences("ru", 12, seed=3), *sentences("kk", 12, seed=3)]
    windows = [window(wide(one.samples), n, language=one.language) for n, one in enumerate(spoken)]
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path, batch=8)
    async with worker_process(settings, "x") as running:
        hello, answers = await heard_by(running.address, windows)
    assert hello.batch == 8
    assert 2 <= max(answer.batch for answer in answers) <= 8
    alone = Whisper(check_model(str(DEMO_MODEL), ("ru", "kk")), Device())
    wrong = wrong_alone = words = 0
    for one, asked, answer in zip(spoken, windows, answers, strict=True):
        assert answer.recognised.language == one.language
        assert answer.worked_s > 0 <= answer.waited_s
        errors, said = word_errors(answer.recognised.text, one.text)
        wrong, words = wrong + errors, words + said
        wrong_alone += word_errors(alone.recognise(asked.samples, one.language).text, one.text)[0]
    assert wrong <= wrong_alone + 0.02 * words, (wrong, wrong_alone, words)


def test_encoding_together_as_on_a_gpu_gives_the_same_words() -> None:
    whisper = Whisper(check_model(str(DEMO_MODEL), ("ru", "kk")), Device())
    windows = [wide(one.samples) for one in sentences("ru", 4, seed=9)]
    frames, seconds = max(whisper.bucket(len(one)) for one in windows), [len(one) / 16_000 for one in windows]
    one_by_one = whisper.decode(whisper.encode(windows, frames), range(4), ["ru"] * 4, seconds)
    whisper.device = Device(device="cuda", compute_type="float16")
    together = whisper.encode(windows, frames)
    assert [d.text for d in whisper.decode(together, range(4), ["ru"] * 4, seconds)] == [d.text for d in one_by_one]
    (third,) = whisper.decode(together, [2], ["ru"], seconds[2:3])
    assert third.text == one_by_one[2].text


def test_an_item_past_the_cap_of_its_own_length_is_cut_and_holds_nobody() -> None:
    whisper = Whisper(check_model(str(DEMO_MODEL), ("ru", "kk")), Device())
    long = wide(sentences("ru", 1, seed=9)[0].samples)
    encoded = whisper.encode([long, long], whisper.bucket(len(long)))
    whole = whisper.decode(encoded, [0], ["ru"], [len(long) / 16_000])[0]
    cut, other = whisper.decode(encoded, [0, 1], ["ru", "ru"], [0.01, len(long) / 16_000])
    assert other.text == whole.text
    assert not other.capped
    assert cut.capped
    assert cut.tokens == 9 < other.tokens
    assert whole.text.startswith(cut.text)


async def test_languages_are_heard_window_by_window_with_those_before(tmp_path: Path) -> None:
    kazakh = wide(sentences("kk", 1, seed=1)[0].samples)
    async with demo_pool(tmp_path) as pool:
        windows = [
            window(kazakh, 1, language=None),
            window(kazakh, 2, language=None, before="ru"),
            window(kazakh[:8000], 3, language=None, before="ru"),
            window(kazakh, 4, language="ru"),
            window(kazakh, 5, language=None, before="kk", beam_size=3),
        ]
        heard = await together(pool, windows)
    assert [one.language for one in heard] == ["kk", "kk", "ru", "ru", "kk"]
    assert heard[0].language_probability > 0.8
    assert heard[3].language_probability == 1.0


async def test_a_language_with_its_own_model_is_read_by_it_and_says_so(tmp_path: Path) -> None:
    own = tmp_path / "kazakh-model"
    shutil.copytree(DEMO_MODEL, own, ignore=shutil.ignore_patterns("recipe"))
    spoken = [*sentences("ru", 4, seed=2), *sentences("kk", 4, seed=2)]
    windows = [window(wide(one.samples), n, language=None) for n, one in enumerate(spoken)]
    windows += [window(wide(spoken[-1].samples), 99, language="kk")]
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path, language_models={"kk": str(own)}, nice=1)
    async with worker_process(settings, "x") as running:
        hello, answers = await heard_by(running.address, windows)
    assert hello.model.startswith("demo_model@")
    assert hello.language_models["kk"].startswith("kazakh-model@")
    for answer in answers:
        expected = {"ru": hello.model, "kk": hello.language_models["kk"]}[answer.recognised.language]
        assert answer.recognised.model == expected
    assert [answer.recognised.language for answer in answers] == ["ru"] * 4 + ["kk"] * 5
    assert answers[-1].recognised.text == answers[-2].recognised.text


@pytest.mark.parametrize("given", [{"xx": str(DEMO_MODEL)}, {"kk": ""}, {"kk": "/nowhere"}])
async def test_a_wrong_model_of_a_language_is_named(given: dict[str, str], tmp_path: Path) -> None:
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path, language_models=given)
    with pytest.raises(BadSetting, match="language_models"):
        async with worker_process(settings, "x"):
            raise AssertionError("it started")


async def test_a_model_of_a_language_must_know_it(tmp_path: Path) -> None:
    own = tmp_path / "russian-only"
    shutil.copytree(DEMO_MODEL, own, ignore=shutil.ignore_patterns("recipe"))
    text = (own / "vocabulary.json").read_text("utf-8")
    (own / "vocabulary.json").write_text(text.replace('"<|kk|>"', '"<|zz|>"'), "utf-8")
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path, language_models={"kk": str(own)})
    with pytest.raises(BadSetting, match="lacks the language 'kk'"):
        async with worker_process(settings, "x"):
            raise AssertionError("it started")
