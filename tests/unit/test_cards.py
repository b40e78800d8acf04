"""The card is lost by nothing, and nobody writes over what they have not seen."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line102.board import Board
from line102.broadcast import Broadcast
from line102.calls import CallId
from line102.cards import CardChanged, Cards, CardText, next_card, text_of
from line102.errors import Gone, Unreachable
from line102.events import CardWritten, Entry, LedgerEvent
from line102.journal import FileJournal
from line102.restore import restore
from line102.scribe import Scribe
from tests.call_stories import abandoned, ago, answered
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted import MemoryJournal
from tests.ledger_events import NOON

A = CallId("a")
texts = st.builds(CardText, note=st.text(), place=st.text(), persons=st.text(), follow_up=st.text())


def text(note: str) -> CardText:
    return CardText(note=note, place="", persons="", follow_up="")


EMPTY = text("")


class Writing:
    """Cards with everything real but the database."""

    def __init__(self, journal: Any = None) -> None:
        self.journal = journal or MemoryJournal()
        self.ledger = MemoryLedger()
        self.broadcast = Broadcast(Board("test"))
        self.scribe = Scribe(self.journal, self.broadcast)
        if isinstance(self.journal, FileJournal):
            restore(self.broadcast.board, self.journal.lines())
        self.cards = Cards(self.scribe, self.broadcast.board, self.ledger, self.settled)

    async def settled(self) -> None:
        """As the applier does it: all that is in the journal, or Unreachable."""
        await self.ledger.apply(self.journal.read(0))
        await asyncio.sleep(0)

    def happen(self, events: list[Any]) -> None:
        for event in events:
            self.scribe.write(event)

    async def write(self, note: str, over: int, by: str = "op1") -> CardWritten | None:
        return await self.cards.write(A, text(note), over=over, by=by)

    @property
    def shown(self) -> CardWritten | None:
        story = self.broadcast.board.story(A)
        assert story is not None
        return story.card


@given(st.lists(st.tuples(texts, st.integers(0, 4)), max_size=12))
def test_versions_count_up_and_nothing_is_written_unseen(tries: list[tuple[CardText, int]]) -> None:
    known: CardWritten | None = None
    for told, over in tries:
        version = known.version if known else 0
        try:
            card = next_card(known, A, told, over=over, by="op1", now=NOON)
        except CardChanged as changed:
            assert over != version
            assert changed.card is known
            continue
        if card is None:
            assert text_of(known) == told
        else:
            assert (card.version, over, text_of(card)) == (version + 1, version, told)
            known = card


async def test_of_two_pages_the_later_one_hears_that_it_is_late() -> None:
    writing = Writing()
    writing.happen(answered("a", at=ago(60)))
    first = await writing.write("один", 0)
    with pytest.raises(CardChanged) as late:
        await writing.write("два", 0, by="op2")
    assert late.value.card == first == writing.shown
    second = await writing.write("один и два", 1, by="op2")
    assert second is not None
    assert (second.version, second.by, writing.shown) == (2, "op2", second)


async def test_a_lost_answer_is_no_conflict() -> None:
    writing = Writing()
    writing.happen(answered("a", at=ago(60)))
    first = await writing.write("нож", 0)
    assert await writing.write("нож", 0) == first
    assert len(writing.journal.of(CardWritten)) == 1
    assert await writing.write("", 1) == writing.shown, "emptied is a version too"


async def test_nobody_writes_a_card_of_no_call() -> None:
    with pytest.raises(Gone):
        await Writing().write("нож", 0)


@pytest.mark.parametrize("kills", [1, 2, 3])
async def test_killed_between_two_writes(tmp_path: Path, kills: int) -> None:
    """Each write is in the journal when it is answered; the next service goes on from it, with the database away."""
    typed = ""
    for n in range(kills + 1):
        with FileJournal(tmp_path, "almaty") as journal:  # left without a word: closing writes nothing
            writing = Writing(journal)
            if n == 0:
                writing.happen(answered("a", at=ago(60)))
            writing.ledger.away = "the test took it away"
            assert text_of(writing.shown) == text(typed)
            typed += "буква "
            card = await writing.write(typed, n)
            assert card is not None and card.version == n + 1


async def test_of_a_call_that_left_the_picture() -> None:
    writing = Writing()
    writing.happen(abandoned("a", at=ago(60)))
    await writing.write("до", 0)
    fresh = Writing(writing.journal)  # a restart: the call is not on the board
    with pytest.raises(CardChanged):
        await fresh.write("после", 0)
    fresh.ledger.away = "the test took it away"
    again = Writing(writing.journal)
    again.ledger.away = "the test took it away"
    with pytest.raises(Unreachable):
        await again.write("после", 1)
    assert len(writing.journal.of(CardWritten)) == 1, "nothing was written blindly"
    again.ledger.away = ""
    card = await again.write("после", 1)
    assert card is not None and card.version == 2
    again.ledger.away = "again"
    third = await again.write("и ещё", 2)
    assert third is not None and third.version == 3, "what this service wrote itself it need not read"


async def test_two_pages_at_the_same_moment_while_the_ledger_is_read() -> None:
    old = Writing()
    old.happen(abandoned("a", at=ago(60)))
    fresh = Writing(old.journal)
    results = await asyncio.gather(fresh.write("один", 0), fresh.write("два", 0), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["CardChanged", "CardWritten"]


class FullJournal(MemoryJournal):
    def append(self, event: LedgerEvent) -> Entry:
        if isinstance(event, CardWritten):
            raise Unreachable("journal", "no space left")
        return super().append(event)


async def test_what_could_not_be_kept_is_not_said_to_be_kept() -> None:
    writing = Writing(FullJournal())
    writing.happen(answered("a", at=ago(60)))
    for _ in range(2):
        with pytest.raises(Unreachable):
            await writing.write("нож", 0)
    assert writing.shown is None
