"""The card and the call-backs as the API says them. Pure."""

from __future__ import annotations

from line102.call_backs import CallBack, Try
from line102.events import CardWritten
from line102.web.call_backs_schemas import CallBackDoneOut, CallBackOut, TryOut
from line102.web.card_schemas import CardOut


def card(written: CardWritten | None) -> CardOut | None:
    return card_out(written) if written else None


def card_out(written: CardWritten) -> CardOut:
    return CardOut(
        version=written.version,
        at=written.at,
        by=written.by,
        note=written.note,
        place=written.place,
        persons=written.persons,
        follow_up=written.follow_up,
    )


def call_back(task: CallBack) -> CallBackOut:
    done = task.done
    return CallBackOut(
        call_id=task.call_id,
        number=task.number,
        offered_at=task.offered_at,
        needed_at=task.needed_at,
        why=task.why,
        urgent=task.urgent,
        deadline=task.deadline,
        owner=task.owner,
        owned_at=task.owned_at,
        called_again=task.called_again,
        tries=[_try(one) for one in task.tries],
        done=CallBackDoneOut(at=done.at, by=done.by, how=done.how) if done else None,
    )


def _try(one: Try) -> TryOut:
    talked_s = one.talked.total_seconds()
    return TryOut(at=one.at, by=one.by, attempt=one.attempt, result=one.result, talked_s=talked_s, heard=one.heard)
