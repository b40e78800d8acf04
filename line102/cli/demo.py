"""``line102 demo``: the whole line with synthetic callers and operators, until Ctrl-C.

One of 102's seats is left free, so that people wait at busy times; one person sits at the help line. The gates that
audited flags would open are open here, and only here: who runs ``line102 run`` next finds every mode in shadow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from line102.accounts import Account, LinkKind
from line102.adapters import embedded_pbx, secrets_of
from line102.app import Service, service
from line102.cli.accounts import new_link
from line102.cli.serve import serve, start_pbx, until_told
from line102.config import PROJECT, Settings
from line102.errors import BadSetting
from line102.logs import configure_logs
from line102.modes import LANGUAGES
from line102.roles import Role
from line102.words import Mode

BY = "demo"
WHY = "demonstration with synthetic callers: its gates are open without audited flags"
WHY_NOT = "the demonstration is over"
HELP_SEATS = ("help1",)
AT_ONCE = 7  # callers: three talk with 102, one with the help line, and up to three wait


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """The service in this process, the people in one of their own: their phones' threads must not slow it."""
    if not settings.pbx.embedded:
        raise BadSetting("pbx.embedded", "synthetic people only call the embedded PBX", "Set pbx.embedded = true")
    configure_logs(verbose=asked.verbose)
    await until_told(_line_and_people(shown(settings), asked))
    return 0


def shown(settings: Settings) -> Settings:
    """The settings, with everything that a demonstration shows."""
    pbx, triage, deflection = settings.pbx, settings.triage, settings.deflection
    return settings.model_copy(
        update={
            "pbx": pbx.model_copy(update={"help_operators": pbx.help_operators or HELP_SEATS}),
            "triage": triage.model_copy(update={"show_shadow_flags": True}),
            "deflection": deflection.model_copy(update={"audited_flags": 0}),
        }
    )


async def _line_and_people(settings: Settings, asked: argparse.Namespace) -> None:
    async with service(settings) as built:  # refused, with its PBX untouched, while another service has this folder
        try:
            await start_pbx(settings)
            async with asyncio.TaskGroup() as parts:
                parts.create_task(serve(built))
                parts.create_task(_offer(built))
                parts.create_task(_doors(built))
                parts.create_task(_people(settings, asked))
        finally:
            _shadow(built)
            print("· stopping the PBX", flush=True)
            await embedded_pbx(settings, secrets_of(settings)).stop()


async def _doors(built: Service) -> None:
    """Somebody to be, at once: an operator at the free seat, and a supervisor. Their links work once."""
    seat = built.settings.pbx.operators[-1]
    people = (
        Account(name="demo-operator", display_name="Демо-оператор", roles=(Role.OPERATOR,), operator=seat),
        Account(name="demo-supervisor", display_name="Демо-старший", roles=(Role.SUPERVISOR,)),
    )
    console = f"http://{built.settings.web.host}:{await built.web.listening()}"
    for one in people:
        if one.name not in built.accounts.book.accounts:
            built.accounts.change(lambda book, one=one: book.add(one))  # type: ignore[misc]
        link = new_link(built.accounts, LinkKind.SIGN_IN, one.name)
        print(f"· to look in as {one.name}, once, within 15 min:  {console}{link}", flush=True)


async def _offer(built: Service) -> None:
    """Waiting callers with a question are asked, from the moment on at which the service knows its past."""
    await built.remembering.done.wait()
    for language in LANGUAGES:
        built.guide.change_mode(language, Mode.OFFER, by=BY, reason=WHY)
    print(f"· mode offer for {' and '.join(LANGUAGES)}, gates open: for this demonstration only", flush=True)


def _shadow(built: Service) -> None:
    """What the demonstration allowed must not come into force by itself when a gate opens one day."""
    for line in built.modes.table():
        if line.changed is not None and line.changed.by == BY and line.changed.mode is not Mode.SHADOW:
            built.guide.change_mode(line.language, Mode.SHADOW, by=BY, reason=WHY_NOT)


async def _people(settings: Settings, asked: argparse.Namespace) -> None:
    """The traffic; when it ends, the service goes on."""
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "TERM"),  # nobody rings on when we are killed
        *(sys.executable, "-m", "synthetic", "--pbx", "/dev/stdin"),
        *("--speech", str(settings.data / "speech"), "--trunk-host", settings.pbx.trunk_addresses[0]),
        *("--seed", str(asked.seed), "--calls-per-minute", str(asked.calls_per_minute)),
        *("--minutes", str(asked.minutes), "--max-at-once", str(AT_ONCE)),
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us first: we end them in order
    )
    assert process.stdin is not None
    process.stdin.write(_phones(settings).encode())
    process.stdin.close()
    print(
        f"· synthetic callers: {asked.calls_per_minute:g} a minute, seed {asked.seed}; people at"
        f" {', '.join((*_staffed(settings), *settings.pbx.help_operators))}. Ctrl-C ends it all",
        flush=True,
    )
    try:
        code = await process.wait()
        print(f"· the synthetic callers have finished (exit code {code}); the service goes on", flush=True)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 10)


def _staffed(settings: Settings) -> tuple[str, ...]:
    """102's seats with a person: the last one stays free, for whoever watches, and so that callers wait."""
    operators = settings.pbx.operators
    return operators[:-1] or operators


def _phones(settings: Settings) -> str:
    """What the people must know, as TOML: where the PBX is, and the operators' passwords. Never written to a file."""
    phones, pbx = secrets_of(settings).phones, settings.pbx
    lines = [f'sip_host = "{pbx.host}"', f"sip_port = {pbx.sip_port}", "[operators]"]
    lines += [f"{name} = {json.dumps(phones[name])}" for name in _staffed(settings)]
    lines += ["[help_operators]"]
    lines += [f"{name} = {json.dumps(phones[name])}" for name in pbx.help_operators if name not in pbx.operators]
    return "\n".join(lines) + "\n"
