"""Operators' places and their phones in the published document."""

from __future__ import annotations

from line102.web.desk_schemas import HeldIn, PhoneOut, StateIn, TransferIn, WrapUpIn
from line102.web.operation import CHANGES, Operation

BODY = (403, 404, 409, 413, 415, 422)
PLACE_OPERATIONS = (
    Operation(
        path="/api/desk/state",
        summary="What the operator wants to be: ready, paused with a reason, or off",
        answer=None,
        method="post",
        body=StateIn,
        errors=BODY,
    ),
    Operation(
        path="/api/desk/wrap-up",
        summary="Extend one's wrap-up, or end it now; 409 when there is none",
        answer=None,
        method="post",
        body=WrapUpIn,
        errors=BODY,
    ),
    Operation(path="/api/desk/phone", summary="How the page's phone signs on", answer=PhoneOut, errors=(403,)),
    Operation(
        path="/api/desk/phone/held",
        summary="The calls that the page's phone holds: a leg that no page holds is taken down",
        answer=None,
        method="post",
        body=HeldIn,
        errors=(*BODY, 503),
    ),
    Operation(
        path="/api/calls/{call_id}/transfer",
        summary="Put a caller through; where that fails, the head of 102",
        answer=None,
        method="post",
        body=TransferIn,
        errors=(*CHANGES, 503),
    ),
)
