from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from line102.errors import ProtocolViolation
from telephony.wav import inspect_wav, read_blocks, wav_header

SAMPLES = np.arange(1000, dtype="<i2")


def written(folder: Path, *, told: int | None = None, extra: bytes = b"", rate: int = 8000) -> Path:
    header = bytearray(wav_header(sample_rate_hz=rate, channels=1, frames=len(SAMPLES)))
    if told is not None:
        header[40:44] = struct.pack("<I", told)
    path = folder / "call-in.wav"
    path.write_bytes(bytes(header) + SAMPLES.tobytes() + extra)
    return path


def test_a_finished_file(tmp_path: Path) -> None:
    info = inspect_wav(written(tmp_path))
    assert (info.finished, info.frames, info.sample_rate_hz, info.channels) == (True, 1000, 8000, 1)
    assert info.duration == timedelta(milliseconds=125)


@pytest.mark.parametrize("told", [0, 320, 4000, 0xFFFFFFFF])
def test_an_unfinished_header_is_not_believed(tmp_path: Path, told: int) -> None:
    info = inspect_wav(written(tmp_path, told=told))
    assert (info.finished, info.frames) == (False, 1000)


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, told=0, extra=b"\x7f")
    info = inspect_wav(path)
    assert (info.finished, info.frames) == (False, 1000)
    assert np.concatenate(list(read_blocks(path, info, 300))).tolist() == SAMPLES.tolist()


@pytest.mark.parametrize("block", [1, 7, 999, 1000, 5000])
def test_blocks_hold_every_sample_once(tmp_path: Path, block: int) -> None:
    path = written(tmp_path)
    blocks = list(read_blocks(path, inspect_wav(path), block))
    assert max(len(part) for part in blocks) <= block
    assert np.concatenate(blocks).tolist() == SAMPLES.tolist()


@pytest.mark.parametrize("cut", range(44))
def test_a_header_cut_anywhere_is_refused_with_a_reason(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ProtocolViolation):
        inspect_wav(path)


def test_a_header_alone_holds_no_audio(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:44])
    assert inspect_wav(path).frames == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        b"RIFF" + b"\xff" * 400,
        b"OggS" + b"\0" * 100,
        b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff" + b"\0" * 90,
    ],
)
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(ProtocolViolation):
        inspect_wav(path)


def test_other_chunks_are_passed_over(tmp_path: Path) -> None:
    whole = written(tmp_path).read_bytes()
    path = tmp_path / "x.wav"
    path.write_bytes(whole[:36] + b"LIST" + struct.pack("<I", 5) + b"INFO!\0" + whole[36:])
    info = inspect_wav(path)
    assert np.concatenate(list(read_blocks(path, info, 512))).tolist() == SAMPLES.tolist()


def test_a_float_file_is_not_ours(tmp_path: Path) -> None:
    raw = bytearray(written(tmp_path).read_bytes())
    raw[20:22] = struct.pack("<H", 3)
    path = tmp_path / "x.wav"
    path.write_bytes(bytes(raw))
    with pytest.raises(ProtocolViolation, match="not our audio"):
        inspect_wav(path)
