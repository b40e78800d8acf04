"""The command ``line102``. Exit codes: 0 well, 1 something is not as it should be, 2 it cannot run as it is set."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from line102.config import Settings, read_settings
from line102.errors import BadSetting, Line102Error

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; errors that are a person's to mend come out as one line."""
    os.umask(0o077)  # voices, words and secrets are for the user who runs the service
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings(asked.config)
        _require_access(settings.data)
        return asyncio.run(_command(asked.command)(settings, asked))
    except BadSetting as error:
        print(f"line102: {error}", file=sys.stderr)
        return 2
    except Line102Error as error:
        print(f"line102: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _require_access(data: Path) -> None:
    """A line set up with sudo is read with sudo. Raises BadSetting."""
    if data.exists() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise BadSetting(
            "data_folder", f"{data} belongs to another user", "Run the command as that user: sudo .venv/bin/line102 …"
        )


def _command(name: str) -> Command:
    """Imported when asked for: ``line102 --help`` need not load a speech model's library."""
    from line102.cli import (
        accounts,
        calls,
        checks,
        coverage,
        demo,
        knowledge,
        pbx,
        places,
        prompts,
        reconcile,
        serve,
        triage,
    )

    commands: dict[str, Command] = {
        "run": serve.run,
        "accounts": accounts.run,
        "demo": demo.run,
        "pbx": pbx.run,
        "calls": calls.list_calls,
        "call": calls.show_call,
        "check-config": checks.check_config,
        "check-pbx": checks.check_pbx,
        "probe": checks.probe,
        "reconcile": reconcile.run,
        "coverage": coverage.run,
        "places": places.run,
        "triage": triage.run,
        "prompts": prompts.run,
        "knowledge": knowledge.run,
    }
    return commands[name]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="line102", description="Stands beside an Asterisk PBX on a police emergency line."
    )
    parser.add_argument("--config", type=Path, help="settings file (default: line102.toml here, if there is one)")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("run", help="run the service (and the embedded PBX)")
    serve.add_argument("--verbose", action="store_true")
    demo = commands.add_parser("demo", help="run the service with synthetic callers and operators")
    demo.add_argument("--verbose", action="store_true")
    demo.add_argument("--seed", type=int, default=102, help="the same seed gives the same calls (default 102)")
    demo.add_argument("--calls-per-minute", type=float, default=6.0)
    demo.add_argument("--minutes", type=float, default=480.0, help="the traffic ends after this long (default 480)")
    pbx = commands.add_parser("pbx", help="the embedded PBX: start, stop, restart, status, cli")
    pbx.add_argument("action", choices=["start", "stop", "restart", "status", "cli"])
    pbx.add_argument("words", nargs="*", help="with cli: Asterisk's console command")
    _accounts_parsers(
        commands.add_parser("accounts", help="who may sign in: list, add, link, password, disable, enable")
    )
    calls = commands.add_parser("calls", help="the last calls")
    calls.add_argument("--limit", type=int, default=20)
    call = commands.add_parser("call", help="one call with its transcript")
    call.add_argument("call_id")
    commands.add_parser("check-config", help="check settings, secrets, model, corpus, store and folders")
    commands.add_parser("check-pbx", help="check everything that must hold on the PBX")
    commands.add_parser("probe", help="place a call through the PBX and verify that audio comes back")
    reconcile = commands.add_parser("reconcile", help="compare the ledger with queue_log and CDR, call by call")
    reconcile.add_argument("--hours", type=float, default=24.0, help="how far back (default 24)")
    coverage = commands.add_parser("coverage", help="account for every second of speech in the recordings")
    coverage.add_argument("--call", help="one call instead of all of the last hours")
    coverage.add_argument("--hours", type=float, default=24.0, help="how far back (default 24)")
    _help_line_parsers(commands)
    _triage_parsers(commands.add_parser("triage", help="the assessment: measure it, train a new model"))
    _places_parsers(commands.add_parser("places", help="the gazetteer: import one, measure the finder"))
    return parser


def _accounts_parsers(accounts: argparse.ArgumentParser) -> None:
    accounts.set_defaults(action="list")
    actions = accounts.add_subparsers(dest="action")
    actions.add_parser("list", help="each account with its roles, seat and phone")
    add = actions.add_parser("add", help="a new account, and the link by which its owner chooses a password")
    link = actions.add_parser("link", help="a new link to choose a password: the old one stays until it is used")
    given = actions.add_parser("password", help="give a password, which its owner must change at once")
    for one in (add, link, given, actions.add_parser("disable"), actions.add_parser("enable")):
        one.add_argument("name")
    add.add_argument("--roles", default="operator", help="comma-separated: operator, supervisor, administrator")
    add.add_argument("--seat", help="an operator of pbx.operators or pbx.help_operators")
    add.add_argument("--display-name")
    add.add_argument("--subject", help="what the centre's OpenID Connect provider calls them")
    add.add_argument("--phone", choices=["web", "desk"], default="web")
    add.add_argument("--language", choices=["ru", "kk", "en"], default="ru")


def _triage_parsers(triage: argparse.ArgumentParser) -> None:
    actions = triage.add_subparsers(dest="action", required=True)
    evaluate = actions.add_parser("evaluate", help="judge the assessment on labelled JSON lines; one JSON object")
    evaluate.add_argument("file", type=Path, help="JSON lines with text, lang and label")
    evaluate.add_argument("--asr-noise", type=_share, default=0.0, help="simulated word error rate, 0-1 (default 0)")
    evaluate.add_argument("--trace", action="store_true", help="one JSON line for each utterance on stderr")
    evaluate.add_argument("--model", type=Path, help="a model's folder (default: the shipped one)")
    told = actions.add_parser("report", help="how good triage has been, by the categories that people gave")
    told.add_argument("--days", type=float, default=30.0, help="of this many days (default 30)")
    train = actions.add_parser("train", help="make a new version of the model; taken only if it passes the gate")
    train.add_argument("--data", type=Path, nargs="+", help="labelled JSON lines (default: what line102 ships)")
    train.add_argument("--gate", type=Path, help="labelled JSON lines to judge by (default: the held-apart part)")
    train.add_argument("--current", type=Path, help="the model it must not be worse than (default: the shipped one)")
    train.add_argument("--out", type=Path, required=True, help="folder of the new model")


def _share(given: str) -> float:
    share = float(given)
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return share


def _places_parsers(places: argparse.ArgumentParser) -> None:
    actions = places.add_subparsers(dest="action", required=True)
    make = actions.add_parser("import", help="make a gazetteer of an OpenStreetMap extract")
    make.add_argument("file", type=Path, help=".osm, .osm.xml or .geojson")
    make.add_argument("--out", type=Path, required=True, help="the gazetteer to write (JSON lines)")
    evaluate = actions.add_parser("evaluate", help="measure on JSON lines with text, streets, house")
    evaluate.add_argument("file", type=Path)
    evaluate.add_argument("--gazetteer", type=Path, help="another one than places.gazetteer")
    evaluate.add_argument("--trace", action="store_true", help="print the candidates of every line first")


def _help_line_parsers(commands: Any) -> None:
    prompts = commands.add_parser("prompts", help="what callers hear: list, make what is missing, set a recording")
    prompts.set_defaults(action="list")
    actions = prompts.add_subparsers(dest="action")
    actions.add_parser("list", help="each prompt: made, uploaded or missing, and its text")
    actions.add_parser("make", help="let espeak-ng speak what is missing or was changed")
    put = actions.add_parser("set", help="put a recording in a prompt's place")
    reset = actions.add_parser("reset", help="back from a recording to espeak-ng")
    for one in (put, reset):
        one.add_argument("id", help="as in the list, e.g. offer")
        one.add_argument("language", help="ru, kk or en")
    put.add_argument("file", type=Path, help="WAV, FLAC, OGG or MP3, 12 s at most")
    knowledge = commands.add_parser("knowledge", help="the help line's answers: list, check, ask")
    knowledge.add_argument("action", nargs="?", choices=["list", "check", "ask"], default="list")
    knowledge.add_argument("words", nargs="*", help="with ask: a question as a caller would say it")
    knowledge.add_argument("--language", default="ru", help="of the answer (default ru)")
    knowledge.add_argument("--file", type=Path, help="another file than the one in force")


if __name__ == "__main__":
    main()
