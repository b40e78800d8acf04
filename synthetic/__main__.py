"""``python -m synthetic``: synthetic people on a PBX. Prints one JSON line per call, what was said included.

    python -m synthetic --pbx pbx.toml --seed 102 --calls-per-minute 6 --max-calls 20

The TOML file names the PBX (nothing else is read):

    sip_host = "127.0.0.1"
    sip_port = 5162
    [operators]          # desk phones and their passwords
    op1 = "…"
    [help_operators]     # the help line's, if there are any
    help1 = "…"
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from line102.calls import OperatorId
from line102.errors import BadSetting, Line102Error
from synthetic.people import OperatorSeat, PeopleSettings, run_people
from synthetic.script import Manners
from synthetic.summary import PlayedCall

GRAMMAR = Path(__file__).resolve().parents[1] / "transcription/demo_model/recipe/grammar.py"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done or asked to stop, 1 the PBX was away, 2 a setting is wrong."""
    given = _parser().parse_args(arguments)
    try:
        asyncio.run(_until_told(_settings(given)))
    except BadSetting as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except Line102Error as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    return 0


async def _until_told(settings: PeopleSettings) -> None:
    """Run; SIGTERM or SIGINT hang up every call and end."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        run = group.create_task(_run(settings), name="people")
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, run.cancel)


async def _run(settings: PeopleSettings) -> None:
    await run_people(settings, on_end=_print)


def _print(call: PlayedCall) -> None:
    line = {
        "number": call.script.number,
        "language": call.script.language,
        "conduct": call.script.conduct,
        "reply": call.script.reply if call.replied else None,
        "began_at": call.began_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "operator": call.operator_id,
        "end": call.end,
        "why": call.why,
        "said": [{"side": s.side, "text": s.text, "at": s.at.isoformat(), "whole": s.whole} for s in call.said],
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _settings(given: argparse.Namespace) -> PeopleSettings:
    pbx = _pbx(given.pbx)
    host, port = pbx.get("sip_host", "127.0.0.1"), pbx.get("sip_port", 5162)
    operators = _seats(given.pbx, pbx, "operators", helps=False)
    if not operators:
        raise BadSetting(f"{given.pbx} [operators]", "no operator is named", 'Write name = "password" lines')
    if not isinstance(host, str) or not isinstance(port, int):
        raise BadSetting(f"{given.pbx} sip_host, sip_port", "not an address and a port", "Correct them")
    return PeopleSettings(
        sip_host=host,
        sip_port=port,
        operators=(*operators, *_seats(given.pbx, pbx, "help_operators", helps=True)),
        speech_folder=given.speech,
        grammar=given.grammar,
        trunk_host=given.trunk_host,
        seed=given.seed,
        manners=Manners(calls_per_minute=given.calls_per_minute),
        max_at_once=given.max_at_once,
        max_calls=given.max_calls,
        duration=timedelta(minutes=given.minutes),
    )


def _seats(path: Path, pbx: dict[str, object], table: str, *, helps: bool) -> tuple[OperatorSeat, ...]:
    named = pbx.get(table, {})
    if not isinstance(named, dict) or not all(isinstance(password, str) for password in named.values()):
        raise BadSetting(f"{path} [{table}]", "not names and passwords", 'Write name = "password" lines')
    return tuple(OperatorSeat(operator_id=OperatorId(name), password=named[name], helps=helps) for name in named)


def _pbx(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSetting(str(path), f"cannot be read ({wrong})", "Give a TOML file with --pbx") from wrong


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthetic", description="Synthetic callers and operators.")
    parser.add_argument("--pbx", type=Path, required=True, help="TOML: sip_host, sip_port, [operators] name = password")
    parser.add_argument("--speech", type=Path, default=Path("var/speech"), help="where speech is kept")
    parser.add_argument("--grammar", type=Path, default=GRAMMAR, help="grammar.py of the demo model")
    parser.add_argument("--trunk-host", default="127.0.0.2", help="loopback address that callers come from")
    parser.add_argument("--seed", type=int, default=102, help="the same seed says the same words")
    parser.add_argument("--calls-per-minute", type=float, default=6.0)
    parser.add_argument("--max-at-once", type=int, default=4, help="callers on the line together")
    parser.add_argument("--max-calls", type=int, default=None)
    parser.add_argument("--minutes", type=float, default=60.0, help="no call begins later")
    return parser


if __name__ == "__main__":
    sys.exit(main())
