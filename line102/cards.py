"""The card: what an operator writes down about a call, during it and after, saved as they type.

A page says over which version it writes, so that of two pages the later one hears that it is late.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from line102.board import Board
from line102.calls import CallId
from line102.errors import Gone
from line102.events import CardWritten
from line102.ports import Ledger
from line102.scribe import Scribe

KEPT = 2000  # newest cards of calls that left the board; an older one is read from the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class CardText:
    """What is written; every field may be empty."""

    note: str
    place: str
    persons: str
    follow_up: str


class CardChanged(Exception):
    """Somebody wrote meanwhile: ``card`` stands, and nothing was written over it."""

    def __init__(self, card: CardWritten | None) -> None:
        super().__init__("the card has a newer version")
        self.card = card


def text_of(card: CardWritten | None) -> CardText:
    if card is None:
        return CardText(note="", place="", persons="", follow_up="")
    return CardText(note=card.note, place=card.place, persons=card.persons, follow_up=card.follow_up)


def next_card(
    known: CardWritten | None, call_id: CallId, text: CardText, *, over: int, by: str, now: datetime
) -> CardWritten | None:
    """The card to write; None when just this stands already, as when an answer was lost on its way to the page.

    ``over``: the version that the writer saw, 0 for none. Raises CardChanged when that is not the one that stands.
    """
    if text_of(known) == text:
        return None
    version = known.version if known else 0
    if over != version:
        raise CardChanged(known)
    return CardWritten(
        call_id=call_id,
        at=now,
        by=by,
        version=version + 1,
        note=text.note,
        place=text.place,
        persons=text.persons,
        follow_up=text.follow_up,
    )


class Cards:
    """One per service. ``settled``: waits until the ledger holds all that happened; raises Unreachable."""

    def __init__(self, scribe: Scribe, board: Board, ledger: Ledger, settled: Callable[[], Awaitable[None]]) -> None:
        self._scribe = scribe
        self._board = board
        self._ledger = ledger
        self._settled = settled
        self._written: dict[CallId, CardWritten] = {}

    async def write(self, call_id: CallId, text: CardText, *, over: int, by: str) -> CardWritten | None:
        """Write a card down, and return what stands; None: an empty card of a call that had none.

        Returns when it is in the journal. Raises CardChanged, Gone (no such call), Unreachable (a call that has left
        the live picture while the database is away; or neither disk nor memory took it): nothing was written.
        """
        known = await self._known(call_id)
        card = next_card(known, call_id, text, over=over, by=by, now=datetime.now(UTC))
        if card is None:
            return known
        self._scribe.write_surely(card)
        self._keep(card)
        return card

    async def _known(self, call_id: CallId) -> CardWritten | None:
        story = self._board.story(call_id)
        if story is None and call_id not in self._written:
            await self._settled()
            story = await self._ledger.call(call_id)
            if story is None:
                raise Gone(f"call {call_id}")
        if (kept := self._written.get(call_id)) is not None:  # looked at last: another page may have written meanwhile
            return kept
        story = self._board.story(call_id) or story
        return story.card if story else None

    def _keep(self, card: CardWritten) -> None:
        self._written.pop(card.call_id, None)
        self._written[card.call_id] = card
        if len(self._written) > KEPT:
            del self._written[next(iter(self._written))]
