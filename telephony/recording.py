"""From MixMonitor's two files of a call to one playable recording; nothing is ever lost on the way.

The spool holds ``<uid>-in.wav`` (what the caller says) and ``<uid>-out.wav`` (what the caller hears). They stay where
they are; how long is decided by retention, not here. A file that cannot be read is moved to ``set-aside/`` with its
reason beside it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.calls import CallId, CallRecord
from line102.errors import ProtocolViolation, Unreachable
from line102.events import RecordingSetAside, RecordingStored
from telephony.stereo import Stored, store_stereo
from telephony.wav import WavInfo, inspect_wav

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_POLL = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """How long MixMonitor may take to close a file: it writes every 2 s of audio (32 KiB), and the header last."""

    unchanged: timedelta = timedelta(seconds=3)  # a file that stood still for so long is not being written any more
    deadline: timedelta = timedelta(seconds=15)  # still growing by then: the call is not over; retried later


_SETTLING = Settling()


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two files. ``info`` is None when it is absent or holds nothing: then it counts as silence."""

    path: Path
    info: WavInfo | None


class RecordingIngest:
    """``spool``, ``recordings`` and ``set_aside`` are folders; the first and the last lie on one file system."""

    def __init__(self, spool: Path, recordings: Path, set_aside: Path, settling: Settling = _SETTLING) -> None:
        self._spool = spool
        self._recordings = recordings
        self._set_aside = set_aside
        self._settling = settling

    async def ingest(self, record: CallRecord) -> RecordingStored | RecordingSetAside | None:
        """Make the playable recording of an ended call. Idempotent: again gives the same file.

        None: the call was never recorded (refused at once, or MixMonitor could not start). Raises Unreachable when a
        folder cannot be written (disk full) or a file is still being written: retry later, the originals are whole.
        """
        if not SAFE_ID.fullmatch(record.call_id):
            raise ProtocolViolation("recording", "a call id that is no file name")
        paths = self._paths(record.call_id)
        await self._settled(paths)
        return await asyncio.to_thread(self._ingest, record, paths)

    async def leftovers(self, known: Container[CallId]) -> list[CallId]:
        """Calls with files in the spool that are not in ``known`` (ingested, or still on the line), oldest first."""
        return await asyncio.to_thread(self._leftovers, known)

    def _paths(self, call_id: CallId) -> tuple[Path, Path]:
        return self._spool / f"{call_id}-in.wav", self._spool / f"{call_id}-out.wav"

    async def _settled(self, paths: tuple[Path, Path]) -> None:
        """Wait until both files are finished, or have stood still."""
        deadline = time.monotonic() + self._settling.deadline.total_seconds()
        seen, since = await asyncio.to_thread(_sizes, paths), time.monotonic()
        while not await asyncio.to_thread(_all_finished, paths):
            if time.monotonic() - since >= self._settling.unchanged.total_seconds():
                return
            if time.monotonic() >= deadline:
                raise Unreachable(f"recording {paths[0].name}", "it is still being written")
            await asyncio.sleep(_POLL.total_seconds())
            sizes = await asyncio.to_thread(_sizes, paths)
            if sizes != seen:
                seen, since = sizes, time.monotonic()

    def _ingest(self, record: CallRecord, paths: tuple[Path, Path]) -> RecordingStored | RecordingSetAside | None:
        earlier = self._set_aside_earlier(record)
        if earlier is not None or not any(path.exists() for path in paths):
            return earlier or self._absent(record)
        sides, unreadable = [], []
        for path in paths:
            try:
                sides.append(_side(path))
            except ProtocolViolation as error:
                unreadable.append((path, error.why))
        rates = {side.info.sample_rate_hz for side in sides if side.info is not None and side.info.frames}
        if not unreadable and len(rates) != 1:
            why = "no audio in either file" if not rates else f"the two sides differ in sample rate: {sorted(rates)} Hz"
            unreadable = [(side.path, why) for side in sides if side.path.exists()]
        if unreadable:
            return self._put_aside(record, unreadable)
        return self._store(record, sides[0], sides[1], rates.pop())

    def _store(self, record: CallRecord, caller: _Side, operator: _Side, rate: int) -> RecordingStored:
        day = record.offered_at.astimezone(UTC)
        relative = Path(f"{day:%Y/%m/%d}") / f"{record.call_id}.wav"
        try:
            stored: Stored = store_stereo(
                self._recordings / relative, (caller.path, caller.info), (operator.path, operator.info), rate
            )
        except OSError as error:
            raise Unreachable(f"folder {self._recordings}", error.strerror or str(error)) from error
        shorter = min(side.info.duration if side.info else timedelta(0) for side in (caller, operator))
        return RecordingStored(
            call_id=record.call_id,
            at=_now(),
            path=relative.as_posix(),
            duration=stored.duration,
            sha256=stored.sha256,
            repaired=any(side.info is None or not side.info.finished for side in (caller, operator)),
            short_by=max(_expected(record) - shorter, timedelta(0)),
        )

    def _set_aside_earlier(self, record: CallRecord) -> RecordingSetAside | None:
        earlier = sorted(self._set_aside.glob(f"{record.call_id}-*.wav"))
        if not earlier:
            return None
        reasons = [path.with_name(path.name + ".reason.txt") for path in earlier]
        why = "; ".join(reason.read_text("utf-8").strip() for reason in reasons if reason.exists())
        return RecordingSetAside(call_id=record.call_id, at=_now(), path=str(earlier[0]), reason=why or "set aside")

    def _absent(self, record: CallRecord) -> RecordingSetAside | None:
        if record.recording_began_at is None:
            return None
        return RecordingSetAside(call_id=record.call_id, at=_now(), path="", reason="no file in the spool")

    def _put_aside(self, record: CallRecord, unreadable: list[tuple[Path, str]]) -> RecordingSetAside:
        """Move each unreadable file; a readable other side stays in the spool, whole."""
        try:
            self._set_aside.mkdir(parents=True, exist_ok=True)
            for path, why in unreadable:
                aside = self._set_aside / path.name
                aside.with_name(aside.name + ".reason.txt").write_text(f"{path.name}: {why}\n", "utf-8")
                path.replace(aside)
        except OSError as error:
            raise Unreachable(f"folder {self._set_aside}", error.strerror or str(error)) from error
        reason = "; ".join(f"{path.name}: {why}" for path, why in unreadable)
        first = self._set_aside / unreadable[0][0].name
        return RecordingSetAside(call_id=record.call_id, at=_now(), path=str(first), reason=reason)

    def _leftovers(self, known: Container[CallId]) -> list[CallId]:
        try:
            files = [(path.stat().st_mtime_ns, path.name) for path in self._spool.glob("*.wav")]
        except OSError as error:
            raise Unreachable(f"folder {self._spool}", error.strerror or str(error)) from error
        ids = (CallId(name.removesuffix("-in.wav").removesuffix("-out.wav")) for _, name in sorted(files))
        return list(dict.fromkeys(call_id for call_id in ids if call_id not in known))


def _side(path: Path) -> _Side:
    """Raises ProtocolViolation when the file is there and is no audio of ours."""
    try:
        if path.stat().st_size == 0:  # a crash within the first 2 s: nothing had left Asterisk's buffer
            return _Side(path, None)
        return _Side(path, inspect_wav(path))
    except FileNotFoundError:
        return _Side(path, None)
    except OSError as error:
        raise Unreachable(f"recording {path}", error.strerror or str(error)) from error


def _sizes(paths: tuple[Path, Path]) -> list[int]:
    return [path.stat().st_size if path.exists() else -1 for path in paths]


def _all_finished(paths: tuple[Path, Path]) -> bool:
    """Whether there is nothing to wait for: both closed, or neither there."""
    if not any(path.exists() for path in paths):
        return True
    try:
        infos = [inspect_wav(path) for path in paths]
        return all(info.finished and info.frames for info in infos)  # a file just begun says 0 and holds 0
    except (OSError, ProtocolViolation):
        return False


def _expected(record: CallRecord) -> timedelta:
    """The call's length from where the recording began."""
    if record.ended_at is None:
        return timedelta(0)
    return record.ended_at - (record.recording_began_at or record.offered_at)


def _now() -> datetime:
    return datetime.now(UTC)
