"""``line102 coverage`` counts anew, and says so when speech is hidden."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from line102.__main__ import run
from line102.calls import CallId, Side
from line102.coverage import NOT_FOUND
from line102.events import (
    CallEnded,
    CallOffered,
    Entry,
    LedgerEvent,
    RecordingSetAside,
    RecordingStored,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
)
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from line102.words import Stretch
from tests.fakes.scripted import seconds, segment
from tests.speech import LINE_RATE_HZ, silence, speak

CALL = CallId("line102-1789.1")
NOW = datetime.now(UTC)
WORDS = speak("Мою квартиру ограбили вчера вечером.", "ru")
LENGTH = len(WORDS) / LINE_RATE_HZ


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A settings file, and a recording: the caller speaks from 1 s on, and again from 6 s on."""
    (tmp_path / "line102.toml").write_text(f'data_folder = "{tmp_path}"\n', encoding="utf-8")
    caller = np.concatenate([silence(1), WORDS, silence(5 - LENGTH), WORDS, silence(1)])
    (tmp_path / "recordings").mkdir()
    stereo = np.stack([caller, np.zeros_like(caller)], axis=1)
    soundfile.write(tmp_path / "recordings" / "a.wav", stereo, LINE_RATE_HZ)
    return tmp_path


def told(line: Path, *words: LedgerEvent) -> None:
    stored = RecordingStored(
        call_id=CALL, at=NOW, path="a.wav", duration=seconds(12), sha256="", repaired=False, short_by=seconds(0)
    )
    events = [
        CallOffered(call_id=CALL, at=NOW - timedelta(minutes=1), number="", dialled="102"),
        CallEnded(call_id=CALL, at=NOW),
        stored,
        *words,
    ]

    async def fill() -> None:
        ledger = SqlLedger(StoreSettings(url=f"sqlite:///{line / 'line102.db'}"))
        await ledger.apply([Entry(node="n", seq=n, event=event) for n, event in enumerate(events, 1)])
        await ledger.close()

    asyncio.run(fill())


def coverage(line: Path, *more: str) -> int:
    return run(["--config", str(line / "line102.toml"), "coverage", *more])


FIRST = SegmentHeard(call_id=CALL, at=NOW, segment=segment(Side.CALLER, 0.8, 1.1 + LENGTH, "ограбили"))
SECOND = SegmentHeard(call_id=CALL, at=NOW, segment=segment(Side.CALLER, 5.8, 6.1 + LENGTH, "ограбили"))
COMPLETE = TranscriptCompleted(call_id=CALL, at=NOW)
GAP = StretchMissed(
    call_id=CALL,
    at=NOW,
    stretch=Stretch(side=Side.CALLER, start=seconds(5.8), end=seconds(6.1 + LENGTH), reason=NOT_FOUND),
)


def test_a_call_whose_speech_is_all_text(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, FIRST, SECOND, COMPLETE)
    assert coverage(line) == 0
    said = capsys.readouterr()
    assert "missing 0.0" in said.out
    assert "1 calls, 0 with" in said.err


def test_speech_that_nothing_accounts_for_is_an_error(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, FIRST, COMPLETE)
    assert coverage(line, "--call", CALL) == 1
    assert "NOT ACCOUNTED FOR" in capsys.readouterr().out


def test_a_visible_gap_is_no_error(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, FIRST, GAP, COMPLETE)
    assert coverage(line) == 0
    said = capsys.readouterr().out
    assert NOT_FOUND in said
    assert "missing 0.0" not in said.splitlines()[0]


def test_a_transcript_that_is_not_finished_is_not_judged(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, FIRST)
    assert coverage(line) == 0
    assert "not finished" in capsys.readouterr().out


def test_a_recording_that_cannot_be_read_is_an_error(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, FIRST, SECOND, COMPLETE)
    (line / "recordings" / "a.wav").write_bytes(b"RIFF")
    assert coverage(line) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_a_recording_set_aside_is_told(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line, RecordingSetAside(call_id=CALL, at=NOW, path="x.wav", reason="no data chunk"))
    assert coverage(line) == 0
    assert "no data chunk" in capsys.readouterr().out


def test_an_unknown_call_is_an_error(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(line)
    assert coverage(line, "--call", "line102-1.1") == 1
    assert "no call line102-1.1" in capsys.readouterr().err
