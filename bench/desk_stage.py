"""What the desk's benches stand on: a line over AMI, the real service, open desks. Everything on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.desk_line import Call, Line
from line102.account_file import AccountFile
from line102.accounts import Account
from line102.adapters import secrets_of
from line102.config import read_settings
from line102.roles import Role
from tests.fakes.ami_server import serving
from tests.signed_in import people

PROJECT = Path(__file__).parents[1]
OWN = "op1"  # the desk that is looked at
WEB = "op31"  # the seat of an account whose phone is in the page
WITHIN_S = 60.0
VOCABULARY = ("сосед", "улица", "дом", "подъезд", "дверь", "машина", "человек", "кричит", "стоит", "приехал", "шум")


class BenchError(Exception):
    """Why there is no figure, in one line."""


@dataclass
class Stage:
    line: Line
    url: str
    service: asyncio.subprocess.Process
    dice: random.Random
    written: dict[str, float] = field(default_factory=dict)  # words: when each was told to the service
    _marks: Any = field(default_factory=lambda: itertools.count(1000))

    def cpu_s(self) -> float:
        """Of the service's own process: the recogniser's worker, which has nothing to do, is not in it."""
        times = psutil.Process(self.service.pid).cpu_times()
        return float(times.user + times.system)

    def rss_mb(self) -> float:
        return float(psutil.Process(self.service.pid).memory_info().rss / 1e6)

    def say(self, call: Call, side: str, start_s: float, text: str, *, final: bool) -> None:
        end_s = start_s + 0.4 * len(text.split())
        self.tell(call=call.call_id, side=side, start_s=start_s, end_s=end_s, text=text, final=final)

    def over(self, call: Call) -> None:
        self.tell(call=call.call_id, over=True)

    def tell(self, **line: object) -> None:
        assert self.service.stdin is not None
        self.service.stdin.write(json.dumps(line).encode() + b"\n")

    async def talk(self, every_s: float = 1.0) -> None:
        """Until cancelled: each call gets a new word every ``every_s``, four to an utterance, at moments of its own."""
        said: dict[str, tuple[Call, list[str], float]] = {}
        turn: dict[str, int] = {}
        while True:
            began = time.monotonic()
            calls = list(self.line.calls)
            gone = said.keys() - {call.call_id for call in calls}
            for call_id in gone:
                self.over(said.pop(call_id)[0])
                turn.pop(call_id, None)
            self.dice.shuffle(calls)
            for n, call in enumerate(calls):
                _, words, start_s = said.get(call.call_id, (call, [], 0.0))
                mark = next(self._marks)
                words = [*words, f"{self.dice.choice(VOCABULARY)} {mark}"]
                final = len(words) == 4
                turns = turn.setdefault(call.call_id, 0)
                side = "operator" if call.began_talking and turns % 2 else "caller"
                if call.seat == self.line.own and call.began_talking:
                    self.written[f"word:{mark}"] = time.time()
                elif not call.seat:
                    self.written[f"waiting_word:{mark}"] = time.time()
                self.say(call, side, start_s, " ".join(words), final=final)
                said[call.call_id] = (call, [] if final else words, start_s + 4.0 if final else start_s)
                turn[call.call_id] = turns + final
                await asyncio.sleep(max(0.0, began + (n + 1) * every_s / (len(calls) + 1) - time.monotonic()))
            await asyncio.sleep(max(0.0, began + every_s - time.monotonic()))

    @contextlib.asynccontextmanager
    async def desks(self, seats: list[str]) -> AsyncIterator[dict[str, int]]:
        """So many feeds read in one process more; what they got is in the dict afterwards."""
        got: dict[str, int] = {}
        if not seats:
            yield got
            return
        readers = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.desk_readers", self.url, *seats),
            cwd=PROJECT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert readers.stdin is not None
        assert readers.stdout is not None
        try:
            if await asyncio.wait_for(readers.stdout.readline(), WITHIN_S) != b"open\n":
                raise BenchError("the other desks could not be opened")
            yield got
            readers.stdin.close()
            got.update(json.loads(await asyncio.wait_for(readers.stdout.readline(), WITHIN_S)))
        finally:
            with contextlib.suppress(ProcessLookupError):
                readers.kill()
            await readers.wait()
        if got["cut_off"]:
            raise BenchError(f"{got['cut_off']} of the other desks were cut off")


@contextlib.asynccontextmanager
async def stage(folder: Path, *, desks: int, wrap_up_s: int, seed: int) -> AsyncIterator[Stage]:
    """A service that is linked with the line, and has ``desks`` seats. Raises BenchError."""
    if not (PROJECT / "console" / "dist" / "index.html").is_file():
        raise BenchError("the console is not built: run setup/console.sh build")
    seats = [f"op{n}" for n in range(1, desks + 1)]
    port = _free_port()
    file = folder / "line102.toml"
    (folder / "monitor").mkdir(parents=True)
    for name in ("queue_log", "cdr.csv"):
        (folder / name).touch()
    line = Line(seats, "", OWN)
    _accounts(folder / "data", seats)
    async with serving(line.fake):
        file.write_text(_settings(folder, [*seats, WEB], line.fake.port, port, wrap_up_s), "utf-8")
        line.fake.secret = secrets_of(read_settings(file)).ami
        process = await _started(file)
        try:
            made = Stage(line, f"http://127.0.0.1:{port}", process, random.Random(seed))
            await _linked(made)
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
            with contextlib.suppress(ProcessLookupError):
                process.kill()


async def _started(file: Path) -> asyncio.subprocess.Process:
    with file.with_name("service.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.desk_service", str(file)),
            cwd=PROJECT,
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
        )


async def _linked(on: Stage) -> None:
    """Answering over HTTP, and logged in to AMI with its snapshot taken."""
    try:
        async with asyncio.timeout(WITHIN_S), aiohttp.ClientSession() as http:
            while True:
                if on.service.returncode is not None:
                    raise BenchError(f"the service ended with {on.service.returncode}: see its log with --keep")
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{on.url}/healthz") as answer:
                        if answer.status == 200 and "CoreShowChannels" in on.line.fake.names():
                            break
                await asyncio.sleep(0.1)
        await asyncio.sleep(3)  # model, triage and gazetteer are loaded: not the benches' business
    except TimeoutError as error:
        raise BenchError(f"the service was not there within {WITHIN_S:g} s") from error


def _settings(folder: Path, seats: list[str], ami: int, web: int, wrap_up_s: int) -> str:
    return f"""
data_folder = "{folder / "data"}"
[pbx]
embedded = false
ami_port = {ami}
http_port = {_free_port()}
operators = {json.dumps(seats)}
monitor_folder = "{folder / "monitor"}"
queue_log = "{folder / "queue_log"}"
cdr_file = "{folder / "cdr.csv"}"
[desk]
wrap_up_s = {wrap_up_s}
[web]
port = {web}
[recording]
min_free_mib = 0
"""


def _accounts(data: Path, seats: list[str]) -> None:
    data.mkdir(parents=True)
    data.chmod(0o700)
    accounts = AccountFile(data / "accounts.json")
    chief = people()[0]
    accounts.change(lambda book: book.add(chief))
    for seat in (*seats, WEB):
        phone = "web" if seat == WEB else "desk"
        one = Account(
            name=seat, display_name=f"Оператор {seat}", roles=(Role.OPERATOR,), operator=seat, phone=phone,
            password=chief.password,
        )  # fmt: skip
        accounts.change(lambda book, one=one: book.add(one))  # type: ignore[misc]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
