"""An operator's place as the API says it. Pure."""

from __future__ import annotations

from line102.desks import DeskView
from line102.web.desk_schemas import DeskOut


def desk(view: DeskView) -> DeskOut:
    return DeskOut(
        operator=view.operator_id,
        name=view.name,
        state=view.state,
        since=view.since,
        reason=view.reason,
        until=view.until,
        why=list(view.why),
        call_id=view.call_id,
        phone=view.phone,
        phone_there=view.phone_there,
        on_hold=view.on_hold,
        unanswered_at=view.unanswered_at,
    )
