"""Encoding an action: what it looks like, and what can never get through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.errors import Refused
from telephony.ami.action import MAX_LINE_BYTES, encode
from telephony.ami.backoff import Backoff, BackoffSettings


def test_an_action_is_its_lines() -> None:
    assert encode("Originate", {"Channel": "PJSIP/op1", "Variable": ["a=1", "имя=Айгүл"]}, "7") == (
        "Action: Originate\r\nActionID: 7\r\nChannel: PJSIP/op1\r\n"
        "Variable: a=1\r\nVariable: имя=Айгүл\r\n\r\n".encode()
    )


@pytest.mark.parametrize("bad", ["a\r\nAction: x", "a\nb", "a\rb", "a\0b", "\r\n\r\n"])
def test_a_line_break_or_nul_is_refused_wherever_it_stands(bad: str) -> None:
    attempts = [("Ping", {"Key": bad}, "1"), ("Ping", {bad: "x"}, "1"), (bad, {}, "1"), ("Ping", {}, bad)]
    for name, fields, action_id in attempts:
        with pytest.raises(Refused) as caught:
            encode(name, fields, action_id)  # type: ignore[arg-type]
        assert bad not in str(caught.value)


@given(st.text(max_size=50), st.text(max_size=200))
def test_whatever_is_given_there_is_one_action_or_none(key: str, value: str) -> None:
    try:
        data = encode("UserEvent", {key: value}, "1")
    except Refused:
        return
    assert data.endswith(b"\r\n\r\n")
    assert data.count(b"\r\n") == 4
    assert data.count(b"\n") == data.count(b"\r") == 4
    assert b"\0" not in data


@pytest.mark.parametrize("bad", ["x" * MAX_LINE_BYTES, "\ud800"])
def test_what_asterisk_would_not_read_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        encode("Ping", {"Key": bad}, "1")


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(Refused, match="Asterisk reads 128"):
        encode("Originate", {"Variable": ["a=1"] * 127}, "1")


def test_the_wait_doubles_to_its_cap_and_begins_again_after_a_steady_link() -> None:
    backoff = Backoff(BackoffSettings(), fraction=lambda: 1.0)
    assert backoff.wait == timedelta(0)
    waits = []
    for _ in range(9):
        backoff.failed()
        waits.append(backoff.wait.total_seconds())
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15, 15]
    backoff.ended_after(timedelta(seconds=3))
    assert backoff.wait.total_seconds() == 15
    backoff.ended_after(timedelta(minutes=3))
    assert backoff.wait.total_seconds() == 0.2
    backoff.refused()
    assert backoff.wait.total_seconds() == 60


def test_the_jitter_halves_at_most() -> None:
    backoff = Backoff(BackoffSettings(), fraction=lambda: 0.0)
    backoff.failed()
    assert backoff.wait == timedelta(seconds=0.1)
