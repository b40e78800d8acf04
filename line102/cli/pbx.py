"""``line102 pbx``: the embedded PBX, apart from the service."""

from __future__ import annotations

import argparse

from line102.adapters import embedded_pbx, secrets_of
from line102.config import Settings
from line102.errors import BadSetting


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    if not settings.pbx.embedded:
        raise BadSetting("pbx.embedded", "the PBX is not ours", "Use its own tools, or set pbx.embedded = true")
    pbx = embedded_pbx(settings, secrets_of(settings))
    match asked.action:
        case "start":
            await pbx.start()
            print("The PBX runs.")
        case "stop":
            await pbx.stop()
            print("The PBX is stopped.")
        case "restart":
            await pbx.restart()
            print("The PBX runs again.")
        case "cli":
            print(await pbx.cli(" ".join(asked.words)), end="")
        case _:
            running = pbx.process is not None
            print("The PBX runs." if running else "The PBX does not run. Start it: line102 pbx start")
            return 0 if running else 1
    return 0
