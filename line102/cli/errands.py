"""What a command asks of the ledger or of the PBX without the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from line102.adapters import ami_settings, ari_settings
from line102.config import Settings
from line102.secrets_file import Secrets
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from telephony.finding import Finding
from telephony.probe import Probed, ProbeSettings, probe
from telephony.survey import survey


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[SqlLedger]:
    """The ledger alone. Raises BadSetting, Unreachable at its first use."""
    ledger = SqlLedger(StoreSettings(url=settings.store_url))
    try:
        yield ledger
    finally:
        await ledger.close()


async def survey_pbx(settings: Settings, secrets: Secrets) -> list[Finding]:
    """Everything that must hold on the PBX, looked at now."""
    return await survey(
        ami_settings(settings, secrets),
        ari_settings(settings, secrets),
        queue=settings.pbx.queue,
        recordings=settings.monitor_folder,
        queue_log=settings.queue_log,
        config=settings.instance / "etc" if settings.pbx.embedded else None,
    )


async def probe_call(settings: Settings, secrets: Secrets) -> Probed:
    """Raises BadSetting, Unreachable."""
    return await probe(
        ProbeSettings(sip_host=settings.pbx.host, sip_port=settings.pbx.sip_port, password=secrets.phones["probe"])
    )
