"""Asterisk's own console socket (``asterisk.ctl``), as ``asterisk -rx`` uses it. No privilege, no namespace needed."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

from line102.errors import Unreachable

_MAX_ANSWER = 4 * 1024 * 1024  # bytes


async def ask(socket: Path, command: str, *, within: timedelta = timedelta(seconds=20)) -> str:
    """Asterisk's answer to one console command. Raises Unreachable when it does not run or does not answer.

    Source: asterisk.c, ast_remotecontrol: "cli quit after COMMAND\\0", a banner line, the answer, end of stream.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _ask(socket, command)
    except (OSError, TimeoutError) as error:
        raise Unreachable("Asterisk's console", f"{type(error).__name__} at {socket.name}") from error


async def _ask(socket: Path, command: str) -> str:
    folder = os.open(socket.parent, os.O_PATH | os.O_DIRECTORY)  # a socket's name may have 107 bytes, a path more
    try:
        reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{folder}/{socket.name}")
    finally:
        os.close(folder)
    try:
        await reader.readline()  # host/pid/version
        writer.write(f"cli quit after {command}".encode() + b"\0")
        await writer.drain()
        said = bytearray()
        while (chunk := await reader.read(65536)) and len(said) < _MAX_ANSWER:
            said += chunk
    finally:
        writer.close()
    # Lines that begin with a byte >= 0x80 below 0xC0 are verbose messages of other callers, not the answer.
    lines = bytes(said).replace(b"\0", b"").split(b"\n")
    return b"\n".join(line for line in lines if not 0x80 <= (line[:1] or b" ")[0] < 0xC0).decode("utf-8", "replace")
