"""The phone in the page, against the real Asterisk: registered, rung, answered, sound both ways, links cut, two pages.

Behind the page is PhoneFront; the whole service is behind it in test_desk_calls.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.async_api import Browser, Dialog, Locator, Page, expect

from tests.asterisk.sip_callers import Sipp, caller, phone
from tests.browser.phone_front import PhoneFront
from tests.browser.phone_page import Sound, sound_of, speaking_browser, until, voice_for_chromium
from tests.speech import LINE_RATE_HZ, speak

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.realtime]


@pytest.fixture
async def front(pbx: Any) -> AsyncIterator[PhoneFront]:
    async with PhoneFront(pbx).running() as front:
        yield front


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Browser]:
    voice = voice_for_chromium(speak("Полиция слушаю вас.", "ru", voice="f2"), LINE_RATE_HZ, tmp_path / "voice.wav")
    async with speaking_browser(voice) as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Talk:
    sipp: Sipp
    strip: Locator
    id: str


async def open_page(browser: Browser, front: PhoneFront, pbx: Any, *, allowed: bool = True) -> Page:
    """The page, whose phone is registered."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="ru-RU")
    if allowed:
        await context.grant_permissions(["microphone"])
    page = await context.new_page()
    page.on("pageerror", lambda error: print("error on the page:", error))
    await page.goto(front.address)
    await until(lambda: registered(pbx), "op1-web registered")
    await until(lambda: said_hello(front, []), "hello")
    return page


@contextlib.asynccontextmanager
async def talking(pbx: Any, page: Page, number: str = "77010000031") -> AsyncIterator[Talk]:
    """A caller in the queue, answered by F2, heard by the page."""
    strip = page.get_by_test_id("phone-strip")
    async with caller(pbx, talk_s=60, number=number) as sipp:
        await expect(strip).to_have_attribute("data-phase", "ringing")
        await page.keyboard.press("F2")
        await expect(strip).to_have_attribute("data-phase", "talking")
        await until(lambda: both_ways(page), "sound both ways")
        call_id = await strip.get_attribute("data-call")
        assert call_id, "the INVITE says which call it is"
        yield Talk(sipp, strip, call_id)


async def registered(pbx: Any, name: str = "op1-web") -> bool:
    return f"{name}/sip:" in await pbx.cli(f"pjsip show aor {name}")


async def both_ways(page: Page) -> bool:
    sound = await sound_of(page)
    return sound.received > 100 and sound.sent > 100 and sound.energy > 0.0005


async def grown(page: Page, before: Sound, *, by: int) -> bool:
    return (await sound_of(page)).received >= before.received + by


async def louder(page: Page, before: Sound) -> bool:
    return (await sound_of(page)).energy > before.energy + 0.01


async def settled(page: Page) -> Sound:
    """The figures, once no more is heard: they are told each 2 s."""
    last = await sound_of(page)
    for _ in range(5):
        await asyncio.sleep(2.1)
        now = await sound_of(page)
        if now.energy == last.energy:
            break
        last = now
    return last


async def said_hello(front: PhoneFront, calls: list[str]) -> bool:
    return calls in front.held


async def answered_keep_alive(front: PhoneFront) -> bool:
    return front.keep_alives > 0


def loudness(recording: Path) -> list[float]:
    """RMS of each half second."""
    samples, rate = soundfile.read(recording)
    halves = [samples[i : i + rate // 2] for i in range(0, len(samples) - rate // 2, rate // 2)]
    return [float(np.sqrt(np.mean(np.square(half)))) for half in halves]


async def test_the_page_registers_is_rung_answers_and_sound_goes_both_ways(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await open_page(speaker, front, pbx)
    async with talking(pbx, page) as call:
        await expect(call.strip).to_contain_text("+7 701 000 00 31")
        await page.keyboard.press("F2")
        await expect(call.strip).to_have_count(0)
        await call.sipp.ended()


async def test_mute_is_silence_to_the_caller_and_hold_stops_the_sound(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await open_page(speaker, front, pbx)
    async with talking(pbx, page) as call:
        await asyncio.sleep(3)  # heard by the caller: measured in the recording, not waited for
        await page.keyboard.press("F4")
        await expect(page.get_by_role("button", name="Включить звук")).to_be_visible()
        await asyncio.sleep(3)
        await page.keyboard.press("F4")
        await page.keyboard.press("F3")
        await expect(call.strip).to_have_attribute("data-phase", "held")
        before = await settled(page)
        await asyncio.sleep(3)
        assert (await sound_of(page)).energy == before.energy, "a held caller is not heard by the operator"
        await page.keyboard.press("F3")
        await expect(call.strip).to_have_attribute("data-phase", "talking")
        await until(lambda: louder(page, before), "sound again after hold")
    heard = loudness(sorted(pbx.recordings.rglob("*-out.wav"), key=lambda file: file.stat().st_mtime)[-1])
    assert max(heard) > 0.01
    quiet = max(sum(1 for _ in run) for loud, run in groupby(heard, key=lambda rms: rms > 0.003) if not loud)
    assert quiet >= 5, f"2.5 s of silence while muted: {heard}"


async def test_a_cut_link_ends_no_talk_and_the_page_says_so(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    page = await open_page(speaker, front, pbx)
    async with talking(pbx, page) as call:
        front.open = False
        await front.cut()
        await expect(page.get_by_test_id("phone-why")).to_contain_text("Нет связи с АТС")
        await expect(call.strip).to_have_attribute("data-phase", "talking")
        before = await sound_of(page)
        await until(lambda: grown(page, before, by=100), "sound while the link is away")
        front.open = True
        await expect(page.get_by_test_id("phone-why")).to_have_count(0)
        await until(lambda: said_hello(front, [call.id]), "hello with the call it holds")
        before = await sound_of(page)
        await until(lambda: grown(page, before, by=100), "sound after the link is back")
        await call.sipp.hang_up()  # Asterisk must know where we are now
        await expect(call.strip).to_have_count(0, timeout=3000)


async def test_hanging_up_without_a_link_is_done_when_it_is_back(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    page = await open_page(speaker, front, pbx)
    async with talking(pbx, page) as call:
        front.open = False
        await front.cut()
        await expect(page.get_by_test_id("phone-why")).to_be_visible()
        await page.keyboard.press("F2")
        await expect(call.strip).to_contain_text("завершится, как только вернётся связь")
        front.open = True
        await expect(call.strip).to_have_count(0)


async def test_a_caller_who_went_while_the_link_was_away_is_gone_when_it_is_back(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await open_page(speaker, front, pbx)
    async with talking(pbx, page) as call:
        front.open = False
        await front.cut()
        await expect(page.get_by_test_id("phone-why")).to_be_visible()
        await call.sipp.hang_up()
        await expect(call.strip).to_have_attribute("data-phase", "talking")
        front.open = True
        await expect(call.strip).to_have_count(0)


async def test_a_link_that_carries_nothing_is_noticed(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    page = await open_page(speaker, front, pbx)
    await until(lambda: answered_keep_alive(front), "a keep-alive", within_s=15)
    front.deaf = True
    await expect(page.get_by_test_id("phone-why")).to_contain_text("Нет связи с АТС", timeout=20_000)
    front.deaf = False
    await expect(page.get_by_test_id("phone-why")).to_have_count(0)
    await until(lambda: registered(pbx), "registered again")


async def test_a_second_page_takes_the_phone_only_when_asked(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    first = await open_page(speaker, front, pbx)
    second = await first.context.new_page()
    await second.goto(front.address)
    await expect(second.get_by_test_id("phone-taken")).to_contain_text("Телефон уже открыт на другой странице")
    await expect(first.get_by_test_id("phone-taken")).to_have_count(0)
    assert front.held == [[]], "a page without the phone says nothing about calls"
    await second.get_by_role("button", name="Перенести сюда").click()
    await expect(first.get_by_test_id("phone-taken")).to_contain_text("Телефон открыт на другой странице")
    await expect(second.get_by_test_id("phone-taken")).to_have_count(0)
    async with caller(pbx, talk_s=30, number="77010000032"):
        await expect(second.get_by_test_id("phone-strip")).to_have_attribute("data-phase", "ringing")
        await expect(first.get_by_test_id("phone-strip")).to_have_count(0)


async def test_ringing_stops_when_the_caller_is_gone(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    page = await open_page(speaker, front, pbx)
    strip = page.get_by_test_id("phone-strip")
    async with caller(pbx, talk_s=30, number="77010000033"):
        await expect(strip).to_have_attribute("data-phase", "ringing")
        await expect(page).to_have_title("☎ Звонок 77010000033")
    await expect(strip).to_have_count(0)
    await expect(page).not_to_have_title("☎ Звонок 77010000033")


async def test_leaving_in_mid_call_is_warned_of_and_the_caller_is_back_at_the_head(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await open_page(speaker, front, pbx)
    asked: list[str] = []

    async def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", leave)
    async with talking(pbx, page) as call:
        front.held.clear()
        await page.reload()
        assert asked == ["beforeunload"]
        await until(lambda: said_hello(front, []), "the old page or the new one says that nothing is held")
        # Here nobody takes the old leg down: Asterisk does, after 5 s without audio, and rings whoever is there.
        await expect(call.strip).to_have_attribute("data-phase", "ringing", timeout=12_000)
        await expect(call.strip).to_have_attribute("data-call", call.id)
        await page.keyboard.press("F2")
        await until(lambda: both_ways(page), "the same caller again")


async def test_answers_by_itself_when_the_centre_says_so(pbx: Any, speaker: Browser) -> None:
    async with PhoneFront(pbx, answer="auto").running() as front:
        page = await open_page(speaker, front, pbx)
        await expect(page.get_by_test_id("phone-microphone")).to_have_count(0)  # untested until it was heard
        async with caller(pbx, talk_s=30, number="77010000034"):
            await expect(page.get_by_test_id("phone-strip")).to_have_attribute("data-phase", "talking")


async def test_a_silent_microphone_is_found_before_a_caller_finds_it(
    pbx: Any, front: PhoneFront, tmp_path: Path
) -> None:
    nothing = voice_for_chromium(np.zeros(LINE_RATE_HZ * 2, np.int16), LINE_RATE_HZ, tmp_path / "nothing.wav")
    async with speaking_browser(nothing) as browser:
        page = await open_page(browser, front, pbx)
        notice = page.get_by_test_id("phone-microphone")
        await expect(notice).to_contain_text("молчит")
        await notice.get_by_role("button", name="Проверить").click()
        await expect(page.get_by_test_id("microphone-verdict")).to_contain_text("Ни звука", timeout=10_000)


async def test_a_refused_microphone_is_explained_and_the_caller_rings_on(
    pbx: Any, front: PhoneFront, tmp_path: Path
) -> None:
    async with speaking_browser(tmp_path / "none.wav", asks=True) as browser:
        page = await open_page(browser, front, pbx, allowed=False)
        await page.get_by_role("button", name="Проверить").click()
        await expect(page.get_by_test_id("microphone-verdict")).to_contain_text(
            "Браузер не даёт микрофон этой странице"
        )
        await page.get_by_test_id("microphone-done").click()
        async with caller(pbx, talk_s=30, number="77010000035"):
            strip = page.get_by_test_id("phone-strip")
            await expect(strip).to_have_attribute("data-phase", "ringing")
            await page.keyboard.press("F2")
            await expect(page.get_by_test_id("phone-microphone")).to_contain_text("Микрофона нет")
            await expect(strip).to_have_attribute("data-phase", "ringing")


async def test_the_microphone_test_hears_a_voice_and_keeps_the_devices_chosen(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await open_page(speaker, front, pbx)
    await page.get_by_role("button", name="Айгуль С.").click()
    await page.get_by_role("menuitem", name="Микрофон и звук").click()
    await expect(page.get_by_test_id("microphone-verdict")).to_contain_text("Вас слышно")
    choice = page.get_by_label("Микрофон", exact=True)
    await choice.select_option(index=1)
    chosen = await choice.input_value()
    await page.get_by_test_id("microphone-done").click()
    await expect(page.get_by_test_id("phone-microphone")).to_have_count(0)
    kept = await page.evaluate("JSON.parse(localStorage.getItem('line102.phone.op1')).microphone")
    assert kept == chosen != ""


async def at_the_desk(browser: Browser, front: PhoneFront, pbx: Any) -> Page:
    front.tells = True
    page = await open_page(browser, front, pbx)
    await expect(page.get_by_test_id("desk")).to_be_visible()
    return page


@contextlib.asynccontextmanager
async def talking_at_the_desk(pbx: Any, page: Page, number: str) -> AsyncIterator[Sipp]:
    async with caller(pbx, talk_s=60, number=number) as sipp:
        await expect(page.get_by_test_id("call")).to_have_attribute("data-ringing", "true")
        await page.keyboard.press("F2")
        await until(lambda: both_ways(page), "sound both ways")
        yield sipp


async def together(pbx: Any, *names: str) -> bool:
    """Whether just these endpoints have a channel."""
    lines = (await pbx.cli("core show channels concise")).splitlines()
    found = sorted(line.split("!")[0].removeprefix("PJSIP/").rpartition("-")[0] for line in lines if "!" in line)
    return found == sorted(names)


async def test_the_duty_inspector_is_asked_first_and_then_has_the_caller(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await at_the_desk(speaker, front, pbx)
    consult = page.get_by_test_id("consult")
    async with phone(pbx, "duty", answers_after_s=0.3), talking_at_the_desk(pbx, page, "77010000036") as sipp:
        for again in (False, True):
            for key in ("F6", "F6", "2"):
                await page.keyboard.press(key)
            await expect(consult).to_contain_text("F6")
            await expect(consult.get_by_role("button").first).to_be_enabled()
            await until(lambda: both_ways(page), "the duty inspector is heard")
            if not again:
                await page.keyboard.press("F2")
                await expect(consult).to_have_count(0)
                await expect(page.get_by_test_id("key-bar")).to_contain_text("Удержать")
        await page.keyboard.press("F6")
        await until(lambda: together(pbx, "trunk", "duty"), "the caller and the duty inspector alone")
        await expect(page.get_by_test_id("key-bar")).to_have_count(0)
        await asyncio.sleep(2)
        assert await together(pbx, "trunk", "duty"), "and they stay together"
        await sipp.hang_up()


async def test_a_caller_is_put_through_although_the_service_is_away(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await at_the_desk(speaker, front, pbx)
    async with phone(pbx, "duty", answers_after_s=0.3), talking_at_the_desk(pbx, page, "77010000037"):
        await page.keyboard.press("F6")
        await page.keyboard.press("2")
        await until(lambda: together(pbx, "trunk", "duty"), "the caller and the duty inspector alone")
        await expect(page.get_by_test_id("key-bar")).to_have_count(0)


async def test_the_caller_comes_back_when_nobody_is_there_to_be_asked(
    pbx: Any, front: PhoneFront, speaker: Browser
) -> None:
    page = await at_the_desk(speaker, front, pbx)
    async with talking_at_the_desk(pbx, page, "77010000038"):
        before = await sound_of(page)
        for key in ("F6", "F6", "2"):  # no phone of the duty inspector is registered
            await page.keyboard.press(key)
        await expect(page.get_by_test_id("key-bar")).to_contain_text("Удержать")
        await until(lambda: louder(page, before), "the caller again")


async def test_a_page_that_breaks_in_drawing_ends_no_talk(pbx: Any, front: PhoneFront, speaker: Browser) -> None:
    page = await at_the_desk(speaker, front, pbx)
    async with talking_at_the_desk(pbx, page, "77010000039"):
        broken = {"type": "desk", "seq": 2, "desk": {"operator": "op1", "name": "Айгуль", "state": "talking", "why": 7}}
        await front.tell(broken)
        await expect(page.get_by_test_id("broken")).to_contain_text("Эта часть страницы сломалась")
        strip = page.get_by_test_id("phone-strip")
        await expect(strip).to_have_attribute("data-phase", "talking")
        before = await sound_of(page)
        await until(lambda: grown(page, before, by=100), "sound in a broken page")
        await page.keyboard.press("F2")
        await expect(strip).to_have_count(0)
