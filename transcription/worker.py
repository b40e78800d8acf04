"""The recognition worker: its own process, one model, windows in and words out over a socket.

    python -m transcription.worker --model DIR --listen unix:/path | tcp:127.0.0.1:0 --languages ru,kk

On standard output it says one JSON line: ``{"ready": ADDRESS}``, or ``{"bad_setting": [setting, why, remedy]}``
before it exits
with 2. With ``--while-stdin-open`` it ends when its standard input does, that is, when its parent is gone.
A window that makes the model raise is answered with an error; the worker lives on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from pathlib import Path

from line102.errors import BadSetting, ProtocolViolation
from line102.ports import Recognised, Window
from transcription.model_folder import check_model
from transcription.protocol import Answer, Ask, Failure, Forget, Hello, Message, MessageParser, encode
from transcription.whisper import Device, Whisper
from transcription.window_queue import Waiting, WindowQueue

log = logging.getLogger(__name__)

QUEUE_CAPACITY = 128  # windows
MAX_UNREAD_ANSWERS = 4 * 1024 * 1024  # bytes; a client that reads no answers is cut off


@dataclass(frozen=True, slots=True)
class _Job:
    """A window, who asked for it and when (loop time)."""

    number: int
    window: Window
    client: asyncio.StreamWriter
    since: float


class Worker:
    """Serves any number of clients from one queue."""

    def __init__(self, whisper: Whisper, *, threads: int, capacity: int = QUEUE_CAPACITY) -> None:
        self._whisper = whisper
        self._threads = threads
        self._queue: WindowQueue[_Job] = WindowQueue(capacity)
        self._arrived = asyncio.Semaphore(0)
        self._clients = count(1)

    async def compute(self) -> None:
        """Serve the queue for ever, ``threads`` windows at once."""
        with ThreadPoolExecutor(self._threads, "whisper") as executor:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self._threads):
                    tasks.create_task(self._compute_one_by_one(executor))

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it leaves or breaks the protocol."""
        client, parser = next(self._clients), MessageParser()
        _send(writer, self._hello())
        try:
            while data := await reader.read(256 * 1024):
                for message in parser.feed(data):
                    self._hear(client, message, writer)
        except (ConnectionError, ProtocolViolation) as error:
            log.warning("client cut off", extra={"why": str(error)})
        finally:
            writer.close()

    def _hello(self) -> Hello:
        folder = self._whisper.folder
        return Hello(
            model=folder.identity,
            languages=folder.languages,
            longest_s=self._whisper.longest_s,
            threads=self._threads,
            pid=os.getpid(),
        )

    def _hear(self, client: int, message: Message, writer: asyncio.StreamWriter) -> None:
        match message:
            case Ask(number=number, window=window):
                job = _Job(number, window, writer, asyncio.get_running_loop().time())
                stream = (client, str(window.call_id), window.side.value)
                for gone in self._queue.offer(Waiting((client, number), stream, window.final, job)):
                    _send(gone.waiting.owner.client, Failure(gone.waiting.owner.number, gone.kind, gone.why))
                self._arrived.release()
            case Forget(number=number):
                self._queue.forget((client, number))
            case _:
                raise ProtocolViolation("transcription client", f"sent {type(message).__name__}")

    async def _compute_one_by_one(self, executor: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.acquire()  # at least as many permits as windows; the spare ones find nothing
            waiting = self._queue.take()
            if waiting is None or waiting.owner.client.is_closing():
                continue
            job, began = waiting.owner, loop.time()
            result = await loop.run_in_executor(executor, self._recognise, job.window)
            if isinstance(result, Recognised):
                _send(job.client, Answer(job.number, result, began - job.since, loop.time() - began))
            else:
                _send(job.client, Failure(job.number, "error", result))

    def _recognise(self, window: Window) -> Recognised | str:
        try:
            return self._whisper.recognise(window.samples, window.language)
        except Exception as error:  # one window must not end the worker (rule 13's twin)
            log.exception("a window raised", extra={"call_id": window.call_id})
            return f"{type(error).__name__}: {error}"


def _send(writer: asyncio.StreamWriter, message: Message) -> None:
    if writer.is_closing():
        return
    if writer.transport.get_write_buffer_size() > MAX_UNREAD_ANSWERS:
        log.warning("client cut off", extra={"why": "reads no answers"})
        writer.transport.abort()
        return
    writer.write(encode(message))


@asynccontextmanager
async def listening(worker: Worker, address: str, *, anywhere: bool = False) -> AsyncIterator[str]:
    """Listen at ``unix:/path`` or ``tcp:host:port`` (port 0: any free one); gives the address in use. Raises
    BadSetting.
    """
    kind, _, place = address.partition(":")
    try:
        if kind == "unix":
            server = await asyncio.start_unix_server(worker.attend, sock=_unix_socket(place))
            actual = address
        else:
            host, port = _tcp(address, anywhere=anywhere)
            server = await asyncio.start_server(worker.attend, host, port)
            actual = f"tcp:{host}:{server.sockets[0].getsockname()[1]}"
    except (OSError, socket.gaierror) as error:
        raise BadSetting("listen", f"cannot listen at {address} ({error})", "Choose another address.") from error
    async with server:
        yield actual


def _unix_socket(place: str) -> socket.socket:
    Path(place).unlink(missing_ok=True)
    own = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)  # callers' words pass here: for our own user only
    try:
        own.bind(place)
    finally:
        os.umask(before)
    return own


def _tcp(address: str, *, anywhere: bool) -> tuple[str, int]:
    kind, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isdecimal():
        raise BadSetting("listen", f"{address!r} is no address", "Write unix:/path or tcp:127.0.0.1:PORT.")
    try:
        loopback = ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and not anywhere:
        remedy = "Voices would pass the network in the clear: use 127.0.0.1, or --anywhere inside a private network."
        raise BadSetting("listen", f"{host} is not this machine", remedy)
    return host.strip("[]"), int(port)


async def run(arguments: argparse.Namespace) -> None:
    """Load, say ready, serve until standard input ends (or for ever). Raises BadSetting."""
    languages = [language.strip() for language in arguments.languages.split(",") if language.strip()]
    folder = check_model(arguments.model, languages, dynamic_context=arguments.dynamic_context)
    device = Device(device=arguments.device, compute_type=arguments.compute_type, threads=arguments.threads)
    worker = Worker(Whisper(folder, device), threads=arguments.threads)
    async with (
        listening(worker, arguments.listen, anywhere=arguments.anywhere) as address,
        asyncio.TaskGroup() as tasks,
    ):
        computing = tasks.create_task(worker.compute())
        _say({"ready": address})
        if arguments.while_stdin_open:
            await _standard_input_ends()
            computing.cancel()


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
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--threads", type=int, default=1, choices=range(1, 129), metavar="1..128")
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
