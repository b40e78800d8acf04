"""The desk's parts on the story's line, with a telephone and recordings that only say what they were asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ivr.knowledge_file import SAMPLES, read_knowledge
from ivr.suggestions import Suggestions
from line102.call_backs import Within
from line102.call_backs_keeper import CallBacks
from line102.calls import CallId, OperatorId
from line102.cards import Cards
from line102.errors import Gone, Refused
from line102.ports import Excerpt
from line102.web.desk_routes import DeskParts
from routing.places.completion import PlaceCompletion
from routing.places.gazetteer import shipped_gazetteer
from tests.browser.story_line import StoryLine


@dataclass
class Phone:
    rung: list[tuple[str, str, str]] = field(default_factory=list)
    away: bool = False

    async def call_back(self, call_id: CallId, number: str, operator: OperatorId) -> None:
        if self.away:
            raise Refused(f"phone of {operator}", "it is not registered")
        self.rung.append((call_id, number, operator))


@dataclass
class Excerpts:
    """``wavs``: what has been written of which call."""

    wavs: dict[CallId, bytes] = field(default_factory=dict)
    asked: list[tuple[CallId, timedelta]] = field(default_factory=list)

    async def last(self, call_id: CallId, length: timedelta) -> Excerpt:
        self.asked.append((call_id, length))
        if call_id not in self.wavs:
            raise Gone(f"recording of call {call_id}")
        return Excerpt(self.wavs[call_id], timedelta(seconds=12.5), timedelta(seconds=42.5))


@dataclass
class DeskScene:
    phone: Phone = field(default_factory=Phone)
    excerpts: Excerpts = field(default_factory=Excerpts)
    stored: Path = Path("/nowhere")

    def parts(self, line: StoryLine) -> DeskParts:
        async def settled() -> None:
            await line.ledger.applied_seq("story")  # raises Unreachable while it is away
            await asyncio.sleep(0)

        return DeskParts(
            cards=Cards(line.scribe, line.board, line.ledger, settled),
            call_backs=CallBacks(line.scribe, line.broadcast, line.ledger, settled, Within(), self.phone),
            ledger=line.ledger,
            recordings=self.excerpts,
            suggestions=Suggestions(read_knowledge(SAMPLES)),
            completion=PlaceCompletion(shipped_gazetteer()),
            zone=ZoneInfo("Asia/Almaty"),
            stored=self.stored,
        )
