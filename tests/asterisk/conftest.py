"""The real Asterisk as a fixture: one PBX per test run, with asterisk-conf/ and a few queues that only tests need.

It is never skipped: where no Asterisk can be had, every test here fails and says why.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from line102.calls import OperatorId
from telephony.embedded import AsteriskRoot, EmbeddedPbx, OperatorPhones, PbxValues, find_root
from telephony.embedded.process import look, recall, remember

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = PROJECT / "asterisk-conf"
BUILT = PROJECT / "var" / "asterisk-root"

QUEUES = """
; Only in tests: a queue for one waiting caller, a queue without members, a queue whose time is up at once,
; a queue whose operator rests after a call, one whose
; phone is cut off (and rests, as in 102: else the caller who is back would ring the dead phone first).
[102small](102-like)
maxlen = 1
member => PJSIP/op1,0,op1,PJSIP/op1
[102empty](102-like)
joinempty = strict
[102rest](102-like)
wrapuptime = 1
member => PJSIP/op1,0,op1,PJSIP/op1
[102brief](102-like)
timeout = 2
member => PJSIP/op1,0,op1,PJSIP/op1
[102legs](102-like)
wrapuptime = 8
member => PJSIP/legs,0,legs,PJSIP/legs
member => PJSIP/op1,1,op1,PJSIP/op1
"""

# A phone whose silence ends its leg, as a browser's does: a browser itself speaks what SIPp cannot.
LEGS_PASSWORD = "only-in-these-tests-legs"
PHONES = f"""
[legs](phone)
auth = legs
aors = legs
rtp_timeout = 2
[legs](password)
username = legs
password = {LEGS_PASSWORD}
[legs](place)
"""

QUEUES_TEMPLATE = """[102-like](!)
strategy = leastrecent
timeout = 20
retry = 1
ringinuse = no
joinempty = paused,unavailable,invalid,unknown
leavewhenempty = paused,unavailable,invalid,unknown
"""

EXTENSIONS = """
[from-trunk](+)
exten => 102small,1,Set(LINE102_QUEUE=102small)
 same => n,Goto(line102,s,1)
exten => 102empty,1,Set(LINE102_QUEUE=102empty)
 same => n,Goto(line102,s,1)
exten => 102absent,1,Set(LINE102_QUEUE=102absent)
 same => n,Goto(line102,s,1)
exten => 102rest,1,Set(LINE102_QUEUE=102rest)
 same => n,Goto(line102,s,1)
exten => 102legs,1,Set(LINE102_QUEUE=102legs)
 same => n,Goto(line102,s,1)
exten => 102brief,1,Set(LINE102_QUEUE=102brief)
 same => n,Set(QUEUE_TIMEOUT=3)
 same => n,Goto(line102,s,1)
"""


@dataclass(frozen=True, slots=True)
class TestPbx:
    """What a test needs to know of the PBX. ``pbx.embedded`` is the thing itself."""

    __test__ = False

    embedded: EmbeddedPbx

    @property
    def values(self) -> PbxValues:
        return self.embedded.values

    @property
    def trunk_address(self) -> str:
        """The loopback address from which Asterisk takes calls as the network's."""
        return self.values.trunk_match[0]

    @property
    def sip_address(self) -> str:
        return f"{self.values.sip_bind}:{self.values.sip_port}"

    @property
    def recordings(self) -> Path:
        return self.embedded.recordings

    @property
    def queue_log(self) -> Path:
        return self.embedded.queue_log

    @property
    def cdr(self) -> Path:
        return self.embedded.cdr

    @property
    def ami_user(self) -> str:
        return "line102"

    @property
    def ari_user(self) -> str:
        return "line102"

    @property
    def ari_url(self) -> str:
        return f"http://{self.values.http_bind}:{self.values.http_port}/ari"

    async def cli(self, command: str) -> str:
        return await self.embedded.cli(command)

    def password_of(self, phone: str) -> str:
        """The SIP password of an endpoint: ``op1``, ``op1-web``, ``duty``, ``probe``."""
        own = {"duty": self.values.duty_password, "probe": self.values.probe_password, "legs": LEGS_PASSWORD}
        for operator in self.values.everybody:
            own[operator.operator_id] = operator.password
            own[f"{operator.operator_id}-web"] = operator.web_password
        return own[phone]


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _phones(name: str) -> OperatorPhones:
    return OperatorPhones(
        operator_id=OperatorId(name), password=secrets.token_urlsafe(18), web_password=secrets.token_urlsafe(18)
    )


def values_on_free_ports(**changed: object) -> PbxValues:
    """Values for one more PBX on this machine: every port free, every password new."""
    rtp = 24000 + secrets.randbelow(30) * 1000
    chosen: dict[str, object] = {
        "operators": tuple(_phones(name) for name in ("op1", "op2", "op3")),
        "help_operators": tuple(_phones(name) for name in ("help1", "help2")),
        "help_ring": timedelta(seconds=3),
        "help_max_waiting": 1,
        "duty_password": secrets.token_urlsafe(18),
        "probe_password": secrets.token_urlsafe(18),
        "ami_password": secrets.token_urlsafe(18),
        "ari_password": secrets.token_urlsafe(18),
        "sip_port": _free_port(socket.SOCK_DGRAM),
        "http_port": _free_port(socket.SOCK_STREAM),
        "ami_port": _free_port(socket.SOCK_STREAM),
        "rtp_first": rtp,
        "rtp_last": rtp + 999,
        "queue_timeout": timedelta(seconds=60),
        "trunk_contact": f"sip:127.0.0.3:{_free_port(socket.SOCK_DGRAM)}",
        "transfer_numbers": ("101", "103"),
        "call_back_forms": ("7XXXXXXXXXX",),
        "call_back_caller_id": "102",
        "transfer_ring": timedelta(seconds=3),
        "wrap_up": timedelta(0),  # else the test before decides whether an operator is rung
    }
    return PbxValues(**(chosen | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def asterisk_root() -> AsteriskRoot:
    """Asterisk's programs; built from Debian's testing suite when this machine has none."""
    if shutil.which("asterisk") is None and not (BUILT / "usr/sbin/asterisk").exists():
        subprocess.run([PROJECT / "setup" / "asterisk-root.sh", BUILT], check=True, timeout=600)
    return find_root(BUILT)


def end_orphans() -> None:
    """A PBX outlives whoever started it, as it must: end those whose test session was killed."""
    for owner in Path(tempfile.gettempdir()).glob("line102-pbx-*/supervisor/owner.pid"):
        if recall(owner) is not None:
            continue
        for name in ("supervisor.pid", "asterisk.pid"):
            if process := recall(owner.with_name(name)):
                process.send(signal.SIGKILL)
        shutil.rmtree(owner.parents[1], ignore_errors=True)


@pytest.fixture(scope="session")
def pbx_session(asterisk_root: AsteriskRoot) -> Iterator[TestPbx]:
    end_orphans()
    folder = Path(tempfile.mkdtemp(prefix="line102-pbx-"))
    site_files = {
        "queues.site.conf": QUEUES_TEMPLATE + QUEUES,
        "extensions.site.conf": EXTENSIONS,
        "pjsip.site.conf": PHONES,
    }
    embedded = EmbeddedPbx(values_on_free_ports(), TEMPLATES, asterisk_root, folder, site_files=site_files)
    asyncio.run(embedded.start())
    me = look(os.getpid())
    assert me is not None
    remember(folder / "supervisor" / "owner.pid", me)
    try:
        yield TestPbx(embedded)
    finally:
        asyncio.run(embedded.stop())
        shutil.rmtree(folder)


@pytest.fixture
async def pbx(pbx_session: TestPbx) -> AsyncIterator[TestPbx]:
    """The session's PBX, without a call on it: before the test, and again after it. Nobody is left paused."""
    await hang_up_all(pbx_session)
    yield pbx_session
    await hang_up_all(pbx_session)
    await unpause_all(pbx_session)


async def unpause_all(pbx: TestPbx) -> None:
    """What a service said of operators' places stays in Asterisk when it is gone: the next test begins anew."""
    for line in (await pbx.cli("queue show")).splitlines():
        if "(paused" in line:
            for member in re.findall(r"PJSIP/[a-z0-9-]+", line):
                await pbx.cli(f"queue unpause member {member}")


async def hang_up_all(pbx: TestPbx) -> None:
    """End every channel; returns when none is left. Raises TimeoutError after 10 s."""
    async with asyncio.timeout(10):
        while not (await pbx.cli("core show channels count")).startswith("0 active channels"):
            await pbx.cli("channel request hangup all")
            await asyncio.sleep(0.05)
