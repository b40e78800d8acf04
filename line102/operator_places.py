"""Builds the operators' places and their phones; ``app.py`` runs them."""

from __future__ import annotations

from datetime import timedelta

from line102.account_file import AccountFile
from line102.adapters import seats_of
from line102.broadcast import Broadcast
from line102.calling_back import CallingBack
from line102.calls import OperatorId
from line102.config import Settings
from line102.desk_kinds import Phone
from line102.scribe import Scribe
from line102.seating import Seated, Seating
from line102.secrets_file import Secrets
from line102.web.desk_api import PhoneParts
from telephony.ami.client import AmiClient
from telephony.ami_pbx import AmiPbx
from telephony.ari.client import AriClient
from telephony.desk_control import AmiDeskControl
from telephony.placing import AriPlacing

ALWAYS = ("help", "duty")


class OperatorPlaces:
    def __init__(
        self,
        settings: Settings,
        accounts: AccountFile,
        scribe: Scribe,
        broadcast: Broadcast,
        ami: AmiClient,
        pbx: AmiPbx,
        ari: AriClient,
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._control = AmiDeskControl(ami, pbx)
        seats = tuple(OperatorId(seat) for seat in seats_of(settings))
        wrap_up = timedelta(seconds=settings.desk.wrap_up_s)
        self.seating = Seating(scribe, broadcast, self._control, seats, self._seated, wrap_up)
        may_call = settings.pbx.call_back_caller_id != ""  # without a number of ours the dialplan dials nobody
        self.calling = CallingBack(
            settings.node,
            self.seating,
            AriPlacing(ari, answers_by_itself=settings.desk.answer == "auto"),
            settings.pbx.call_back_forms if may_call else (),
        )

    def parts(self, secrets: Secrets) -> PhoneParts:
        pbx = self._settings.pbx
        return PhoneParts(
            seats=self.seating,
            switching=self._control,
            password_of=secrets.phones.__getitem__,
            upstream=f"ws://{pbx.host}:{pbx.http_port}/ws",
            answer=self._settings.desk.answer,
            targets=frozenset((*ALWAYS, *seats_of(self._settings), *pbx.transfer_numbers)),
        )

    def _seated(self, operator: OperatorId) -> Seated:
        """The one account of the seat; several share it: no name, and the phone only when they agree."""
        theirs = [one for one in self._accounts.book.accounts.values() if one.operator == operator and not one.disabled]
        phones = {one.phone for one in theirs}
        name = theirs[0].display_name if len(theirs) == 1 else operator
        return Seated(name=name, phone=Phone(phones.pop()) if len(phones) == 1 else None)
