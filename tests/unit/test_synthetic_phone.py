"""The phone's words and sounds, without a network: µ-law, SIP messages, espeak-ng's speech."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from synthetic.speech import PEAK, Speech, Voice
from telephony import ulaw
from telephony.phone_audio import KEY_FRAMES, KEY_TYPE, PhoneAudio
from telephony.phone_messages import PhoneMessages, Received, key_of

RINGING_IN = (
    b"INVITE sip:op1@127.0.0.1:6001 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5162;rport;branch=z9hG4bKabc\r\n"
    b"From: <sip:77000000001@127.0.0.1>;tag=theirs\r\nTo: <sip:op1@127.0.0.1>\r\n"
    b"Contact: <sip:asterisk@127.0.0.1:5162>\r\nCall-ID: one\r\nCSeq: 77 INVITE\r\n"
    b"Content-Type: application/sdp\r\nContent-Length: 0\r\n\r\n"
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=Asterisk\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 20004 RTP/AVP 8 0\r\n"
    b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
)
OK = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:6001;rport=6001;received=127.0.0.1;branch=z9hG4bKabc\r\n"
    b"From: <sip:probe@127.0.0.1>;tag=ours\r\nTo: <sip:102@127.0.0.1>;tag=theirs\r\nContact: <sip:127.0.0.1:5162>\r\n"
    b"Call-ID: two\r\nCSeq: 3 INVITE\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
def messages() -> PhoneMessages:
    return PhoneMessages(
        server="127.0.0.1", server_port=5162, username="op1", password="secret", host="127.0.0.1", port=6001
    )


def test_ulaw_keeps_every_sample_within_its_step() -> None:
    samples = np.arange(-32635, 32636, dtype=np.int32)
    again = ulaw.decode(ulaw.encode(samples.astype(np.int16))).astype(np.int32)
    assert np.all(
        np.abs(again - samples) <= np.maximum(4, (np.abs(samples) + 132) / 32)
    )  # half a step: 1/32 of the value
    assert ulaw.encode(np.zeros(2, dtype=np.int16)) == bytes([ulaw.SILENCE] * 2)
    assert np.all(np.diff(again) >= 0)


def test_ulaw_codes_are_their_own_encoding() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is a second zero
    assert ulaw.encode(ulaw.decode(codes)) == codes
    assert int(np.abs(ulaw.decode(codes)).max()) == 32124


def test_an_incoming_call_says_who_and_where(messages: PhoneMessages) -> None:
    invite = Received(RINGING_IN)
    assert (invite.is_request, invite.method, invite.caller) == (True, "INVITE", "77000000001")
    assert invite.audio_address() == ("127.0.0.9", 20004)
    ringing = messages.reply(invite, "180 Ringing")
    tag = ringing.split("To: <sip:op1@127.0.0.1>;tag=")[1].split("\r\n")[0]
    assert f"To: <sip:op1@127.0.0.1>;tag={tag}" in messages.answer(invite, 30000)  # one dialog, one tag
    bye = messages.bye(messages.dialog_of_theirs(invite), 1)
    assert bye.startswith("BYE sip:asterisk@127.0.0.1:5162 SIP/2.0\r\n")
    assert f"From: <sip:op1@127.0.0.1>;tag={tag}\r\nTo: <sip:77000000001@127.0.0.1>;tag=theirs\r\n" in bye


def test_an_acknowledgement_carries_their_tag(messages: PhoneMessages) -> None:
    """pyVoIP invents one, and Asterisk ends the call after 32 s."""
    ok = Received(OK)
    ack = messages.ack(messages.dialog_of_ours(ok), ok.sequence)
    assert "From: <sip:probe@127.0.0.1>;tag=ours\r\nTo: <sip:102@127.0.0.1>;tag=theirs\r\n" in ack
    assert key_of(ack) == ("two", "ACK", 3)


def test_a_cancel_belongs_to_its_invite(messages: PhoneMessages) -> None:
    invite = messages.invite("102", 30000, None)
    cancel = messages.cancel(invite)
    branch = invite.split("branch=")[1].split("\r\n")[0]
    assert f"branch={branch};" in cancel
    assert key_of(cancel)[::2] == key_of(invite)[::2]
    assert messages.invite("102", 30000, None).split("Call-ID: ")[1] != invite.split("Call-ID: ")[1]


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\x00\x00\x00\x00", b"SIP/2.0 200 OK\r\n\r\n", b"NOTIFY x SIP/2.0\r\n\r\n"]
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a SIP message"):
        Received(data)


def test_a_cut_message_never_breaks_the_phone() -> None:
    for cut in range(len(RINGING_IN)):
        try:
            Received(RINGING_IN[:cut]).audio_address()
        except ValueError as refused:
            assert "not a SIP message" in str(refused)


async def test_speech_is_telephone_speech_and_is_kept(tmp_path: Path) -> None:
    voice = Voice("kk", "f2", 170, 50)
    samples = await Speech(tmp_path).say("Сәлеметсіз бе", voice)
    assert 0.4 < len(samples) / 8000 < 3
    assert np.abs(samples).max() == pytest.approx(PEAK, rel=0.01)
    written = times_in(tmp_path)
    assert len(written) == 1
    assert np.array_equal(await Speech(tmp_path).say("Сәлеметсіз бе", voice), samples)
    assert times_in(tmp_path) == written
    assert not np.array_equal(await Speech(tmp_path).say("Сәлеметсіз бе", Voice("kk", "m1", 170, 50)), samples)


def times_in(folder: Path) -> list[int]:
    return [file.stat().st_mtime_ns for file in folder.iterdir()]


def test_a_pressed_key_is_sent_as_rfc_4733_has_it() -> None:
    """One timestamp, growing duration, the end three times; then sound goes on, later by as much as was pressed."""
    audio = PhoneAudio()
    audio.press("#")
    with pytest.raises(ValueError, match="still pressed"):
        audio.press("1")
    packets = [packet for _ in range(KEY_FRAMES) for packet in audio._key_packets()]
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    keys = [struct.unpack("!BBH", packet[12:]) for packet in packets]
    assert len(packets) == KEY_FRAMES + 2
    assert [kind & 0x7F for _, kind, *_ in heads] == [KEY_TYPE] * len(heads)
    assert [bool(kind & 0x80) for _, kind, *_ in heads] == [True] + [False] * (len(heads) - 1)
    assert len({timestamp for _, _, _, timestamp, _ in heads}) == 1
    sequence = heads[0][2]
    assert [head[2] for head in heads] == [(sequence + n) & 0xFFFF for n in range(len(heads))]
    assert {event for event, _, _ in keys} == {11}
    assert [bool(flags & 0x80) for _, flags, _ in keys] == [False] * (KEY_FRAMES - 1) + [True] * 3
    assert [duration for *_, duration in keys] == [160, 320, 480, 640, 800, 800, 800]
    following = struct.unpack("!BBHII", audio._packet()[:12])
    assert (following[3] - heads[0][3]) % (1 << 32) == KEY_FRAMES * 160
    audio.press("0")


def test_a_caller_offers_keys(messages: PhoneMessages) -> None:
    offer = messages.invite("102", 20000, None)
    assert "a=rtpmap:101 telephone-event/8000" in offer
