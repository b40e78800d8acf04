"""Rings an operator's own phone to call somebody back, over ARI. Implements ``ports.Placing``.

ARI and not AMI's Originate: our ARI user may make channels already (taps), and AMI's class ``originate`` would let who
steals that password run any line of the dialplan on any channel. The leg goes straight into the dialplan, never into
Stasis: from its answer on Asterisk is alone.
"""

from __future__ import annotations

from datetime import timedelta

from line102.calls import CallId, OperatorId
from line102.desk_kinds import Phone
from line102.errors import Gone, Refused
from telephony.ari.client import AriClient
from telephony.desk_control import endpoint

CONTEXT = "line102-call-back"  # asterisk-conf/extensions.conf
RINGS = timedelta(seconds=20)  # the operator has just pressed the key: they sit there


class AriPlacing:
    """``answers_by_itself``: desk phones are asked to (Call-Info, answer-after); the page's phone knows its setting."""

    def __init__(self, ari: AriClient, *, answers_by_itself: bool) -> None:
        self._ari = ari
        self._auto = answers_by_itself

    async def place(self, attempt: CallId, phone: Phone, *, operator: OperatorId, number: str, about: CallId) -> None:
        """See ``ports.Placing``."""
        variables = {
            "LINE102_BACK_OF": about,
            "LINE102_BACK_BY": operator,
            "PJSIP_HEADER(add,X-Line102-Call)": attempt,  # what the page says it holds: else its leg is taken down
        }
        if self._auto:
            variables["PJSIP_HEADER(add,Call-Info)"] = "<sip:line102>;answer-after=0"
        try:
            await self._ari.originate(
                attempt,
                endpoint=endpoint(operator, phone),
                context=CONTEXT,
                extension=number,
                callerId=number,
                timeout=str(int(RINGS.total_seconds())),
                variables=variables,
            )
        except Gone as error:
            raise Refused(f"phone of {operator}", "the PBX does not know it") from error
