"""What may be done to a waiting call, over AMI. Implements ``ports.CallControl``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from line102.calls import CallId, QueueName
from line102.errors import Gone, Refused
from telephony.ami.client import AmiClient


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
        """Move a waiting caller to ``priority`` at once (0 is the lowest). Asterisk reports no event: the caller of
        this method writes PriorityChanged. Raises Gone (hung up, or not waiting there), Refused, Unreachable.
        """
        channel = self._channels.channel_of(call_id)
        with _gone_if_not_there(call_id, queue):
            await self._client.action(
                "QueueChangePriorityCaller", Queue=queue, Caller=channel, Priority=str(priority), Immediate="yes"
            )

    async def withdraw(self, call_id: CallId, queue: QueueName, info: str) -> None:
        """Take a waiting caller out of the queue into the dialplan, with QUEUESTATUS=WITHDRAW and ``info`` in
        QUEUE_WITHDRAW_INFO. An operator's answer that races wins. Raises Gone, Refused, Unreachable.
        """
        channel = self._channels.channel_of(call_id)
        with _gone_if_not_there(call_id, queue):
            await self._client.action("QueueWithdrawCaller", Queue=queue, Caller=channel, WithdrawInfo=info)


_NOT_THERE = "No such caller"  # both messages of app_queue.c end so


@contextmanager
def _gone_if_not_there(call_id: CallId, queue: QueueName) -> Iterator[None]:
    try:
        yield
    except Refused as error:
        if not error.why.endswith(_NOT_THERE):
            raise
        raise Gone(f"call {call_id} in queue {queue}") from error
