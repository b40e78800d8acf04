"""Queue actions, cut links and full disks around the running service: every call still ends in the right outcome."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from line102.calls import CallId, QueueName
from telephony.ami.client import AmiClient, ami_session
from telephony.ami.settings import AmiSettings
from telephony.call_control import AmiCallControl
from tests.asterisk.line import EMERGENCY, finished, reconcile, spoken, talks, waits, wer, words_of
from tests.asterisk.service_process import ServiceProcess, line102, service_process, write_settings
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.fakes.ami_server import relaying

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]
QUEUE = QueueName("102")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


@pytest.fixture
async def service(pbx: Any, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    port = free_port()
    async with service_process(write_settings(pbx, tmp_path, web_port=port), port) as running:
        yield running


class ChannelList:
    """Callers' channel names, as Asterisk says now."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    async def read(self, client: AmiClient) -> None:
        for channel in await client.collect("CoreShowChannels"):
            self.known[channel.get("Uniqueid")] = channel.get("Channel")

    def channel_of(self, call_id: CallId) -> str:
        return self.known[call_id]


@asynccontextmanager
async def control(pbx: Any) -> AsyncIterator[AmiCallControl]:
    settings = AmiSettings(host="127.0.0.1", port=pbx.values.ami_port, user="line102", secret=pbx.values.ami_password)
    async with ami_session(settings) as client:
        channels = ChannelList()
        await channels.read(client)
        yield AmiCallControl(client, channels)


async def test_a_withdrawn_caller_is_back_in_the_queue_and_has_not_abandoned(pbx: Any, service: ServiceProcess) -> None:
    async with phone(pbx, "op1", answers_after_s=0.2):
        async with caller(pbx, talk_s=8, number="77010000100") as busy:
            await service.until_call("77010000100", talks)
            async with caller(pbx, talk_s=25, number="77010000101") as sipp:
                call = await service.until_call("77010000101", waits)
                async with control(pbx) as actions:
                    await actions.withdraw(CallId(call["id"]), QUEUE, "test")
                call = await service.until_call("77010000101", lambda c: len(c["stays"]) == 2)
                assert call["stays"][0]["end"] == "withdrawn"
                assert call["outcome"] is None
                await busy.ended(within_s=30)
                await service.until_call("77010000101", talks)
                await sipp.ended(within_s=40)
    call = await service.until_call("77010000101", finished)
    assert call["outcome"] == "answered"
    assert [stay["end"] for stay in call["stays"]] == ["withdrawn", "answered"]
    await reconcile(service)


async def test_an_answer_that_races_with_a_withdraw_wins(pbx: Any, service: ServiceProcess) -> None:
    """Asterisk says that it will withdraw, and then lets the phone that rings answer first."""
    async with phone(pbx, "op1", answers_after_s=4), caller(pbx, talk_s=9, number="77010000102") as sipp:
        call = await service.until_call("77010000102", lambda c: c["state"] == "ringing")
        async with control(pbx) as actions:
            await actions.withdraw(CallId(call["id"]), QUEUE, "test")
        await sipp.ended(within_s=30)
    call = await service.until_call("77010000102", finished)
    assert call["outcome"] == "answered"
    assert [stay["end"] for stay in call["stays"]] == ["answered"]
    await reconcile(service)


async def test_a_raised_caller_is_answered_before_those_who_came_earlier(pbx: Any, service: ServiceProcess) -> None:
    async with caller(pbx, talk_s=3, number="77010000110") as busy, phone(pbx, "op1", answers_after_s=0.2, talk_s=6):
        await service.until_call("77010000110", talks)
        async with caller(pbx, talk_s=25, number="77010000111"), caller(pbx, talk_s=25, number="77010000112"):
            await service.until_call("77010000111", waits)
            late = await service.until_call("77010000112", waits)
            async with control(pbx) as actions:
                await actions.raise_priority(CallId(late["id"]), QUEUE, 10)
            await busy.ended(within_s=20)
            late = await service.until_call("77010000112", talks)
            early = await service.call_of("77010000111")
            assert early is not None
            assert early["answers"] == [], "he came first and still waits"
    for number in ("77010000110", "77010000111", "77010000112"):
        await service.until_call(number, finished)
    await reconcile(service)


async def test_ami_is_cut_without_a_word(pbx: Any, tmp_path: Path) -> None:
    port = free_port()
    async with relaying(pbx.values.ami_port) as relay:
        file = write_settings(pbx, tmp_path, web_port=port)
        text = file.read_text("utf-8").replace(f"ami_port = {pbx.values.ami_port}", f"ami_port = {relay.port}")
        file.write_text(text, "utf-8")
        async with service_process(file, port) as service, phone(pbx, "op1", answers_after_s=1):
            async with caller(pbx, talk_s=12, number="77010000121") as first:
                await service.until_call("77010000121", talks)
                relay.silent = True
                await service.until(lambda: is_dark(service), within_s=20)
                async with caller(pbx, talk_s=5, number="77010000122") as second:
                    await second.ended(within_s=20)
                await first.ended(within_s=30)
            relay.silent = False
            for number, outcome in (("77010000121", "answered"), ("77010000122", None)):
                call = await service.until_call(number, finished, within_s=60)
                assert call["outcome"] in (outcome, "answered", "abandoned")
            gaps = (await service.live())["gaps"]
            assert [gap["link"] for gap in gaps] == ["ami"]
            assert gaps[0]["length_s"] > 5
            await reconcile(service)


async def is_dark(service: ServiceProcess) -> bool:
    return not await service.lit("pbx")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 64 KiB: four seconds of a stereo recording."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def grow(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)


async def test_a_full_disk_delays_recordings_and_loses_none(pbx: Any, tmp_path: Path, small_disk: Path) -> None:
    port = free_port()
    file = write_settings(pbx, tmp_path, web_port=port)
    text = file.read_text("utf-8").replace("[recording]", f'[recording]\nfolder = "{small_disk}"')
    file.write_text(text, "utf-8")
    async with service_process(file, port) as service, phone(pbx, "op1", answers_after_s=1):
        async with caller(pbx, talk_s=8, number="77010000131") as sipp:
            await sipp.ended(within_s=30)
        call = await service.until_call("77010000131", lambda c: c["outcome"] == "answered")
        await service.until(lambda: disk_is_full(service), within_s=20)
        assert (await service.light("disk"))["why"], "says which folder"
        async with caller(pbx, talk_s=3, number="77010000132") as sipp:
            await sipp.ended(within_s=30)  # calls do not notice
        grow(small_disk)
        for number in ("77010000131", "77010000132"):
            call = await service.until_call(number, finished, within_s=60)
            assert call["recording"]["playable"]
        await service.until(lambda: service.lit("disk"))
        assert shutil.disk_usage(small_disk).used > 100_000
        await reconcile(service)


async def disk_is_full(service: ServiceProcess) -> bool:
    return not await service.lit("disk")


async def test_a_corrupt_recording_is_set_aside_and_shown(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    async with phone(pbx, "op1", answers_after_s=NEVER_S):
        async with caller(pbx, talk_s=6, number="77010000141") as sipp:
            call = await service.until_call("77010000141", waits)
            await service.kill()
            await sipp.ended(within_s=20)
    spoilt = pbx.recordings / f"{call['id']}-in.wav"
    async with asyncio.timeout(10):
        while not spoilt.exists() or spoilt.stat().st_size < 1000:
            await asyncio.sleep(0.1)
    spoilt.write_bytes(b"this is no WAV file")
    await service.start()
    call = await service.until_call("77010000141", lambda c: c["recording"] is not None, within_s=60)
    assert call["recording"]["set_aside"]
    assert not call["recording"]["playable"]
    kept = [path for path in (tmp_path / "data" / "set-aside").rglob("*") if path.is_file()]
    assert any(path.read_bytes() == b"this is no WAV file" for path in kept), kept
    await reconcile(service)


@pytest.mark.realtime
async def test_the_database_is_away_while_calls_come(pbx: Any, service: ServiceProcess, tmp_path: Path) -> None:
    said, words = spoken(tmp_path, "caller", EMERGENCY)
    database = tmp_path / "data" / "line102.db"
    away = tmp_path / "data" / "away.db"
    database.rename(away)
    database.mkdir()  # nothing can open this as a database
    for name in ("line102.db-wal", "line102.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    async with phone(pbx, "op1", answers_after_s=1), caller(pbx, audio=said, talk_s=12, number="77010000151") as sipp:
        call = await service.until_call("77010000151", talks)
        await sipp.ended(within_s=30)
    call = await service.until_call("77010000151", finished)
    assert wer(words_of(call, "caller"), words) <= 0.25, "nothing waited for the database"
    await service.until(lambda: store_is_away(service), within_s=20)
    database.rmdir()
    away.rename(database)
    await service.until(lambda: service.lit("store"), within_s=40)
    await reconcile(service)


async def store_is_away(service: ServiceProcess) -> bool:
    return not await service.lit("store")


async def test_reconcile_finds_what_was_changed_behind_its_back(
    pbx: Any, service: ServiceProcess, tmp_path: Path
) -> None:
    async with phone(pbx, "op1", answers_after_s=0.5):
        for number in ("77010000161", "77010000162"):
            async with caller(pbx, talk_s=2, number=number) as sipp:
                await sipp.ended(within_s=20)
    first = await service.until_call("77010000161", finished)
    second = await service.until_call("77010000162", finished)
    await reconcile(service)
    with closing(sqlite3.connect(tmp_path / "data" / "line102.db", timeout=5)) as database, database:
        database.execute("UPDATE calls SET outcome = 'abandoned' WHERE call_id = ?", (first["id"],))
        for table in ("rings", "queue_stays", "answers", "segments", "calls"):
            database.execute(f"DELETE FROM {table} WHERE call_id = ?", (second["id"],))  # noqa: S608
    result = await line102(service.settings, "reconcile")
    assert result.code == 1
    assert f"{first['id']}: outcome: the ledger says abandoned, Asterisk answered" in result.out
    assert f"{second['id']}: call in queue_log: the ledger says no such call" in result.out


@pytest.mark.realtime
async def test_a_wrong_ari_password_costs_the_live_words_and_nothing_else(pbx: Any, tmp_path: Path) -> None:
    port = free_port()
    file = write_settings(pbx, tmp_path, web_port=port)
    secrets = tmp_path / "data" / "secrets.toml"
    secrets.write_text(secrets.read_text("utf-8").replace(pbx.values.ari_password, "wrong-" * 5), "utf-8")
    said, words = spoken(tmp_path, "caller", EMERGENCY)
    service = ServiceProcess(file, port)
    await service.launch()
    try:
        await service.until(lambda: service.lit("pbx"))
        await service.until(lambda: service.lit("recognition"))
        light = await service.light("audio")
        assert not light["up"]
        assert "`ari` in secrets.toml" in light["why"]
        async with phone(pbx, "op1", answers_after_s=1):
            async with caller(pbx, audio=said, talk_s=12, number="77010000171") as sipp:
                await sipp.ended(within_s=30)
        call = await service.until_call("77010000171", finished)
        assert call["outcome"] == "answered"
        assert {stretch["state"] for stretch in call["missed"]} == {"recovered"}
        assert wer(words_of(call, "caller"), words) <= 0.25
        await reconcile(service)
    finally:
        await service.close()
