"""Open desks without a browser: signed in, at their seats, reading the feed. Until stdin ends; then one JSON line.

python -m bench.desk_readers URL SEAT SEAT …
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack

import aiohttp

from tests.signed_in import sign_in


class Desk:
    def __init__(self) -> None:
        self.messages = self.bytes = 0
        self.cut_off = False

    async def read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            self.messages += 1
            self.bytes += len(message.data)
        self.cut_off = True


async def main(url: str, seats: list[str]) -> None:
    desks = [Desk() for _ in seats]
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    async with AsyncExitStack() as open_:
        reading = []
        for desk, seat in zip(desks, seats, strict=True):
            jar = aiohttp.CookieJar(unsafe=True)
            http = await open_.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            if (status := await sign_in(http, url, seat)) != 204:
                sys.exit(f"bench.desk_readers: {seat} could not sign in ({status})")
            feed = await open_.enter_async_context(
                http.ws_connect(f"{url}/api/feed", headers={"Origin": url}, max_msg_size=0)
            )
            said = {"state": "ready", "reason": ""}
            async with http.post(f"{url}/api/desk/state", json=said, headers={"Origin": url}) as answer:
                if answer.status != 204:
                    sys.exit(f"bench.desk_readers: {seat} could not be ready ({answer.status})")
            reading.append(asyncio.create_task(desk.read(feed)))
        print("open", flush=True)
        await stdin.read()
        told = {
            "desks": len(desks),
            "messages": sum(desk.messages for desk in desks),
            "bytes": sum(desk.bytes for desk in desks),
            "cut_off": sum(desk.cut_off for desk in desks),
        }
        for one in reading:
            one.cancel()
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
