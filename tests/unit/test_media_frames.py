"""Control texts and PCM frames of a media websocket."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.errors import ProtocolViolation
from telephony.media.frames import Framing, MediaStarted, Notice, parse_control

# As Asterisk 22.10.1 sent it.
START = (
    '{"event":"MEDIA_START","connection_id":"97c2e2ab-3c08-4484-adfc-859b3fcd106b",'
    '"channel":"WebSocket/INCOMING/0x562144ce8a20","channel_id":"t1-media","format":"slin","optimal_frame_size":320,'
    '"ptime":20,"channel_variables":{"MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE":"320"}}'
)


def test_the_start_says_rate_and_frame_size() -> None:
    assert parse_control(START) == MediaStarted(sample_rate_hz=8000, frame_bytes=320)


def test_a_wide_band_start() -> None:
    wide = START.replace('"slin"', '"slin16"').replace("320", "640")
    assert parse_control(wide) == MediaStarted(sample_rate_hz=16000, frame_bytes=640)


@pytest.mark.parametrize("name", ["MEDIA_XOFF", "DTMF_END", "SOMETHING_OF_2030"])
def test_other_controls_are_notices(name: str) -> None:
    assert parse_control(f'{{"event":"{name}","channel_id":"x"}}') == Notice(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MEDIA_START connection_id:1 format:slin",  # the plain-text form that we switch off
        "[]",
        '{"event":3}',
        '{"event":"MEDIA_START"}',
        START.replace('"slin"', '"ulaw"'),
        START.replace(":320", ":0"),
        START.replace(":320", ':"320"'),
    ],
)
def test_what_is_no_control_message_breaks_the_protocol(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        parse_control(text)


def test_a_frame_is_little_endian_samples() -> None:
    framing = Framing(8)
    assert framing.samples(b"\x01\x00\xff\xff\x00\x80\xff\x7f").tolist() == [1, -1, -32768, 32767]
    assert (framing.frames, framing.wrong_sizes) == (1, 0)


@pytest.mark.parametrize("size", [0, 1, 319, 318, 321, 640])
def test_frames_of_a_wrong_size_are_counted_and_used(size: int) -> None:
    framing = Framing(320)
    assert len(framing.samples(bytes(size))) == size // 2
    assert (framing.frames, framing.wrong_sizes) == (1, 1)


@given(st.binary(max_size=700))
def test_no_bytes_break_the_framing(data: bytes) -> None:
    samples = Framing(320).samples(data)
    assert samples.dtype == np.int16
    assert len(samples) == len(data) // 2
