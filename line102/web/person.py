"""Who asks: the account behind the session, as the desk's addresses need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from line102.calls import OperatorId
from line102.web.errors import AccessDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    by: str  # what the ledger calls them: the seat of an operator, else the account
    operator: OperatorId | None  # their seat
    supervises: bool  # may act for others, and listen to others' calls

    @property
    def seat(self) -> OperatorId:
        """Raises AccessDenied: only who sits at a phone can do this."""
        if self.operator is None:
            raise AccessDenied(403, "no_seat", "this account has no operator's seat")
        return self.operator


Who = Callable[[web.Request], Person]


def person_of(request: web.Request) -> Person:
    """Until there is sign-in: whoever has the console's key."""
    return Person(by="console", operator=None, supervises=True)
