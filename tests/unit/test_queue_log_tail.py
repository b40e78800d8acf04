"""queue_log on a real file system, through everything that happens to a log file."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from line102.calls import Outcome
from line102.errors import Unreachable
from telephony.queue_log import parse_lines
from telephony.queue_log_tail import Bookmark, Mark, load_bookmark, read_queue_log, save_bookmark
from telephony.records import AsteriskRecords, RecordFiles

REAL = (Path(__file__).parents[1] / "recordings/queue_log/courses.log").read_bytes()
FIRST, SECOND = REAL[: REAL.index(b"\n", 1500) + 1], REAL[REAL.index(b"\n", 1500) + 1 :]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def count(data: bytes) -> int:
    return data.count(b"\n")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log" / "queue_log"
    path.parent.mkdir()
    path.write_bytes(FIRST)
    return path


def grow(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def replace_by(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def test_only_what_is_new(log: Path) -> None:
    first = read_queue_log(log, None)
    assert (len(first.lines), first.end.offset, first.hole) == (count(FIRST), len(FIRST), False)
    assert read_queue_log(log, first.end).lines == []
    grow(log, SECOND)
    assert len(read_queue_log(log, first.end).lines) == count(SECOND)


def test_each_line_comes_with_the_mark_before_it(log: Path) -> None:
    reading = read_queue_log(log, None)
    mark, line = reading.lines[3]
    assert read_queue_log(log, mark).lines[0][1] == line


@pytest.mark.parametrize("cut", range(1, 80, 5))
def test_half_a_line_is_read_once_it_is_whole(log: Path, cut: int) -> None:
    end = read_queue_log(log, None).end
    grow(log, SECOND[:cut])
    half = read_queue_log(log, end)
    grow(log, SECOND[cut:])
    rest = read_queue_log(log, half.end)
    assert len(half.lines) + len(rest.lines) == count(SECOND)
    assert not half.damaged and not rest.damaged


def test_rotation_loses_nothing(log: Path) -> None:
    end = read_queue_log(log, None).end
    before = SECOND.index(b"\n", 300) + 1
    grow(log, SECOND[:before])
    log.rename(log.with_name("queue_log.0"))  # what "logger rotate" does
    log.write_bytes(SECOND[before:])
    reading = read_queue_log(log, end)
    assert not reading.hole
    assert len(reading.lines) == count(SECOND)


def test_two_rotations_are_read_in_order(log: Path) -> None:
    end = read_queue_log(log, None).end
    first, second, third = (line + b"\n" for line in SECOND.split(b"\n")[:3])
    for number, part in enumerate((first, second)):
        rotated = log.with_name(f"queue_log.{number}")
        log.rename(rotated)
        os.utime(rotated, (1_700_000_000 + number, 1_700_000_000 + number))
        log.write_bytes(part)
    grow(log, third)
    reading = read_queue_log(log, end)
    assert not reading.hole
    assert [line for _, line in reading.lines] == [parse_lines(raw.rstrip())[0] for raw in (first, second, third)]


def test_truncation_is_a_hole_and_begins_again(log: Path) -> None:
    end = read_queue_log(log, None).end
    log.write_bytes(SECOND[:200])
    reading = read_queue_log(log, end)
    assert reading.hole
    assert len(reading.lines) == count(SECOND[:200])


def test_a_new_file_with_the_old_inode_is_not_taken_for_the_old_one(log: Path) -> None:
    end = read_queue_log(log, None).end
    inode = log.stat().st_ino
    log.write_bytes(SECOND + FIRST + SECOND)  # same inode, longer, other content
    assert log.stat().st_ino == inode
    reading = read_queue_log(log, end)
    assert reading.hole
    assert len(reading.lines) == count(SECOND + FIRST + SECOND)


def test_compressed_old_files_are_passed_over(log: Path) -> None:
    log.with_name("queue_log.1.gz").write_bytes(gzip.compress(b"x\n"))
    assert not read_queue_log(log, None).damaged


def test_a_vanished_file_is_unreachable(log: Path) -> None:
    end = read_queue_log(log, None).end
    log.unlink()
    with pytest.raises(Unreachable, match="queue_log"):
        read_queue_log(log, end)


def test_odd_bytes_are_counted_not_fatal(log: Path) -> None:
    grow(log, b"\xff\xfe\0\0garbage\n\0\0\0\n" + b"1795438999|line102-9.9|102|\xd0|ABANDON|1|1|7\r\n")
    reading = read_queue_log(log, None)
    assert len(reading.damaged) == 1
    assert reading.lines[-1][1].data == ("1", "1", "7")


def test_the_bookmark_outlives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "mark"
    assert load_bookmark(file) is None
    bookmark = Bookmark(mark=Mark(inode=1, offset=2, head_bytes=2, head="ab"), covers=LONG_AGO)
    save_bookmark(file, bookmark)
    assert load_bookmark(file) == bookmark
    assert [path.name for path in tmp_path.iterdir()] == ["mark"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"covers": 1}', b"\xff", b'{"covers": "2026-01-01T00:00:00+00:00"}']
)
def test_a_spoilt_bookmark_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mark").write_bytes(content)
    assert load_bookmark(tmp_path / "mark") is None


def test_a_bookmark_that_cannot_be_written(tmp_path: Path) -> None:
    bookmark = Bookmark(mark=Mark(inode=1, offset=2, head_bytes=2, head="ab"), covers=LONG_AGO)
    with pytest.raises(Unreachable, match="bookmark"):
        save_bookmark(tmp_path / "absent" / "mark", bookmark)


def records_of(log: Path) -> AsteriskRecords:
    return AsteriskRecords(
        RecordFiles(queue_log=log, cdr=log.with_name("line102.csv"), bookmark=log.parent.parent / "mark")
    )


async def test_the_bookmark_never_changes_an_answer(log: Path) -> None:
    """Read in pieces, with restarts between, the calls are those of one reading of everything."""
    data, step = day_of_calls(), 4000
    replace_by(log, b"")
    for start in range(0, len(data), step):
        grow(log, data[start : start + step])
        newest = (await records_of(log).calls(LONG_AGO))[-1].offered_at
        for back in (timedelta(0), timedelta(minutes=30), timedelta(hours=3)):
            near = await records_of(log).calls(newest - back)
            log.parent.parent.joinpath("mark").rename(log.parent.parent / "kept")
            everything = await records_of(log).calls(newest - back)
            (log.parent.parent / "kept").rename(log.parent.parent / "mark")
            assert near == everything


async def test_the_bookmark_spares_the_reading_of_old_lines(log: Path) -> None:
    replace_by(log, day_of_calls())
    newest = (await records_of(log).calls(LONG_AGO))[-1].offered_at
    second = records_of(log)
    assert len(await second.calls(newest)) == 1
    assert second.counts.lines < count(day_of_calls()) / 3


def day_of_calls() -> bytes:
    """Six hours, a call each three minutes, each 170 s long."""
    lines = []
    for number in range(120):
        t = 1_795_400_000 + number * 180
        call = f"line102-{t}.{number}|102"
        lines += [
            f"{t}|{call}|NONE|OFFERED|{t}.250000|7701|102",
            f"{t}|{call}|NONE|ENTERQUEUE||7701|1",
            f"{t + 9}|{call}|op1|CONNECT|9|line102-{t}.9|2",
            f"{t + 170}|{call}|op1|COMPLETEAGENT|9|161|1",
            f"{t + 170}|{call}|NONE|ENDED|{t + 170}.500000|16",
        ]
    return ("\n".join(lines) + "\n").encode()


async def test_calls_since(log: Path) -> None:
    records = records_of(log)
    grow(log, SECOND)
    everything = await records.calls(LONG_AGO)
    assert len(everything) == 10
    assert {call.outcome for call in everything} == {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.OVERFLOW_ANSWERED}
    since = everything[4].offered_at
    assert await records.calls(since) == everything[4:]


async def test_unknown_and_damaged_lines_are_counted(log: Path) -> None:
    records = records_of(log)
    grow(log, b"junk\n1795438999|line102-9.9|102|op1|NEWEVENT|1\n")
    await records.calls(LONG_AGO)
    assert (records.counts.damaged, dict(records.counts.unknown)) == (1, {"NEWEVENT": 1})


async def test_without_the_file_the_records_are_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        await records_of(tmp_path / "log" / "queue_log").calls(LONG_AGO)
