"""``line102 reconcile``: the ledger against Asterisk's own records, call by call. Prints differences; none is good."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta

from line102.adapters import records_of
from line102.cli.errands import open_ledger
from line102.completion import Difference, differences, differences_with_cdr
from line102.config import Settings
from line102.journal import born_at
from line102.store.ledger import SqlLedger
from telephony.records import AsteriskRecords


async def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Calls offered within the last hours, but none from before this ledger began. Exit code 1: they differ."""
    since = datetime.now(UTC) - timedelta(hours=asked.hours)
    born = born_at(settings.data / "journal")
    if born is None:
        print("line102: no call has been written down here yet; start the service first", file=sys.stderr)
        return 1
    async with open_ledger(settings) as ledger:
        found, compared = await compare(ledger, records_of(settings), max(since, born))
    for difference in found:
        call = difference.call_id
        print(f"{call}: {difference.what}: the ledger says {difference.ours}, Asterisk {difference.theirs}")
    print(f"{compared} calls compared, {len(found)} differences", file=sys.stderr)
    return 1 if found else 0


async def compare(ledger: SqlLedger, records: AsteriskRecords, since: datetime) -> tuple[list[Difference], int]:
    """Every difference with queue_log and with CDR, and how many calls were compared."""
    ours = {record.call_id: record for record in await ledger.known_calls(since)}
    theirs = {record.call_id: record for record in await records.calls(since)}
    spans = await records.spans(since)
    found: list[Difference] = []
    calls = sorted(ours.keys() | theirs.keys())
    for call_id in calls:
        found += differences(ours.get(call_id), theirs.get(call_id))
        if call_id in ours:
            found += differences_with_cdr(ours[call_id], spans.get(call_id), call_id)
    return found, len(calls)
