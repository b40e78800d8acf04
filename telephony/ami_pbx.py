"""The PBX as a source of events, across reconnects: connect, subscribe, snapshot, then the stream without a hole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from line102.calls import CallId
from line102.errors import Gone, Refused, Unreachable
from line102.events import CallEnded, CallOffered, Link
from line102.ports import LinkDown, LinkUp, MemberSeen, PbxEvent
from telephony.ami.client import AmiClient
from telephony.ami.connection import AmiConnection
from telephony.ami.message import Message
from telephony.translate import Trunks, is_caller, member_seen, started_at, translate

_BOOTED_WITHIN = timedelta(seconds=60)
_LIST_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """What the PBX holds at one moment after the subscription."""

    channels: Mapping[CallId, str]  # callers' channel names
    members: Sequence[MemberSeen]
    started_at: datetime | None


class AmiPbx:
    """Implements ``ports.Pbx``. One consumer of ``events``, which also drives the (re)connecting.

    A caller's channel name is kept from its Newchannel (or the snapshot) to its Hangup: as many as there are calls.
    """

    def __init__(self, client: AmiClient, trunks: Trunks | None = None) -> None:
        self._client = client
        self._trunks = trunks or Trunks()
        self._channels: dict[CallId, str] = {}

    def channel_of(self, call_id: CallId) -> str:
        """The caller's channel, e.g. "PJSIP/trunk-00000002". Raises Gone when no such call is on the PBX."""
        if call_id not in self._channels:
            raise Gone(f"call {call_id}")
        return self._channels[call_id]

    async def events(self) -> AsyncGenerator[PbxEvent, None]:
        """Never ends by itself. First LinkUp or LinkDown; while it stays dark, LinkDown again when the reason changes.

        ``LinkDown.last_seen`` before the first LinkUp is the moment at which we began to look. A consumer that is too
        slow gets the events that fitted, then LinkDown, then LinkUp with a new snapshot. An event of the moments
        between subscription and snapshot comes after LinkUp, and may tell what the snapshot knew already.
        """
        last_seen, told = datetime.now(UTC), ""
        try:
            while True:
                live: AmiConnection | None = None
                try:
                    connection = await self._client.connect()
                    snapshot = await self._snapshot(connection)
                    live = connection
                    yield self._link_up(snapshot)
                    for member in snapshot.members:
                        yield member
                    while True:
                        event = self._told(await connection.next_event())
                        if event is not None:
                            yield event
                except (Unreachable, Refused) as error:
                    self._client.close(str(error))
                    if live is not None:
                        last_seen, told = live.last_heard, ""
                    if told != str(error):
                        yield LinkDown(link=Link.AMI, last_seen=last_seen, reason=str(error))
                    told = str(error)
        finally:
            self._client.close("nobody listens any more")

    async def _snapshot(self, connection: AmiConnection) -> _Snapshot:
        """Everything present now; the subscription began with the login. Raises Unreachable, Refused."""
        booted = await connection.until_booted(_BOOTED_WITHIN)
        status = await connection.action("CoreStatus")
        queues = await connection.collect("QueueStatus", within=_LIST_WITHIN)
        channels = await connection.collect("CoreShowChannels", within=_LIST_WITHIN)
        callers = [channel for channel in channels if is_caller(channel, self._trunks)]
        return _Snapshot(
            channels={CallId(caller.get("Uniqueid")): caller.get("Channel") for caller in callers},
            members=[member_seen(message) for message in queues if message.name == "QueueMember"],
            started_at=started_at(status, booted, datetime.now(UTC)),
        )

    def _link_up(self, snapshot: _Snapshot) -> LinkUp:
        self._channels = dict(snapshot.channels)
        present = frozenset(snapshot.channels)
        return LinkUp(link=Link.AMI, at=datetime.now(UTC), present=present, pbx_started_at=snapshot.started_at)

    def _told(self, message: Message) -> PbxEvent | None:
        event = translate(message, self._trunks, datetime.now(UTC))
        if isinstance(event, CallOffered):
            self._channels[event.call_id] = message.get("Channel")
        elif isinstance(event, CallEnded):
            self._channels.pop(event.call_id, None)
        return event
