"""``line102 check-config``, ``check-pbx`` and ``probe``: is it set right, is the PBX right, does audio come back."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta
from pathlib import Path

from ivr.knowledge_file import read_knowledge
from line102.adapters import assessor_of, finder_of, glossary_of, secrets_of
from line102.cli.errands import open_ledger, probe_call, survey_pbx
from line102.cli.knowledge import knowledge_file, summary
from line102.cli.prompts import check_prompts
from line102.config import Settings, TranscriptionSettings
from line102.errors import BadSetting, Unreachable
from transcription.model_folder import check_model
from transcription.whisper import Device, Whisper


async def check_config(settings: Settings, _: argparse.Namespace) -> int:
    """Everything that can be checked without the PBX. The first thing that is wrong ends it with exit code 2."""
    _folder("data_folder", settings.data)
    _folder("recording.folder", settings.recordings)
    secrets_of(settings)
    print(f"✓ secrets       {settings.data / 'secrets.toml'}")
    _models(settings.transcription)
    glossary_of(settings)
    print("✓ glossary")
    assessor_of(settings)
    print(f"✓ triage        {settings.triage.model or 'the model that comes with line102'}")
    print(f"✓ prompts       {check_prompts(settings)}")
    file = knowledge_file(settings)
    print(f"✓ knowledge     {summary(read_knowledge(file), file)}")
    finder_of(settings)
    print(f"✓ gazetteer     {settings.places.gazetteer or 'the places of Almaty'}")
    console = settings.web.console / "index.html"
    if not console.is_file():
        raise BadSetting("web.console", f"{console} is not there", "Run: setup/console.sh build")
    print(f"✓ console       {settings.web.console}")
    try:
        async with open_ledger(settings) as ledger:
            await ledger.applied_seq(settings.node)
        print(f"✓ store         {_without_password(settings.store_url)}")
    except Unreachable as error:
        print(f"! store         {error}; calls go into the journal until it is back")
    print(f"\n{_in_force(settings)}")
    return 0


def _models(chosen: TranscriptionSettings) -> None:
    """That each loads where it will be used."""
    device = Device(device=chosen.device, compute_type=chosen.compute_type, threads=1)
    named = [("transcription.model", chosen.model, chosen.languages, device)]
    named += [(f"transcription.models.{name}", model, (name,), device) for name, model in chosen.models.items()]
    if (second := chosen.second_pass).model:
        own = Device(device=second.device, compute_type=second.compute_type, threads=1)
        named.append(("transcription.second_pass.model", second.model, chosen.languages, own))
    for setting, path, languages, where in named:
        model = check_model(path, languages, setting=setting)
        Whisper(model, where)
        print(f"✓ model         {model.identity}: {', '.join(languages)}")


async def check_pbx(settings: Settings, _: argparse.Namespace) -> int:
    """Exit code 1 when something on the PBX is not as it must be; a warning alone is 0."""
    findings = await survey_pbx(settings, secrets_of(settings))
    for finding in findings:
        mark = "✓" if finding.ok else "✗" if finding.grave else "!"
        print(f"{mark} {finding.name:<22} {finding.seen}")
        if not finding.ok:
            print(f"  {'':<22} → {finding.remedy}")
    wrong = sum(not finding.ok and finding.grave for finding in findings)
    warnings = sum(not finding.ok and not finding.grave for finding in findings)
    print(f"{len(findings)} checked, {wrong} wrong, {warnings} to be warned of", file=sys.stderr)
    return 1 if wrong else 0


async def probe(settings: Settings, _: argparse.Namespace) -> int:
    found = await probe_call(settings, secrets_of(settings))
    print(f"registered in {_ms(found.registered)}, answered in {_ms(found.set_up)}", end=", ")
    if not found.audio_ok:
        print(f"but the audio did not come back (likeness {found.likeness:.2f}, 1 is perfect)")
        print("→ look at rtp.conf, the firewall's UDP ports and the echo in the context probe", file=sys.stderr)
        return 1
    print(f"audio back after {_ms(found.round_trip)} (likeness {found.likeness:.2f}, 1 is perfect)")
    return 0


def _ms(span: timedelta | None) -> str:
    return "?" if span is None else f"{span.total_seconds() * 1000:.0f} ms"


def _folder(setting: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(setting, f"{folder} cannot be made ({error.strerror})", "Give a writable folder") from error
    if not os.access(folder, os.W_OK):
        raise BadSetting(setting, f"{folder} is not writable", "Give a writable folder")
    print(f"✓ {setting:<13} {folder}")


def _without_password(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def _in_force(settings: Settings) -> str:
    """The settings in force, as TOML-like lines; secrets are in their own file and are not among them."""
    lines: list[str] = []
    for name, section in settings.model_dump(mode="json").items():
        if isinstance(section, dict):
            lines += [f"{name}.{key} = {_shown(name, key, value)}" for key, value in section.items()]
        else:
            lines.append(f"{name} = {section!r}")
    return "\n".join(lines)


def _shown(section: str, key: str, value: object) -> str:
    return repr(_without_password(str(value))) if (section, key) == ("store", "url") else repr(value)
