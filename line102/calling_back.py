"""Calls a caller back: the operator's own phone first, then the number. Implements ``ports.Calling``.

If this dies: Asterisk goes on alone from the moment the phone rings, and writes down what came of it; the next service
learns it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from line102.call_backs import attempt_at
from line102.calls import CallId, OperatorId
from line102.errors import Refused, Unreachable
from line102.numbers import has_form
from line102.ports import Placing
from line102.seating import Seating

log = structlog.get_logger()


class CallingBack:
    """``forms``: of numbers that may be called (``numbers.has_form``); none: nobody is called."""

    def __init__(self, node: str, seating: Seating, placing: Placing, forms: Sequence[str]) -> None:
        self._node = node
        self._seating = seating
        self._placing = placing
        self._forms = tuple(forms)

    async def call_back(self, call_id: CallId, number: str, operator: OperatorId) -> None:
        """See ``ports.Calling``."""
        if not self._forms:
            raise Refused(f"call-back {call_id}", "no trunk for call-backs is set: pbx.call_back_forms")
        if not has_form(number, self._forms):
            raise Refused(f"call-back {call_id}", "pbx.call_back_forms allows no such number")
        attempt = attempt_at(self._node, datetime.now(UTC))
        phone = await self._seating.begins_call_back(operator, attempt)
        try:
            await self._placing.place(attempt, phone, operator=operator, number=number, about=call_id)
        except (Refused, Unreachable):
            self._seating.call_back_gone(attempt)
            raise
        log.info("call_back_placed", call_id=call_id, attempt=attempt, operator=operator)
