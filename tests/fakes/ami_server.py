"""A scripted AMI on loopback: real sockets, MD5 login, and the ways in which a peer can fail.

Held to the real thing by tests/contract/test_ami_second_opinion.py (its wire format) and by
tests/asterisk/test_ami_real.py, which does to Asterisk what tests/edge/test_ami_connection.py does to this.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telephony.ami.message import Message
from telephony.ami.parser import BANNER_PREFIX, AmiParser

BANNER = BANNER_PREFIX + b"11.0.0\r\n"
CHALLENGE = "102102102"


def wire(*pairs: tuple[str, str]) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in pairs).encode() + b"\r\n"


Answer = Callable[[Message], bytes]


@dataclass(slots=True)
class FakeAmi:
    """``answers`` maps an action's name to what is written back; an unlisted action is answered with Error."""

    secret: str = "secret"
    banner: bytes = BANNER
    deaf: bool = False  # reads, never answers: a stall
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Message] = field(default_factory=list)  # every action received, logins too
    logins: int = 0
    port: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def names(self) -> list[str]:
        return [action.get("Action") for action in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(self.banner)
        parser = AmiParser()
        parser.feed(BANNER)  # actions have the same form as events, without the banner
        try:
            while data := await reader.read(4096):
                for action in parser.feed(data):
                    self.asked.append(action)
                    if not self.deaf:
                        writer.write(self._answer(action))
        except ConnectionError:
            pass
        finally:
            self._writers.remove(writer)
            writer.close()

    def _answer(self, action: Message) -> bytes:
        name, action_id = action.get("Action"), ("ActionID", action.action_id)
        if name in self.answers:
            return self.answers[name](action)
        if name == "Challenge":
            return wire(("Response", "Success"), action_id, ("Challenge", CHALLENGE))
        if name == "Login":
            return self._login(action)
        if name == "Ping":
            return wire(("Response", "Success"), action_id, ("Ping", "Pong"), ("Timestamp", "1789000000.000001"))
        return wire(("Response", "Error"), action_id, ("Message", "Invalid/unknown command"))

    def _login(self, action: Message) -> bytes:
        expected = hashlib.md5(f"{CHALLENGE}{self.secret}".encode()).hexdigest()  # noqa: S324 AMI's own scheme
        action_id = ("ActionID", action.action_id)
        if action.get("Key") != expected:
            return wire(("Response", "Error"), action_id, ("Message", "Authentication failed"))
        self.logins += 1
        accepted = wire(("Response", "Success"), action_id, ("Message", "Authentication accepted"))
        if action.get("Events") == "off":
            return accepted
        return accepted + wire(("Event", "FullyBooted"), ("Privilege", "system,all"), ("Status", "Fully Booted"))

    # ---- to everybody who is connected

    def emit(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    def close(self) -> None:
        for writer in self._writers:
            writer.close()

    def reset(self) -> None:
        """End every connection with RST."""
        for writer in self._writers:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()


@asynccontextmanager
async def serving(fake: FakeAmi) -> AsyncIterator[FakeAmi]:
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        fake.close()
        await server.wait_closed()


def listed(*events: bytes) -> Answer:
    """An event list; in ``events`` the text ``%ID%`` becomes the asker's ActionID."""

    def answer(action: Message) -> bytes:
        action_id = action.action_id
        head = wire(
            ("Response", "Success"), ("ActionID", action_id), ("EventList", "start"), ("Message", "will follow")
        )
        tail = wire(("Event", "ListComplete"), ("ActionID", action_id), ("EventList", "Complete"))
        return head + b"".join(events).replace(b"%ID%", action_id.encode()) + tail

    return answer


class Relay:
    """Stands between us and a real AMI: keeps what Asterisk said, and can stop forwarding without any FIN."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self.heard = bytearray()  # from Asterisk, all connections
        self.connections = 0
        self.silent = False  # swallows both directions: a cable pulled

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.silent:
            await reader.read()
            writer.close()
            return
        pbx_reader, pbx_writer = await asyncio.open_connection("127.0.0.1", self._to)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(pbx_reader, writer, self.heard))
            group.create_task(self._pump(reader, pbx_writer, bytearray()))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
        try:
            while data := await reader.read(4096):
                if not self.silent:
                    kept += data
                    writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def relaying(port: int) -> AsyncIterator[Relay]:
    relay = Relay(port)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await server.wait_closed()
