"""The embedded PBX lives through the deaths of everything around it. Real Asterisk, real signals."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from line102.errors import BadSetting
from telephony.embedded import AsteriskRoot, EmbeddedPbx
from telephony.embedded.process import Running
from telephony.embedded.root import NEEDED
from tests.asterisk.conftest import TEMPLATES, TestPbx, values_on_free_ports
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_dialplan import Calls, course, seen

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def own(asterisk_root: AsteriskRoot) -> AsyncIterator[TestPbx]:
    """A PBX of this test alone, to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="line102-own-"))
    embedded = EmbeddedPbx(values_on_free_ports(), TEMPLATES, asterisk_root, folder)
    await embedded.start()
    yield TestPbx(embedded)
    await embedded.stop()
    assert embedded.process is None
    shutil.rmtree(folder)


def running(pbx: TestPbx) -> Running:
    process = pbx.embedded.process
    assert process is not None
    return process


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def mounts() -> str:
    return Path("/proc/mounts").read_text("utf-8")


async def test_kill_9_of_asterisk_brings_another_within_seconds(own: TestPbx) -> None:
    before, began = running(own), time.monotonic()
    await own.embedded.restart(kill=True)
    assert time.monotonic() - began < 5
    assert running(own) != before
    calls = Calls(own)
    async with phone(own, "op1", answers_after_s=0.5), caller(own, talk_s=2) as call:
        assert await call.ended() == 0, call.screen
    assert "CONNECT op1" in course(own, await calls.reaches("ENDED"))


async def test_kill_9_of_the_supervisor_leaves_the_call_alone_and_the_next_one_adopts(own: TestPbx) -> None:
    before, supervisor = running(own), own.embedded.supervisor
    assert supervisor is not None
    calls = Calls(own)
    async with phone(own, "op1", answers_after_s=0.2), caller(own, talk_s=NEVER_S):
        await calls.reaches("CONNECT op1")
        supervisor.send(signal.SIGKILL)
        await seen(lambda: not supervisor.alive, what="a dead supervisor")
        assert "2 active channels" in await own.cli("core show channels count")
        await own.embedded.start()
        assert own.embedded.supervisor not in (None, supervisor)
        assert running(own) == before
        assert "2 active channels" in await own.cli("core show channels count")
    await own.embedded.restart(kill=True)  # the adopted one is watched as well
    assert running(own) != before


async def test_asterisk_has_no_privilege_and_the_host_no_mount(own: TestPbx) -> None:
    pid = running(own).pid
    status = status_of(pid)
    assert status["Uid"].split()[0] != "0"
    for capabilities in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(status[capabilities], 16) == 0, capabilities
    assert status["NoNewPrivs"] == "1"
    if own.embedded.root.folder is not None:
        assert str(own.embedded.root.folder) not in mounts()
    assert os.getsid(pid) != os.getsid(0)


async def test_secrets_are_for_asterisk_alone(own: TestPbx) -> None:
    etc = own.embedded.instance / "etc"
    assert stat.S_IMODE(etc.stat().st_mode) == 0o700
    for path in etc.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.stat().st_uid == own.embedded.uid


async def test_a_clean_start_complains_of_nothing(own: TestPbx) -> None:
    log = own.embedded.messages.read_text("utf-8")
    wrong = [line for line in log.splitlines() if " ERROR[" in line or " WARNING[" in line]
    assert [line for line in wrong if "No music on hold classes" not in line] == []


async def test_an_orderly_stop_waits_for_the_call_in_progress(own: TestPbx) -> None:
    calls = Calls(own)
    async with phone(own, "op1", answers_after_s=0.2), caller(own, talk_s=3) as call:
        await calls.reaches("CONNECT op1")
        await own.embedded.stop(grace=timedelta(seconds=20))
        assert await call.ended() == 0, call.screen
    assert "COMPLETECALLER" in course(own, calls.ids[0])


async def test_a_taken_port_is_named(asterisk_root: AsteriskRoot, tmp_path: Path) -> None:
    values = values_on_free_ports()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((values.ami_bind, values.ami_port))
        taken.listen()
        with pytest.raises(BadSetting, match=r"pbx\.ami_port.*cannot be used"):
            await EmbeddedPbx(values, TEMPLATES, asterisk_root, tmp_path / "pbx").start()


async def test_the_session_pbx_is_new_enough(pbx: TestPbx) -> None:
    assert pbx.embedded.root.version >= NEEDED
    assert "22." in await pbx.cli("core show version")
