"""An operator chooses the language of a call: in the ledger first, then on every page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from line102.events import LanguageChosen
from tests.edge.json_schema import problems
from tests.edge.web_console import WebConsole, web_console

TALKING = "/api/calls/story-20.1/language"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[WebConsole]:
    async with web_console(tmp_path) as console:
        yield console


async def post(console: WebConsole, path: str, kind: str = "application/json", **more: Any) -> tuple[int, Any]:
    headers = {"Origin": console.address, "Content-Type": kind}
    async with console.session.post(console.address + path, headers=headers, **more) as response:
        body = await response.read()
        return response.status, await response.json() if body else None


def chosen(console: WebConsole) -> list[str | None]:
    return [e.language for e in console.line.journal.of(LanguageChosen) if isinstance(e, LanguageChosen)]


async def test_a_choice_is_written_and_shown_and_can_be_taken_back(console: WebConsole) -> None:
    with console.line.broadcast.subscribe() as page:
        for language in ("kk", "kk", "ru", None):
            assert await post(console, TALKING, json={"language": language}) == (204, None)
            (call,) = [c for c in (await console.json("/api/live"))["calls"] if c["id"] == "story-20.1"]
            assert call["language"] == language
        assert [(await page.next()).story.language for _ in range(3)] == ["kk", "ru", None]  # type: ignore[union-attr]
    assert chosen(console) == ["kk", "ru", None], "the same again is no event"


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/api/calls/none-1.1/language", b'{"language": "kk"}', 404, "gone"),
        ("/api/calls/story-1.1/language", b'{"language": "kk"}', 409, "refused"),  # it has ended
        (TALKING, b'{"language": "de"}', 422, "unknown_language"),
        (TALKING, b'{"language": ""}', 422, "unknown_language"),
        (TALKING, b'{"language": 5}', 422, "bad_body"),
        (TALKING, b'{"language": ["kk"]}', 422, "bad_body"),
        (TALKING, b'{"language": "kk", "more": 1}', 422, "bad_body"),
        (TALKING, b"{}", 422, "bad_body"),
        (TALKING, b"", 422, "bad_body"),
        (TALKING, b'{"language"', 422, "bad_body"),
        (TALKING, b"\xff\xfe", 422, "bad_body"),
        (TALKING, b"[" * 3000, 422, "bad_body"),
        (TALKING, b'{"language": "' + b"k" * 5000 + b'"}', 413, "request_entity_too_large"),
    ],
)
async def test_what_cannot_be_done_says_why(
    console: WebConsole, path: str, body: bytes, status: int, error: str
) -> None:
    answered, said = await post(console, path, data=body)
    assert (answered, said["error"]) == (status, error)
    document = await console.json("/api/openapi.json")
    responses = document["paths"]["/api/calls/{call_id}/language"]["post"]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    assert problems(said, schema, document) == []
    assert chosen(console) == []


async def test_a_form_is_not_a_choice(console: WebConsole) -> None:
    status, said = await post(console, TALKING, "application/x-www-form-urlencoded", data={"language": "kk"})
    assert (status, said["error"]) == (415, "unsupported_media_type")
    assert chosen(console) == []
