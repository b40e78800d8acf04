"""How long a restart is blind: the board from 48 hours of journal, the old way and by line102.restore.

    python -m bench.restart [--entries 360000] [--unfinished 0]

3,000 calls a day with 60 events each make 360,000 entries. ``--unfinished`` of the newest calls wait for their
aftercare (a recogniser that was away). Each way runs in a process of its own: wall seconds, peak memory.
Both must agree (last column).
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench.store import NOON, one_call
from line102.board import Board
from line102.calls import CallId, Side
from line102.events import (
    CallOffered,
    GapFound,
    LedgerEvent,
    Link,
    RecordingStored,
    SegmentHeard,
    TranscriptCompleted,
)
from line102.journal import FileJournal
from line102.restore import restore
from line102.words import Segment

EVENTS_A_CALL = 60
AT_ONCE = 5  # live calls at the end


def long_call(n: int, *, finished: bool) -> list[LedgerEvent]:
    """One that lasts two minutes, with 60 events; 58 while its aftercare is to come."""
    *course, end = one_call(n)
    call_id = CallId(f"line102-1789.{n}")
    said = [
        SegmentHeard(
            call_id=call_id,
            at=end.at,
            segment=Segment(
                side=Side.OPERATOR if k % 2 else Side.CALLER,
                start=timedelta(seconds=60 + 2 * k),
                end=timedelta(seconds=61 + 2 * k),
                text='Адрес какой? "call_id" деп айтты, көмек керек, Төле би көшесі',
                language="ru",
                confidence=0.5,
                model="demo-model@3f2a91c0",
            ),
        )
        for k in range(38)
    ]
    stored = RecordingStored(
        call_id=call_id,
        at=end.at,
        path=f"2026/11/23/{call_id}.wav",
        duration=timedelta(seconds=120),
        sha256="ab" * 32,
        repaired=False,
        short_by=timedelta(0),
    )
    done = [stored, TranscriptCompleted(call_id=call_id, at=end.at)] if finished else []
    return [*course, *said, end, *done]


def traffic(entries: int, unfinished: int) -> Iterator[LedgerEvent]:
    """Two calls at a time, a gap every 500 calls; AT_ONCE calls live at the end."""
    calls = entries // EVENTS_A_CALL // 2 * 2
    for n in range(0, calls, 2):
        if n % 500 == 0:
            at = NOON + timedelta(seconds=n)
            yield GapFound(at=at, link=Link.AMI, began=at - timedelta(seconds=1), reason="Байланыс үзілді")
        pair = [long_call(k, finished=n < calls - unfinished) for k in (n, n + 1)]
        for turn in zip(*pair, strict=True):
            yield from turn
    for n in range(calls, calls + AT_ONCE):
        yield CallOffered(call_id=CallId(f"line102-1789.{n}"), at=NOON, number="", dialled="102")


def generate(folder: Path, entries: int, unfinished: int) -> None:
    with FileJournal(folder, "bench", fsync=lambda _: None) as journal:
        for event in traffic(entries, unfinished):
            journal.append(event)


def measure(way: str, folder: Path) -> None:
    """In a process of its own: prints seconds, peak MiB and what the board holds."""
    board = Board("bench")
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    opening = time.perf_counter()
    with FileJournal(folder, "bench") as journal:
        begin = time.perf_counter()
        if way == "restore":
            restore(board, journal.lines())
        else:
            for entry in journal.read(0):
                board.apply(entry.event)
        took = time.perf_counter() - begin
        last_seq = journal.last_seq
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shot = board.snapshot(NOON)
    forgotten = [n for n in range(last_seq) if board.has_forgotten(CallId(f"line102-1789.{n}"))]
    held = repr((shot.calls, shot.gaps, board.live_calls(), board.unfinished(), forgotten))
    print(
        f"{way:8} {took:6.2f} s, journal opened in {begin - opening:4.2f} s, peak {peak_mib:5.0f} MiB "
        f"({before_mib:.0f} before) | {len(board.live_calls())} live, {len(board.unfinished())} unfinished, "
        f"{len(shot.calls)} whole, {len(forgotten)} forgotten, {len(shot.gaps)} gaps "
        f"| {hashlib.sha256(held.encode()).hexdigest()[:12]}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=360_000)
    parser.add_argument("--unfinished", type=int, default=0)
    parser.add_argument("--measure", choices=["read", "restore"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure, chosen.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        generate(Path(name), chosen.entries, chosen.unfinished)
        size_mib = sum(path.stat().st_size for path in Path(name).iterdir()) / 2**20
        print(f"{chosen.entries} entries, {size_mib:.0f} MiB", flush=True)
        for way in ("restore", "read"):
            command = [sys.executable, "-m", "bench.restart", "--measure", way, "--folder", name]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
