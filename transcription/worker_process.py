"""One worker as a child process of ours: started, watched until it ends, never left behind."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from line102.errors import BadSetting, Unreachable
from transcription.worker_link import WORKER

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How a local worker is started."""

    model: str  # folder, or a name found on this machine
    languages: tuple[str, ...] = ("ru", "kk")
    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = 1
    batch: int | None = None  # windows computed together; None: 16 on a CPU, 32 on a GPU
    language_models: Mapping[str, str] = field(default_factory=dict)  # language -> model that reads it alone
    nice: int = 0  # 0-19; the worker of the second pass gives way to the live ones
    dynamic_context: bool | None = None  # None: what the model's line102.json says
    socket_folder: Path  # where the worker's Unix socket is made; its path must stay below 100 bytes
    starts_within: timedelta = timedelta(minutes=3)  # a large model from a slow disk takes its time
    environment: Mapping[str, str] | None = None  # more of it, such as LD_LIBRARY_PATH for a GPU


@dataclass(frozen=True, slots=True)
class RunningWorker:
    address: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def worker_process(settings: WorkerSettings, name: str) -> AsyncIterator[RunningWorker]:
    """Start a worker and wait until it is ready; on leaving it is gone.

    Raises BadSetting with the worker's own words (it exited with 2), Unreachable (it died or was too slow).
    """
    settings.socket_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = settings.socket_folder / f"worker-{name}.sock"
    if len(str(socket).encode()) > 100:
        raise BadSetting("socket_folder", f"{socket} is too long for a Unix socket", "Choose a shorter folder.")
    process = await asyncio.create_subprocess_exec(
        *_command(settings, f"unix:{socket}"),
        stdin=asyncio.subprocess.PIPE,  # held open: the worker ends when we are gone
        stdout=asyncio.subprocess.PIPE,
        env=_environment(settings),
        start_new_session=True,  # Ctrl-C is for the service, which ends its workers itself
    )
    try:
        yield RunningWorker(await _ready(process, settings.starts_within), process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        socket.unlink(missing_ok=True)


async def _ready(process: asyncio.subprocess.Process, within: timedelta) -> str:
    """The address in the worker's first line."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(within.total_seconds()):
            line = await process.stdout.readline()
            if not line:
                raise Unreachable(WORKER, f"exited with {await process.wait()} before it was ready; see its log")
    except TimeoutError as error:
        raise Unreachable(WORKER, f"not ready within {within.total_seconds():.0f} s") from error
    said = json.loads(line)
    if "bad_setting" in said:
        setting, why, remedy = said["bad_setting"]
        raise BadSetting(str(setting), str(why), str(remedy))
    return str(said["ready"])


def _command(settings: WorkerSettings, address: str) -> list[str]:
    command = [sys.executable, "-m", "transcription.worker", "--while-stdin-open", "--listen", address]
    command += ["--model", settings.model, "--languages", ",".join(settings.languages), "--device", settings.device]
    command += ["--compute-type", settings.compute_type, "--threads", str(settings.threads)]
    command += ["--nice", str(settings.nice)]
    if settings.batch is not None:
        command += ["--batch", str(settings.batch)]
    for language, model in settings.language_models.items():
        command += ["--language-model", f"{language}={model}"]
    if settings.dynamic_context is not None:
        command.append("--dynamic-context" if settings.dynamic_context else "--no-dynamic-context")
    return command


def _environment(settings: WorkerSettings) -> dict[str, str]:
    """Nothing of ours leaks into the worker; the Hub is off, and each window computes on one core."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(Path.home()),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(PROJECT),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        **({"PYTHONDONTWRITEBYTECODE": "1"} if sys.dont_write_bytecode else {}),
        **(settings.environment or {}),
    }
