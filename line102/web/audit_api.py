"""GET /api/audit: who did what, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from line102.events import Audited
from line102.web.calls_api import as_json
from line102.web.sign_in_schemas import AuditedOut, AuditOut, AuditQuery


class Audits(Protocol):
    async def audits(self, *, limit: int, before: datetime | None = None) -> Sequence[Audited]:
        """Newest first, of before ``before``. Raises Unreachable."""
        ...


class AuditApi:
    def __init__(self, audits: Audits) -> None:
        self._audits = audits

    async def get(self, request: web.Request) -> web.Response:
        query = AuditQuery.model_validate(dict(request.query))
        events = await self._audits.audits(limit=query.limit, before=query.before)
        shown = [
            AuditedOut(at=e.at, account=e.account, action=e.action, object=e.object, address=e.address) for e in events
        ]
        return as_json(AuditOut(events=shown, next_before=events[-1].at if len(events) == query.limit else None))
