"""``check_pbx`` over our own AMI and ARI clients."""

from __future__ import annotations

import json
from pathlib import Path

from telephony.ami.client import AmiClient
from telephony.ami.message import Message
from telephony.ami.settings import AmiSettings
from telephony.ari.client import AriClient
from telephony.ari.settings import AriSettings
from telephony.check import check_pbx
from telephony.finding import Finding

_LISTS = frozenset({"QueueStatus", "ShowDialPlan"})  # actions that answer with a list of events


async def survey(
    ami: AmiSettings, ari: AriSettings, *, queue: str, recordings: Path, queue_log: Path, config: Path | None
) -> list[Finding]:
    """Connect, look at everything, disconnect. What cannot be reached is a finding, not an error."""
    client = AmiClient(ami, events=False)

    async def ami_action(name: str, fields: dict[str, str]) -> list[dict[str, str]]:
        if not client.connected:
            await client.connect()
        if name in _LISTS:
            return [_mapping(message) for message in await client.collect(name, within=None, **fields)]
        return [_mapping(await client.action(name, within=None, **fields))]

    async with AriClient.session(ari) as http:

        async def ari_get(path: str) -> object:
            return json.loads(await http.get(path))

        try:
            return await check_pbx(
                ami_action, ari_get, queue=queue, recordings=recordings, queue_log=queue_log, config=config
            )
        finally:
            client.close()


def _mapping(message: Message) -> dict[str, str]:
    return dict(message.pairs)
