"""A call-back task as a row, and back. Pure: the fold itself is ``line102.call_backs.advance``."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from line102.call_backs import CallBack, Done, Try
from line102.call_backs_kinds import CallBackHow, CallBackResult, CallBackWhy
from line102.calls import CallId, OperatorId
from line102.store.records import Row


def call_back_row(task: CallBack) -> Row:
    done = task.done
    return {
        "call_id": task.call_id,
        "number": task.number,
        "offered_at": task.offered_at,
        "needed_at": task.needed_at,
        "why": task.why.value,
        "urgent": task.urgent,
        "deadline": task.deadline,
        "owner": task.owner,
        "owned_at": task.owned_at,
        "called_again": task.called_again,
        "tries": json.dumps([_said(one) for one in task.tries]),
        "done_at": done.at if done else None,
        "done_by": done.by if done else None,
        "done_how": done.how.value if done else None,
    }


def call_back_of(row: RowMapping) -> CallBack:
    done = None
    if row["done_at"] is not None:
        done = Done(at=row["done_at"], by=row["done_by"], how=CallBackHow(row["done_how"]))
    return CallBack(
        call_id=CallId(row["call_id"]),
        number=row["number"],
        offered_at=row["offered_at"],
        needed_at=row["needed_at"],
        why=CallBackWhy(row["why"]),
        urgent=row["urgent"],
        deadline=row["deadline"],
        owner=OperatorId(row["owner"]) if row["owner"] is not None else None,
        owned_at=row["owned_at"],
        called_again=CallId(row["called_again"]) if row["called_again"] is not None else None,
        tries=tuple(_try_of(*said) for said in json.loads(row["tries"] or "[]")),
        done=done,
    )


def _said(one: Try) -> list[object]:
    return [one.at.isoformat(), one.by, one.attempt, one.result.value, one.talked.total_seconds(), one.heard]


def _try_of(at: str, by: str, attempt: str, result: str, talked_s: float, heard: bool = False) -> Try:
    return Try(
        at=datetime.fromisoformat(at),
        by=OperatorId(by),
        attempt=CallId(attempt),
        result=CallBackResult(result),
        talked=timedelta(seconds=talked_s),
        heard=heard,
    )
