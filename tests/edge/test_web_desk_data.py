"""What the desk asks and writes over the web: card, call-backs, history, the last seconds, answers, places, today."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from line102.call_backs import attempt_at, recording_of
from line102.call_backs_kinds import CallBackResult
from line102.calls import CallId, OperatorId, Side
from line102.events import (
    Audited,
    CallBackDone,
    CallBackHeard,
    CallBackTaken,
    CallBackTried,
    CardWritten,
    Entry,
    SentToHelpLine,
)
from tests.call_stories import OP1, OP2, abandoned, ago, answered, offered, picked
from tests.edge.desk_parts import DeskScene
from tests.edge.json_schema import problems
from tests.edge.web_console import WebConsole, web_console
from tests.fakes.scripted import segment
from tests.signed_in import sign_in

TALKING, ENDED = "story-20.1", "story-1.3"  # story-20.1: op1 talks
PEOPLE = ("op1", "op2", "op3", "help1", "boss", "admin")
CARD = {"version": 0, "note": "нож, на лестнице", "place": "Абая, 10", "persons": "", "follow_up": ""}


@dataclass
class Desk:
    console: WebConsole
    scene: DeskScene
    people: dict[str, aiohttp.ClientSession]

    async def ask(
        self, method: str, path: str, body: object = None, *, as_who: str = "op1", status: int = 200
    ) -> tuple[Any, Any]:
        """The answer's JSON (or bytes) and headers, held to the published document."""
        headers = {"Origin": self.console.address, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        page = self.people[as_who]
        async with page.request(method, self.console.address + path, headers=headers, data=data) as response:
            said = await response.read()
            assert response.status == status, said
            if response.content_type == "application/json":
                answer = json.loads(said)
                await self._as_published(method, path, status, answer)
                return answer, response.headers
            return said, response.headers

    async def _as_published(self, method: str, path: str, status: int, said: object) -> None:
        document = await self.console.json("/api/openapi.json")
        parts = path.partition("?")[0].split("/")
        if len(parts) > 3 and parts[2] in ("calls", "call-backs"):
            parts[3] = "{call_id}"
        if len(parts) > 5 and parts[4] == "tries":
            parts[5] = "{attempt}"
        if len(parts) > 3 and parts[2] == "numbers":
            parts[3] = "{number}"
        content = document["paths"]["/".join(parts)][method.lower()]["responses"][str(status)]["content"]
        assert problems(said, content["application/json"]["schema"], document) == []

    def happen(self, events: list[Any]) -> None:
        for event in events:
            self.console.line.scribe.write(event)

    async def store(self, events: list[Any]) -> None:
        """Into the ledger, and onto the board."""
        self.happen(events)
        last = await self.console.line.ledger.applied_seq("desk")
        await self.console.line.ledger.apply(
            [Entry(node="desk", seq=seq, event=event) for seq, event in enumerate(events, last + 1)]
        )

    def written(self, kind: type) -> list[Any]:
        return self.console.line.journal.of(kind)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    scene = DeskScene(stored=tmp_path / "stored")
    async with AsyncExitStack() as stack:
        console = await stack.enter_async_context(web_console(tmp_path, desk=scene.parts))
        people: dict[str, aiohttp.ClientSession] = {}
        for name in PEOPLE:
            jar = aiohttp.CookieJar(unsafe=True)
            people[name] = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            assert await sign_in(people[name], console.address, name) == 204
        yield Desk(console, scene, people)


# ------------------------------------------------------------ the card


async def test_a_card_is_saved_shown_and_not_written_over_unseen(desk: Desk) -> None:
    path = f"/api/calls/{TALKING}/card"
    saved, _ = await desk.ask("PUT", path, CARD)
    assert (saved["card"]["version"], saved["card"]["by"], saved["card"]["note"]) == (1, "op1", CARD["note"])
    late, _ = await desk.ask("PUT", path, CARD | {"note": "другое"}, as_who="op2", status=409)
    assert (late["error"], late["card"]) == ("card_changed", saved["card"])
    again, _ = await desk.ask("PUT", path, CARD | {"note": "другое", "version": 1}, as_who="op2")
    assert (again["card"]["version"], again["card"]["by"]) == (2, "op2")
    live, _ = await desk.ask("GET", "/api/live")
    (call,) = [call for call in live["calls"] if call["id"] == TALKING]
    assert call["card"] == again["card"]


async def test_the_feed_tells_the_card(desk: Desk) -> None:
    address = desk.console.address
    async with desk.console.session.ws_connect(f"{address}/api/feed", headers={"Origin": address}) as page:
        await page.receive_json()
        await desk.ask("PUT", f"/api/calls/{TALKING}/card", CARD)
        async with asyncio.timeout(5):
            while (told := await page.receive_json())["type"] != "card":
                pass
    assert (told["call_id"], told["card"]["note"]) == (TALKING, CARD["note"])


async def test_a_long_card_in_kazakh_fits(desk: Desk) -> None:
    note = "ңғүұқөһә і" * 400
    saved, _ = await desk.ask("PUT", f"/api/calls/{TALKING}/card", CARD | {"note": note, "persons": note})
    assert saved["card"]["note"] == note


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": -1},
        {"version": "0"},
        {"version": True},
        {"note": 5},
        {"note": "x" * 4001},
        {"place": "x" * 501},
        {"persons": None},
        {"more": 1},
    ],
)
async def test_a_card_that_is_not_as_published_is_not_written(desk: Desk, wrong: dict[str, object]) -> None:
    said, _ = await desk.ask("PUT", f"/api/calls/{TALKING}/card", CARD | wrong, status=422)
    assert said["error"] == "bad_body"
    assert desk.written(CardWritten) == []


async def test_a_card_needs_a_call_and_one_that_left_the_picture_a_ledger(desk: Desk) -> None:
    await desk.ask("PUT", "/api/calls/none-1.1/card", CARD, status=404)
    await desk.store(abandoned("old", at=ago(9000)))
    del desk.console.line.board._stories[CallId("old")]
    desk.console.line.ledger.away = "the test took it away"
    said, _ = await desk.ask("PUT", "/api/calls/old/card", CARD, status=503)
    assert said["error"] == "unreachable"
    saved, _ = await desk.ask("PUT", f"/api/calls/{TALKING}/card", CARD)
    assert saved["card"]["version"] == 1, "of a call in the picture it is saved all the same"
    desk.console.line.ledger.away = ""
    saved, _ = await desk.ask("PUT", "/api/calls/old/card", CARD)
    assert saved["card"]["version"] == 1


async def test_only_our_own_page_writes(desk: Desk) -> None:
    address = desk.console.address
    for method, path, body in [
        ("PUT", f"/api/calls/{TALKING}/card", CARD),
        ("POST", "/api/call-backs/a", {"do": "take"}),
        ("POST", "/api/call-backs/a/call", None),
    ]:
        headers = {"Origin": "http://evil.example"}
        async with desk.console.session.request(method, address + path, json=body, headers=headers) as response:
            assert response.status == 403


# ------------------------------------------------------------ call-backs


async def test_a_call_back_from_its_call_to_its_end(desk: Desk) -> None:
    address = desk.console.address
    async with desk.console.session.ws_connect(f"{address}/api/feed", headers={"Origin": address}) as page:
        snapshot = await page.receive_json()
        assert snapshot["live"]["call_backs"] == []
        desk.happen(abandoned("a", at=ago(60)))
        async with asyncio.timeout(5):
            while (told := await page.receive_json())["type"] != "call_back":
                pass
    assert (told["task"]["call_id"], told["task"]["why"], told["task"]["done"]) == ("a", "abandoned", None)
    tasks, _ = await desk.ask("GET", "/api/call-backs")
    live, _ = await desk.ask("GET", "/api/live")
    assert tasks == live["call_backs"] == [told["task"]]

    await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, status=204)
    late, _ = await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, as_who="op2", status=409)
    assert late["error"] == "refused"
    await desk.ask("POST", "/api/call-backs/a", {"do": "give_back"}, status=204)
    await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, as_who="op2", status=204)
    await desk.ask("POST", "/api/call-backs/a", {"do": "done", "how": "reached"}, status=409)
    await desk.ask("POST", "/api/call-backs/a", {"do": "done", "how": "reached"}, as_who="op2", status=204)
    ((task,), _) = await desk.ask("GET", "/api/call-backs")
    assert (task["owner"], task["done"]["by"], task["done"]["how"]) == ("op2", "op2", "reached")
    await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, status=409)
    await desk.ask("POST", "/api/call-backs/none", {"do": "take"}, status=404)


async def test_the_caller_who_calls_again_closes_it(desk: Desk) -> None:
    desk.happen([*abandoned("a", at=ago(60)), *offered("b", "+77011234567", at=ago(5)), picked("b", at=ago(1))])
    ((task,), _) = await desk.ask("GET", "/api/call-backs")
    assert (task["called_again"], task["done"]["by"], task["done"]["how"]) == ("b", "line102", "called_again")


async def test_who_supervises_acts_for_others(desk: Desk) -> None:
    desk.happen(abandoned("a", at=ago(60)))
    await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, status=204)
    said, _ = await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, as_who="boss", status=403)
    assert said["error"] == "no_seat", "who has no phone calls nobody back"
    await desk.ask("POST", "/api/call-backs/a", {"do": "give_back"}, as_who="boss", status=204)
    done = {"do": "done", "how": "not_needed"}
    await desk.ask("POST", "/api/call-backs/a", done, as_who="boss", status=204)
    (event,) = desk.written(CallBackDone)
    assert event.by == "boss"


async def test_the_operators_own_phone_rings_first(desk: Desk) -> None:
    desk.happen(abandoned("a", at=ago(60)))
    desk.scene.phone.away = True
    said, _ = await desk.ask("POST", "/api/call-backs/a/call", status=409)
    assert "not registered" in said["message"]
    desk.scene.phone.away = False
    await desk.ask("POST", "/api/call-backs/a/call", status=204)
    assert desk.scene.phone.rung == [("a", "87011234567", "op1")]
    assert [event.by for event in desk.written(CallBackTaken)] == [OP1]
    await desk.ask("POST", "/api/call-backs/a/call", as_who="boss", status=403)
    await desk.ask("POST", "/api/call-backs/a/call", as_who="op2", status=409)
    assert len(desk.scene.phone.rung) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {"do": "forget"},
        {"do": "done"},
        {"do": "take", "how": "reached"},
        {"do": "done", "how": "called_again"},
        {"do": "take", "by": "op2"},
    ],
)
async def test_what_is_not_as_published_changes_no_task(desk: Desk, wrong: object) -> None:
    desk.happen(abandoned("a", at=ago(60)))
    await desk.ask("POST", "/api/call-backs/a", wrong, status=422)
    assert desk.written(CallBackTaken) == desk.written(CallBackDone) == []


async def test_what_came_of_each_attempt_is_said_and_a_talk_is_the_end(desk: Desk) -> None:
    desk.happen(abandoned("a", at=ago(60)))
    for attempt, result, talked_s in (("t1", CallBackResult.BUSY, 0), ("t2", CallBackResult.TALKED, 42.5)):
        talked = timedelta(seconds=talked_s)
        desk.happen(
            [
                CallBackTried(
                    call_id=CallId("a"), at=ago(1), by=OP1, attempt=CallId(attempt), result=result, talked=talked
                )
            ]
        )
        ((task,), _) = await desk.ask("GET", "/api/call-backs")
        assert (task["tries"][-1]["result"], task["tries"][-1]["talked_s"]) == (result, talked_s)
    assert (len(task["tries"]), task["done"]["how"], task["done"]["by"]) == (2, "called_back", OP1)
    await desk.ask("POST", "/api/call-backs/a/call", status=409)
    await desk.ask("POST", "/api/call-backs/a", {"do": "done", "how": "called_back"}, status=422)


async def test_the_words_of_a_call_back_can_be_read_when_they_are_there(desk: Desk) -> None:
    await desk.store(abandoned("a", at=ago(90)))
    path = "/api/call-backs/a/tries/t1/words"
    await desk.ask("GET", path, status=404)
    said = segment(Side.CALLER, 1, 2, "спасибо, всё хорошо")
    await desk.store([CallBackHeard(call_id=CallId("a"), at=ago(0), attempt=CallId("t1"), segments=(said,))])
    answer, _ = await desk.ask("GET", path, as_who="op2")
    assert [(one["side"], one["text"]) for one in answer["segments"]] == [("caller", "спасибо, всё хорошо")]
    desk.console.line.ledger.away = "the test took it away"
    await desk.ask("GET", path, status=503)


async def test_a_call_backs_recording_is_for_who_called_and_who_supervises(desk: Desk, tmp_path: Path) -> None:
    attempt = attempt_at("story", ago(60))
    path = f"/api/call-backs/a/tries/{attempt}/recording"
    desk.happen(abandoned("a", at=ago(90)))
    await desk.ask("GET", path, status=404)
    busy = CallBackTried(
        call_id=CallId("a"), at=ago(1), by=OP1, attempt=attempt, result=CallBackResult.BUSY, talked=timedelta(0)
    )
    desk.happen([busy])
    await desk.ask("GET", path, status=404)
    file = desk.scene.stored / recording_of(attempt)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"RIFF")
    for who in ("op1", "boss"):
        said, headers = await desk.ask("GET", path, as_who=who)
        assert (said, headers["Content-Type"]) == (b"RIFF", "audio/wav")
    await desk.ask("GET", path, as_who="op2", status=403)
    await desk.ask("GET", path, as_who="admin", status=403)
    await desk.ask("GET", f"/api/call-backs/a/tries/{TALKING}/recording", status=404)
    assert [(one.account, one.object) for one in desk.written(Audited) if one.action == "played"] == [
        ("op1", attempt),
        ("boss", attempt),
    ]


async def test_call_backs_go_on_while_the_store_is_away(desk: Desk) -> None:
    desk.console.line.ledger.away = "the test took it away"
    desk.happen(abandoned("a", at=ago(60)))
    await desk.ask("POST", "/api/call-backs/a", {"do": "take"}, status=204)
    ((task,), _) = await desk.ask("GET", "/api/call-backs")
    assert task["owner"] == "op1"


# ------------------------------------------------------------ history


async def test_the_history_of_a_number_in_any_spelling(desk: Desk) -> None:
    for n, number in enumerate(["87011234567", "+77011234567", "77011234567"]):
        await desk.store(answered(f"call-{n}", number, at=ago(4000 - 1000 * n)))
    await desk.store(abandoned("ancient", "87011234567", at=ago(40 * 86_400)))
    note = CardWritten(
        call_id=CallId("call-1"), at=ago(1), by="op1", version=1, note="н" * 300, place="Абая", persons="", follow_up=""
    )
    await desk.store([note])
    for spelling in ("87011234567", "%2B7%20701%20123-45-67"):
        told, _ = await desk.ask("GET", f"/api/numbers/{spelling}/calls?limit=3")
        assert [call["id"] for call in told["calls"]] == ["call-2", "call-1", "call-0"]
        assert (told["number"], told["within_30_days"]) == ("77011234567", 3)
    assert (told["calls"][1]["note"], told["calls"][1]["place"]) == ("н" * 200, "Абая")
    assert (told["calls"][0]["operators"], told["calls"][0]["talked_s"]) == (["op1"], 60)
    rest, _ = await desk.ask("GET", f"/api/numbers/87011234567/calls?before={told['next_before'].replace('+', '%2B')}")
    assert [call["id"] for call in rest["calls"]] == ["ancient"]
    assert rest["next_before"] is None
    others, _ = await desk.ask("GET", "/api/numbers/87011234567/calls?limit=3&leave_out=call-2")
    assert [call["id"] for call in others["calls"]] == ["call-1", "call-0", "ancient"]
    assert (others["within_30_days"], others["next_before"]) == (2, None)


@pytest.mark.parametrize("number", ["anonymous", "%20", "неизвестен"])
async def test_a_withheld_number_has_no_history(desk: Desk, number: str) -> None:
    await desk.store([*abandoned("a", "", at=ago(60)), *abandoned("b", "anonymous", at=ago(50))])
    told, _ = await desk.ask("GET", f"/api/numbers/{number}/calls")
    assert told == {"number": "", "within_30_days": 0, "calls": [], "next_before": None}


async def test_history_says_when_the_store_is_away(desk: Desk) -> None:
    desk.console.line.ledger.away = "the test took it away"
    said, _ = await desk.ask("GET", "/api/numbers/87011234567/calls", status=503)
    assert said["error"] == "unreachable"
    await desk.ask("GET", "/api/numbers/87011234567/calls?limit=99", status=400)


# ------------------------------------------------------------ listening again


async def test_an_operator_hears_again_what_was_said_to_them(desk: Desk) -> None:
    desk.scene.excerpts.wavs[CallId(TALKING)] = b"RIFFxxxxWAVE"
    path = f"/api/calls/{TALKING}/recording/last"
    piece, headers = await desk.ask("GET", f"{path}?seconds=20")
    assert (piece, headers["Content-Type"]) == (b"RIFFxxxxWAVE", "audio/wav")
    assert (headers["Line102-From-Seconds"], headers["Line102-To-Seconds"]) == ("12.500", "42.500")
    await desk.ask("GET", path)
    asked = [length for _, length in desk.scene.excerpts.asked]
    assert asked == [timedelta(seconds=20), timedelta(seconds=30)]


async def test_to_others_calls_only_who_supervises_listens(desk: Desk) -> None:
    desk.scene.excerpts.wavs[CallId(TALKING)] = b"RIFFxxxxWAVE"
    path = f"/api/calls/{TALKING}/recording/last"
    said, _ = await desk.ask("GET", path, as_who="op2", status=403)
    assert said["error"] == "not_your_call"
    assert desk.scene.excerpts.asked == []
    await desk.ask("GET", path, as_who="boss")


@pytest.mark.parametrize("seconds", ["0", "-1", "61", "nan", "x", "inf"])
async def test_at_most_a_minute(desk: Desk, seconds: str) -> None:
    await desk.ask("GET", f"/api/calls/{TALKING}/recording/last?seconds={seconds}", status=400)
    assert desk.scene.excerpts.asked == []


@pytest.mark.parametrize("call_id", ["none-1.1", TALKING])
async def test_what_is_not_recorded_is_gone(desk: Desk, call_id: str) -> None:
    await desk.ask("GET", f"/api/calls/{call_id}/recording/last", status=404)


async def test_listening_is_in_the_audit(desk: Desk) -> None:
    desk.scene.excerpts.wavs[CallId(TALKING)] = b"RIFFxxxxWAVE"
    path = f"/api/calls/{TALKING}/recording/last"
    await desk.ask("GET", path)
    await desk.ask("GET", path, as_who="op2", status=403)
    await desk.ask("GET", path, as_who="boss")
    await desk.ask("GET", "/api/numbers/87011234567/calls")
    heard = [(event.account, event.object) for event in desk.written(Audited) if event.action == "played_last"]
    assert heard == [("op1", TALKING), ("boss", TALKING)]


async def test_an_administrator_looks_and_does_nothing(desk: Desk) -> None:
    desk.happen(abandoned("a", at=ago(60)))
    await desk.ask("GET", "/api/call-backs", as_who="admin")
    await desk.ask("PUT", f"/api/calls/{TALKING}/card", CARD, as_who="admin", status=403)
    await desk.ask("POST", "/api/call-backs/a", {"do": "give_back"}, as_who="admin", status=403)
    await desk.ask("POST", "/api/call-backs/a/call", as_who="admin", status=403)
    await desk.ask("GET", f"/api/calls/{TALKING}/recording/last", as_who="admin", status=403)
    await desk.ask("GET", "/api/desk/today", as_who="admin", status=403)
    assert desk.written(CardWritten) == desk.written(CallBackDone) == []


# ------------------------------------------------------------ answers, places, today


async def test_answers_for_what_the_caller_asked(desk: Desk) -> None:
    found = []
    for call_id in ("story-1.1", "story-1.2", TALKING):
        told, _ = await desk.ask("GET", f"/api/calls/{call_id}/answers")
        assert told["threshold"] == 0.5
        assert all(answer["score"] >= told["threshold"] and answer["text"] for answer in told["answers"])
        found.append((told["language"], [answer["topic"] for answer in told["answers"]]))
    assert found[0] == ("ru", ["file-statement"])
    assert found[1][0] == "kk"
    assert found[2] == ("ru", []), "who is in danger asks nothing"
    await desk.ask("GET", "/api/calls/none-1.1/answers", status=404)


async def test_places_as_they_are_typed(desk: Desk) -> None:
    told, _ = await desk.ask("GET", "/api/places?text=фурманова 120&limit=3")
    assert (told["places"][0]["name"], told["places"][0]["house"], told["places"][0]["matched"]) == (
        "Назарбаева",
        "120",
        "Фурманова",
    )
    nothing, _ = await desk.ask("GET", "/api/places?text=")
    assert nothing["places"] == []
    for wrong in ("", "?text=" + "x" * 101, "?text=a&limit=0", "?text=a&more=1"):
        await desk.ask("GET", f"/api/places{wrong}", status=400)


async def test_ones_own_day(desk: Desk) -> None:
    now, op3 = ago(0), OperatorId("op3")
    await desk.store([*answered("a", at=now, talk_s=30, by=op3), *answered("b", at=now, talk_s=90, by=op3)])
    await desk.store([*answered("c", at=now, by=OP2), SentToHelpLine(call_id=CallId("b"), at=now, by=op3)])
    told, _ = await desk.ask("GET", "/api/desk/today", as_who="op3")
    assert (told["answered"], told["mean_talk_s"], told["longest_talk_s"], told["sent_to_help"]) == (2, 60, 90, 1)
    await desk.ask("GET", "/api/desk/today", as_who="boss", status=403)
    quiet, _ = await desk.ask("GET", "/api/desk/today", as_who="help1")
    assert (quiet["answered"], quiet["mean_talk_s"]) == (0, None)


async def test_without_a_session_the_desk_says_nothing(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter="", desk=DeskScene().parts) as console:
        for path in ("/api/call-backs", "/api/places?text=a", "/api/desk/today", "/api/numbers/1/calls"):
            await console.json(path, status=401)
