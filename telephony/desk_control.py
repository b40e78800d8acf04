"""What may be done to operators' own phones, over AMI. Implements ``ports.DeskControl``."""

from __future__ import annotations

from line102.calls import CallId, OperatorId
from line102.desk_kinds import Phone
from line102.errors import Gone, Refused
from telephony.ami.client import AmiClient
from telephony.ami.message import Message
from telephony.call_control import Channels, talks_with

YOUNG_S = 2  # a leg younger than this may have its INVITE still on its way to the page
NOBODY_THERE = "44"  # AST_CAUSE_REQUESTED_CHAN_UNAVAIL: no normal clearing, so that the caller is back at the head
OPERATORS = "operators"


class AmiDeskControl:
    """Each action is sent once; a pause that is said twice does no harm."""

    def __init__(self, client: AmiClient, channels: Channels) -> None:
        self._client = client
        self._channels = channels

    async def pause(self, operator_id: OperatorId, phone: Phone, *, paused: bool, reason: str) -> None:
        """See ``ports.DeskControl``."""
        interface = endpoint(operator_id, phone)
        try:
            await self._client.action(
                "QueuePause", Interface=interface, Paused="true" if paused else "false", Reason=reason
            )
        except Refused as error:
            if "not found" not in error.why:
                raise
            raise Gone(f"queue member {interface}") from error

    async def drop_legs(self, operator_id: OperatorId, *, but: frozenset[CallId]) -> int:
        """See ``ports.DeskControl``."""
        legs = [
            channel.get("Channel")
            for channel in await self._client.collect("CoreShowChannels")
            if channel.get("Channel").startswith(f"{endpoint(operator_id, Phone.WEB)}-")
            and CallId(channel.get("Linkedid")) not in but
            and _age_s(channel) >= YOUNG_S
        ]
        for leg in legs:
            await self._client.action("Hangup", Channel=leg, Cause=NOBODY_THERE)
        return len(legs)

    async def put_through(self, call_id: CallId, to: str) -> None:
        """Send a caller who talks with an operator to ``to``: an extension of the dialplan's [operators].

        Raises Gone (hung up, or talks with nobody), Refused, Unreachable. Where ``to`` cannot be had: the head of 102.
        """
        other = await talks_with(self._client, call_id)
        await self._client.action("BlindTransfer", Channel=other, Context=OPERATORS, Exten=to)


def endpoint(operator_id: OperatorId, phone: Phone) -> str:
    return f"PJSIP/{operator_id}-web" if phone is Phone.WEB else f"PJSIP/{operator_id}"


def _age_s(channel: Message) -> int:
    """From CoreShowChannels' Duration, "00:01:05"; an unreadable one counts as old."""
    parts = channel.get("Duration").split(":")
    try:
        hours, minutes, seconds = (int(part) for part in parts)
    except ValueError:
        return YOUNG_S
    return 3600 * hours + 60 * minutes + seconds
