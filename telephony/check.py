"""Is this PBX fit to carry 102? What is looked at is gathered first, then judged: the judging is pure.

The PBX is asked through two small callables, so that this file needs no client of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from line102.errors import Line102Error
from telephony.embedded.root import NEEDED, parse_version
from telephony.finding import REACHABLE, AmiAction, AriGet, Finding
from telephony.help_line_check import HelpLineSeen, judge_help_line, look_at_help_line

NEEDED_MODULES = (
    *("app_queue", "app_dial", "app_mixmonitor", "app_exec", "app_stack", "app_userevent", "app_playtones"),
    *("app_playback", "res_stasis_playback", "res_ari_playbacks"),
    *("func_callerid", "func_channel", "func_logic", "func_module", "func_strings", "func_cdr"),
    *("chan_pjsip", "chan_websocket", "res_pjsip_transport_websocket", "res_pjsip_endpoint_identifier_ip"),
    *("res_stasis_snoop", "res_ari_channels", "res_ari_bridges", "res_ari_events"),
    *("bridge_simple", "bridge_softmix", "format_wav", "cdr_custom", "cel_custom"),
)
ENOUGH_DISK_BYTES = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was gathered. None: it could not be asked, and ``ami_error`` or ``ari_error`` says why."""

    version: str | None = None
    ami_error: str | None = None
    ari_error: str | None = None
    modules: frozenset[str] | None = None
    members: tuple[dict[str, str], ...] | None = None  # QueueMember events
    queue_known: bool = False
    help_line: HelpLineSeen | None = None
    recordings: str = ""
    recordings_writable: bool = False
    free_bytes: int = 0
    queue_log: str = ""
    queue_log_readable: bool = False
    timeouts_ms: dict[str, int] = field(default_factory=dict)  # "AMI writetimeout" → ms, where the files can be read


async def check_pbx(
    ami_action: AmiAction,
    ari_get: AriGet,
    *,
    queue: str,
    recordings: Path,
    queue_log: Path,
    config: Path | None = None,
) -> list[Finding]:
    """Look at everything and judge it. ``config``: Asterisk's etc folder when it is on this machine. Never raises
    Line102Error: what cannot be reached is a finding."""
    return judge(await gather(ami_action, ari_get, queue, recordings, queue_log, config), queue=queue)


async def gather(
    ami_action: AmiAction, ari_get: AriGet, queue: str, recordings: Path, queue_log: Path, config: Path | None
) -> Seen:
    """Ask AMI, ARI and the file system."""
    ami_error, version, members, queue_known, help_line = None, None, None, False, None
    try:
        settings = await ami_action("CoreSettings", {})
        version = settings[0].get("AsteriskVersion", "") if settings else ""
        rows = await ami_action("QueueStatus", {"Queue": queue})
        queue_known = any(row.get("Event") == "QueueParams" for row in rows)
        members = tuple(row for row in rows if row.get("Event") == "QueueMember")
        help_line = await look_at_help_line(ami_action)
    except Line102Error as error:
        ami_error = str(error)
    ari_error, modules = None, None
    try:
        modules = _running(await ari_get("/asterisk/modules"))
    except Line102Error as error:
        ari_error = str(error)
    return Seen(
        version=version,
        ami_error=ami_error,
        ari_error=ari_error,
        modules=modules,
        members=members,
        queue_known=queue_known,
        help_line=help_line,
        recordings=str(recordings),
        recordings_writable=os.access(recordings, os.W_OK | os.X_OK),
        free_bytes=_free_bytes(recordings),
        queue_log=str(queue_log),
        queue_log_readable=os.access(queue_log, os.R_OK),
        timeouts_ms=_timeouts(config) if config else {},
    )


def judge(seen: Seen, *, queue: str) -> list[Finding]:
    """What was seen, as findings, the gravest things first. Pure."""
    return [
        Finding("AMI", seen.ami_error is None, seen.ami_error or "answers", _unless(seen.ami_error is None, _AMI)),
        Finding("ARI", seen.ari_error is None, seen.ari_error or "answers", _unless(seen.ari_error is None, _ARI)),
        *_version(seen),
        *_modules(seen),
        *_queue(seen, queue),
        *(judge_help_line(seen.help_line) if seen.help_line else ()),
        *_timeout_findings(seen),
        _folder(seen),
        _disk(seen),
        _log(seen),
    ]


_AMI = "Is Asterisk running? Compare manager.conf with pbx.ami_* in the settings"
_ARI = "Is Asterisk running? Compare ari.conf and http.conf with pbx.ari_* in the settings"


def _version(seen: Seen) -> list[Finding]:
    if seen.version is None:
        return []
    ok = parse_version(seen.version) >= NEEDED
    return [Finding("Asterisk version", ok, seen.version or "unknown", _unless(ok, "Install Asterisk 22.9 or newer"))]


def _modules(seen: Seen) -> list[Finding]:
    if seen.modules is None:
        return []
    missing = [name for name in NEEDED_MODULES if name not in seen.modules]
    said = f"missing: {', '.join(missing)}" if missing else f"{len(NEEDED_MODULES)} needed modules run"
    return [Finding("modules", not missing, said, _unless(not missing, "Load them in modules.conf"))]


def _queue(seen: Seen, queue: str) -> list[Finding]:
    if seen.members is None:
        return []
    if not seen.queue_known:
        return [
            Finding(f"queue {queue}", False, "there is no such queue", "Add it to queues.conf, then reload app_queue")
        ]
    there = [member for member in seen.members if member.get("Status") in REACHABLE]
    said = f"{len(there)} of {len(seen.members)} members reachable"
    remedy = "Log an operator's phone in: until then every caller rings the overflow"
    return [Finding(f"queue {queue}", bool(there), said, _unless(bool(there), remedy))]


def _timeout_findings(seen: Seen) -> list[Finding]:
    found = []
    for name, value in sorted(seen.timeouts_ms.items()):
        ok = value >= 1000
        found.append(Finding(name, ok, f"{value} ms", _unless(ok, "Set 5000: Asterisk's 100 cuts a busy reader off")))
    return found


def _folder(seen: Seen) -> Finding:
    remedy = "Make the folder, owned by the user that Asterisk runs as: calls go on without a recording until then"
    said = seen.recordings if seen.recordings_writable else f"{seen.recordings} is absent or not writable"
    return Finding("recordings", seen.recordings_writable, said, _unless(seen.recordings_writable, remedy))


def _disk(seen: Seen) -> Finding:
    ok = seen.free_bytes >= ENOUGH_DISK_BYTES
    said = f"{seen.free_bytes / 1024**3:.1f} GiB free"
    return Finding("disk for recordings", ok, said, _unless(ok, "Free at least 1 GiB; a call takes 32 kB a second"))


def _log(seen: Seen) -> Finding:
    remedy = "Set queue_log = yes in logger.conf and let line102's user read the file"
    said = seen.queue_log if seen.queue_log_readable else f"{seen.queue_log} cannot be read"
    return Finding("queue_log", seen.queue_log_readable, said, _unless(seen.queue_log_readable, remedy))


def _unless(ok: bool, remedy: str) -> str:
    return "" if ok else remedy


def _running(answer: object) -> frozenset[str]:
    """Names, without ``.so``, of the modules ARI lists as Running."""
    rows: Sequence[object] = answer if isinstance(answer, list) else []
    named = (row for row in rows if isinstance(row, dict) and row.get("status") == "Running")
    return frozenset(str(row.get("name", "")).removesuffix(".so") for row in named)


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _timeouts(config: Path) -> dict[str, int]:
    """Write timeouts in Asterisk's own files; the packaged default of 100 ms where a file does not set one."""
    wanted = (
        ("AMI writetimeout", "manager.conf", "writetimeout"),
        ("ARI websocket_write_timeout", "ari.conf", "websocket_write_timeout"),
    )
    found = {}
    for label, name, key in wanted:
        try:
            lines = (config / name).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        values = [line.split(";")[0].partition("=")[2].strip(" >") for line in lines if line.strip().startswith(key)]
        found[label] = int(values[-1]) if values and values[-1].isdigit() else 100
    return found
