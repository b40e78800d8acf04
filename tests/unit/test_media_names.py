"""Which channels on the PBX are ours to remove."""

from __future__ import annotations

import pytest

from line102.calls import CallId, Side
from telephony.media.names import OurNames, TapNames, VoiceNames


@pytest.mark.parametrize("side", Side)
def test_our_own_names_are_ours(side: Side) -> None:
    names = TapNames.of(CallId("almaty-1-1789000000.42"), side)
    assert all(name in OurNames("almaty-1") for name in names.all())
    assert len(names.all()) == 3
    assert max(map(len, names.all())) < 150  # Asterisk's AST_MAX_UNIQUEID


def test_two_taps_of_one_side_have_different_names() -> None:
    call = CallId("line102-1789.1")
    assert not TapNames.of(call, Side.CALLER).all() & TapNames.of(call, Side.CALLER).all()


@pytest.mark.parametrize(
    "name",
    [
        "line102-1789.1",  # a caller
        "line102-tap-other-1789.1-caller-0badcafe-snoop",
        "line102-tap-line102-b-1789.1-caller-0badcafe-snoop",  # a node whose name begins like ours
        "line102-tap-line102-1789.1-caller-0badcafe",
        "line102-tap-line102-1789.1-supervisor-0badcafe-snoop",
        "x-line102-tap-line102-1789.1-caller-0badcafe-snoop",
        "line102-tap-line102-1789.1-caller-0badcafe-snoop\n",
        "",
    ],
)
def test_everything_else_is_not(name: str) -> None:
    assert name not in OurNames("line102")


def test_voices_and_taps_do_not_sweep_one_another() -> None:
    call = CallId("line102-1789.1")
    voice, tap = VoiceNames.of(call), TapNames.of(call, Side.CALLER)
    voices, taps = OurNames.of_voices("line102"), OurNames("line102")
    assert voice.snoop in voices
    assert voice.snoop not in taps
    assert voice.snoop not in OurNames.of_voices("line102-b")
    assert not any(name in voices for name in tap.all())
    assert voice.playback(1) != voice.playback(2)
    assert call not in voices
