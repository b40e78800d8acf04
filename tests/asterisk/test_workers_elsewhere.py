"""Recognisers that run elsewhere, one of which dies in mid-call, and the second pass, in the running service."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.line import EMERGENCY, finished, reconcile, spoken, wer, words_of
from tests.asterisk.service_process import line102, service_process, write_settings
from tests.asterisk.sip_callers import caller, phone
from tests.asterisk.test_interventions import free_port
from tests.speech import DEMO_MODEL
from transcription.worker_process import WorkerSettings, worker_process

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]

NUMBER = "77010000061"


async def test_a_worker_elsewhere_dies_in_mid_call_and_the_other_and_the_second_pass_hear_it_all(
    pbx: Any, tmp_path: Path
) -> None:
    bigger = tmp_path / "bigger"  # stands for a bigger model: the same weights under another name
    shutil.copytree(DEMO_MODEL, bigger, ignore=shutil.ignore_patterns("recipe"))
    far = WorkerSettings(model=str(DEMO_MODEL), socket_folder=tmp_path)
    addresses = ", ".join(f'"unix:{tmp_path / f"worker-{name}.sock"}"' for name in ("one", "two"))
    transcription = f"[transcription]\nworkers = 0\nworker_addresses = [{addresses}]\n"
    second_pass = f'[transcription.second_pass]\nmodel = "{bigger}"\n'
    port = free_port()
    settings = write_settings(pbx, tmp_path, web_port=port, extra=transcription + second_pass)
    said, words = spoken(tmp_path, "caller", EMERGENCY, lead_s=2)
    async with AsyncExitStack() as elsewhere:
        one = await elsewhere.enter_async_context(worker_process(far, "one"))
        await elsewhere.enter_async_context(worker_process(far, "two"))
        service = await elsewhere.enter_async_context(service_process(settings, port))
        async with (
            phone(pbx, "op1", answers_after_s=1),
            caller(pbx, audio=said, talk_s=16, number=NUMBER) as call,
        ):
            await service.until_call(NUMBER, lambda told: bool(words_of(told, "caller")))
            one.process.kill()
            assert await call.ended(within_s=60) == 0
        await service.until_call(NUMBER, finished, within_s=60)
        told = await service.until_call(NUMBER, lambda told: told["revised_by"] is not None, within_s=60)
        await reconcile(service)
        account = await line102(service.settings, "coverage")
    assert account.code == 0, account
    assert wer(words_of(told, "caller"), words) <= 0.25
    assert told["revised_by"].startswith("bigger")
