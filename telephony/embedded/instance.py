"""One embedded PBX: laid out, started under its supervisor, asked, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from line102.errors import BadSetting, Unreachable
from telephony.embedded import console
from telephony.embedded.folders import lay_out
from telephony.embedded.process import Running, recall
from telephony.embedded.rendering import read_templates, render
from telephony.embedded.root import PBX_UID, AsteriskRoot
from telephony.embedded.supervisor import Plan
from telephony.embedded.values import SOUNDS, PbxValues

BOOT = timedelta(seconds=30)
_PROJECT = Path(__file__).resolve().parents[2]  # where `-m telephony.embedded` is found


class EmbeddedPbx:
    """A real Asterisk in ``instance``. Needs root (or an installed Asterisk). Calls outlive this object."""

    def __init__(
        self,
        values: PbxValues,
        templates: Path,
        root: AsteriskRoot,
        instance: Path,
        *,
        site_files: Mapping[str, str] | None = None,
    ) -> None:
        """``site_files``: ``queues.site.conf``, ``extensions.site.conf``, ``pjsip.site.conf`` → text, a site's own."""
        self.values = values
        self.instance = instance.resolve()
        self.root = root
        self.uid = PBX_UID if os.geteuid() == 0 else os.geteuid()
        self._files = render(read_templates(templates), values, data_as_seen=root.data_as_seen(self.instance))
        self._files |= site_files or {}

    @property
    def spool(self) -> Path:
        """``spool/monitor`` below it holds the recordings."""
        return self.instance / "spool"

    @property
    def recordings(self) -> Path:
        return self.spool / "monitor"

    @property
    def sounds(self) -> Path:
        """Prompts: ``<it>/line102/<language>/<name>.wav``."""
        return self.instance / SOUNDS

    @property
    def queue_log(self) -> Path:
        return self.instance / "log" / "queue_log"

    @property
    def cdr(self) -> Path:
        return self.instance / "log" / "cdr-custom" / "line102.csv"

    @property
    def messages(self) -> Path:
        return self.instance / "log" / "messages.log"

    @property
    def process(self) -> Running | None:
        """Asterisk itself, if it runs."""
        return recall(self._supervision / "asterisk.pid")

    @property
    def supervisor(self) -> Running | None:
        return recall(self._supervision / "supervisor.pid")

    @property
    def _supervision(self) -> Path:
        return self.instance / "supervisor"

    async def start(self) -> None:
        """Lay out, see that a supervisor and Asterisk run, return when booted. Adopts what runs already.

        Changed files reach a running Asterisk at its next reload or restart. Raises BadSetting, Unreachable.
        """
        if self.root.folder is not None and os.geteuid() != 0:
            raise BadSetting("pbx", f"the Asterisk in {self.root.folder} can only be started by root", "Use sudo")
        if self.process is None:
            check_ports_free(self.values)
        lay_out(self.instance, self._files, uid=self.uid)
        plan = Plan(self.root.command(self.instance, self.uid), self.uid, str(self.instance / "run" / "asterisk.pid"))
        plan.save(self._supervision / "plan.json")
        if self.supervisor is None:
            await self._start_supervisor()
        await self.wait_booted()

    async def wait_booted(self, *, unlike: Running | None = None, within: timedelta = BOOT) -> None:
        """Until Asterisk (another one than ``unlike``) has fully booted. Raises Unreachable after ``within``."""
        deadline = time.monotonic() + within.total_seconds()
        while time.monotonic() < deadline:
            if self.process is not None and self.process != unlike and await self._has_booted():
                return
            await asyncio.sleep(0.05)
        logs = f"{self.messages} and {self._supervision}/"
        raise Unreachable("Asterisk", f"it did not boot within {within.total_seconds():.0f} s; see {logs}")

    async def stop(self, *, grace: timedelta = timedelta(0)) -> None:
        """End the supervisor, then Asterisk: after ``grace`` running calls are cut off."""
        supervisor = self.supervisor
        if supervisor is not None:
            supervisor.send(signal.SIGTERM)
            await _until(lambda: not supervisor.alive, timedelta(seconds=5))
        process = self.process
        if process is None:
            return
        if grace and await self._ended_by(process, "core stop gracefully", grace):
            return
        if not await self._ended_by(process, "core stop now", timedelta(seconds=10)):
            process.send(signal.SIGKILL)
            await _until(lambda: not process.alive, timedelta(seconds=5))

    async def restart(self, *, kill: bool = False) -> None:
        """End Asterisk (``kill``: with SIGKILL, in mid-word) and return when its successor has booted."""
        before = self.process
        if before is not None and (kill or not await self._ended_by(before, "core stop now", timedelta(seconds=10))):
            before.send(signal.SIGKILL)
        await self.wait_booted(unlike=before)

    async def cli(self, command: str) -> str:
        """Asterisk's answer to a console command. Raises Unreachable."""
        return await console.ask(self.instance / "run" / "asterisk.ctl", command)

    async def _has_booted(self) -> bool:
        try:
            return "fully booted" in await self.cli("core waitfullybooted")
        except Unreachable:
            return False

    async def _ended_by(self, process: Running, command: str, within: timedelta) -> bool:
        try:
            await self.cli(command)
        except Unreachable:
            return not process.alive
        return await _until(lambda: not process.alive, within)

    async def _start_supervisor(self) -> None:
        with (self._supervision / "supervisor.log").open("ab") as log:
            launcher = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "telephony.embedded", "detach", str(self._supervision)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=_PROJECT,
            )
        if await launcher.wait() != 0:
            raise Unreachable("the PBX's supervisor", f"it did not start; see {self._supervision}/supervisor.log")


def check_ports_free(values: PbxValues) -> None:
    """Raises BadSetting for a port somebody else has: Asterisk itself would start without it, deaf."""
    wanted = (
        ("pbx.sip_port", values.sip_bind, values.sip_port, socket.SOCK_DGRAM),
        ("pbx.http_port", values.http_bind, values.http_port, socket.SOCK_STREAM),
        ("pbx.ami_port", values.ami_bind, values.ami_port, socket.SOCK_STREAM),
    )
    for setting, host, port, kind in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise BadSetting(
                    setting, f"{host}:{port} cannot be used ({error.strerror})", "Free it or change it"
                ) from error


async def _until(condition: Callable[[], bool], within: timedelta) -> bool:
    deadline = time.monotonic() + within.total_seconds()
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True
