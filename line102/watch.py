"""The service's pulse: proof of life for the gap after a crash, the lights that nobody else switches, the load."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from line102.board import Lamp, Light, Load
from line102.broadcast import Broadcast
from line102.errors import Unreachable

PERIOD = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Condition:
    up: bool
    why: str = ""


Look = Callable[[], Condition]


class Watch:
    """Looks once a second. ``sees_line`` says whether the PBX is seen now: only then is the line proven observed."""

    def __init__(
        self,
        broadcast: Broadcast,
        looks: Mapping[Lamp, Look],
        sees_line: Callable[[], bool],
        touch_alive: Callable[[datetime], None],
        load: Callable[[], Load],
    ) -> None:
        self._broadcast = broadcast
        self._looks = looks
        self._sees_line = sees_line
        self._touch_alive = touch_alive
        self._load = load

    async def run(self) -> None:
        while True:
            now = datetime.now(UTC)
            if self._sees_line():
                with suppress(Unreachable):  # a disk that refuses: the disk light says so
                    self._touch_alive(now)
            for lamp, look in self._looks.items():
                condition = look()
                self._broadcast.light(Light(lamp=lamp, up=condition.up, since=now, why=condition.why))
            self._broadcast.load(self._load())
            await asyncio.sleep(PERIOD.total_seconds())


def disk_look(folders: tuple[Path, ...], min_free_mib: int) -> Look:
    """Down when a folder is missing or its disk has less than ``min_free_mib`` MiB free."""

    def look() -> Condition:
        for folder in folders:
            try:
                free_mib = shutil.disk_usage(folder).free // 2**20
            except OSError as error:
                return Condition(up=False, why=f"{folder.name}: {error.strerror}")
            if free_mib < min_free_mib:
                return Condition(up=False, why=f"{folder.name}: {free_mib} MiB free, {min_free_mib} MiB wanted")
        return Condition(up=True)

    return look
