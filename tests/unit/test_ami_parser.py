"""The sans-I/O parser on bytes of the real Asterisk, cut everywhere."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line102.errors import ProtocolViolation
from telephony.ami.message import Message
from telephony.ami.parser import MAX_BANNER_BYTES, AmiParser

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings" / "ami").glob("*.txt"))
ANSWERED = next(path for path in RECORDINGS if path.stem == "answered").read_bytes()
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
AIGUL = "Айгүл 🚓 Ұлжан"
CYRILLIC = BANNER + f"Event: Newchannel\r\nCallerIDName: {AIGUL}\r\nExten: 102\r\n\r\n".encode()


def whole(data: bytes) -> list[Message]:
    return AmiParser().feed(data)


def in_pieces(data: bytes, cuts: list[int]) -> list[Message]:
    parser, edges, messages = AmiParser(), [0, *sorted(cuts), len(data)], []
    for start, end in itertools.pairwise(edges):
        messages += parser.feed(data[start:end])
    return messages


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_read_to_its_last_byte(path: Path) -> None:
    parser = AmiParser()
    messages = parser.feed(path.read_bytes())
    assert parser.version is not None
    assert all(message.is_event or message.is_response for message in messages)
    assert len(messages) == path.read_bytes().count(b"\r\n\r\n")
    assert "" not in {key for message in messages for key, _ in message.pairs}


def test_real_traffic_may_be_cut_at_every_offset() -> None:
    piece = ANSWERED[:4000]  # login, answers, a list, events
    expected = whole(piece)
    for cut in range(len(piece) + 1):
        assert in_pieces(piece, [cut]) == expected


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_real_traffic_may_come_byte_by_byte(path: Path) -> None:
    data = path.read_bytes()
    assert in_pieces(data, list(range(len(data)))) == whole(data)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, len(ANSWERED)), max_size=60))
def test_any_chunking_gives_the_same_messages(cuts: list[int]) -> None:
    assert in_pieces(ANSWERED, cuts) == whole(ANSWERED)


@pytest.mark.parametrize("cut", range(len(CYRILLIC) + 1))
def test_a_letter_cut_in_the_middle_is_still_that_letter(cut: int) -> None:
    (message,) = in_pieces(CYRILLIC, [cut])
    assert message.get("CallerIDName") == AIGUL


def test_repeated_keys_are_kept_in_order() -> None:
    (message,) = whole(BANNER + b"Event: X\r\nChanVariable: a=1\r\nChanVariable: b=2\r\nchanvariable: c=3\r\n\r\n")
    assert message.all("ChanVariable") == ("a=1", "b=2", "c=3")
    assert message.get("ChanVariable") == "a=1"
    assert message.get("Absent", "-") == "-"


def test_a_command_answers_with_one_output_line_each() -> None:
    (message,) = whole(
        BANNER + b"Response: Success\r\nMessage: Command output follows\r\n"
        b"Output: Channel  Location\r\nOutput: \r\nOutput: 0 active channels: none\r\n\r\n"
    )
    assert message.all("Output") == ("Channel  Location", "", "0 active channels: none")


def test_values_keep_colons_spaces_and_bare_line_feeds() -> None:
    (message,) = whole(BANNER + b"Event: X\r\nA: b: c \r\nEmpty:\r\nD:  e\nf\r\n\r\n")
    assert message.pairs == (("Event", "X"), ("A", "b: c "), ("Empty", ""), ("D", " e\nf"))


def test_a_line_without_a_colon_and_bytes_that_are_no_utf8_are_kept() -> None:
    (message,) = whole(BANNER + b"Event: X\r\nodd\r\nName: \xff\xd0\r\n\r\n")
    assert message.pairs == (("Event", "X"), ("", "odd"), ("Name", "\ufffd\ufffd"))


@pytest.mark.parametrize("step", [1, 1000, 65536, 10**6])
def test_the_limit_is_the_same_however_the_bytes_come(step: int) -> None:
    fits = b"Event: " + b"x" * (64 * 1024 - len("Event: "))
    assert len(in_pieces(BANNER + fits + b"\r\n\r\n", list(range(0, len(fits), step)))) == 1
    with pytest.raises(ProtocolViolation):
        in_pieces(BANNER + fits + b"x\r\n\r\n", list(range(0, len(fits), step)))


def test_an_endless_message_is_given_up() -> None:
    parser = AmiParser()
    parser.feed(BANNER)
    with pytest.raises(ProtocolViolation, match="within 65536 bytes"):
        for _ in range(100):
            parser.feed(b"x" * 1000)


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 400\r\n", b"A\0", BANNER[:-2] + b"x" * MAX_BANNER_BYTES]
)
def test_somebody_else_s_greeting_is_no_ami(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        AmiParser().feed(data)
