"""From words to help on the real thing: the service, Asterisk, the recogniser, callers who speak and press keys."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Any

import numpy as np
import pytest

from ivr.prompt_files import PromptFiles
from telephony.phone_call import PhoneCall
from tests.asterisk.conftest import TestPbx
from tests.asterisk.help_line import hearing_caller
from tests.asterisk.line import finished, reconcile, talks, waits
from tests.asterisk.service_process import ServiceProcess
from tests.asterisk.shared_service import for_a_test, service_of_a_module
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.speech import speak

pytestmark = [pytest.mark.asterisk, pytest.mark.realtime, pytest.mark.timeout(240)]

QUESTION = "Как получить справку о несудимости."  # of the demo model's grammar, and a topic of the samples
DANGER = "Муж угрожает мне ножом."
ASKER, BUSY = "77010000201", "77010000200"
# Numbers of their own: who was in danger once is not asked a question afterwards, and the service is the same.
IN_DANGER_THERE, IN_DANGER_WAITING = "77010000231", "77010000232"
GATES_OPEN = "[deflection]\naudited_flags = 0\n"


@pytest.fixture(scope="module")
def running(pbx_session: TestPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    embedded = pbx_session.embedded
    PromptFiles(embedded.sounds).make_missing()
    seen = embedded.root.data_as_seen(embedded.instance)
    sounds = f'sounds_folder = "{embedded.sounds}"\nsounds_seen = "{seen}/sounds"'
    yield from service_of_a_module(pbx_session, tmp_path_factory.mktemp("service"), pbx_extra=sounds, extra=GATES_OPEN)


@pytest.fixture
async def service(pbx: TestPbx, running: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    async with for_a_test(running):
        await set_mode(running, "shadow")
        yield running


async def set_mode(service: ServiceProcess, mode: str) -> None:
    status = await service.post("/api/modes", language="ru", mode=mode, reason="test")
    assert status == 204


def say(call: PhoneCall, sentence: str) -> None:
    call.play(speak(sentence, "ru", voice="m3"))


@asynccontextmanager
async def everybody_talks(pbx: TestPbx, service: ServiceProcess) -> AsyncIterator[None]:
    """The only operator there talks with somebody; leaving hangs up, and the operator is free."""
    async with phone(pbx, "op1", answers_after_s=0.2), caller(pbx, talk_s=NEVER_S, number=BUSY):
        await service.until_call(BUSY, talks)
        yield


@asynccontextmanager
async def asked(pbx: TestPbx, service: ServiceProcess, number: str = ASKER) -> AsyncIterator[PhoneCall]:
    """A caller waits, asks a question and is asked whether the help line may answer it."""
    await set_mode(service, "offer")
    async with hearing_caller(pbx, number=number) as call:
        await service.until_call(number, waits)
        say(call, QUESTION)
        await service.until_call(number, lambda c: c["offer"] is not None)
        yield call


def at_help_line(call: dict[str, Any]) -> bool:
    return call["sent_at"] is not None


async def test_a_waiting_questioner_presses_1_and_a_person_of_the_help_line_answers(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), phone(pbx, "help1", answers_after_s=0.3), asked(pbx, service) as call:
        await asyncio.sleep(2)  # into the offer
        call.press("1")
        told = await service.until_call(ASKER, talks)
        assert told["answers"][0]["queue"] == "help"
        assert (told["offer"]["how"], told["offer"]["words"]) == ("accepted", "1")
        assert told["flag"]["mode"] == "offer"
        await call.hang_up()
    told = await service.until_call(ASKER, finished)
    assert told["outcome"] == "helped"
    await reconcile(service)


async def test_a_spoken_yes_is_understood(pbx: TestPbx, service: ServiceProcess) -> None:
    async with everybody_talks(pbx, service), phone(pbx, "help1", answers_after_s=0.3), asked(pbx, service) as call:
        await asyncio.sleep(8)  # the offer is about nine seconds long; a yes counts from its third second on
        say(call, "Да.")
        told = await service.until_call(ASKER, at_help_line)
        assert told["offer"]["how"] == "accepted"


async def test_who_refuses_keeps_their_place_and_who_hangs_up_is_abandoned_at_each_step(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    presses, says, hangs_up, served = (f"7701000021{digit}" for digit in range(4))
    async with everybody_talks(pbx, service):
        async with asked(pbx, service, presses) as call, asked(pbx, service, says) as other:
            call.press("2")
            await service.until_call(presses, lambda c: c["offer"]["how"] == "refused", within_s=5)
            await asyncio.sleep(4)
            say(other, "Нет.")
            await service.until_call(says, lambda c: c["offer"]["how"] == "refused", within_s=15)
            for number in (presses, says):
                told = await service.until_call(number, waits)
                assert [stay["end"] for stay in told["stays"]] == [None], "they never left the queue"
            await call.hang_up()
            await other.hang_up()
        async with asked(pbx, service, hangs_up) as call:
            await call.hang_up()
            await service.until_call(hangs_up, lambda c: c["offer"]["how"] == "caller_gone", within_s=5)
        async with self_served(pbx, service, served) as call:
            await call.hang_up()
    for number in (presses, says, hangs_up, served):
        told = await service.until_call(number, finished)
        assert told["outcome"] == "abandoned"
    await reconcile(service)


async def test_the_service_dies_while_the_help_line_rings_and_a_person_there_answers(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), phone(pbx, "help1", answers_after_s=2), asked(pbx, service) as call:
        await asyncio.sleep(2)
        call.press("1")
        await service.until_call(ASKER, lambda c: c["state"] == "ringing")
        await service.kill()
        await until_text(pbx, "core show channels concise", "help1", "Up")
        await service.start()
        told = await service.until_call(ASKER, talks)
        assert told["answers"][0]["queue"] == "help"
        await service.kill()  # and while they talk
        assert not call.ended.is_set()
        await service.start()
        await service.until_call(ASKER, talks)
        await call.hang_up()
    told = await service.until_call(ASKER, finished)
    assert told["outcome"] == "helped"
    await reconcile(service)


async def test_silence_leaves_the_caller_in_their_place_and_the_next_free_operator_answers(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with AsyncExitStack() as stack:
        talking = AsyncExitStack()
        await talking.enter_async_context(everybody_talks(pbx, service))
        stack.push_async_exit(talking)
        call = await stack.enter_async_context(asked(pbx, service))
        told = await service.until_call(ASKER, lambda c: bool(c["offer"]["how"]), within_s=40)
        assert told["offer"]["how"] == "silence"
        assert len(told["stays"]) == 1, "they never left the queue"
        await talking.aclose()
        async with phone(pbx, "op1", answers_after_s=0.2):
            told = await service.until_call(ASKER, talks)
            assert told["answers"][0]["queue"] == "102"
            await call.hang_up()


async def test_the_service_dies_in_mid_offer_and_an_operator_answers(pbx: TestPbx, service: ServiceProcess) -> None:
    async with AsyncExitStack() as stack:
        talking = AsyncExitStack()
        await talking.enter_async_context(everybody_talks(pbx, service))
        stack.push_async_exit(talking)
        call = await stack.enter_async_context(asked(pbx, service))
        await service.kill()
        call.press("1")  # nobody hears it
        await talking.aclose()
        async with phone(pbx, "op1", answers_after_s=0.2):
            await until_text(pbx, "core show channels concise", "Queue", "op1", "Up")
            await service.start()
            told = await service.until_call(ASKER, talks)
            assert told["answers"][0]["queue"] == "102"
            await call.hang_up()
    await service.until_call(ASKER, finished)
    await reconcile(service)


async def until_text(pbx: TestPbx, command: str, *parts: str) -> None:
    async with asyncio.timeout(15):
        while True:
            told = await pbx.cli(command)
            if all(part in told for part in parts):
                return
            await asyncio.sleep(0.1)


async def test_an_operators_key_sends_the_caller_on_and_the_operator_is_free(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    await set_mode(service, "assist")
    async with phone(pbx, "op1", answers_after_s=0.2), phone(pbx, "help1", answers_after_s=0.3):
        async with hearing_caller(pbx, number=ASKER) as call:
            told = await service.until_call(ASKER, talks)
            say(call, QUESTION)
            told = await service.until_call(ASKER, lambda c: c["flag"] is not None)
            status = await service.post(f"/api/calls/{told['id']}/flag", of="op1", accepted=True, reason="")
            assert status == 204
            told = await service.until_call(ASKER, lambda c: len(c["answers"]) == 2 and c["state"] == "talking")
            assert [answer["queue"] for answer in told["answers"]] == ["102", "help"]
            async with hearing_caller(pbx, number="77010000202") as next_one:
                await service.until_call("77010000202", talks)  # op1 is free at once
                await next_one.hang_up()
            status = await service.post(
                f"/api/calls/{told['id']}/category",
                of="op1",
                label="INFORMATIONAL",
                category="certificate",
                audit=False,
            )
            assert status == 204
            await call.hang_up()
    told = await service.until_call(ASKER, finished)
    assert told["outcome"] == "answered"
    assert told["category"]["label"] == "INFORMATIONAL"
    await reconcile(service)


@asynccontextmanager
async def self_served(pbx: TestPbx, service: ServiceProcess, number: str = ASKER) -> AsyncIterator[PhoneCall]:
    """A caller who accepted is with the self-service: nobody sits at the help line."""
    async with asked(pbx, service, number) as call:
        await asyncio.sleep(2)
        call.press("1")
        await service.until_call(number, lambda c: c["state"] == "help_line")
        yield call


async def test_the_self_service_answers_a_question_and_the_ledger_says_which(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), self_served(pbx, service) as call:
        await asyncio.sleep(3)
        say(call, QUESTION)
        told = await service.until_call(ASKER, lambda c: bool(c["turns"]), within_s=40)
        assert told["turns"][-1]["topic"] == "criminal-record-certificate", told["turns"]
        told = await service.until_call(ASKER, lambda c: c["served_at"] is not None, within_s=40)
        assert spoken_seconds(call) > 8
        await call.hang_up()
    told = await service.until_call(ASKER, finished)
    assert told["outcome"] == "self_served"
    await reconcile(service)


def spoken_seconds(call: PhoneCall) -> float:
    """Seconds in which something else than the ringing tone (425 Hz) was heard."""
    heard = call.heard().astype(np.float64)
    pieces = [heard[at : at + 800] for at in range(0, len(heard) - 800, 800)]
    spectra = [np.abs(np.fft.rfft(piece * np.hanning(800))) for piece in pieces]
    return sum(float(s.sum()) > 1e5 and float(s[40:46].sum()) < 0.3 * float(s.sum()) for s in spectra) / 10


async def test_the_service_dies_in_the_self_service_and_the_caller_is_back_within_five_seconds(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), self_served(pbx, service) as call:
        await service.kill()
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(12):
            while "PJSIP/trunk" not in (await pbx.cli("queue show 102")).partition("Callers:")[2]:
                await asyncio.sleep(0.1)
        assert asyncio.get_running_loop().time() - began < 5
        await service.start()
        told = await service.until_call(ASKER, waits)
        assert [stay["queue"] for stay in told["stays"]] == ["102", "102"]
        await call.hang_up()
    await service.until_call(ASKER, finished)
    await reconcile(service)


async def test_danger_words_in_the_self_service_bring_the_caller_to_the_head_of_102(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), self_served(pbx, service, IN_DANGER_THERE) as call:
        async with caller(pbx, talk_s=NEVER_S, number="77010000203"):
            await service.until_call("77010000203", waits)
            say(call, DANGER)
            told = await service.until_call(IN_DANGER_THERE, waits)
            assert told["urgency"] == "danger"
            assert told["help_line_left"]["why"] == "danger words"
            first = (await pbx.cli("queue show 102")).partition("Callers:")[2].splitlines()[1]
            assert "PJSIP/trunk" in first
            order = [call["number"] for call in await waiting_by_position(pbx, service)]
            assert order[0] == IN_DANGER_THERE


async def waiting_by_position(pbx: TestPbx, service: ServiceProcess) -> list[dict[str, Any]]:
    """The calls that wait, the next one first, as Asterisk says."""
    lines = (await pbx.cli("queue show 102")).partition("Callers:")[2].splitlines()
    channels = [line.split()[1] for line in lines if "PJSIP/" in line]
    concise = (await pbx.cli("core show channels concise")).splitlines()
    ids = {line.split("!")[0]: line.split("!")[-1] for line in concise}
    calls = {call["id"]: call for call in (await service.live())["calls"]}
    return [calls[ids[channel]] for channel in channels]


async def test_danger_words_of_a_waiting_caller_move_them_ahead(pbx: TestPbx, service: ServiceProcess) -> None:
    async with everybody_talks(pbx, service):
        async with (
            caller(pbx, talk_s=NEVER_S, number="77010000204"),
            hearing_caller(pbx, number=IN_DANGER_WAITING) as call,
        ):
            await service.until_call("77010000204", waits)
            await service.until_call(IN_DANGER_WAITING, waits)
            say(call, DANGER)
            told = await service.until_call(IN_DANGER_WAITING, lambda c: c["priority"] == 10)
            assert told["urgency"] == "danger"
            for words in told["urgent_words"].split("; "):  # one or more pieces; an unfinished sentence may be enough
                assert words and words.casefold() in DANGER.casefold()
            order = [one["number"] for one in await waiting_by_position(pbx, service)]
            assert order == [IN_DANGER_WAITING, "77010000204"]
            await call.hang_up()


async def test_in_shadow_a_question_is_recorded_and_nothing_is_said_to_anybody(
    pbx: TestPbx, service: ServiceProcess
) -> None:
    async with everybody_talks(pbx, service), hearing_caller(pbx, number=ASKER) as call:
        await service.until_call(ASKER, waits)
        say(call, QUESTION)
        told = await service.until_call(ASKER, lambda c: c["flag"] is not None)
        assert told["flag"]["mode"] == "shadow"
        await asyncio.sleep(6)
        told = await service.until_call(ASKER, waits)
        assert told["offer"] is None
        await call.hang_up()
    told = await service.until_call(ASKER, finished)
    stored = service.settings.parent / "data" / "line102.db"
    with closing(sqlite3.connect(stored)) as database:
        flags = "select type from events where type like '%Flag%' and call_id = ?"
        kinds = [row[0] for row in database.execute(flags, (told["id"],))]
    assert kinds == ["CallFlagged"]
