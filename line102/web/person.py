"""Who asks: the account behind the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from line102.accounts import Account
from line102.calls import OperatorId
from line102.roles import Permission, Role, permissions_of
from line102.web.errors import AccessDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    by: str  # what the ledger calls them: the seat of an operator, else the account
    operator: OperatorId | None  # their seat
    supervises: bool  # may act for others, and listen to others' calls
    account: str = ""
    permissions: frozenset[Permission] = frozenset()

    @property
    def seat(self) -> OperatorId:
        """Raises AccessDenied: only who sits at a phone can do this."""
        if self.operator is None:
            raise AccessDenied(403, "no_seat", "this account has no operator's seat")
        return self.operator


Who = Callable[[web.Request], Person]


def person_behind(account: Account) -> Person:
    """Whose password somebody else knows may do nothing but change it."""
    seat = account.operator if Role.OPERATOR in account.roles else None
    return Person(
        by=seat or account.name,
        operator=OperatorId(seat) if seat else None,
        supervises=Role.SUPERVISOR in account.roles,
        account=account.name,
        permissions=frozenset({Permission.OWN}) if account.must_change else permissions_of(account.roles),
    )


PERSON: Final = web.RequestKey("person", Person)


def person_of(request: web.Request) -> Person:
    """Whom the door let in. Raises AccessDenied (401) where it asked nobody."""
    if PERSON not in request:
        raise AccessDenied(401, "no_session", "sign in first (POST /api/session, or /enter)")
    return request[PERSON]
