"""``line102 run``: the service, with the embedded PBX started first and left running afterwards."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from ivr.prompt_files import PromptFiles
from line102.accounts import LinkKind
from line102.adapters import embedded_pbx, secrets_of
from line102.app import Service, service
from line102.cli.accounts import new_link
from line102.cli.prompts import sounds_of
from line102.config import Settings
from line102.logs import configure_logs


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    configure_logs(verbose=asked.verbose)
    await until_told(_pbx_and_service(settings))
    if settings.pbx.embedded:
        print("The PBX goes on taking calls. To stop it: line102 pbx stop")
    return 0


async def _pbx_and_service(settings: Settings) -> None:
    async with service(settings) as built:
        if settings.pbx.embedded:
            await start_pbx(settings)
        await serve(built)


async def start_pbx(settings: Settings) -> None:
    """Call it inside ``service``: who has the data folder has the PBX in it."""
    print("· starting the PBX", flush=True)
    await embedded_pbx(settings, secrets_of(settings)).start()
    await asyncio.to_thread(PromptFiles(sounds_of(settings)).make_missing)  # usually made at set-up


async def serve(built: Service) -> None:
    """Run the service until cancelled; say where the console is as soon as it is there."""
    async with asyncio.TaskGroup() as parts:
        parts.create_task(built.run())
        port = await built.web.listening()
        console = f"http://{built.settings.web.host}:{port}"
        print(f"· the console:  {console}/", flush=True)
        if not built.accounts.book.has_administrator:
            link = new_link(built.accounts, LinkKind.SET_UP)
            print(f"· nobody can sign in yet. For the first administrator, once, within 15 min:  {console}{link}")
            sys.stdout.flush()


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` until it ends or the process is told to stop (Ctrl-C, SIGTERM, its terminal closed).

    Told once is told: a second Ctrl-C must not cut short how the first one ends things.
    """
    task = asyncio.ensure_future(work)

    def told() -> None:
        if not task.cancelling():
            print("· stopping", flush=True)
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told)
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise _only(error)


def _only(error: BaseException) -> BaseException:
    """The single error inside groups, so that a BadSetting ends as one line."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
