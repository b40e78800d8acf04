"""``line102 demo``: the whole line with synthetic callers and operators, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from line102.app import embedded_pbx, secrets_of, service
from line102.cli.serve import serve, start_pbx, until_told
from line102.config import PROJECT, Settings
from line102.errors import BadSetting
from line102.logs import configure_logs


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """The service in this process, the people in one of their own: their phones' threads must not slow it."""
    if not settings.pbx.embedded:
        raise BadSetting("pbx.embedded", "synthetic people only call the embedded PBX", "Set pbx.embedded = true")
    configure_logs(verbose=asked.verbose)
    triage = settings.triage.model_copy(update={"show_shadow_flags": True})
    settings = settings.model_copy(update={"triage": triage})
    await until_told(_line_and_people(settings, asked))
    return 0


async def _line_and_people(settings: Settings, asked: argparse.Namespace) -> None:
    async with service(settings) as built:  # refused, with its PBX untouched, while another service has this folder
        try:
            await start_pbx(settings)
            async with asyncio.TaskGroup() as parts:
                parts.create_task(serve(built))
                parts.create_task(_people(settings, asked))
        finally:
            print("· stopping the PBX", flush=True)
            await embedded_pbx(settings, secrets_of(settings)).stop()


async def _people(settings: Settings, asked: argparse.Namespace) -> None:
    """The traffic; when it ends, the service goes on."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "TERM"),  # nobody rings on when we are killed
        *(sys.executable, "-m", "synthetic", "--pbx", str(_phones(settings))),
        *("--speech", str(settings.data / "speech"), "--trunk-host", settings.pbx.trunk_addresses[0]),
        *("--seed", str(asked.seed), "--calls-per-minute", str(asked.calls_per_minute)),
        *("--minutes", str(asked.minutes)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us first: we end them in order
    )
    print(
        f"· synthetic callers: {asked.calls_per_minute:g} a minute, seed {asked.seed}. Ctrl-C ends it all", flush=True
    )
    try:
        code = await process.wait()
        print(f"· the synthetic callers have finished (exit code {code}); the service goes on", flush=True)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 10)


def _phones(settings: Settings) -> Path:
    """The people's file: where the PBX is, and the operators' passwords. Mode 0600, like the secrets themselves."""
    secrets = secrets_of(settings)
    lines = [f'sip_host = "{settings.pbx.host}"', f"sip_port = {settings.pbx.sip_port}", "[operators]"]
    lines += [f'{name} = "{secrets.phones[name]}"' for name in settings.pbx.operators]
    path = settings.data / "people.toml"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    return path
