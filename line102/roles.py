"""Who may do what: one table. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    OPERATOR = "operator"  # takes calls
    SUPERVISOR = "supervisor"  # answers for the line: modes, recordings, other people's call-backs, the audit
    ADMINISTRATOR = "administrator"  # accounts and the PBX; hears no recording


class Permission(StrEnum):
    OWN = "own"  # one's own session: every account
    LOOK = "look"  # the live picture, calls and their transcripts
    DECIDE = "decide"  # flags, languages, categories, cards, call-backs
    SEAT = "seat"  # a phone and a state of one's own
    LISTEN = "listen"  # recordings
    MODES = "modes"  # what flags may lead to
    AUDIT = "audit"  # who did what
    WALLBOARD = "wallboard"  # the line's figures of today
    ACCOUNTS = "accounts"


_TABLE: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset(
        {Permission.OWN, Permission.LOOK, Permission.DECIDE, Permission.SEAT, Permission.LISTEN},
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.OWN,
            Permission.LOOK,
            Permission.DECIDE,
            Permission.LISTEN,
            Permission.MODES,
            Permission.AUDIT,
            Permission.WALLBOARD,
        }
    ),
    Role.ADMINISTRATOR: frozenset({Permission.OWN, Permission.LOOK, Permission.ACCOUNTS, Permission.WALLBOARD}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that any of ``roles`` may do."""
    return frozenset().union(*(_TABLE[role] for role in roles))
