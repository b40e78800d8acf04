"""An operator calls somebody back: their own phone, then the number; on the real Asterisk, through our death."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.asterisk.conftest import TestPbx
from tests.asterisk.line import EMERGENCY, OPERATOR, reconcile, spoken, wer
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings
from tests.asterisk.sip_callers import NEVER_S, caller, citizen, phone
from tests.asterisk.test_desk_data import gives_up, task_of
from tests.asterisk.test_desk_states import pauses
from tests.asterisk.test_interventions import free_port

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]
PBX = 'call_back_forms = ["7XXXXXXXXXX"]\ncall_back_caller_id = "102"'


@pytest.fixture
async def service(pbx: TestPbx, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    port = free_port()
    settings = write_settings(pbx, tmp_path, web_port=port, pbx_extra=PBX, extra="[desk]\nwrap_up_s = 30\n")
    async with service_process(settings, port) as running:
        assert await running.post("/api/accounts/op1", of="admin", phone="desk") in (200, 204)
        yield running


async def open_task(pbx: TestPbx, service: ServiceProcess, number: str) -> str:
    """The id of a call that was given up, whose caller is to be called back; nobody's phone is there afterwards."""
    async with phone(pbx, "op3", answers_after_s=NEVER_S):
        call = await gives_up(pbx, service, number)
    return str(call["id"])


async def desk(service: ServiceProcess) -> dict[str, Any]:
    (one,) = [one for one in (await service.live())["desks"] if one["operator"] == "op1"]
    assert isinstance(one, dict)
    return one


async def state_is(service: ServiceProcess, state: str) -> None:
    async def so() -> bool:
        return bool((await desk(service))["state"] == state)

    try:
        await service.until(so, within_s=15)
    except TimeoutError:
        raise AssertionError(f"{await desk(service)}\n{service.log[-2000:]}") from None


async def ready(service: ServiceProcess) -> None:
    assert await service.post("/api/desk/state", of="op1", state="ready", reason="") == 204

    async def there() -> bool:
        one = await desk(service)
        return bool(one["state"] == "ready" and one["phone_there"])

    await service.until(there)


async def tried(service: ServiceProcess, call_id: str, *results: str) -> dict[str, Any]:
    """The task, once these attempts are noted on it."""
    last: list[dict[str, Any] | None] = [None]

    async def so() -> bool:
        last[0] = await task_of(service, call_id)
        return last[0] is not None and [one["result"] for one in last[0]["tries"]] == list(results)

    try:
        await service.until(so, within_s=25)
    except TimeoutError:
        raise AssertionError(f"{last[0]}\n{service.log[-3000:]}") from None
    assert last[0] is not None
    return last[0]


async def test_the_operators_phone_then_the_number_and_the_task_is_done(pbx: TestPbx, service: ServiceProcess) -> None:
    call_id = await open_task(pbx, service, "77010000601")
    async with phone(pbx, "op1", answers_after_s=0.5, traced=True) as own:
        await ready(service)
        async with citizen(pbx.values.trunk_contact, pbx, talk_s=9) as called:
            assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
            await state_is(service, "talking")
            async with asyncio.timeout(5):
                while (await pauses(pbx, "op1"))["op1"] is not None:  # paused, the overflow would ring this very phone
                    await asyncio.sleep(0.05)
            assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 409, "one at a time"
            async with caller(pbx, number="77010000699", talk_s=3) as waiting:  # another one rings 102 meanwhile
                await waiting.ended(within_s=20)
            other = await service.until_call("77010000699", lambda c: bool(c["outcome"]))
            assert other["outcome"] == "abandoned", "the talk was not disturbed"
            task = await tried(service, call_id, "talked")
            asked = called.messages
        assert "INVITE sip:77010000601@" in asked and "<sip:102@" in asked, asked[:600]
        assert "op1" not in asked, "nothing of ours goes out"
        line = next(one for one in pbx.queue_log.read_text().splitlines() if "CALLEDBACK" in one and call_id in one)
        attempt_id = line.split("|")[6]
        assert f"X-Line102-Call: {attempt_id}" in own.messages and "<sip:77010000601@" in own.messages
        await state_is(service, "wrap_up")
    assert (task["done"]["how"], task["done"]["by"], task["owner"]) == ("called_back", "op1", "op1")
    (attempt,) = task["tries"]
    assert 8 <= attempt["talked_s"] <= 11 and attempt["by"] == "op1"
    numbers = [call["number"] for call in (await service.live())["calls"]]
    assert sorted(numbers) == ["77010000601", "77010000699"], "a call-back is no call that was offered"
    for side in ("in", "out"):
        sound, rate = soundfile.read(pbx.recordings / f"{attempt_id}-{side}.wav", dtype="int16")
        assert len(sound) / rate > 8 and np.abs(sound).max() > 500, f"both are recorded: {side}"
    await service.until(lambda: playable(service, call_id, attempt["attempt"]), within_s=30)
    path = f"/api/call-backs/{call_id}/tries/{attempt['attempt']}/recording"
    both, rate = soundfile.read(io.BytesIO(await service.bytes(path)), dtype="int16", always_2d=True)
    middle = both[len(both) // 2 :][: rate * 2]
    assert [loudest_hz(middle[:, side], rate) for side in (0, 1)] == [440, 880], "the citizen left, the operator right"
    await reconcile(service)


async def playable(service: ServiceProcess, call_id: str, attempt: str) -> bool:
    await service.bytes(f"/api/call-backs/{call_id}/tries/{attempt}/recording")
    return True


def loudest_hz(samples: Any, rate: int) -> int:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return round(float(spectrum.argmax() * rate / len(samples)))


async def test_both_sides_become_words(pbx: TestPbx, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "citizen", EMERGENCY)
    told, own_words = spoken(tmp_path, "operator", OPERATOR)
    call_id = await open_task(pbx, service, "77010000605")
    async with phone(pbx, "op1", answers_after_s=0.2, audio=told):
        await ready(service)
        async with citizen(pbx.values.trunk_contact, pbx, audio=said, talk_s=12):
            assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
            task = await tried(service, call_id, "talked")
    (attempt,) = task["tries"]

    async def read() -> bool:
        task = await task_of(service, call_id)
        return task is not None and bool(task["tries"][0]["heard"])

    await service.until(read, within_s=90)
    heard = await service.get(f"/api/call-backs/{call_id}/tries/{attempt['attempt']}/words")
    by_side = {
        side: " ".join(one["text"] for one in heard["segments"] if one["side"] == side)
        for side in ("caller", "operator")
    }
    assert wer(by_side["caller"], words) <= 0.3, by_side
    assert wer(by_side["operator"], own_words) <= 0.3, by_side


@pytest.mark.parametrize(
    ("said", "result"), [({"busy": True}, "busy"), ({"talk_s": 1.5}, "cut_short"), (None, "unreachable")]
)
async def test_an_attempt_that_was_no_talk_leaves_the_task(
    pbx: TestPbx, service: ServiceProcess, said: dict[str, Any] | None, result: str
) -> None:
    call_id = await open_task(pbx, service, "77010000602")
    async with phone(pbx, "op1", answers_after_s=0.2):
        await ready(service)
        if said is None:  # the network refuses: nobody is behind the trunk, and Asterisk's own timer is 32 s
            await pbx.cli("dialplan set global CALL_BACK_RING 1")
        else:
            async with citizen(pbx.values.trunk_contact, pbx, **said):
                assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
                task = await tried(service, call_id, result)
            assert (task["owner"], task["done"]) == ("op1", None)
            return
        try:
            assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
            task = await tried(service, call_id, "no_answer")
        finally:
            await pbx.cli("dialplan set global CALL_BACK_RING 40")
    assert (task["owner"], task["done"]) == ("op1", None)


async def test_a_phone_that_is_away_or_not_answered_calls_nobody(pbx: TestPbx, service: ServiceProcess) -> None:
    call_id = await open_task(pbx, service, "77010000603")
    foreign = await open_task(pbx, service, "4420000000603")
    assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 409, "nobody sits there"
    assert await service.post(f"/api/call-backs/{call_id}/call", of="boss") in (403, 409), "no seat"
    async with phone(pbx, "op1", busy=True):
        await ready(service)
        assert await service.post(f"/api/call-backs/{foreign}/call", of="op1") == 409, "no such form"
        assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
        await ready(service)
    task = await task_of(service, call_id)
    assert task is not None and (task["tries"], task["done"], task["owner"]) == ([], None, "op1")


async def test_the_talk_goes_on_when_we_die_and_is_known_afterwards(pbx: TestPbx, service: ServiceProcess) -> None:
    call_id = await open_task(pbx, service, "77010000604")
    async with phone(pbx, "op1", answers_after_s=0.2), citizen(pbx.values.trunk_contact, pbx, talk_s=9) as called:
        await ready(service)
        assert await service.post(f"/api/call-backs/{call_id}/call", of="op1") == 204
        await state_is(service, "talking")
        await bridged(pbx)
        await service.kill()
        await asyncio.sleep(3)  # the talk itself
        await bridged(pbx)
        async with asyncio.timeout(20):
            while not (await pbx.cli("core show channels count")).startswith("0 active channels"):
                await asyncio.sleep(0.2)
        assert called.process.returncode is None
        await service.start()
        task = await tried(service, call_id, "talked")
    assert (task["done"]["how"], task["done"]["by"]) == ("called_back", "op1")
    await service.kill()
    await service.start()
    again = await task_of(service, call_id)
    assert again == task, "told once more by the records, noted once"


async def bridged(pbx: TestPbx) -> None:
    async with asyncio.timeout(10):
        while "PJSIP/trunk-" not in (await pbx.cli("bridge show all")) + await _bridge(pbx):
            await asyncio.sleep(0.1)


async def _bridge(pbx: TestPbx) -> str:
    lines = (await pbx.cli("bridge show all")).splitlines()[1:]
    return "".join([await pbx.cli(f"bridge show {line.split()[0]}") for line in lines if line.strip()])
