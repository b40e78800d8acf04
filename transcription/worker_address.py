"""Where a worker listens: a Unix socket of our own user, or TCP on this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

from line102.errors import BadSetting

Attend = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(attend: Attend, address: str, *, anywhere: bool = False) -> AsyncIterator[str]:
    """Listen at ``unix:/path`` or ``tcp:host:port`` (port 0: any free one); gives the address in use. Raises
    BadSetting.
    """
    kind, _, place = address.partition(":")
    try:
        if kind == "unix":
            server = await asyncio.start_unix_server(attend, sock=_unix_socket(place))
            actual = address
        else:
            host, port = _tcp(address, anywhere=anywhere)
            server = await asyncio.start_server(attend, host, port)
            actual = f"tcp:{host}:{server.sockets[0].getsockname()[1]}"
    except (OSError, socket.gaierror) as error:
        raise BadSetting("listen", f"cannot listen at {address} ({error})", "Choose another address.") from error
    async with server:
        yield actual


def _unix_socket(place: str) -> socket.socket:
    Path(place).unlink(missing_ok=True)
    own = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)  # callers' words pass here: for our own user only
    try:
        own.bind(place)
    finally:
        os.umask(before)
    return own


def _tcp(address: str, *, anywhere: bool) -> tuple[str, int]:
    kind, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isdecimal():
        raise BadSetting("listen", f"{address!r} is no address", "Write unix:/path or tcp:127.0.0.1:PORT.")
    try:
        loopback = ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and not anywhere:
        remedy = "Voices would pass the network in the clear: use 127.0.0.1, or --anywhere inside a private network."
        raise BadSetting("listen", f"{host} is not this machine", remedy)
    return host.strip("[]"), int(port)
