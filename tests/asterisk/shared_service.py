"""One running service for all tests of a module, each of which finds it as if it had just been started.

@pytest.fixture(scope="module")
def running(pbx_session: TestPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    yield from service_of_a_module(pbx_session, tmp_path_factory.mktemp("service"))

@pytest.fixture
async def service(pbx: TestPbx, running: ServiceProcess) -> AsyncIterator[ServiceProcess]:
    async with for_a_test(running):
        yield running
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from tests.asterisk.service_process import Pbx, ServiceProcess, write_settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def service_of_a_module(pbx: Pbx, folder: Path, *, extra: str = "", pbx_extra: str = "") -> Iterator[ServiceProcess]:
    """The first test starts it. A start takes 6 to 10 s of both cores: with one for each test, they were a third of
    what the tests took."""
    port = free_port()
    running = ServiceProcess(write_settings(pbx, folder, web_port=port, extra=extra, pbx_extra=pbx_extra), port)
    try:
        yield running
    finally:
        asyncio.run(running.close())


@contextlib.asynccontextmanager
async def for_a_test(running: ServiceProcess) -> AsyncIterator[None]:
    """Whatever the test before did, even when it failed: the service runs, all its lamps are lit, nobody is there."""
    try:
        await running.ready()
        yield
    finally:
        await running.leave()
