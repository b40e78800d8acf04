"""Runs in a peer's own environment: its engine behind our worker's protocol, so that every engine gets the same windows
from the same client and is measured by the same clock.

As in those servers each stream has a thread of its own that waits for the engine; a window nobody waits for any more
is not computed. Needs numpy and this repository on the path, nothing else.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from line102.ports import Recognised
from transcription.protocol import Answer, Ask, Failure, Forget, Hello, Message, MessageParser, encode

MOST_STREAMS = 256

Audio = NDArray[np.float32]


class Engine(Protocol):
    """A peer: ``audio`` float32, mono, 16 kHz. Called by many threads at once."""

    name: str

    def transcribe(self, audio: Audio, language: str, wanted: Callable[[], bool]) -> str | None:
        """The text; None when ``wanted`` said no while it waited."""
        ...


@dataclass(slots=True)
class _Job:
    number: int
    since: float
    wanted: bool = True


class Served:
    """One client at a time; every window in a thread."""

    def __init__(self, engine: Engine, connection: socket.socket) -> None:
        self._engine, self._connection = engine, connection
        self._sending = threading.Lock()
        self._jobs: dict[int, _Job] = {}

    def run(self) -> None:
        hello = Hello(
            model=self._engine.name,
            languages=("ru", "kk"),
            longest_s=30.0,
            threads=os.cpu_count() or 1,
            pid=os.getpid(),
        )
        self._send(hello)
        parser = MessageParser()
        with ThreadPoolExecutor(MOST_STREAMS) as streams:
            while data := self._connection.recv(256 * 1024):
                for message in parser.feed(data):
                    if isinstance(message, Ask):
                        job = self._jobs[message.number] = _Job(message.number, time.monotonic())
                        audio: Audio = message.window.samples.astype(np.float32) / np.float32(32768)
                        streams.submit(self._work, job, audio, message.window.language or "ru")
                    elif isinstance(message, Forget) and (forgotten := self._jobs.get(message.number)):
                        forgotten.wanted = False

    def _work(self, job: _Job, audio: Audio, language: str) -> None:
        try:
            text = self._engine.transcribe(audio, language, lambda: job.wanted)
            if text is not None:
                self._send(
                    Answer(
                        job.number, _recognised(text, language, self._engine.name), 0.0, time.monotonic() - job.since
                    )
                )
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is a result of the measurement
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self._send(Failure(job.number, "error", f"{type(error).__name__}: {error}"))
        finally:
            self._jobs.pop(job.number, None)

    def _send(self, message: Message) -> None:
        with self._sending:
            self._connection.sendall(encode(message))


def _recognised(text: str, language: str, model: str) -> Recognised:
    return Recognised(text=text, language=language, confidence=1.0, no_speech=0.0, model=model, suppressed=None)


def serve(engine: Engine, path: str) -> None:
    """Listen at a Unix socket, say so on standard output, serve one client after the other until killed."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(1)
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            with connection, suppress(ConnectionError):
                Served(engine, connection).run()
