"""What the desk knows of real calls: who gave up becomes a task and no death loses it; the last seconds of a talk."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.asterisk.line import EMERGENCY, OPERATOR, finished, reconcile, spoken, talks
from tests.asterisk.service_process import ServiceProcess, service_process, write_settings
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.asterisk.test_interventions import free_port, store_is_away

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]
RATE = 8000


@pytest.fixture
async def service(pbx: Any, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    port = free_port()
    async with service_process(write_settings(pbx, tmp_path, web_port=port), port) as running:
        yield running


async def task_of(service: ServiceProcess, call_id: str) -> dict[str, Any] | None:
    return next((task for task in await service.get("/api/call-backs") if task["call_id"] == call_id), None)


async def gives_up(pbx: Any, service: ServiceProcess, number: str) -> dict[str, Any]:
    async with caller(pbx, talk_s=3, number=number) as sipp:
        await service.until_call(number, lambda c: c["state"] == "ringing")
        await sipp.ended(within_s=20)
    return await service.until_call(number, lambda c: c["outcome"] == "abandoned")


async def test_who_gives_up_is_a_task_until_they_call_again_and_are_answered(pbx: Any, service: ServiceProcess) -> None:
    """The service is killed in between; the second call comes while it is dead, and is learnt from the records."""
    async with phone(pbx, "op1", answers_after_s=NEVER_S):
        first = await gives_up(pbx, service, "77010000501")
        other = await gives_up(pbx, service, "77010000502")
    task = await task_of(service, first["id"])
    assert task is not None
    assert (task["why"], task["number"], task["done"]) == ("abandoned", "77010000501", None)

    await service.kill()
    await service.launch()
    assert await task_of(service, first["id"]) == task

    await service.kill()
    async with phone(pbx, "op2", answers_after_s=0.5), caller(pbx, talk_s=4, number="87010000501") as again:
        assert await again.ended(within_s=30) == 0, again.screen
    await service.start()
    second = await service.until_call("87010000501", lambda c: c["outcome"] == "answered")
    done = await task_of(service, first["id"])
    assert done is not None and done["done"] is not None, "it was answered while nobody watched"
    assert (done["called_again"], done["done"]["how"], done["done"]["by"]) == (second["id"], "called_again", "line102")
    still = await task_of(service, other["id"])
    assert still is not None and still["done"] is None, "somebody else's call closes nothing"
    history = await service.get("/api/numbers/%2B77010000501/calls")
    assert [call["id"] for call in history["calls"]] == [second["id"], first["id"]]
    await reconcile(service)


async def test_a_call_that_was_given_up_while_the_service_was_dead_is_a_task(pbx: Any, service: ServiceProcess) -> None:
    await service.kill()
    async with phone(pbx, "op1", answers_after_s=NEVER_S), caller(pbx, talk_s=3, number="77010000511") as sipp:
        await sipp.ended(within_s=20)
    await service.start()
    call = await service.until_call("77010000511", lambda c: c["outcome"] == "abandoned")
    task = await task_of(service, call["id"])
    assert task is not None and task["done"] is None


async def test_a_card_survives_the_deaths_of_service_and_database(
    pbx: Any, service: ServiceProcess, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "line102.db"
    away = database.with_name("away.db")
    async with phone(pbx, "op1", answers_after_s=0.5), caller(pbx, talk_s=40, number="77010000531") as sipp:
        call = await service.until_call("77010000531", talks)
        path = f"/api/calls/{call['id']}/card"
        status, first = await service.put(path, of="op1", **card(0, "нож"))
        assert (status, first["card"]["version"], first["card"]["by"]) == (200, 1, "op1")
        database.rename(away)
        database.mkdir()  # nothing can open this as a database
        for name in ("line102.db-wal", "line102.db-shm"):
            database.with_name(name).unlink(missing_ok=True)
        await service.until(lambda: store_is_away(service))
        status, second = await service.put(path, of="op1", **card(1, "нож, двое"))
        assert (status, second["card"]["version"]) == (200, 2)
        await service.kill()
        await service.launch()
        back = await service.until_call("77010000531", talks)
        assert back["card"] == second["card"]
        status, late = await service.put(path, of="op2", **card(1, "другой писал"))
        assert (status, late["error"], late["card"]) == (409, "card_changed", second["card"])
        status, third = await service.put(path, of="op2", **card(2, "нож, двое, дети"))
        assert (status, third["card"]["version"], third["card"]["by"]) == (200, 3, "op2")
        assert await store_is_away(service)
        database.rmdir()
        away.rename(database)
        await service.until(lambda: service.lit("store"))
        await sipp.hang_up()
    await service.until_call("77010000531", lambda c: c["outcome"] == "answered")

    async def in_the_ledger() -> bool:
        stored = await service.get(f"/api/calls/{call['id']}")
        return bool(stored["outcome"] == "answered" and stored["card"] == third["card"])

    await service.until(in_the_ledger)


def card(version: int, note: str) -> dict[str, Any]:
    return {"version": version, "note": note, "place": "Абая, 10", "persons": "", "follow_up": ""}


@pytest.mark.realtime
async def test_the_last_seconds_are_what_the_recording_will_hold(
    pbx: Any, service: ServiceProcess, tmp_path: Path
) -> None:
    said, _ = spoken(tmp_path, "caller", EMERGENCY)
    told, _ = spoken(tmp_path, "operator", OPERATOR)
    pieces: list[tuple[float, float, Any]] = []
    late: list[float] = []
    async with phone(pbx, "op1", answers_after_s=1, audio=told):
        async with caller(pbx, audio=said, talk_s=16, number="77010000521") as sipp:
            call = await service.until_call("77010000521", talks)
            began = datetime.fromisoformat(call["recording_began_at"])
            for _ in range(4):
                await asyncio.sleep(2.7)  # the talk itself
                pieces.append(await last(service, call["id"], seconds=4))
                late.append((datetime.now(UTC) - began).total_seconds() - pieces[-1][1])
            assert await sipp.ended(within_s=30) == 0
    await service.until_call("77010000521", finished, within_s=60)
    recording, rate = soundfile.read(
        io.BytesIO(await service.bytes(f"/api/calls/{call['id']}/recording")), dtype="int16", always_2d=True
    )
    assert rate == RATE
    assert [piece[1] for piece in pieces] == sorted(piece[1] for piece in pieces)
    for begin, end, samples in pieces:
        assert len(samples) == round((end - begin) * RATE)
        held = recording[round(begin * RATE) : round(end * RATE)]
        assert np.array_equal(samples, held), "both sides, to the sample"
    for side in (0, 1):
        assert max(np.abs(samples[:, side]).max() for _, _, samples in pieces) > 1000, "somebody is heard"
    assert max(late) < 4.5, f"not more than two of Asterisk's buffers: {late}"


async def last(service: ServiceProcess, call_id: str, *, seconds: float) -> tuple[float, float, Any]:
    """(begin, end, samples) of the piece, seconds of the recording."""
    data, headers = await service.answer(f"/api/calls/{call_id}/recording/last?seconds={seconds}")
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (RATE, 2)
    return float(headers["Line102-From-Seconds"]), float(headers["Line102-To-Seconds"]), samples
