"""Where a waiting caller and whoever answers them find each other: both phones are in this process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from line102.calls import OperatorId
from synthetic.script import CallScript
from telephony.phone_call import PhoneCall


class Meeting:
    def __init__(self, script: CallScript) -> None:
        self.script = script
        self.answered = asyncio.Event()
        self.operator_id: OperatorId | None = None
        self.operator: PhoneCall | None = None
        self.answered_at: datetime | None = None

    def answered_by(self, operator_id: OperatorId, call: PhoneCall) -> None:
        self.operator_id, self.operator, self.answered_at = operator_id, call, datetime.now(UTC)
        self.answered.set()

    def left_by(self, operator: PhoneCall) -> None:
        """They sent the caller on. Somebody else may have answered since: then nothing changes."""
        if self.operator is operator:
            self.operator_id = self.operator = self.answered_at = None
            self.answered.clear()


async def ends_within(event: asyncio.Event, within: timedelta) -> bool:
    try:
        async with asyncio.timeout(within.total_seconds()):
            await event.wait()
    except TimeoutError:
        return False
    return True
