"""``call_facts`` back into facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from line102.call_facts import CallFacts, SentBy, SentEnd
from line102.calls import CallId, OperatorId, Outcome, QueueName
from line102.store.report_tables import call_facts


async def facts_since(connection: AsyncConnection, since: datetime) -> Sequence[CallFacts]:
    """Of calls offered at ``since`` or later that are over, in the order offered."""
    facts = call_facts
    query = select(facts).where(facts.c.offered_at >= since).order_by(facts.c.offered_at, facts.c.call_id)
    return [facts_from(row) for row in (await connection.execute(query)).mappings()]


def facts_from(row: Any) -> CallFacts:
    """``row``: a mapping with every column of ``call_facts``."""
    return CallFacts(
        call_id=CallId(row["call_id"]),
        offered_at=row["offered_at"],
        ended_at=row["ended_at"],
        caller=row["caller"],
        queue=QueueName(row["queue"]),
        language=row["language"],
        outcome=Outcome(row["outcome"]),
        seen_from_start=row["seen_from_start"],
        waited=row["waited_seconds"],
        talked=row["talked_seconds"],
        helped=row["helped_seconds"],
        operator_id=OperatorId(row["operator_id"]) if row["operator_id"] else None,
        lost_legs=row["lost_legs"],
        urgency=row["urgency"],
        label=row["label"],
        category=row["category"],
        audited=row["audited"],
        flag=row["flag"],
        flag_dropped=row["flag_dropped"],
        flag_accepted=row["flag_accepted"],
        offer=row["offer"],
        sent_by=SentBy(row["sent_by"]) if row["sent_by"] else None,
        sent_end=SentEnd(row["sent_end"]) if row["sent_end"] else None,
        called_back=row["called_back"],
    )
