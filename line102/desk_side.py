"""Builds what the desk reads and writes about calls; ``app.py`` runs it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

from ivr.suggestions import Suggestions
from line102.adapters import gazetteer_of, knowledge_file_of
from line102.broadcast import Broadcast
from line102.call_backs import Within
from line102.call_backs_keeper import CallBacks
from line102.cards import Cards
from line102.config import Settings
from line102.errors import Unreachable
from line102.journal import FileJournal
from line102.ports import Calling
from line102.scribe import Scribe
from line102.store.applier import Applier
from line102.store.ledger import SqlLedger
from line102.web.desk_routes import DeskParts
from routing.places.completion import PlaceCompletion
from telephony.running_recording import SpoolExcerpts

SETTLED_WITHIN = timedelta(seconds=2)


class DeskSide:
    """``calling``: who places calls; None: nobody can yet."""

    def __init__(
        self,
        settings: Settings,
        scribe: Scribe,
        broadcast: Broadcast,
        ledger: SqlLedger,
        journal: FileJournal,
        applier: Applier,
        calling: Calling | None = None,
    ) -> None:
        self._journal = journal
        self._applier = applier
        asked = settings.call_backs
        within = Within(
            usual=timedelta(minutes=asked.within_minutes), urgent=timedelta(minutes=asked.urgent_within_minutes)
        )
        self.call_backs = CallBacks(scribe, broadcast, ledger, self._settled, within, calling)
        self.parts = DeskParts(
            cards=Cards(scribe, broadcast.board, ledger, self._settled),
            call_backs=self.call_backs,
            ledger=ledger,
            recordings=SpoolExcerpts(settings.monitor_folder),
            suggestions=Suggestions(knowledge_file_of(settings), settings.transcription.languages),
            completion=PlaceCompletion(gazetteer_of(settings)),
            zone=ZoneInfo(settings.pbx.help_timezone),
            stored=settings.recordings,
        )

    async def _settled(self) -> None:
        """Wait until the ledger holds all that happened up to now. Raises Unreachable."""
        try:
            async with asyncio.timeout(SETTLED_WITHIN.total_seconds()):
                await self._applier.applied(self._journal.last_seq)
        except TimeoutError as late:
            raise Unreachable("ledger", f"{self._applier.lag} entries are not in it yet") from late
