"""What an operator wants is what the queue's members are: the real Asterisk, the real service, through its death."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.conftest import TestPbx
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime]


@pytest.fixture
async def service(pbx: TestPbx, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with service_process(write_settings(pbx, tmp_path, web_port=port), port) as running:
        yield running


async def pauses(pbx: TestPbx, operator: str) -> dict[str, str | None]:
    """Each phone of the operator in 102, with the reason of its pause; None: not paused."""
    found: dict[str, str | None] = {}
    for line in re.sub(r"\x1b\[[0-9;]*m", "", await pbx.cli("queue show 102")).splitlines():
        told = re.search(rf"\(?PJSIP/({operator}(?:-web)?)\)?[ )]", line)
        if told is not None and operator in line:
            paused = re.search(r"\(paused(?::(.*?))?(?: was .*?)?\)", line)
            found[told[1]] = (paused[1] or "") if paused else None
    return found


async def until(pbx: TestPbx, desk: str | None, web: str | None) -> None:
    last: dict[str, str | None] = {}
    try:
        async with asyncio.timeout(10):
            while last != {"op1": desk, "op1-web": web}:
                await asyncio.sleep(0.1)
                last = await pauses(pbx, "op1")
    except TimeoutError:
        raise AssertionError(f"the members are {last}, not {desk!r} and {web!r}") from None


async def shown(service: ServiceProcess) -> dict[str, Any]:
    (desk,) = [one for one in (await service.live())["desks"] if one["operator"] == "op1"]
    assert isinstance(desk, dict)
    return desk


async def test_what_an_operator_wants_is_what_asterisk_does_through_our_death(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    assert await pauses(pbx, "op1") == {"op1": None, "op1-web": None}, "nobody said anything: Asterisk's own"
    for said, web in (({"state": "paused", "reason": "обед"}, "обед"), ({"state": "off", "reason": ""}, "off")):
        assert await service.post("/api/desk/state", of="op1", **said) == 204
        await until(pbx, "other phone", web)
    assert await service.post("/api/desk/state", of="op1", state="paused", reason="обед") == 204
    await until(pbx, "other phone", "обед")
    await service.kill()
    assert await pauses(pbx, "op1") == {"op1": "other phone", "op1-web": "обед"}, "as it was said"
    await pbx.cli("queue unpause member PJSIP/op1-web")  # somebody's hand, while we are dead
    await service.start()
    await until(pbx, "other phone", "обед")
    told = await shown(service)
    assert (told["state"], told["reason"], told["phone"]) == ("paused", "обед", "web")
    assert told["why"] == ["phone_away", "paused"]
    assert await service.post("/api/desk/state", of="op1", state="ready", reason="") == 204
    await until(pbx, "other phone", None)
    assert await service.post("/api/desk/wrap-up", of="op1", extend_s=30) == 409, "there is none"
    assert await service.post("/api/desk/state", of="boss", state="ready", reason="") == 403, "no seat"
