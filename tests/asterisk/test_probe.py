"""``line102 probe`` against the real Asterisk: what is said to the echo comes back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from line102.errors import BadSetting, Unreachable
from telephony import probe as probe_module
from telephony.probe import ProbeSettings, find, probe, tone_sequence

pytestmark = pytest.mark.asterisk


def settings_for(pbx: Any) -> ProbeSettings:
    return ProbeSettings(sip_host=pbx.values.sip_bind, sip_port=pbx.values.sip_port, password=pbx.password_of("probe"))


async def test_audio_comes_back(pbx: Any) -> None:
    probed = await probe(settings_for(pbx))
    assert probed.audio_ok
    assert probed.likeness > 0.95
    assert probed.round_trip is not None
    assert timedelta(0) < probed.round_trip < timedelta(milliseconds=300)
    assert probed.set_up < timedelta(seconds=1)
    async with asyncio.timeout(5):  # the channel goes with the BYE, a moment after the phone has sent it
        while "0 active channels" not in await pbx.cli("core show channels count"):
            await asyncio.sleep(0.05)
    assert "probe/sip:" not in await pbx.cli("pjsip show contacts")


async def test_a_wrong_password_names_the_setting(pbx: Any) -> None:
    with pytest.raises(BadSetting, match="probe password"):
        await probe(replace(settings_for(pbx), password="wrong"))


async def test_an_extension_that_is_not_there_is_named(pbx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "ECHO", "102absent")
    with pytest.raises(BadSetting, match="extension 102absent"):
        await probe(settings_for(pbx))


async def test_an_answer_without_echo_is_not_ok(pbx: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialplan answers and plays something else than what was said: the verdict must be no."""
    await pbx.cli("dialplan add extension 102deaf,1,Answer into probe")
    await pbx.cli("dialplan add extension 102deaf,2,PlayTones(ring) into probe")
    await pbx.cli("dialplan add extension 102deaf,3,Wait(10) into probe")
    monkeypatch.setattr(probe_module, "ECHO", "102deaf")
    try:
        probed = await probe(settings_for(pbx))
    finally:
        await pbx.cli("dialplan remove extension 102deaf@probe")
    assert not probed.audio_ok
    assert probed.round_trip is None


async def test_no_pbx_is_said_in_time() -> None:
    began = time.monotonic()
    with pytest.raises(Unreachable, match="the PBX"):
        await probe(ProbeSettings(sip_host="127.0.0.1", sip_port=9, password="any"))
    assert time.monotonic() - began < 15


async def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(BadSetting, match=r"phone\.host"):
        await probe(ProbeSettings(sip_host="127.0.0.1", sip_port=9, password="any", host="192.0.2.1"))


def test_the_tones_are_found_in_noise_where_they_are() -> None:
    dice = np.random.default_rng(102)
    said = tone_sequence()
    heard = dice.normal(0, 500, 20_000).astype(np.int16)
    heard[3210 : 3210 + len(said)] += said
    lag, likeness = find(said, heard)
    assert lag == 3210
    assert likeness > 0.95
    assert find(said, dice.normal(0, 5000, 20_000).astype(np.int16))[1] < 0.2
    assert find(said, np.zeros(20_000, dtype=np.int16))[1] == 0.0
