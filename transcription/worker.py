"""The recognition worker: its own process, one set of models, windows in and words out over a socket.

    python -m transcription.worker --model DIR --listen unix:/path | tcp:127.0.0.1:0 --languages ru,kk

On standard output it says one JSON line: ``{"ready": ADDRESS}``, or ``{"bad_setting": [setting, why, remedy]}`` before
it exits with 2. With ``--while-stdin-open`` it ends when its standard input does, that is, when its parent is gone.
A window that makes the model raise is answered with an error; the worker lives on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from line102.errors import BadSetting
from transcription.engine import Engine
from transcription.model_folder import check_model
from transcription.serving import Worker
from transcription.whisper import Device, Whisper
from transcription.worker_address import listening

BATCH = {"cpu": 16, "cuda": 32}
"""Windows computed together at most: measured, more gain little and hold up the next urgent one."""


async def run(arguments: argparse.Namespace) -> None:
    """Load, say ready, serve until standard input ends (or for ever). Raises BadSetting."""
    if arguments.nice:
        os.nice(arguments.nice)
    worker = Worker(_engine(arguments), threads=arguments.threads, batch=arguments.batch or BATCH[arguments.device])
    async with (
        listening(worker.attend, arguments.listen, anywhere=arguments.anywhere) as address,
        asyncio.TaskGroup() as tasks,
    ):
        computing = tasks.create_task(worker.compute())
        _say({"ready": address})
        if arguments.while_stdin_open:
            await _standard_input_ends()
            computing.cancel()


def _engine(arguments: argparse.Namespace) -> Engine:
    languages = [language.strip() for language in arguments.languages.split(",") if language.strip()]
    device = Device(device=arguments.device, compute_type=arguments.compute_type, threads=arguments.threads)
    default = check_model(arguments.model, languages, dynamic_context=arguments.dynamic_context)
    own = {
        language: check_model(model, [language], setting=f"language_models.{language}")
        for language, model in _language_models(arguments.language_model, languages).items()
    }
    return Engine(Whisper(default, device), {language: Whisper(folder, device) for language, folder in own.items()})


def _language_models(given: Sequence[str], languages: Sequence[str]) -> dict[str, str]:
    """``kk=DIR`` each. Raises BadSetting."""
    models: dict[str, str] = {}
    for one in given:
        language, _, model = one.partition("=")
        if not model or language not in languages or language in models:
            remedy = f"Write LANGUAGE=FOLDER, each of {', '.join(languages)} once at most."
            raise BadSetting("language_models", f"{one!r} names no model of a configured language", remedy)
        models[language] = model
    return models


async def _standard_input_ends() -> None:
    """In a thread of its own: the event loop cannot watch every kind of standard input (/dev/null)."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read_to_the_end() -> None:
        while os.read(0, 1024):
            pass
        with suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read_to_the_end, name="standard input", daemon=True).start()
    await ended.wait()


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="transcription.worker", description="Recognises windows of speech.")
    parser.add_argument(
        "--model", required=True, help="folder of a CTranslate2 Whisper model, or a name found on this machine"
    )
    parser.add_argument("--listen", required=True, help="unix:/path or tcp:127.0.0.1:port; port 0 takes any free one")
    parser.add_argument("--languages", default="ru,kk")
    parser.add_argument(
        "--language-model",
        action="append",
        default=[],
        metavar="LANGUAGE=MODEL",
        help="a model that reads this language alone; the other one still hears which language it is",
    )
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--threads", type=int, default=1, choices=range(1, 129), metavar="1..128")
    parser.add_argument("--batch", type=int, choices=range(1, 129), metavar="1..128", help="windows computed together")
    parser.add_argument("--nice", type=int, default=0, choices=range(20), metavar="0..19", help="give way to others")
    parser.add_argument(
        "--dynamic-context",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="read windows of their true length; overrides the model's own line102.json",
    )
    parser.add_argument("--anywhere", action="store_true", help="allow an address that is not this machine's own")
    parser.add_argument("--while-stdin-open", action="store_true", help="end when standard input ends")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(run(_arguments(argv)))
    except BadSetting as error:
        _say({"bad_setting": [error.setting, error.why, error.remedy]})
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
