"""``line102 demo``: the whole line with synthetic callers and operators, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from line102.adapters import embedded_pbx, secrets_of
from line102.app import service
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
        *(sys.executable, "-m", "synthetic", "--pbx", "/dev/stdin"),
        *("--speech", str(settings.data / "speech"), "--trunk-host", settings.pbx.trunk_addresses[0]),
        *("--seed", str(asked.seed), "--calls-per-minute", str(asked.calls_per_minute)),
        *("--minutes", str(asked.minutes)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us first: we end them in order
    )
    assert process.stdin is not None
    process.stdin.write(_phones(settings).encode())
    process.stdin.close()
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


def _phones(settings: Settings) -> str:
    """What the people must know, as TOML: where the PBX is, and the operators' passwords. Never written to a file."""
    secrets = secrets_of(settings)
    lines = [f'sip_host = "{settings.pbx.host}"', f"sip_port = {settings.pbx.sip_port}", "[operators]"]
    lines += [f"{name} = {json.dumps(secrets.phones[name])}" for name in settings.pbx.operators]
    return "\n".join(lines) + "\n"
