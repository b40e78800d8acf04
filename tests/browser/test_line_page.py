"""The line's page in a real browser, before a real server: what a person at the console sees and can do."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from line102.board import Lamp, Light, Load
from line102.calls import CallId, Side
from line102.events import LanguageChosen, SegmentHeard, StretchMissed
from line102.words import Stretch
from tests.browser.conftest import Service
from tests.browser.line_story import before, evening
from tests.fakes.scripted import segment
from tests.signed_in import PASSWORD

pytestmark = pytest.mark.browser


async def tell(service: Service, until: float, since: float = -1e9) -> None:
    """The story between two of its seconds, dated so that second ``until`` is now."""
    start = datetime.now(UTC) - timedelta(seconds=until)
    steps = [*before(start), *evening(start)]
    await service.line.tell(((s, step) for s, step in steps if s >= since), until)


async def holds(what: Locator, expression: str) -> None:
    """Wait until ``expression`` is true of the element (wait_for_function needs eval, which our policy forbids)."""
    async with asyncio.timeout(15):
        while not await what.evaluate(expression):
            await asyncio.sleep(0.05)


async def test_empty_says_what_will_appear(page: Page) -> None:
    await expect(page.get_by_text("Никто не ждёт.")).to_be_visible()
    await expect(page.get_by_text("Завершённых пока нет.")).to_be_visible()
    assert "key" not in page.url


async def test_a_waiting_caller_appears_and_the_words_arrive(page: Page, service: Service) -> None:
    waiting = page.get_by_test_id("waiting")
    transcript = page.get_by_test_id("transcript")
    start = datetime.now(UTC)
    steps = sorted(evening(start), key=lambda timed: timed[0])
    await service.line.tell(steps, until=0.3)
    await expect(waiting.get_by_text("+7 701 000 04 44")).to_be_visible()
    await expect(page.get_by_test_id("waiting-count")).to_contain_text("Ждут 1")
    await service.line.tell((s for s in steps if s[0] >= 0.3), until=3)
    await expect(waiting).to_contain_text("звонят: op1")
    partial = transcript.locator("[data-partial]")
    await expect(partial).to_contain_text("помогите пожалуйста")
    await service.line.tell((s for s in steps if s[0] >= 3), until=6.5)
    await expect(transcript).to_contain_text("ломает мне дверь я одна с ребёнком")
    await expect(transcript.locator("[data-partial]")).to_have_count(0)
    await expect(page.get_by_test_id("talking")).to_contain_text("говорит с op1")
    assert await transcript.locator("mark").all_inner_texts() == ["помогите", "ломает мне дверь", "одна с ребёнком"]
    await expect(page.get_by_test_id("assessed")).to_contain_text("без пометки: видно только в демонстрации")


async def test_a_partial_is_committed_from_its_beginning_and_never_jumps(page: Page, service: Service) -> None:
    """Committed words in ink, the tail lighter; the line below stays where it is although the text gets shorter."""
    start = datetime.now(UTC)
    await service.line.tell(evening(start), until=1)
    transcript = page.get_by_test_id("transcript")
    words = transcript.locator("p[lang]")
    long = "помогите пожалуйста сосед пьяный ломает мне дверь я одна с ребёнком и не знаю что делать"
    ink = await page.locator("body").evaluate("el => getComputedStyle(el).color")
    steps = [(long, 9), (long[:30], 19), (long, len(long) - 6)]
    heights = []
    for revision, (text, committed) in enumerate(steps, start=1):
        await service.line.step(heard(start, text, revision=revision, final=False, committed=committed))
        await expect(words).to_have_text(f"{text} …")
        pieces = words.locator("span:not([aria-label])")
        await expect(pieces.first).to_have_text(text[:committed])
        assert await pieces.first.evaluate("el => getComputedStyle(el).color") == ink
        assert await pieces.last.evaluate("el => getComputedStyle(el).color") != ink
        heights.append(await words.evaluate("el => el.offsetHeight"))
    assert heights[0] > 22 and len(set(heights)) == 1, f"two lines that stay two: {heights}"
    await service.line.step(heard(start, "помогите", revision=9))
    await expect(words).to_have_text("помогите")
    await expect(transcript.locator("[data-partial]")).to_have_count(0)
    assert await words.evaluate("el => el.offsetHeight") == 22


def heard(start: datetime, text: str, **more: object) -> SegmentHeard:
    said = segment(Side.CALLER, 1, 5, text, **more)
    return SegmentHeard(call_id=CallId("story-20.1"), at=start + timedelta(seconds=5), segment=said)


async def test_what_gives_way_is_said_while_it_does(page: Page, service: Service) -> None:
    await tell(service, until=30)
    notice = page.get_by_test_id("load")
    now = datetime.now(UTC)
    transcript = page.get_by_test_id("transcript")
    await expect(transcript).to_contain_text("четвёртый этаж")
    top = await transcript.bounding_box()
    assert top is not None
    for level, said in [
        (0, None),
        (1, "слова операторов появляются целыми фразами. Звонки не затронуты."),
        (2, "слова операторов придут по записи"),
        (3, "вживую — слова звонящих, целыми фразами"),
        (4, "вживую — только слова тех, кто ждёт ответа"),
        (0, None),
    ]:
        await service.line.step(Load(level=level, since=now, delayed=timedelta(seconds=2 * level)))
        if said is None:
            await expect(notice).to_be_hidden()
            continue
        await expect(notice).to_contain_text(said)
        await expect(notice.get_by_text("отставание 8 с")).to_have_count(1 if level == 4 else 0)
        box = await transcript.bounding_box()
        assert box is not None and box["y"] == top["y"], "what somebody reads stays where it is"


async def test_a_call_whose_words_follow_says_so(page: Page, service: Service) -> None:
    await tell(service, until=30)
    row = page.locator('[data-call-row="story-20.1"]')
    await expect(row).not_to_contain_text("слова — по записи")
    later = Stretch(side=Side.OPERATOR, start=timedelta(seconds=25), end=timedelta(seconds=29), reason="overload")
    await service.line.step(StretchMissed(call_id=CallId("story-20.1"), at=datetime.now(UTC), stretch=later))
    await expect(row).to_contain_text("слова — по записи")
    await expect(page.get_by_test_id("missed")).to_have_text(
        re.compile("пропущено вживую 4 с, будет восстановлено по записи · распознавание было занято")
    )


async def test_the_language_of_a_call_is_chosen_by_keyboard(page: Page, service: Service) -> None:
    await tell(service, until=30)
    control = page.get_by_test_id("speech-language")
    await expect(control).to_contain_text("распознаётся: рус")
    checked = control.locator("input:checked")
    await expect(checked).to_have_value("")
    await page.keyboard.press("l")
    await expect(checked).to_have_value("ru")
    await page.keyboard.press("KeyL")
    await expect(checked).to_have_value("kk")
    story = service.line.board.story(CallId("story-20.1"))
    assert story is not None and story.language == "kk"
    await page.reload()
    await expect(checked).to_have_value("kk")
    await checked.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(checked).to_have_value("ru")
    await page.keyboard.press("/")
    await page.keyboard.type("l")
    await expect(page.locator("#search-finished")).to_have_value("l")
    assert [e.language for e in service.line.journal.of(LanguageChosen) if isinstance(e, LanguageChosen)] == [
        "ru",
        "kk",
        "ru",
    ]


async def test_a_choice_that_fails_says_so_and_is_taken_back(page: Page, service: Service) -> None:
    await tell(service, until=30)
    control = page.get_by_test_id("speech-language")
    await expect(control).to_contain_text("распознаётся: рус")
    await page.route("**/language", lambda route: route.abort())
    await page.keyboard.press("l")
    await expect(control).to_contain_text("Язык не выбран")
    await expect(control.locator("input:checked")).to_have_value("")
    await page.unroute("**/language")
    await page.keyboard.press("l")
    await expect(control.locator("input:checked")).to_have_value("ru")
    await expect(control).not_to_contain_text("Язык не выбран")


async def test_a_finished_call_accounts_for_its_speech(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await page.goto(f"{service.address}/calls/story-1.2")
    coverage = page.get_by_test_id("coverage")
    await expect(coverage).to_contain_text("речи 11,2 с · в тексте 9,4 с · не хватает 1,8 с")
    await expect(coverage).to_contain_text("вся речь в тексте: 5,6 с")
    parts = await coverage.locator("[data-side=caller] [data-part]").all()
    widths = [await part.evaluate("el => el.getBoundingClientRect().width") for part in parts]
    assert abs(widths[0] / widths[1] - 9.4 / 1.8) < 0.2
    await page.goto(f"{service.address}/calls/story-1.1")
    await expect(coverage).to_contain_text("речи 7,9 с · в тексте 6,4 с · скрыто 1,5 с")


async def test_a_corrected_word_tells_what_was_heard(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await page.goto(f"{service.address}/calls/story-1.1")
    word = page.get_by_test_id("corrected")
    await expect(word).to_have_text("Медеуского")
    await word.focus()
    await expect(page.get_by_role("tooltip")).to_have_text("услышано: «медейского»")


async def test_waits_count_up_and_the_order_is_asterisks(page: Page, service: Service) -> None:
    await tell(service, until=30)
    numbers = page.get_by_test_id("waiting").locator("button > span:nth-child(2)")
    await expect(numbers).to_have_text(["Номер скрыт", "+7 777 000 05 55"])  # raised priority first
    wait = page.get_by_test_id("waiting").locator("time").first
    first = await wait.inner_text()
    assert re.fullmatch(r"\d+:\d\d", first)
    await expect(wait).not_to_have_text(first)


async def test_a_finished_call_tells_its_course_and_its_gaps(page: Page, service: Service) -> None:
    await tell(service, until=5)
    finished = page.get_by_test_id("finished")
    await finished.get_by_text("Ответил op2").click()
    await expect(page.get_by_test_id("course")).to_contain_text("Ответил op2")
    missed = page.get_by_test_id("missed")
    await expect(missed).to_have_text(re.compile("пропущено вживую 12 с, восстановлено по записи"))
    await expect(page.get_by_test_id("transcript")).to_contain_text("кеше базарда әмиянымды алып кетті")
    await finished.get_by_text("Не дождался").click()
    await expect(missed).to_contain_text("не восстановлено")
    await expect(page.get_by_test_id("call")).to_contain_text("Запись отложена")
    await expect(page.get_by_test_id("gap")).to_contain_text("не наблюдали 0:12")
    await finished.get_by_text("Ответил op1").click()
    folded = page.get_by_text("скрыто: нет речи")
    await expect(page.get_by_text("продолжение следует")).to_be_hidden()
    await folded.click()
    await expect(page.get_by_text("продолжение следует")).to_be_visible()


async def test_the_recording_really_plays(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await page.goto(f"{service.address}/calls/story-1.1")
    audio = page.locator("audio")
    await expect(audio).to_be_visible()
    await audio.evaluate("a => { a.muted = true; return a.play(); }")
    await holds(audio, "a => a.currentTime > 0.4")
    assert await audio.evaluate("a => Math.round(a.duration)") == 9
    await page.get_by_text("1.5×").click()
    assert await audio.evaluate("a => a.playbackRate") == 1.5
    await page.get_by_title("слушать с 0:07").click()
    await holds(audio, "a => a.currentTime >= 7")


async def test_the_page_comes_back_by_itself(page: Page, service: Service) -> None:
    await tell(service, until=5)
    link = page.get_by_test_id("link-state")
    await expect(link).to_contain_text("Связь есть")
    await service.stop()
    await expect(link).to_contain_text("Нет связи с ")
    await expect(page.get_by_text("Связь со службой потеряна")).to_be_visible()
    frozen = await page.get_by_test_id("waiting-count").inner_text()
    await tell(service, until=12, since=5)
    await service.start()
    await expect(link).to_contain_text("Связь есть", timeout=15_000)
    await expect(page.get_by_text("картина прочитана заново")).to_be_visible()
    await expect(page.get_by_test_id("talking")).to_contain_text("+7 701 000 04 44")
    assert await page.get_by_test_id("waiting-count").inner_text() != frozen


async def test_a_light_that_goes_out_says_since_when(page: Page, service: Service) -> None:
    await tell(service, until=5)
    light = page.get_by_test_id("light-store")
    await expect(light).to_have_attribute("data-state", "up")
    service.line.ledger.away = "the test took it away"
    await service.line.step(Light(lamp=Lamp.STORE, up=False, since=datetime.now(UTC), why="connection refused"))
    await expect(light).to_have_attribute("data-state", "down")
    await expect(light).to_contain_text("нет с ")
    await page.get_by_text("Показать более ранние").click()
    await expect(page.get_by_text("Хранилище недоступно")).to_be_visible(timeout=15_000)
    await expect(page.get_by_test_id("waiting")).to_contain_text("+7 701 000 04 44")


@pytest.mark.parametrize(
    ("name", "title", "waiting"),
    [
        ("Қаз", "102 желісі", "Жауап күтіп тұр"),
        ("Eng", "Line 102", "Waiting for an answer"),
        ("Рус", "Линия 102", "Ждут"),
    ],
)
async def test_each_language_is_whole(page: Page, service: Service, name: str, title: str, waiting: str) -> None:
    await tell(service, until=30)
    await page.get_by_text(name, exact=True).click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await expect(page.get_by_role("heading", name=waiting)).to_be_visible()
    for call in ("story-1.1", "story-1.2", "story-1.3"):
        row = page.locator(f'[data-call-row="{call}"]')
        await row.click()
        await expect(row).to_have_attribute("aria-current", "true")
        shown = await page.locator("body").inner_text()
        assert not re.search(r"\b[a-z_]+\.[a-z_]{3,}\b", shown), "a key stands where words should"
        assert "{{" not in shown
        if name == "Eng":
            left = re.sub("|".join(re.escape(text) for text in await _spoken(page)), "", shown)
            assert not re.search("[А-Яа-яЁё]", left.replace("Рус", "").replace("Қаз", "")), left
    await page.reload()
    await expect(page.get_by_role("heading", name=title)).to_be_visible()


async def _spoken(page: Page) -> list[str]:
    """What callers and operators said, which is in their language whatever the page's is."""
    ids = ("raised", "urgent", "assessed", "flag", "places")
    heard = ", ".join(f"[data-testid={name}]" for name in ids)
    rows = "[data-testid=transcript] p, button[data-call-row] > span:last-child"
    return sorted(set(await page.locator(f"{rows}, {heard}").all_inner_texts()), key=len, reverse=True)


async def test_everything_by_keyboard(page: Page, service: Service) -> None:
    await tell(service, until=30)
    await expect(page.get_by_test_id("waiting").locator("button")).to_have_count(2)
    for _ in range(4):  # two wait, one talks, the fourth is the newest finished
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/calls/story-1\.3$"))
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/calls/story-20\.1$"))
    await page.keyboard.press("/")
    await page.keyboard.type("медеуского")
    await expect(page.get_by_test_id("finished").locator("button")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("finished").locator("button")).to_have_count(3)
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile(r":\d+/$"))
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("искать среди завершённых")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_new_words_never_move_a_reader(page: Page, service: Service) -> None:
    await page.set_viewport_size({"width": 1280, "height": 460})
    await tell(service, until=30)
    await page.locator('[data-call-row="story-20.1"]').click()
    transcript = page.get_by_test_id("transcript")
    await expect(transcript.locator("[data-partial]")).to_have_count(0)
    await transcript.evaluate("el => { el.scrollTop = 0; }")
    chip = page.get_by_role("button", name="в эфир")
    await expect(chip).to_be_visible()
    search = page.locator("#search-finished")
    await search.fill("адр")
    await tell(service, until=42, since=30)
    await expect(transcript).to_contain_text("экипаж будет у вас через три минуты")
    assert await transcript.evaluate("el => el.scrollTop") == 0
    await expect(search).to_be_focused()
    await chip.click()
    await holds(transcript, "el => el.scrollTop > 0 && el.scrollHeight - el.scrollTop - el.clientHeight < 2")
    await expect(chip).to_be_hidden()


async def test_who_is_not_signed_in_is_shown_the_door(browser: Browser, service: Service) -> None:
    browser_page = await browser.new_page(locale="ru-RU")
    await browser_page.goto(service.address)
    await expect(browser_page.get_by_text("Вход закончился")).to_be_visible(timeout=10_000)
    await browser_page.get_by_role("link", name="Войти").click()
    await browser_page.locator("input[name=name]").fill("boss")
    await browser_page.locator("input[name=password]").fill(PASSWORD)
    await browser_page.keyboard.press("Enter")
    await expect(browser_page.get_by_test_id("link-state")).to_contain_text("Связь есть")
