"""The journal survives our death, a torn line, a full disk, a second process, and the years."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from line102.calls import CallId, Side
from line102.errors import BadSetting, Unreachable
from line102.events import CallOffered, Entry, SegmentHeard
from line102.journal import FileJournal, JournalSettings
from line102.journal_files import Batch, segment_files
from line102.words import Segment
from tests.ledger_events import NOON

ROOT = Path(__file__).parents[2]


def offered(n: int) -> CallOffered:
    return CallOffered(call_id=CallId(f"c-{n}"), at=NOON + timedelta(seconds=n), number="", dialled="102")


def words(n: int) -> SegmentHeard:
    second = timedelta(seconds=n)
    segment = Segment(side=Side.CALLER, start=second, end=second, text="да", language="ru", confidence=1.0, model="m")
    return SegmentHeard(call_id=CallId(f"c-{n}"), at=NOON, segment=segment)


def numbers(entries: object) -> list[int]:
    assert isinstance(entries, tuple | list)
    return [entry.seq for entry in entries]


async def followed(journal: FileJournal, after_seq: int, upto_seq: int, limit: int = 500) -> list[Batch]:
    batches = []
    async with asyncio.timeout(10):
        async for batch in journal.follow(after_seq, limit=limit):
            batches.append(batch)
            if batch.last_seq >= upto_seq:
                break
    return batches


@contextmanager
def files_may_grow_to(limit_bytes: int) -> Iterator[None]:
    """The kernel refuses to let any file of ours grow beyond this: real short writes, then EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        assert (journal.last_seq, journal.last_entry_at) == (0, None)
        entries = [journal.append(offered(n)) for n in range(3)]
        assert numbers(entries) == [1, 2, 3]
        node = journal.node
    with FileJournal(tmp_path, "almaty") as journal:
        assert journal.node == node
        assert journal.node.startswith("almaty@")
        assert (journal.opened_seq, journal.last_seq) == (3, 3)
        assert journal.last_entry_at == NOON + timedelta(seconds=2)
        entries.append(journal.append(words(4)))
        assert list(journal.read(0)) == entries
        assert list(journal.read(2)) == entries[2:]
        assert list(journal.read(4)) == []


def test_an_entry_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        for n in range(5):
            journal.append(offered(n))
            data = segment_files(tmp_path)[0].path.read_bytes()
            assert data.count(b"\n") == n + 1
            assert data.endswith(b"}\n")


def test_every_cut_of_the_last_line_is_set_aside_and_the_number_given_again(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        for n in range(2):
            journal.append(offered(n))
    path = segment_files(tmp_path)[0].path
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for found, cut in enumerate(range(first + 1, len(whole)), 1):
        path.write_bytes(whole[:cut])
        with FileJournal(tmp_path, "almaty") as journal:
            assert journal.last_seq == 1
            assert journal.torn == found
            assert path.read_bytes() == whole[:first]
            assert (tmp_path / f"{path.stem}.{found}.torn").read_bytes() == whole[first:cut]
            assert journal.append(offered(7)).seq == 2


def test_zeros_after_a_power_cut_are_set_aside(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        journal.append(offered(1))
    path = segment_files(tmp_path)[0].path
    with path.open("ab") as file:
        file.write(b"\0" * 4096 + b"\n\0\0\n")
    with FileJournal(tmp_path, "almaty") as journal:
        assert (journal.last_seq, journal.torn) == (1, 1)
        assert journal.append(offered(2)).seq == 2
        assert numbers(journal.read(0)) == [1, 2]


async def test_a_damaged_line_in_the_middle_is_passed_on_as_such(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        for n in range(4):
            journal.append(offered(n))
    path = segment_files(tmp_path)[0].path
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = b"#" * (len(lines[1]) - 1) + b"\n"
    lines[2] = lines[2].replace(b'"CallOffered"', b'"CallTeleported"')
    path.write_bytes(b"".join(lines))
    with FileJournal(tmp_path, "almaty") as journal:
        (batch,) = await followed(journal, 0, 4)
        assert numbers(batch.entries) == [1, 4]
        assert [(line.seq, line.why) for line in batch.unreadable] == [
            (2, "it is not JSON"),
            (3, "unknown type 'CallTeleported'"),
        ]


def test_segments_rotate_and_nothing_is_lost_between_them(tmp_path: Path) -> None:
    settings = JournalSettings(segment_bytes=1000)
    for _ in range(2):
        with FileJournal(tmp_path, "almaty", settings) as journal:
            for n in range(50):
                journal.append(offered(n))
    segments = segment_files(tmp_path)
    assert len(segments) > 10
    assert all(segment.path.stat().st_size <= 1000 for segment in segments)
    with FileJournal(tmp_path, "almaty", settings) as journal:
        assert numbers(journal.read(0)) == list(range(1, 101))
        for segment in segments:
            assert numbers(journal.read(segment.first_seq - 1)) == list(range(segment.first_seq, 101))


def test_only_old_and_applied_segments_are_pruned(tmp_path: Path) -> None:
    settings = JournalSettings(segment_bytes=1000, keep_applied=timedelta(hours=1))
    with FileJournal(tmp_path, "almaty", settings) as journal:
        for n in range(50):
            journal.append(offered(n))
        segments = segment_files(tmp_path)
        now = NOON
        for age, segment in zip((3, 2, 2, 0), segments, strict=False):
            stamp = (now - timedelta(hours=age)).timestamp()
            os.utime(segment.path, (stamp, stamp))
        for segment in segments[4:]:
            os.utime(segment.path, (now.timestamp(), now.timestamp()))
        assert journal.prune(segments[2].first_seq - 2, now) == 1  # the second is not wholly applied
        assert journal.prune(50, now) == 2  # the fourth is too young
        assert journal.prune(50, now + timedelta(days=9)) == len(segments) - 4  # never the newest
        assert segment_files(tmp_path) == segments[-1:]
        assert journal.append(offered(51)).seq == 51
    with FileJournal(tmp_path, "almaty", settings) as journal:
        assert journal.last_seq == 51


async def test_a_follower_reads_from_disk_then_from_memory_in_one_row(tmp_path: Path) -> None:
    settings = JournalSettings(segment_bytes=2000, recent=5)
    with FileJournal(tmp_path, "almaty", settings) as journal:
        for n in range(40):
            journal.append(offered(n))
    with FileJournal(tmp_path, "almaty", settings) as journal:
        seen: list[Entry] = []
        async with asyncio.timeout(10):
            async for batch in journal.follow(3, limit=7):
                assert 1 <= len(batch.entries) <= 7
                seen += batch.entries
                if journal.last_seq < 100:
                    for n in range(3):
                        journal.append(offered(n))
                if seen[-1].seq >= 100:
                    break
        assert numbers(seen) == list(range(4, seen[-1].seq + 1))


async def test_what_is_not_on_disk_is_not_passed_on(tmp_path: Path) -> None:
    """A power cut must not take numbers back that the store has seen. Appending goes on meanwhile."""
    entered, released = threading.Event(), threading.Event()

    def stuck(_fd: int) -> None:
        entered.set()
        released.wait(10)

    with FileJournal(tmp_path, "almaty", fsync=stuck) as journal:
        journal.append(offered(1))
        async with asyncio.TaskGroup() as group:
            first = group.create_task(followed(journal, 0, 1))
            following = group.create_task(followed(journal, 0, 2))
            await asyncio.to_thread(entered.wait, 10)
            journal.append(offered(2))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not first.done()
            assert (journal.synced_seq, journal.last_seq) == (0, 2)
            released.set()
        assert [seq for batch in following.result() for seq in numbers(batch.entries)] == [1, 2]


async def test_words_are_synced_within_the_set_time_and_a_course_at_once(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty", JournalSettings(sync_words_every=timedelta(seconds=60))) as journal:
        journal.append(words(1))
        begin = time.monotonic()
        journal.append(offered(2))
        await followed(journal, 0, 2)
        assert time.monotonic() - begin < 5
    with FileJournal(tmp_path, "almaty", JournalSettings(sync_words_every=timedelta(milliseconds=50))) as journal:
        journal.append(words(3))
        assert journal.synced_seq == 2
        await followed(journal, 2, 3)


async def test_a_disk_that_cannot_sync_is_shown_and_holds_nothing_up(tmp_path: Path) -> None:
    def broken(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with FileJournal(tmp_path, "almaty", fsync=broken) as journal:
        journal.append(offered(1))
        await followed(journal, 0, 1)
        assert journal.trouble == "Input/output error"


def test_a_full_disk_costs_nothing_while_memory_lasts(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        for n in range(10):
            journal.append(offered(n))
        size = segment_files(tmp_path)[0].path.stat().st_size
        with files_may_grow_to(size + 30):  # a fifth of a line fits
            entries = [journal.append(offered(n)) for n in range(10, 20)]
            assert numbers(entries) == list(range(11, 21))
            assert journal.kept_in_memory == 10
            assert journal.trouble == "File too large"
        assert numbers(journal.read(0)) == list(range(1, 11))
        journal.append(offered(20))
        assert (journal.kept_in_memory, journal.trouble) == (0, "")
        assert [e.event.call_id for e in journal.read(0)] == [f"c-{n}" for n in range(21)]  # type: ignore[union-attr]
    assert segment_files(tmp_path)[0].path.read_bytes().count(b"\n") == 21


def test_the_heartbeat_writes_what_the_disk_refused(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        journal.append(offered(1))
        with files_may_grow_to(segment_files(tmp_path)[0].path.stat().st_size):
            journal.append(offered(2))
            assert journal.kept_in_memory == 1
        journal.touch_alive(NOON)
        assert journal.kept_in_memory == 0
        assert numbers(journal.read(0)) == [1, 2]


def test_when_memory_is_full_too_words_give_way_first_and_loudly(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty", JournalSettings(kept_in_memory=8)) as journal:
        journal.append(offered(0))
        with files_may_grow_to(segment_files(tmp_path)[0].path.stat().st_size):
            for n in range(6):
                journal.append(words(n))
            with pytest.raises(Unreachable, match="8 entries"):
                journal.append(words(6))
            for n in range(2):
                journal.append(offered(n))
            with pytest.raises(Unreachable):
                journal.append(offered(2))
            assert journal.dropped == 2
        assert journal.append(offered(3)).seq == 10
        assert numbers(journal.read(0)) == list(range(1, 11))


def test_a_really_full_disk(tmp_path: Path) -> None:
    """ENOSPC from a file system of 64 KiB, in its own mount namespace."""
    script = """
import sys
from pathlib import Path
from line102.journal import FileJournal
sys.path.insert(0, "tests/unit")
from test_journal import offered
with FileJournal(Path(sys.argv[1]) / "journal", "almaty") as journal:
    (Path(sys.argv[1]) / "ballast").write_bytes(b"x" * 40_000)
    entries = [journal.append(offered(n)) for n in range(250)]
    assert journal.trouble == "No space left on device", journal.trouble
    kept = journal.kept_in_memory
    (Path(sys.argv[1]) / "ballast").unlink()
    journal.retry()
    assert list(journal.read(0)) == entries
    print(kept, journal.kept_in_memory, journal.trouble == "")
"""
    command = f'mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -c "$0" {tmp_path}'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    kept, left, fine = done.stdout.split()
    assert int(kept) > 50
    assert (left, fine) == ("0", "True")


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        journal.append(offered(1))
        script = (
            f"from pathlib import Path; from line102.journal import *; FileJournal(Path({str(tmp_path)!r}), 'almaty')"
        )
        other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert "BadSetting" in other.stderr
        assert f"process {os.getpid()}" in other.stderr
        with pytest.raises(BadSetting, match="another line102"):
            FileJournal(tmp_path, "almaty")
        assert journal.append(offered(2)).seq == 2
    FileJournal(tmp_path, "almaty").close()


def test_kill_9_in_the_middle_of_writing_loses_nothing_that_was_appended(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from line102.journal import FileJournal, JournalSettings
sys.path.insert(0, "tests/unit")
from test_journal import offered
journal = FileJournal(Path({str(tmp_path)!r}), "almaty", JournalSettings(segment_bytes=4000))
n = 0
while True:
    n += 1
    print(journal.append(offered(n)).seq, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        for _ in range(300):
            last = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split(b"\n")
        last = max([last, *(int(line) for line in rest[:-1])])
    with FileJournal(tmp_path, "almaty") as journal:
        found = numbers(journal.read(0))
        assert found == list(range(1, journal.last_seq + 1))
        assert journal.last_seq >= last


def test_the_heartbeat_tells_the_next_process_when_we_died(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        assert journal.last_alive() is None
        journal.touch_alive(NOON)
        journal.touch_alive(NOON + timedelta(microseconds=1))
    with FileJournal(tmp_path, "almaty") as journal:
        assert journal.last_alive() == NOON + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda folder: (folder / "journal.json").write_text("{"), "journal.json"),
        (lambda folder: (folder / "journal.json").write_text('{"node": "astana@1"}'), "astana@1"),
    ],
)
def test_a_folder_of_another_node_or_damaged_is_a_bad_setting(
    tmp_path: Path, spoil: Callable[[Path], object], named: str
) -> None:
    FileJournal(tmp_path, "almaty").close()
    spoil(tmp_path)
    with pytest.raises(BadSetting, match=named):
        FileJournal(tmp_path, "almaty")


def test_a_folder_that_cannot_be_made_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="journal folder"):
        FileJournal(tmp_path / "file" / "journal", "almaty")


def test_append_costs_the_loop_far_less_than_a_millisecond(tmp_path: Path) -> None:
    with FileJournal(tmp_path, "almaty") as journal:
        costs = []
        for n in range(2000):
            begin = time.perf_counter()
            journal.append(offered(n))
            costs.append(time.perf_counter() - begin)
    assert sorted(costs)[1000] < 0.001
