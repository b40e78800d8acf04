"""What the API says: the ledger, the recordings, the metrics; every answer as the published OpenAPI promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from line102.calls import CallId
from tests.edge.json_schema import problems
from tests.edge.web_console import WebConsole, web_console
from tests.signed_in import METRICS_KEY


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[WebConsole]:
    async with web_console(tmp_path, show_shadow_flags=True) as console:
        yield console


def promised(document: dict[str, Any], path: str, status: str) -> dict[str, Any]:
    content = document["paths"][path]["get"]["responses"][status]["content"]
    schema = content["application/json"]["schema"]
    assert isinstance(schema, dict)
    return schema


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/api/live", "/api/live", 200),
        ("/api/calls", "/api/calls?limit=2", 200),
        ("/api/calls", "/api/calls?limit=0", 400),
        ("/api/calls", "/api/calls?before=yesterday", 400),
        ("/api/calls", "/api/calls?before=2026-01-01T00:00:00", 400),  # without a zone
        ("/api/calls", "/api/calls?limti=5", 400),
        ("/api/calls/{call_id}", "/api/calls/story-1.1", 200),
        ("/api/calls/{call_id}", "/api/calls/none-1.1", 404),
        ("/api/calls/{call_id}/recording", "/api/calls/none-1.1/recording", 404),
        ("/api/calls/{call_id}/recording", "/api/calls/story-1.3/recording", 404),  # set aside
        ("/api/modes", "/api/modes", 200),
        ("/api/gaps", "/api/gaps", 200),
        ("/api/gaps", "/api/gaps?since=x", 400),
        ("/healthz", "/healthz", 200),
    ],
)
async def test_every_answer_is_as_published(console: WebConsole, path: str, address: str, status: int) -> None:
    document = await console.json("/api/openapi.json")
    answer = await console.json(address, status=status)
    assert problems(answer, promised(document, path, str(status)), document) == []


async def test_the_checker_can_say_no(console: WebConsole) -> None:
    document = await console.json("/api/openapi.json")
    answer = await console.json("/api/live")
    schema = promised(document, "/api/live", "200")
    assert problems(answer | {"seq": -1}, schema, document)
    assert problems(answer | {"more": 1}, schema, document)
    assert problems({**answer, "calls": [{**answer["calls"][0], "state": "lost"}]}, schema, document)


async def test_calls_page_by_page(console: WebConsole) -> None:
    seen: list[str] = []
    address = "/api/calls?limit=4"
    while True:
        page = await console.json(address)
        seen += [call["id"] for call in page["calls"]]
        if page["next_before"] is None:
            break
        address = f"/api/calls?limit=4&before={page['next_before'].replace('+', '%2B')}"
    assert seen == ["story-20.3", "story-20.2", "story-20.1", "story-1.3", "story-1.2", "story-1.1"]


async def test_a_call_tells_its_figures(console: WebConsole) -> None:
    call = await console.json("/api/calls/story-1.2")
    assert (call["outcome"], call["waited_s"], call["talked_s"]) == ("answered", 6.8, 27.2)
    assert call["missed"][0]["state"] == "recovered"
    assert call["recording"]["playable"] and call["recording"]["repaired"]
    assert call["assessment"]["label"] == "NON_URGENT"
    gave_up = await console.json("/api/calls/story-1.3")
    assert gave_up["missed"][0]["state"] == "lost"
    assert not gave_up["recording"]["playable"]


@pytest.mark.parametrize("path", ["/api/live", "/api/calls", "/api/calls/story-1.1"])
async def test_shadow_flags_stay_inside_unless_told(tmp_path: Path, path: str) -> None:
    async with web_console(tmp_path) as console:
        async with console.session.get(console.address + path) as response:
            text = await response.text()
    for word in ("EMERGENCY", "NON_URGENT", "phrases@1", "danger words", "shadow", '"assessment":{'):
        assert word not in text


@pytest.mark.parametrize(
    ("asked", "status", "first", "length"),
    [
        (None, 200, b"RIFF", 44 + 8000 * 9 * 4),
        ("bytes=0-3", 206, b"RIFF", 4),
        ("bytes=8-11", 206, b"WAVE", 4),
        ("bytes=-100", 206, None, 100),
        ("bytes=44-", 206, None, 8000 * 9 * 4),
        ("bytes=99999999-", 416, None, None),
    ],
)
async def test_a_recording_in_ranges(
    console: WebConsole, asked: str | None, status: int, first: bytes | None, length: int | None
) -> None:
    headers = {} if asked is None else {"Range": asked}
    async with console.session.get(f"{console.address}/api/calls/story-1.1/recording", headers=headers) as response:
        body = await response.read()
        assert response.status == status
        if status != 416:
            assert response.headers["Content-Type"] == "audio/wav"
            assert response.headers["Accept-Ranges"] == "bytes"
    if first is not None:
        assert body.startswith(first)
    if length is not None:
        assert len(body) == length


async def test_no_recording_leads_out_of_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secrets.toml"
    secret.write_text("key = 1")
    async with web_console(tmp_path) as console:
        link = tmp_path / "recordings" / "link.wav"
        link.symlink_to(secret)
        for path in ("../secrets.toml", str(secret), "link.wav", "..", "", "a\x00b", "x" * 5000):
            await _record_at(console, path)
            async with console.session.get(f"{console.address}/api/calls/story-1.1/recording") as response:
                assert response.status == 404, path
                assert b"key" not in await response.read()


async def _record_at(console: WebConsole, path: str) -> None:
    """Make the board believe that story-1.1's recording lies at ``path``."""
    story = console.line.board.story(CallId("story-1.1"))
    assert story is not None and story.recording is not None
    console.line.board._stories[story.record.call_id] = replace(story, recording=replace(story.recording, path=path))


@pytest.mark.parametrize(
    "path",
    [
        "/..%2fsecrets.toml",
        "/assets/..%2f..%2fsecrets.toml",
        "/%2e%2e/secrets.toml",
        "/assets/%00",
        "/..%5csecrets.toml",
    ],
)
async def test_no_page_leads_out_of_its_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "secrets.toml").write_text("key = 1")
    async with web_console(tmp_path, enter=False) as console:
        async with console.session.get(URL(console.address + path, encoded=True)) as response:
            assert "key = 1" not in await response.text()


async def test_the_console_and_its_views_are_served(console: WebConsole) -> None:
    for path, wanted in (("/", "no-cache"), ("/calls/story-1.1", "no-cache"), ("/assets/app-1.js", "immutable")):
        async with console.session.get(console.address + path) as response:
            assert response.status == 200
            assert wanted in response.headers["Cache-Control"]
    async with console.session.get(f"{console.address}/assets/gone.js") as response:
        assert response.status == 404


async def test_a_console_not_built_says_so(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        (tmp_path / "dist" / "index.html").unlink()
        async with console.session.get(console.address) as response:
            assert response.status == 503
            assert "setup/console.sh build" in await response.text()


@pytest.mark.parametrize("path", ["/api/calls", "/api/calls/story-1.1", "/api/gaps"])
async def test_with_the_store_away_the_ledger_says_so_and_the_line_goes_on(console: WebConsole, path: str) -> None:
    console.line.ledger.away = "the test took it away"
    document = await console.json("/api/openapi.json")
    failure = await console.json(path, status=503)
    assert failure["error"] == "unreachable" and failure["retry_after_s"] == 5
    template = path.replace("story-1.1", "{call_id}")
    assert problems(failure, promised(document, template, "503"), document) == []
    assert len((await console.json("/api/live"))["calls"]) == 6
    async with console.session.get(f"{console.address}/api/calls/story-1.1/recording") as response:
        assert response.status == 200, "a recording that the live picture knows plays without the store"
        await response.read()


async def test_metrics_from_this_machine_and_through_no_proxy(tmp_path: Path) -> None:
    async with web_console(tmp_path, enter=False) as console:
        async with console.session.get(f"{console.address}/metrics") as response:
            text = await response.text()
            assert response.status == 200
        assert 'line102_calls{state="waiting"} 1.0' in text
        assert 'line102_light_up{lamp="store"} 1.0' in text
        proxied = {"X-Forwarded-For": "192.0.2.7"}
        async with console.session.get(f"{console.address}/metrics", headers=proxied) as response:
            assert response.status == 403
        with_key = proxied | {"Authorization": f"Bearer {METRICS_KEY}"}
        async with console.session.get(f"{console.address}/metrics", headers=with_key) as response:
            assert response.status == 200


@pytest.mark.parametrize("path", ["/api/live", "/api/calls", "/api/calls/story-20.1", "/api/gaps", "/api/feed"])
async def test_only_reading_is_offered(console: WebConsole, path: str) -> None:
    ours = {"Origin": console.address}
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        async with console.session.request(method, console.address + path, headers=ours) as response:
            assert response.status in (404, 405)
