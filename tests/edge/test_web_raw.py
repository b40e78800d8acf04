"""Whatever bytes come to the door, it answers by itself and opens for none of them."""

import asyncio
from pathlib import Path

import pytest

from tests.edge.web_console import WebConsole, web_console

FORM = "application/x-www-form-urlencoded"
HOST = b"Host: localhost\r\n"


def post(kind: str, body: bytes) -> bytes:
    head = f"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


STRANGE = {
    "a cookie that is no text": b"GET /api/live HTTP/1.1\r\n" + HOST + b"Cookie: line102_session=\xff\xfe\r\n\r\n",
    "a host that is no text": b"GET /api/live HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    "no host": b"GET /api/live HTTP/1.0\r\n\r\n",
    "two hosts": b"GET /api/live HTTP/1.1\r\n" + HOST + b"Host: other\r\n\r\n",
    "another server's address": b"GET http://other/api/live HTTP/1.1\r\n" + HOST + b"\r\n",
    "two slashes": b"GET //api/live HTTP/1.1\r\n" + HOST + b"\r\n",
    "a letter in hexadecimal": b"GET /%61pi/live HTTP/1.1\r\n" + HOST + b"\r\n",
    "a slash in hexadecimal": b"GET /api%2flive HTTP/1.1\r\n" + HOST + b"\r\n",
    "dots": b"GET /x/../api/live HTTP/1.1\r\n" + HOST + b"\r\n",
    "no path": b"GET /%ff%00%2e%2e/x HTTP/1.1\r\n" + HOST + b"\r\n",
    "a link that is no text": b"GET /enter?once=%ff%ed%a0%80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a bearer that is no text": b"GET /metrics HTTP/1.1\r\n"
    + HOST
    + b"Forwarded: x\r\nAuthorization: Bearer \xff\r\n\r\n",
    "a form without its boundary": post("multipart/form-data; boundary=x", b"abcde"),
    "a form that is too long": post(FORM, b"a" * 9000),
    "a charset that does not exist": post(f"{FORM}; charset=nonsense", b"name=a"),
    "a charset that does not fit": post(f"{FORM}; charset=utf-16", b"name=a"),
}


async def answer(console: WebConsole, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(console.address.rpartition(":")[2]))
    writer.write(request)
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        body = await reader.readexactly(int(length.partition(b":")[2]))
    writer.close()
    return int(head.split(b" ")[1]), body


@pytest.mark.parametrize("request_bytes", STRANGE.values(), ids=STRANGE)
async def test_a_strange_request_is_answered_and_opens_nothing(tmp_path: Path, request_bytes: bytes) -> None:
    async with web_console(tmp_path, enter="") as console:
        status, body = await answer(console, request_bytes)
        assert status < 500
        assert b"members" not in body, "the live picture"
        assert status not in (200, 303) or b"<!doctype html>" in body, "the empty page at most"


async def test_an_origin_that_is_no_address_opens_no_feed(tmp_path: Path) -> None:
    async with web_console(tmp_path) as console:
        cookie = "; ".join(f"{one.key}={one.value}" for one in console.session.cookie_jar)
        lines = (
            "GET /api/feed HTTP/1.1",
            "Host: localhost",
            f"Cookie: {cookie}",
            "Origin: http://[",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        )
        status, _ = await answer(console, "\r\n".join((*lines, "", "")).encode())
        assert status == 403
