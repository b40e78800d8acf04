"""The service as its users run it: a process of its own, beside the test's real Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from tests.signed_in import METRICS_KEY, accounts_in, sign_in

PROJECT = Path(__file__).resolve().parents[2]


class Pbx(Protocol):
    @property
    def values(self) -> Any: ...
    @property
    def recordings(self) -> Path: ...
    @property
    def queue_log(self) -> Path: ...
    @property
    def cdr(self) -> Path: ...
    def password_of(self, phone: str) -> str: ...


def write_settings(
    pbx: Pbx, folder: Path, *, web_port: int, store_url: str = "", extra: str = "", pbx_extra: str = ""
) -> Path:
    """Settings and secrets for a service beside ``pbx``, whose data folder is ``folder``; returns the file."""
    values = pbx.values
    operators = [operator.operator_id for operator in values.operators]
    file = folder / "line102.toml"
    file.write_text(
        f"""
node = "{values.node}"
data_folder = "{folder / "data"}"
[pbx]
embedded = false
ami_port = {values.ami_port}
http_port = {values.http_port}
sip_port = {values.sip_port}
operators = {json.dumps(operators)}
monitor_folder = "{pbx.recordings}"
queue_log = "{pbx.queue_log}"
cdr_file = "{pbx.cdr}"
{pbx_extra}
[store]
url = "{store_url}"
[web]
port = {web_port}
[triage]
show_shadow_flags = true
[recording]
min_free_mib = 0
{extra}
""",
        encoding="utf-8",
    )
    phones = [*operators, *(f"{name}-web" for name in operators), "duty", "probe"]
    lines = [f'ami = "{values.ami_password}"', f'ari = "{values.ari_password}"', f'metrics_key = "{METRICS_KEY}"']
    lines += [f'"phone_{name}" = "{pbx.password_of(name)}"' for name in phones]
    secrets = folder / "data" / "secrets.toml"
    secrets.parent.mkdir(parents=True, exist_ok=True)
    secrets.touch(mode=0o600)
    secrets.write_text("\n".join(lines), encoding="utf-8")
    accounts_in(folder / "data")
    return file


@dataclass(frozen=True, slots=True)
class Finished:
    code: int
    out: str
    err: str


async def line102(settings: Path, *arguments: str, within_s: float = 60) -> Finished:
    """Run one command to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "line102", "--config", str(settings), *arguments),
        cwd=PROJECT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within_s):
            out, err = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return Finished(process.returncode, out.decode(), err.decode())


class ServiceProcess:
    """Started, killed and started again; asked over its own API."""

    def __init__(self, settings: Path, web_port: int) -> None:
        self.settings = settings
        self._url = f"http://127.0.0.1:{web_port}"
        self._log = settings.with_name("service.log")
        self._process: subprocess.Popen[bytes] | None = None  # outlives one test's event loop
        self._https: dict[str, aiohttp.ClientSession] = {}  # by who is signed in

    @property
    def address(self) -> str:
        return self._url

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    async def start(self, *, within_s: float = 60) -> None:
        """Start and wait until it sees the PBX, hears, recognises and stores."""
        await self.launch(within_s=within_s)
        await self.until(self._all_lit, within_s=within_s)

    async def launch(self, *, within_s: float = 60) -> None:
        """Start and wait until it answers."""
        self._begin()
        await self.until(self.live, within_s=within_s)

    def _begin(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "line102", "--config", str(self.settings), "run"],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """As a power cut would: no word, no clean-up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def get(self, path: str, *, of: str = "chief") -> Any:
        """The JSON answer to one of ``tests.signed_in``; raises aiohttp.ClientError while the service is away."""
        http = await self._signed_in(of)
        async with http.get(f"{self._url}{path}") as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post(self, path: str, *, of: str = "chief", **body: Any) -> int:
        """The status of the answer, as the page of ``of`` would get it."""
        http = await self._signed_in(of)
        async with http.post(f"{self._url}{path}", json=body, headers={"Origin": self._url}) as answer:
            return answer.status

    async def put(self, path: str, *, of: str = "chief", **body: Any) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        http = await self._signed_in(of)
        async with http.put(f"{self._url}{path}", json=body, headers={"Origin": self._url}) as answer:
            return answer.status, await answer.json()

    async def _signed_in(self, name: str) -> aiohttp.ClientSession:
        if name not in self._https:
            self._https[name] = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with self._https[name].get(f"{self._url}/api/session") as answer:
            if answer.status == 401:
                assert await sign_in(self._https[name], self._url, name) == 204
        return self._https[name]

    async def bytes(self, path: str) -> bytes:
        return (await self.answer(path))[0]

    async def answer(self, path: str) -> tuple[bytes, Mapping[str, str]]:
        """The body and the headers."""
        http = await self._signed_in("chief")
        async with http.get(f"{self._url}{path}") as answer:
            answer.raise_for_status()
            return await answer.read(), answer.headers

    async def live(self) -> dict[str, Any]:
        answer = await self.get("/api/live")
        assert isinstance(answer, dict)
        return answer

    async def call_of(self, number: str) -> dict[str, Any] | None:
        """The newest call of that caller's number on the board."""
        calls = [call for call in (await self.live())["calls"] if call["number"] == number]
        return calls[-1] if calls else None

    async def until_call(
        self, number: str, holds: Callable[[dict[str, Any]], bool], *, within_s: float = 30
    ) -> dict[str, Any]:
        """Wait until the call of ``number`` is as asked; returns it. Raises AssertionError with what it is instead."""
        last: dict[str, Any] | None = None

        async def look() -> bool:
            nonlocal last
            last = await self.call_of(number)
            return last is not None and holds(last)

        try:
            await self.until(look, within_s=within_s)
        except TimeoutError:
            raise AssertionError(f"call of {number} is {last}\n{self.log[-3000:]}") from None
        assert last is not None
        return last

    async def until(self, holds: Callable[[], Any], *, within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not await self._true(holds):
                if self._process is not None and self._process.poll() is not None:
                    raise AssertionError(f"the service ended with {self._process.returncode}:\n{self.log[-3000:]}")
                await asyncio.sleep(0.1)

    async def lit(self, lamp: str) -> bool:
        return any(light["up"] for light in (await self.live())["lights"] if light["lamp"] == lamp)

    async def light(self, lamp: str) -> dict[str, Any]:
        """The light, as soon as it is known."""
        found: list[dict[str, Any]] = []

        async def look() -> bool:
            found[:] = [light for light in (await self.live())["lights"] if light["lamp"] == lamp]
            return bool(found)

        await self.until(look)
        return found[0]

    async def close(self) -> None:
        await self.leave()
        if self.runs:
            await self.stop()

    async def leave(self) -> None:
        """Ask no more, from this event loop; the service goes on."""
        for http in self._https.values():
            await http.close()
        self._https.clear()

    async def ready(self, *, within_s: float = 60) -> None:
        """As before any test: it runs, sees, hears, recognises and stores, and no call is on its board that goes on.
        A test that failed may have left it dead."""
        if not self.runs:
            await self.launch(within_s=within_s)
        await self.until(self._all_lit, within_s=within_s)
        await self.until(self._nobody_there, within_s=within_s)

    async def _all_lit(self) -> bool:
        return all([await self.lit(lamp) for lamp in ("pbx", "audio", "recognition", "store")])

    async def _nobody_there(self) -> bool:
        return all(call["outcome"] for call in (await self.live())["calls"])

    async def _true(self, holds: Callable[[], Any]) -> bool:
        try:
            return bool(await holds())
        except (aiohttp.ClientError, ConnectionError):
            return False

    async def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        await asyncio.to_thread(self._process.wait, 20)


@contextlib.asynccontextmanager
async def service_process(settings: Path, web_port: int) -> AsyncIterator[ServiceProcess]:
    running = ServiceProcess(settings, web_port)
    try:
        await running.start()
        yield running
    finally:
        await running.close()
