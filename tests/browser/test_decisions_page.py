"""What an operator and a supervisor decide on the page, with one key each; the real guide judges and writes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from line102.calls import CallId
from line102.events import CallCategorised, FlagDecided, HelpLineLeft, LedgerEvent, ModeChanged, UrgencyRaised
from line102.words import Label, Mode, Urgency
from tests.browser.conftest import Service
from tests.browser.line_story import before, evening
from tests.browser.story_guide import miss

pytestmark = pytest.mark.browser
FLAGGED = "story-20.4"  # talks with op2 from second 50, flagged at 58, at the help line from 64 to 84


async def tell(service: Service, until: float, since: float = -1e9, *, now: float | None = None) -> None:
    """The story between two of its seconds, dated so that second ``now`` (``until`` unless said) is this moment."""
    start = datetime.now(UTC) - timedelta(seconds=now or until)
    steps = [*before(start), *evening(start)]
    await service.line.tell(((s, step) for s, step in steps if s >= since), until)


def decided(service: Service) -> list[LedgerEvent]:
    kinds = (FlagDecided, HelpLineLeft, CallCategorised, ModeChanged)
    return [entry.event for entry in service.line.journal.entries if isinstance(entry.event, kinds)]


async def open_call(page: Page, service: Service, call: str) -> None:
    await page.goto(f"{service.address}/calls/{call}")
    await expect(page.locator("[data-armed]")).to_have_count(1)


async def test_y_sends_the_caller_to_the_help_line_and_b_takes_them_back(page: Page, service: Service) -> None:
    await tell(service, until=62)
    await open_call(page, service, FLAGGED)
    flag = page.get_by_test_id("flag")
    await expect(flag).to_contain_text("Справочный вопрос 0,95 · «подскажите пожалуйста адрес отдела полиции»")
    assert "отдела полиции" in (await page.get_by_test_id("transcript").locator("mark").first.inner_text())
    await page.keyboard.press("KeyY")
    await expect(flag).to_contain_text("chief: на справочную")
    await expect(flag.get_by_role("button")).to_have_count(0)
    (said,) = decided(service)
    assert isinstance(said, FlagDecided) and (said.by, said.accepted) == ("chief", True)
    await tell(service, until=70, since=63.9)
    there = page.get_by_test_id("help-line")
    await expect(there).to_contain_text("ждёт ответа справочной")
    await expect(page.get_by_test_id("at-help-line")).to_contain_text("+7 701 000 06 66")
    await expect(page.get_by_test_id("talking")).not_to_contain_text("+7 701 000 06 66")
    await page.keyboard.press("KeyB")
    await expect(there).to_contain_text("возвращается в начало 102: вернул chief")
    left = decided(service)[-1]
    assert isinstance(left, HelpLineLeft) and left.why == "called back by chief"


async def test_n_refuses_with_a_reason_and_its_digits_are_no_category(page: Page, service: Service) -> None:
    await tell(service, until=62)
    await open_call(page, service, FLAGGED)
    flag = page.get_by_test_id("flag")
    await page.keyboard.press("KeyN")
    await expect(flag).to_contain_text("Почему не то:")
    await page.keyboard.press("Escape")
    await expect(flag).not_to_contain_text("Почему не то:")
    await expect(page).to_have_url(re.compile(f"/calls/{FLAGGED}$"))
    await page.keyboard.press("KeyN")
    await expect(flag).to_contain_text("Почему не то:")
    await page.keyboard.press("Digit5")
    await expect(flag).to_contain_text("chief: не то (слова не те)")
    (said,) = decided(service)
    assert isinstance(said, FlagDecided) and (said.accepted, said.reason) == (False, "misheard")


async def test_a_decision_that_comes_too_late_says_so(page: Page, service: Service) -> None:
    await tell(service, until=62)
    await open_call(page, service, FLAGGED)
    refusal = '{"error": "refused", "message": "no open flag", "retry_after_s": null}'
    await page.route("**/flag", lambda route: route.fulfill(status=409, body=refusal, content_type="application/json"))
    await page.keyboard.press("KeyY")
    await expect(page.get_by_test_id("flag")).to_contain_text("Уже нельзя: звонок изменился.")
    await page.unroute("**/flag")
    await page.get_by_role("button", name="На справочную").click()
    await expect(page.get_by_test_id("flag")).to_contain_text("chief: на справочную")


async def test_a_call_that_came_up_by_itself_takes_no_keys_at_first(page: Page, service: Service) -> None:
    """Who means to decide about one call must not decide about the next, which the page has just opened."""
    await tell(service, until=20)
    await page.clock.install()
    await page.goto(f"{service.address}/")
    await expect(page.get_by_test_id("category")).to_be_visible()
    await page.keyboard.press("Digit4")
    await page.clock.run_for(800)
    await expect(page.locator("[data-armed]")).to_have_count(1)
    assert decided(service) == []
    await page.keyboard.press("Digit1")
    await page.clock.run_for(800)
    await expect(page.get_by_test_id("category")).to_contain_text("Экстренный")
    (said,) = decided(service)
    assert isinstance(said, CallCategorised) and (said.by, said.label) == ("chief", Label.EMERGENCY)


async def test_the_category_is_one_key_after_the_end(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await open_call(page, service, "story-1.2")
    category = page.get_by_test_id("category")
    await expect(category).to_contain_text("не указано")
    await expect(category.locator("[aria-pressed=true]")).to_have_count(0)
    await page.keyboard.press("Digit2")
    await expect(category).to_contain_text(re.compile(r"chief, \d\d:\d\d: Не срочно"))
    await expect(category.locator("[aria-pressed=true]")).to_have_text("2 Не срочно")
    await expect(page.locator('[data-call-row="story-1.2"]')).to_contain_text("Не срочно")
    await page.get_by_label("прослушано руководителем").check()
    await page.keyboard.press("Numpad3")
    await expect(category).to_contain_text(re.compile(r"chief, \d\d:\d\d: Справочный вопрос · прослушано"))
    first, second = decided(service)
    assert isinstance(first, CallCategorised) and (first.by, first.label, first.audit) == (
        "chief",
        Label.NON_URGENT,
        False,
    )
    assert isinstance(second, CallCategorised) and (second.by, second.audit) == ("chief", True)


async def test_a_call_of_the_ledger_is_categorised_too(page: Page, service: Service) -> None:
    await tell(service, until=5)
    del service.line.board._stories[CallId("story-1.3")]
    await open_call(page, service, "story-1.3")
    await page.keyboard.press("Digit4")
    await expect(page.get_by_test_id("category")).to_contain_text("chief")
    await expect(page.get_by_test_id("category")).to_contain_text("Не по делу")


async def test_one_click_switches_every_language_off(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await expect(page.get_by_test_id("waiting-count")).to_be_visible()
    await page.keyboard.press("KeyM")
    russian, kazakh = page.get_by_test_id("mode-ru"), page.get_by_test_id("mode-kk")
    await expect(russian).to_have_attribute("data-mode", "assist")
    await expect(kazakh).to_have_attribute("data-mode", "offer")
    await page.get_by_role("button", name="Всё в тень").click()
    await expect(russian).to_have_attribute("data-mode", "shadow")
    await expect(russian).to_contain_text("chief")
    await expect(page.get_by_role("button", name="Всё в тень")).to_be_disabled()
    await expect(kazakh).to_have_attribute("data-mode", "shadow")
    changed = [e for e in decided(service) if isinstance(e, ModeChanged)]
    assert sorted((e.language, e.mode) for e in changed) == [("kk", Mode.SHADOW), ("ru", Mode.SHADOW)]
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("modes")).to_be_hidden()


async def test_a_shut_gate_says_how_far_it_is(page: Page, service: Service) -> None:
    await tell(service, until=5)
    miss(service.line.modes, "kk")
    await page.get_by_role("button", name="Режимы признаков").click()
    kazakh = page.get_by_test_id("mode-kk")
    await expect(kazakh).to_have_attribute("data-mode", "shadow")
    await expect(kazakh).to_contain_text("Закрыто: проверено 0 из 3000 без промаха · промахов всего 1")
    await expect(kazakh.locator("input[value=assist]")).to_be_disabled()
    await expect(kazakh.locator("input[value=offer]")).to_be_disabled()


async def test_a_mode_is_changed_with_a_reason(page: Page, service: Service) -> None:
    await tell(service, until=5)
    await page.get_by_role("button", name="Режимы признаков").click()
    russian = page.get_by_test_id("mode-ru")
    await russian.get_by_text("Предложение", exact=True).click()
    await expect(russian.get_by_role("button", name="Изменить")).to_be_disabled()
    await page.keyboard.type("ночью людей мало 1y")
    assert decided(service) == []
    await page.keyboard.press("Enter")
    await expect(russian).to_have_attribute("data-mode", "offer")
    await expect(russian).to_contain_text("ночью людей мало 1y")
    (change,) = decided(service)
    assert isinstance(change, ModeChanged) and (change.mode, change.by) == (Mode.OFFER, "chief")


async def test_who_is_raised_stands_first_with_the_words(page: Page, service: Service) -> None:
    await tell(service, until=21)
    waiting = page.get_by_test_id("waiting")
    await expect(waiting.locator("button").first).to_contain_text("+7 777 000 05 55")
    await tell(service, until=30, since=21)
    await expect(waiting.locator("button").first).to_contain_text("Номер скрыт")
    await expect(waiting.get_by_test_id("raised")).to_have_text("«он услышит»")
    silent = UrgencyRaised(call_id=CallId("story-20.2"), at=datetime.now(UTC), urgency=Urgency.UNCLEAR, words="")
    await service.line.step(silent)
    row = page.locator('[data-call-row="story-20.2"]')
    await expect(row).to_contain_text("△")
    await expect(row).to_contain_text("неясно")
    await expect(row.get_by_test_id("raised")).to_have_text("молчит")


async def test_the_offer_and_the_robots_answers_are_told(page: Page, service: Service) -> None:
    await tell(service, until=58, now=90)
    await open_call(page, service, "story-20.5")
    told = page.get_by_test_id("help-line")
    await expect(told).to_contain_text("слушает предложение")
    await expect(page.locator('[data-call-row="story-20.5"]')).to_contain_text("слушает предложение")
    await tell(service, until=73, since=58, now=90)
    await expect(told).to_contain_text("согласился «иә болады»")
    await expect(told).to_contain_text("отвечает робот")
    await expect(page.get_by_test_id("turns").locator("li")).to_have_text(
        [re.compile("«ммм» → ответа не нашлось"), re.compile("→ sample-identity-card 0,87")]
    )
    await tell(service, until=90, since=73)
    await expect(page.get_by_test_id("call")).to_contain_text("Справочная: робот")


async def test_the_places_tell_the_words_they_came_from(page: Page, service: Service) -> None:
    await tell(service, until=62)
    await open_call(page, service, FLAGGED)
    places = page.get_by_test_id("places").locator("li")
    await expect(places).to_have_text(["улица Толе би 0,93", "улица Толебаева 0,58", "переулок Толе би 0,41"])
    await places.first.focus()
    await expect(page.get_by_role("tooltip")).to_have_text("сказано: «улицей Толе би»")
