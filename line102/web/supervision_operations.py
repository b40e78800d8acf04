"""The supervisor's live addresses in the published document."""

from __future__ import annotations

from line102.web.operation import Operation
from line102.web.wallboard_schemas import WallboardOut

SUPERVISION_OPERATIONS = (
    Operation(path="/api/wallboard", summary="The line's figures: now, this hour, today", answer=WallboardOut),
)
