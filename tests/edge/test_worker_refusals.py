"""The worker as a program: what it refuses, in one line, and what it survives."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from line102.calls import CallId, Side
from line102.errors import BadSetting, ProtocolViolation, Refused
from line102.ports import Window
from tests.speech import DEMO_MODEL, ROOT, demo_pool
from transcription.model_folder import check_model
from transcription.pool import PoolSettings, WorkerPool
from transcription.protocol import LENGTHS, Ask, Forget, MessageParser, encode
from transcription.worker_link import HUNG_AFTER, Counters, linked
from transcription.worker_process import WorkerSettings, worker_process

FILES = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.json")


def window(samples: np.ndarray, *, language: str | None = "ru") -> Window:
    return Window(
        call_id=CallId("c1"),
        side=Side.CALLER,
        start=timedelta(0),
        end=timedelta(seconds=len(samples) / 16_000),
        revision=1,
        final=True,
        language=language,
        samples=samples,
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in (*FILES, "line102.json"):
        shutil.copy(DEMO_MODEL / name, folder)
    return folder


def run_worker(folder: Path | str, *more: str, languages: str = "ru,kk") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "transcription.worker", "--model", str(folder), "--languages", languages]
    command += ["--listen", "tcp:127.0.0.1:0", "--while-stdin-open", *more]
    environment = {"PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1", "HOME": "/nonexistent"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("missing", FILES)
def test_a_missing_file_is_named_in_one_line_and_exit_code_2(model: Path, missing: str) -> None:
    (model / missing).unlink()
    done = run_worker(model)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(model / missing) in done.stderr
    assert "Put" in done.stderr


def test_a_whole_model_is_taken(model: Path) -> None:
    done = run_worker(model)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ready"].startswith("tcp:127.0.0.1:")


def test_a_name_that_is_not_on_this_machine_is_refused_without_a_network() -> None:
    done = run_worker("large-v3-turbo")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "not on this machine" in done.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_corrupt_file_is_one_line(model: Path, name: str) -> None:
    (model / name).write_bytes(b"\x00\xffrubbish")
    done = run_worker(model)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("kept", [0.3, 0.999])
def test_a_truncated_model_is_one_line(model: Path, kept: float) -> None:
    whole = (model / "model.bin").read_bytes()
    (model / "model.bin").write_bytes(whole[: int(kept * len(whole))])
    done = run_worker(model)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert str(model / "model.bin") in done.stderr


def test_what_else_is_wrong_with_a_setting_is_one_line(model: Path) -> None:
    for done, words in (
        (run_worker(model, languages="ru,xx"), "lacks the language 'xx'"),
        (run_worker(model, "--compute-type", "float99"), "compute_type"),
        (run_worker(model / "model.bin"), "is not a folder"),
        (run_worker(model, "--listen", "tcp:0.0.0.0:0"), "not this machine"),
    ):
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert words in done.stderr


def test_a_vocabulary_without_the_empty_token_is_refused(model: Path) -> None:
    vocabulary = json.loads((model / "vocabulary.json").read_text())
    vocabulary[vocabulary.index("")] = "something"
    (model / "vocabulary.json").write_text(json.dumps(vocabulary))
    with pytest.raises(BadSetting, match='lacks the empty token ""'):
        check_model(str(model), ["ru"])


def test_a_model_that_cannot_tell_languages_is_refused(model: Path) -> None:
    (model / "config.json").write_text('{"lang_ids": []}')
    with pytest.raises(BadSetting, match="lang_ids"):
        check_model(str(model), ["ru"])


async def test_the_pool_tells_the_workers_own_words(model: Path, tmp_path: Path) -> None:
    (model / "tokenizer.json").unlink()
    pool = WorkerPool(PoolSettings(local=WorkerSettings(model=str(model), socket_folder=tmp_path)))
    with pytest.raises(BadSetting, match="the model lacks this file") as caught:
        await pool.run()
    assert caught.value.setting == str(model / "tokenizer.json")


async def test_a_window_that_raises_is_refused_and_the_worker_lives_on(tmp_path: Path) -> None:
    quiet = np.zeros(16_000, np.int16)
    async with demo_pool(tmp_path) as pool:
        for bad in (window(quiet[:0]), window(quiet, language="en"), window(np.zeros(11 * 16_000, np.int16))):
            with pytest.raises(Refused):
                await pool.recognise(bad)
        assert (await pool.recognise(window(quiet))).text == ""
        assert pool.counters.restarts == 0


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        LENGTHS.pack(5, 0) + b"[1,2]",
        LENGTHS.pack(2, 0) + b"{}",
        LENGTHS.pack(3, 0) + b"\xff\xfe\xfd",
        encode(Ask(1, window(np.zeros(100, np.int16)))).replace(b"caller", b"nobody"),
    ],
)
async def test_rubbish_on_the_socket_cuts_off_its_sender_alone(rubbish: bytes, tmp_path: Path) -> None:
    settings = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path)
    async with worker_process(settings, "x") as running, linked(running.address, Counters()) as (link, reader, parser):
        other, sender = await asyncio.open_unix_connection(running.address.removeprefix("unix:"))
        sender.write(rubbish)
        async with asyncio.timeout(10):
            while await other.read(1024):
                pass  # the hello, then the end
        sender.close()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(link.read(reader, parser, HUNG_AFTER))
            assert (await link.ask(window(np.zeros(16_000, np.int16)))).text == ""
            reading.cancel()


@pytest.mark.parametrize("cut", range(0, 340, 7))
def test_messages_may_arrive_in_any_pieces(cut: int) -> None:
    samples = np.arange(100, dtype=np.int16)
    data = encode(Ask(7, window(samples, language=None))) + encode(Forget(7))
    parser = MessageParser()
    ask, forget = parser.feed(data[:cut]) + parser.feed(data[cut:])
    assert isinstance(ask, Ask)
    assert np.array_equal(ask.window.samples, samples)
    assert (ask.number, ask.window.language, ask.window.side, forget) == (7, None, Side.CALLER, Forget(7))


def test_another_version_is_refused() -> None:
    with pytest.raises(ProtocolViolation):
        MessageParser().feed(LENGTHS.pack(32, 0) + b'{"type": "hello", "version": 99}')
