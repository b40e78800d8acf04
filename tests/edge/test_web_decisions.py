"""What people decide over the web: written by the real guide, refused where it may not be, shown to every page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from line102.calls import CallId, Outcome
from line102.events import CallCategorised, CallFlagged, FlagDecided, HelpLineLeft, ModeChanged
from line102.words import Label, Mode
from tests.browser.line_story import before, evening
from tests.browser.story_guide import miss
from tests.edge.json_schema import problems
from tests.edge.web_console import WebConsole, web_console

FLAG = {"accepted": True, "reason": ""}
CATEGORY = {"label": "INFORMATIONAL", "category": "", "audit": False}
MODE = {"language": "ru", "mode": "shadow", "reason": "misses seen"}
FLAGGED, HELP, TALKING, ENDED = "story-20.2", "story-20.4", "story-20.1", "story-1.3"
GOOD = {
    f"/api/calls/{FLAGGED}/flag": FLAG,
    f"/api/calls/{HELP}/return": {},
    f"/api/calls/{TALKING}/category": CATEGORY,
    "/api/modes": MODE,
}
DECIDED = (FlagDecided, HelpLineLeft, CallCategorised, ModeChanged)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[WebConsole]:
    """At second 70 of the story: story-20.4 is at the help line, story-20.5 with its self-service."""
    async with web_console(tmp_path) as console:
        start = datetime.now(UTC) - timedelta(seconds=70)
        await console.line.tell((s for s in evening(start) if s[0] >= 40), until=70)
        yield console


async def post(console: WebConsole, path: str, body: object, kind: str = "application/json") -> tuple[int, Any]:
    headers = {"Origin": console.address, "Content-Type": kind}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with console.session.post(console.address + path, headers=headers, data=data) as response:
        said = await response.read()
        return response.status, json.loads(said) if said else None


async def call_of(console: WebConsole, call_id: str) -> Any:
    (call,) = [c for c in (await console.json("/api/live"))["calls"] if c["id"] == call_id]
    return call


def written(console: WebConsole) -> list[object]:
    return [entry.event for entry in console.line.journal.entries if isinstance(entry.event, DECIDED)]


async def as_published(console: WebConsole, path: str, status: int, said: object, method: str = "post") -> None:
    document = await console.json("/api/openapi.json")
    template = "/api/modes" if path == "/api/modes" else "/api/calls/{call_id}/" + path.rpartition("/")[2]
    content = document["paths"][template][method]["responses"][str(status)]["content"]
    assert problems(said, content["application/json"]["schema"], document) == []


@pytest.mark.parametrize(("accepted", "reason"), [(True, ""), (False, "not a question")])
async def test_a_flag_is_decided_once(console: WebConsole, accepted: bool, reason: str) -> None:
    path, body = f"/api/calls/{FLAGGED}/flag", {"accepted": accepted, "reason": reason}
    assert (await call_of(console, FLAGGED))["flag"]["decided"] is None
    assert await post(console, path, body) == (204, None)
    decided = (await call_of(console, FLAGGED))["flag"]["decided"]
    assert (decided["by"], decided["accepted"], decided["reason"]) == ("chief", accepted, reason)
    status, said = await post(console, path, body)
    assert (status, said["error"]) == (409, "refused")
    assert len(written(console)) == 1


async def test_a_flag_is_not_confirmed_once_its_language_is_in_shadow(console: WebConsole) -> None:
    miss(console.line.modes, "kk")
    path = f"/api/calls/{FLAGGED}/flag"
    status, said = await post(console, path, FLAG)
    assert (status, said["error"]) == (409, "refused")
    assert await post(console, path, FLAG | {"accepted": False}) == (204, None), "a refusal always goes"


async def test_a_caller_is_taken_back_from_the_help_line(console: WebConsole) -> None:
    assert (await call_of(console, HELP))["state"] == "waiting"
    assert await post(console, f"/api/calls/{HELP}/return", {}) == (204, None)
    assert (await call_of(console, HELP))["help_line_left"]["why"] == "called back by chief"
    status, said = await post(console, f"/api/calls/{TALKING}/return", {})
    assert (status, said["error"]) == (409, "refused")


@pytest.mark.parametrize("call_id", [TALKING, ENDED])
async def test_a_call_is_categorised_during_it_and_after(console: WebConsole, call_id: str) -> None:
    body = CATEGORY | {"label": "NUISANCE", "category": "prank", "audit": True}
    assert await post(console, f"/api/calls/{call_id}/category", body) == (204, None)
    told = (await call_of(console, call_id))["category"]
    assert (told["by"], told["label"], told["category"], told["audit"]) == ("chief", "NUISANCE", "prank", True)


async def test_a_call_that_left_the_board_is_categorised_from_the_ledger(console: WebConsole) -> None:
    del console.line.board._stories[CallId(ENDED)]
    path = f"/api/calls/{ENDED}/category"
    assert await post(console, path, CATEGORY) == (204, None)
    (event,) = written(console)
    assert isinstance(event, CallCategorised) and event.call_id == ENDED and event.label is Label.INFORMATIONAL
    console.line.ledger.away = "the test took it away"
    status, said = await post(console, path, CATEGORY)
    assert (status, said["error"]) == (503, "unreachable")
    await as_published(console, path, status, said)


async def test_the_modes_and_their_gates(console: WebConsole) -> None:
    before_miss = await console.json("/api/modes")
    assert (before_miss[1]["mode"], before_miss[1]["gate_open"], before_miss[1]["audited"]) == ("offer", True, 3170)
    miss(console.line.modes, "kk")
    ru, kk = await console.json("/api/modes")
    await as_published(console, "/api/modes", 200, [ru, kk], "get")
    assert (ru["language"], ru["mode"], ru["gate_open"], ru["changed_by"]) == ("ru", "assist", True, "supervisor")
    assert ru["miss_rate_below"] < 0.001
    assert (kk["mode"], kk["gate_open"], kk["audited"], kk["needed"], kk["missed"]) == ("shadow", False, 0, 3000, 1)
    assert await post(console, "/api/modes", MODE) == (204, None)
    ru, _ = await console.json("/api/modes")
    assert (ru["mode"], ru["changed_by"], ru["reason"]) == ("shadow", "chief", "misses seen")


@pytest.mark.parametrize("wanted", [{"language": "kk", "mode": "assist"}, {"language": "de", "mode": "shadow"}])
async def test_a_shut_gate_says_why(console: WebConsole, wanted: dict[str, str]) -> None:
    miss(console.line.modes, "kk")
    status, said = await post(console, "/api/modes", MODE | wanted)
    assert (status, said["error"]) == (409, "refused")
    assert "0 of 3000" in said["message"] or "there are ru, kk" in said["message"]
    await as_published(console, "/api/modes", status, said)
    assert written(console) == []


@pytest.mark.parametrize("what", ["flag", "return", "category"])
async def test_an_unknown_call_is_gone(console: WebConsole, what: str) -> None:
    body = next(body for path, body in GOOD.items() if path.endswith(what))
    path = f"/api/calls/none-1.1/{what}"
    status, said = await post(console, path, body)
    assert (status, said["error"]) == (404, "gone")
    await as_published(console, path, status, said)


@pytest.mark.parametrize("path", [path for path, body in GOOD.items() if body])
async def test_a_body_that_is_not_as_published_changes_nothing(console: WebConsole, path: str) -> None:
    good = GOOD[path]
    bad = [good | {"more": 1}, {}, [], None, *({k: v for k, v in good.items() if k != left} for left in good)]
    bad += [good | {"by": "op1"}]  # who it is, the session says
    bad += [b"", b"{", b"\xff", b"[" * 3000]
    wrong = {
        "accepted": ("yes", 1),
        "reason": (5, "x" * 201),
        "label": ("URGENT", 1),
        "category": ("Два", "x" * 65),
        "audit": ("no",),
        "mode": ("on", 0),
        "language": (5, None),
    }
    bad += [good | {field: value} for field, values in wrong.items() if field in good for value in values]
    for body in bad:
        status, said = await post(console, path, body)
        assert (status, said["error"]) == (422, "bad_body"), body
        await as_published(console, path, status, said)
    status, said = await post(console, path, b'{"reason": "' + b"x" * 5000 + b'"}')
    assert (status, said["error"]) == (413, "request_entity_too_large")
    status, said = await post(console, path, good, "application/x-www-form-urlencoded")
    assert (status, said["error"]) == (415, "unsupported_media_type")
    assert written(console) == []


@pytest.mark.parametrize(
    ("name", "may"),
    [("op1", {"flag", "return", "category"}), ("boss", {"flag", "return", "category", "modes"}), ("admin", set())],
)
async def test_each_role_decides_what_is_its_own(tmp_path: Path, name: str, may: set[str]) -> None:
    async with web_console(tmp_path, enter=name) as console:
        start = datetime.now(UTC) - timedelta(seconds=70)
        await console.line.tell((s for s in evening(start) if s[0] >= 40), until=70)
        for path, body in GOOD.items():
            what = path.rpartition("/")[2]
            status, said = await post(console, path, body)
            assert status == (204 if what in may else 403), (what, said)
            assert said is None or said["error"] == "no_permission"


async def test_only_who_supervises_audits(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="op1") as console:
        status, said = await post(console, f"/api/calls/{TALKING}/category", CATEGORY | {"audit": True})
        assert (status, said["error"]) == (403, "no_permission")
        assert written(console) == []


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1"])
@pytest.mark.parametrize("path", GOOD)
async def test_only_our_own_page_decides(console: WebConsole, path: str, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with console.session.post(console.address + path, json=GOOD[path], headers=headers) as response:
        assert response.status == 403
        assert (await response.json())["error"] == "wrong_origin"
    assert written(console) == []


async def test_without_a_session_nothing_is_decided(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="") as console:
        for path, body in GOOD.items():
            assert (await post(console, path, body))[0] == 401
        assert (await console.json("/api/modes", status=401))["error"] == "no_session"
        assert written(console) == []


async def test_a_service_without_a_guide_has_no_such_addresses(tmp_path: Path) -> None:
    async with web_console(tmp_path, decisions=None) as console:
        for path, body in GOOD.items():
            status, said = await post(console, path, body)
            assert (status, said["error"]) == (404, "no_such_address")
        await console.json("/api/modes", status=404)


async def test_a_miss_is_seen_in_the_modes(console: WebConsole) -> None:
    """The flagged Kazakh question was an emergency: its gate begins anew."""
    flag = console.line.board.story(CallId(FLAGGED))
    assert flag is not None and flag.decisions.flag is not None
    at, text = flag.decisions.flag.at, flag.decisions.flag.words
    console.line.modes.take(
        CallFlagged(
            call_id=CallId(FLAGGED), at=at, mode=Mode.ASSIST, language="ru", confidence=0.9, words=text, assessor="p@1"
        )
    )
    assert await post(console, f"/api/calls/{FLAGGED}/category", CATEGORY | {"label": "EMERGENCY"}) == (204, None)
    ru, _ = await console.json("/api/modes")
    assert (ru["mode"], ru["missed"], ru["audited"], ru["changed_by"]) == ("shadow", 1, 0, "line102")


async def test_the_whole_of_a_decided_call_is_told(console: WebConsole) -> None:
    call = await call_of(console, HELP)
    assert (call["places"][0]["name"], call["places"][0]["words"]) == ("улица Толе би", "улицей Толе би")
    assert (call["flag"]["mode"], call["flag"]["decided"]["by"], call["urgency"]) == ("assist", "op2", "normal")
    assert call["sent_at"] is not None and call["served_at"] is None
    asked = await call_of(console, "story-20.5")
    assert asked["state"] == "help_line"
    assert (asked["offer"]["how"], asked["offer"]["words"]) == ("accepted", "иә болады")
    assert [turn["topic"] for turn in asked["turns"]] == [None]
    danger = await call_of(console, TALKING)
    assert (danger["urgency"], danger["places"][0]["house"]) == ("danger", "150")
    assert "ломает мне дверь" in danger["urgent_words"]


async def test_who_heard_an_answer_and_hung_up_served_themselves(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        start = datetime.now(UTC) - timedelta(seconds=110)
        await console.line.tell((s for s in [*before(start), *evening(start)] if s[0] >= 40), until=110)
        served = await console.json("/api/calls/story-20.5")
        assert served["outcome"] == Outcome.SELF_SERVED
        back = await console.json(f"/api/calls/{HELP}")
        assert (back["outcome"], back["help_line_left"]["why"]) == ("answered", "unanswered")
        assert back["category"]["label"] == "INFORMATIONAL"
