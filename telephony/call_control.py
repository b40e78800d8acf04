"""What may be done to a call, over AMI. Implements ``ports.CallControl``.

What the help line is to do is said in channel variables that only the dialplan acts upon (``line102-help`` in
asterisk-conf/extensions.conf): a word that comes late, when the caller is with an operator again, moves nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from line102.calls import CallId, QueueName
from line102.errors import Gone, Refused
from telephony.ami.client import AmiClient

HELP_CONTEXT = "line102-help"
QUEUE_102 = QueueName("102")


class Channels(Protocol):
    """Where a caller's channel is known (``AmiPbx``)."""

    def channel_of(self, call_id: CallId) -> str:
        """Raises Gone."""
        ...


class AmiCallControl:
    """Each action is sent once. Unreachable after a deadline means that it may have happened: look, do not repeat."""

    def __init__(self, client: AmiClient, channels: Channels) -> None:
        self._client = client
        self._channels = channels

    async def raise_priority(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        """Move a waiting caller to ``priority`` at once (0 is the lowest), and let them keep it through later stays in
        a queue. Asterisk reports no event: the caller of this method writes PriorityChanged. Raises Gone (hung up, or
        not waiting there), Refused, Unreachable.
        """
        await self._set(call_id, "QUEUE_PRIO", str(priority))  # first: app_queue reads it at each join
        channel = self._channels.channel_of(call_id)
        with _gone_if_not_there(f"call {call_id} in queue {queue}"):
            await self._client.action(
                "QueueChangePriorityCaller", Queue=queue, Caller=channel, Priority=str(priority), Immediate="yes"
            )

    async def withdraw(self, call_id: CallId, queue: QueueName, info: str) -> None:
        """Take a waiting caller out of the queue into the dialplan, with QUEUESTATUS=WITHDRAW and ``info`` in
        QUEUE_WITHDRAW_INFO. An operator's answer that races wins. Raises Gone, Refused, Unreachable.
        """
        channel = self._channels.channel_of(call_id)
        with _gone_if_not_there(f"call {call_id} in queue {queue}"):
            await self._client.action("QueueWithdrawCaller", Queue=queue, Caller=channel, WithdrawInfo=info)

    async def prepare(self, call_id: CallId, language: str, *, self_service: bool, by: str) -> None:
        """See ``ports.CallControl``. ``by`` is last: left half done, 102 has the caller back."""
        await self._set(call_id, "LINE102_LANG", language)
        await self._set(call_id, "LINE102_SELF", "1" if self_service else "")
        await self._set(call_id, "LINE102_SENT_BY", by)

    async def transfer(self, call_id: CallId) -> None:
        """See ``ports.CallControl``. Raises Gone (hung up, or talks with nobody), Refused, Unreachable.

        A blind transfer by the other leg, not a Redirect of the caller: after that, app_queue does not see the
        operator's leg end, holds them for busy and rings them again only when the caller hangs up (``in_call``).
        """
        other = await talks_with(self._client, call_id)
        with _gone_if_not_there(f"call {call_id}"):
            await self._client.action("BlindTransfer", Channel=other, Context=HELP_CONTEXT, Exten="s")

    async def keep_alive(self, call_id: CallId) -> None:
        """See ``ports.CallControl``. To be said about once a second."""
        await self._set(call_id, "LINE102_ALIVE", "1")

    async def to_person(self, call_id: CallId) -> None:
        """See ``ports.CallControl``. Heeded within 0.25 s; without effect outside the self-service."""
        await self._set(call_id, "LINE102_GO", "person")

    async def back_to_102(self, call_id: CallId) -> None:
        """See ``ports.CallControl``. Heeded within 0.25 s; without effect outside the self-service."""
        await self._set(call_id, "LINE102_GO", "back")

    async def note_served(self, call_id: CallId, queue: QueueName = QUEUE_102) -> None:
        """Write SERVED into queue_log. It is written too when the caller has hung up a moment ago."""
        at = datetime.now(UTC)
        await self._client.action(
            "QueueLog",
            Queue=queue,
            Uniqueid=call_id,
            Interface="NONE",
            Event="SERVED",
            Message=f"{int(at.timestamp())}.{at.microsecond:06d}",
        )

    async def _set(self, call_id: CallId, variable: str, value: str) -> None:
        channel = self._channels.channel_of(call_id)
        with _gone_if_not_there(f"call {call_id}"):
            await self._client.action("Setvar", Channel=channel, Variable=variable, Value=value)


async def talks_with(client: AmiClient, call_id: CallId) -> str:
    """The channel in the same bridge as the caller's. Raises Gone."""
    channels = await client.collect("CoreShowChannels")
    bridge = next((channel.get("BridgeId") for channel in channels if channel.get("Uniqueid") == call_id), "")
    others = (channel for channel in channels if channel.get("BridgeId") == bridge != "")
    for other in others:
        if other.get("Uniqueid") != call_id:
            return other.get("Channel")
    raise Gone(f"the other side of call {call_id}")


_NOT_THERE = ("No such caller", "No such channel", "Channel does not exist")  # app_queue.c, manager.c


@contextmanager
def _gone_if_not_there(what: str) -> Iterator[None]:
    try:
        yield
    except Refused as error:
        if not any(text in error.why for text in _NOT_THERE):
            raise
        raise Gone(what) from error
