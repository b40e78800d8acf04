"""The ingest of MixMonitor's files, on a real file system."""

from __future__ import annotations

import asyncio
import hashlib
import struct
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from line102.calls import CallId, CallRecord, Outcome
from line102.errors import ProtocolViolation, Unreachable
from line102.events import RecordingSetAside, RecordingStored
from telephony.recording import RecordingIngest, Settling
from telephony.wav import wav_header

CALL = CallId("line102-1789.12")
BEGAN = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)
QUICK = Settling(unchanged=timedelta(milliseconds=150), deadline=timedelta(seconds=2))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    return tmp_path


def ingest_of(folders: Path) -> RecordingIngest:
    return RecordingIngest(folders / "spool", folders / "recordings", folders / "set-aside", QUICK)


def call(seconds: float, call_id: str = CALL) -> CallRecord:
    return CallRecord(
        call_id=CallId(call_id),
        offered_at=BEGAN,
        recording_began_at=BEGAN,
        ended_at=BEGAN + timedelta(seconds=seconds),
        outcome=Outcome.ANSWERED,
    )


def spool(folders: Path, side: str, samples: np.ndarray, *, told: int | None = None, call_id: str = CALL) -> Path:
    header = bytearray(wav_header(sample_rate_hz=8000, channels=1, frames=len(samples)))
    if told is not None:
        header[40:44] = struct.pack("<I", told)
    path = folders / "spool" / f"{call_id}-{side}.wav"
    path.write_bytes(bytes(header) + samples.astype("<i2").tobytes())
    return path


def tone(seconds: float, level: int) -> np.ndarray:
    rng = np.random.default_rng(level)
    return rng.integers(-level, level, round(seconds * 8000), dtype=np.int16)


def played(folders: Path, stored: RecordingStored) -> np.ndarray:
    with wave.open(str(folders / "recordings" / stored.path), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)


async def stored_of(folders: Path, record: CallRecord) -> RecordingStored:
    result = await ingest_of(folders).ingest(record)
    assert isinstance(result, RecordingStored)
    return result


async def test_caller_left_operator_right(folders: Path) -> None:
    caller, operator = tone(20.0, 9000), tone(20.0, 700)  # longer than two blocks
    sources = [spool(folders, "in", caller), spool(folders, "out", operator)]
    before = [source.read_bytes() for source in sources]
    stored = await stored_of(folders, call(20.2))
    assert stored.path == "2026/03/01/line102-1789.12.wav"
    assert (played(folders, stored) == np.stack([caller, operator], axis=1)).all()
    assert stored.duration == timedelta(seconds=20)
    assert stored.short_by == timedelta(seconds=0.2)
    assert not stored.repaired
    assert stored.sha256 == hashlib.sha256((folders / "recordings" / stored.path).read_bytes()).hexdigest()
    assert [source.read_bytes() for source in sources] == before
    assert not list((folders / "recordings").rglob("*.partial"))


async def test_the_shorter_side_is_padded_and_told(folders: Path) -> None:
    caller, operator = tone(9.0, 9000), tone(3.0, 700)
    spool(folders, "in", caller)
    spool(folders, "out", operator)
    stored = await stored_of(folders, call(9.0))
    audio = played(folders, stored)
    assert (audio[:, 0] == caller).all()
    assert (audio[: len(operator), 1] == operator).all()
    assert not audio[len(operator) :, 1].any()
    assert stored.short_by == timedelta(seconds=6)


@pytest.mark.parametrize("told", [0, 160, 0xFFFFFFF0])
async def test_an_unfinished_file_is_repaired_and_left_as_it_was(folders: Path, told: int) -> None:
    caller = tone(4.0, 9000)
    source = spool(folders, "in", caller, told=told)
    source.write_bytes(source.read_bytes() + b"\x01")  # cut in mid-sample
    before = source.read_bytes()
    spool(folders, "out", tone(4.0, 700), told=told)
    stored = await stored_of(folders, call(5.0))
    assert stored.repaired
    assert stored.duration == timedelta(seconds=4)
    assert stored.short_by == timedelta(seconds=1)
    assert (played(folders, stored)[:, 0] == caller).all()
    assert source.read_bytes() == before


async def test_a_file_that_is_still_being_closed_is_waited_for(folders: Path) -> None:
    caller = tone(2.0, 9000)
    operator = spool(folders, "out", tone(2.0, 700))
    whole = spool(folders, "in", caller).read_bytes()
    source = folders / "spool" / f"{CALL}-in.wav"
    source.write_bytes(wav_header(sample_rate_hz=8000, channels=1, frames=0))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ingest_of(folders).ingest(call(2.0)))
        for size in (8000, 16000):
            await asyncio.sleep(0.08)  # what MixMonitor does: two buffers, then the header
            source.write_bytes(wav_header(sample_rate_hz=8000, channels=1, frames=0) + whole[44 : 44 + size])
            assert not task.done()
        source.write_bytes(whole)
    stored = task.result()
    assert isinstance(stored, RecordingStored)
    assert not stored.repaired
    assert (played(folders, stored)[:, 0] == caller).all()
    assert operator.exists()


async def test_a_file_that_never_stops_growing_is_retried_later(folders: Path) -> None:
    spool(folders, "out", tone(1.0, 700))
    source = spool(folders, "in", tone(1.0, 700), told=0)

    async def grow() -> None:
        while True:
            with source.open("ab") as stream:
                stream.write(b"\0" * 320)
            await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        growing = group.create_task(grow())
        with pytest.raises(Unreachable, match="still being written"):
            await ingest_of(folders).ingest(call(1.0))
        growing.cancel()
    assert not (folders / "recordings").exists()


@pytest.mark.parametrize("content", [b"\0" * 5000, b"RIFF\0\0\0\0AVI " + b"x" * 100, b"junk"])
async def test_what_is_no_wav_is_set_aside_with_its_reason(folders: Path, content: bytes) -> None:
    other = spool(folders, "out", tone(1.0, 700))
    (folders / "spool" / f"{CALL}-in.wav").write_bytes(content)
    first = await ingest_of(folders).ingest(call(1.0))
    assert isinstance(first, RecordingSetAside)
    aside = folders / "set-aside" / f"{CALL}-in.wav"
    assert first.path == str(aside)
    assert aside.read_bytes() == content
    assert "not a WAV" in aside.with_name(aside.name + ".reason.txt").read_text("utf-8")
    assert other.exists()
    again = await ingest_of(folders).ingest(call(1.0))
    assert isinstance(again, RecordingSetAside)
    assert again.path == first.path


@pytest.mark.parametrize("content", [b"", wav_header(sample_rate_hz=8000, channels=1, frames=0)])
async def test_two_empty_files_are_set_aside(folders: Path, content: bytes) -> None:
    for side in ("in", "out"):
        (folders / "spool" / f"{CALL}-{side}.wav").write_bytes(content)
    result = await ingest_of(folders).ingest(call(1.0))
    assert isinstance(result, RecordingSetAside)
    assert "no audio" in result.reason
    assert len(list((folders / "set-aside").glob("*.wav"))) == 2


async def test_one_side_without_audio_does_not_cost_the_other(folders: Path) -> None:
    caller = tone(2.0, 9000)
    spool(folders, "in", caller)
    (folders / "spool" / f"{CALL}-out.wav").write_bytes(b"")
    stored = await stored_of(folders, call(2.0))
    assert (played(folders, stored)[:, 0] == caller).all()
    assert stored.short_by == timedelta(seconds=2)
    assert stored.repaired


async def test_a_full_disk_is_retried_later_and_costs_nothing(folders: Path) -> None:
    caller = tone(2.0, 9000)
    sources = [spool(folders, "in", caller), spool(folders, "out", tone(2.0, 700))]
    day = folders / "recordings/2026/03/01"
    day.mkdir(parents=True)
    partial = day / f"{CALL}.wav.partial"
    partial.symlink_to("/dev/full")  # every write there fails with ENOSPC
    with pytest.raises(Unreachable, match="recordings"):
        await ingest_of(folders).ingest(call(2.0))
    assert all(source.exists() for source in sources)
    assert list(day.iterdir()) == []
    assert (played(folders, await stored_of(folders, call(2.0)))[:, 0] == caller).all()


async def test_again_gives_the_same_file(folders: Path) -> None:
    spool(folders, "in", tone(2.0, 9000))
    spool(folders, "out", tone(2.0, 700))
    first = await stored_of(folders, call(2.0))
    second = await stored_of(folders, call(2.0))
    assert (first.sha256, first.path) == (second.sha256, second.path)


async def test_a_call_without_files(folders: Path) -> None:
    never = CallRecord(call_id=CALL, offered_at=BEGAN, ended_at=BEGAN)
    assert await ingest_of(folders).ingest(never) is None
    vanished = await ingest_of(folders).ingest(call(2.0))
    assert isinstance(vanished, RecordingSetAside)
    assert vanished.reason == "no file in the spool"


@pytest.mark.parametrize("call_id", ["../../etc/passwd", "a/b", "", ".hidden", "x\n"])
async def test_a_call_id_that_is_no_file_name_is_refused(folders: Path, call_id: str) -> None:
    with pytest.raises(ProtocolViolation):
        await ingest_of(folders).ingest(call(1.0, call_id))


async def test_leftovers_are_what_nobody_knows(folders: Path) -> None:
    for number in (1, 2, 3):
        for side in ("in", "out"):
            spool(folders, side, tone(0.1, 100), call_id=f"line102-1.{number}")
    left = await ingest_of(folders).leftovers({CallId("line102-1.2")})
    assert left == ["line102-1.1", "line102-1.3"]


async def test_without_a_spool_folder_nothing_is_left_over(tmp_path: Path) -> None:
    assert await ingest_of(tmp_path).leftovers(set()) == []
