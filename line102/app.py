"""The one place that names every concrete class: settings in, a running service out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from line102.adapters import (
    ami_settings,
    ari_settings,
    assessor_of,
    finder_of,
    glossary_of,
    knowledge_of,
    pool_settings,
    records_of,
    second_pool_of,
    secrets_of,
    sounds_as_seen,
)
from line102.aftercare import Aftercare
from line102.backlog import Backlog
from line102.board import Board, Lamp, Load
from line102.broadcast import Broadcast
from line102.calls import QueueName
from line102.config import Settings
from line102.coverage import NEGLIGIBLE
from line102.dialogues import Dialogues
from line102.dispatch import Dispatch
from line102.errors import BadSetting
from line102.guide import Guide, GuideSettings
from line102.journal import FileJournal, JournalSettings
from line102.live import LiveCalls
from line102.modes import ModeBook
from line102.ports import LinkDown, LinkUp
from line102.reading_aloud import ReadingAloud
from line102.recognition_metrics import MetricSources, metrics_registry
from line102.remembering import Remembering
from line102.restore import restore
from line102.scribe import Scribe
from line102.second_pass import SecondPass
from line102.secrets_file import Secrets
from line102.store.applier import Applier
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from line102.supervise import keep_running
from line102.urgent_numbers import UrgentNumbers
from line102.watch import Condition, Watch, disk_look
from line102.web.decisions_api import Deciding
from line102.web.server import WebServer
from routing.flagging import may_flag
from telephony.ami.client import AmiClient
from telephony.ami_pbx import AmiPbx
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.stage import Stage
from telephony.call_control import AmiCallControl
from telephony.check import Finding
from telephony.media.tap import AsteriskTaps, TapSettings
from telephony.probe import Probed, ProbeSettings, probe
from telephony.recording import RecordingIngest
from telephony.survey import survey
from telephony.voice import AsteriskVoice, VoiceSettings
from transcription.catch_up import RecordingCatchUp, second_pass
from transcription.glossary import Glossary
from transcription.listener import StreamListener
from transcription.pool import WorkerPool
from transcription.stream import ListenerSettings
from transcription.voice_activity import SpeechModel

log = structlog.get_logger()


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[SqlLedger]:
    """For the terminal: the ledger alone. Raises BadSetting, Unreachable at its first use."""
    ledger = SqlLedger(StoreSettings(url=settings.store_url))
    try:
        yield ledger
    finally:
        await ledger.close()


class Service:
    """Everything that runs, built but not started. ``run`` serves until cancelled."""

    def __init__(self, settings: Settings, secrets: Secrets, ari: AriClient, journal: FileJournal) -> None:
        self.settings = settings
        self.journal = journal
        self.broadcast = Broadcast(Board(settings.node))
        last_alive = journal.last_alive()
        restore(self.broadcast.board, journal.lines())
        self.ledger = SqlLedger(StoreSettings(url=settings.store_url))
        self.applier = Applier(journal, self.ledger)
        scribe = Scribe(journal, self.broadcast)
        assess = assessor_of(settings)
        self.pool = WorkerPool(pool_settings(settings))
        glossary = glossary_of(settings)
        stage = Stage()
        self.taps = AsteriskTaps(ari, stage, TapSettings(node=settings.node))
        self.ari_feed = AriFeed(ari, stage, report=self._ari_link, tidy=self._sweep)
        ingest = RecordingIngest(settings.monitor_folder, settings.recordings, settings.data / "set-aside")
        speech = SpeechModel()
        self.second_pool = second_pool_of(settings)
        catch_up = RecordingCatchUp(
            self.pool,
            speech,
            settings.recordings,
            longest_s=lambda: self.pool.state.longest_s,
            correct=glossary.correct,
        )
        self.aftercare = Aftercare(
            ingest,
            catch_up,
            assess,
            scribe,
            may_work=lambda: self.pool.pressure.state.level <= 1,
            second=self._second_pass(speech, glossary),
        )
        self.backlog = Backlog(self.ledger, lambda: self.applier.lag == 0, self.broadcast, self.aftercare)
        listener = StreamListener(
            self.pool,
            speech,
            ListenerSettings(hole=NEGLIGIBLE),
            self.pool.pressure,
            longest_s=lambda: self.pool.state.longest_s,
            correct=glossary.correct,
        )
        self.ami = AmiClient(ami_settings(settings, secrets), events=True)
        pbx = AmiPbx(self.ami)
        self.modes = ModeBook(QueueName(settings.pbx.queue), settings.deflection.audited_flags)
        numbers = UrgentNumbers(ZoneInfo(settings.pbx.help_timezone))
        self.remembering = Remembering(self.ledger, lambda: self.applier.lag == 0, self.modes, numbers, scribe)
        control = AmiCallControl(self.ami, pbx)
        self.voice = AsteriskVoice(ari, stage, VoiceSettings(node=settings.node, sounds=sounds_as_seen(settings)))
        self.guide = Guide(
            GuideSettings(queue=QueueName(settings.pbx.queue), languages=settings.transcription.languages),
            scribe,
            self.broadcast,
            control,
            self.modes,
            numbers,
            Dialogues(
                scribe,
                self.voice,
                control,
                ReadingAloud(settings.sounds),
                knowledge_of(settings),
                ZoneInfo(settings.pbx.help_timezone),
            ),
            assess=assess,
            is_question=may_flag,
            find_places=finder_of(settings).find,
        )
        self.live = LiveCalls(self.taps, listener, assess, scribe, self.aftercare, self.guide)
        self.dispatch = Dispatch(
            pbx, records_of(settings), scribe, self.broadcast, self.live, self.aftercare, last_alive, self.guide
        )
        self.restarts: dict[str, int] = {}
        self.scribe = scribe
        self.web = WebServer(
            settings.web.host,
            settings.web.port,
            self.broadcast,
            self.ledger,
            settings.recordings,
            settings.web.console,
            secrets.console_key,
            choose_language=self.live.choose_language,
            languages=settings.transcription.languages,
            decisions=Deciding(guide=self.guide, table=self.modes.table),
            show_shadow_flags=settings.triage.show_shadow_flags,
            allowed_hosts=frozenset(settings.web.allowed_hosts),
            sessions_file=settings.data / "sessions.json",
            registry=metrics_registry(
                MetricSources(
                    journal=journal,
                    ledger=self.ledger,
                    applier=self.applier,
                    broadcast=self.broadcast,
                    scribe=scribe,
                    live=self.live,
                    aftercare=self.aftercare,
                    dispatch=self.dispatch,
                    taps=self.taps,
                    ari_feed=self.ari_feed,
                    pool=self.pool,
                    restarts=self.restarts,
                )
            ),
        )
        self._ari = Condition(up=False, why="not connected yet")
        self.watch = Watch(
            self.broadcast, self._looks(), lambda: self.dispatch.up, journal.touch_alive, load=self._load
        )

    async def run(self) -> None:
        """Serve until cancelled. A part that breaks is started again; BadSetting ends the service."""
        parts: dict[str, Callable[[], object]] = {
            "web": self.web.run,
            "store": self.applier.run,
            "recognition": self.pool.run,
            **({"second pass": self.second_pool.run} if self.second_pool else {}),
            "audio link": self.ari_feed.run,
            "live calls": self.live.run,
            "aftercare": self.aftercare.run,
            "backlog": self.backlog.run,
            "dispatch": self.dispatch.run,
            "guide": self.guide.run,
            "modes": self.remembering.run,
            "watch": self.watch.run,
        }
        try:
            async with asyncio.TaskGroup() as group:
                for name, part in parts.items():
                    group.create_task(keep_running(name, part, self._restarted), name=name)  # type: ignore[arg-type]
        except BaseExceptionGroup as broken:
            bad = broken.subgroup(BadSetting)
            if bad is None:
                raise
            raise _first(bad) from broken

    def _second_pass(self, speech: SpeechModel, glossary: Glossary) -> SecondPass | None:
        pool = self.second_pool
        if pool is None:
            return None
        catch_up = RecordingCatchUp(
            pool,
            speech,
            self.settings.recordings,
            second_pass(self.settings.transcription.second_pass.beam_size),
            longest_s=lambda: pool.state.longest_s,
            correct=glossary.correct,
        )
        return SecondPass(catch_up=catch_up, model=lambda: pool.state.model)

    def _load(self) -> Load:
        state = self.pool.pressure.state
        return Load(level=state.level, since=state.since, delayed=state.delayed)

    def _looks(self) -> dict[Lamp, Callable[[], Condition]]:
        settings = self.settings
        disk = disk_look((settings.data, settings.monitor_folder), settings.recording.min_free_mib)
        return {
            Lamp.AUDIO: lambda: self._ari,
            Lamp.RECOGNITION: lambda: Condition(self.pool.state.up, "" if self.pool.state.up else self.pool.state.why),
            Lamp.STORE: lambda: Condition(self.applier.state.up, self.applier.state.why),
            Lamp.DISK: lambda: self._disk(disk),
        }

    def _disk(self, free: Callable[[], Condition]) -> Condition:
        trouble = self.journal.trouble or self.aftercare.held_up
        return Condition(up=False, why=trouble) if trouble else free()

    async def _sweep(self) -> None:
        """What a dead predecessor left on the PBX: taps, and a voice in mid-word."""
        await self.taps.sweep()
        await self.voice.sweep()

    def _ari_link(self, event: LinkUp | LinkDown) -> None:
        self._ari = Condition(up=True) if isinstance(event, LinkUp) else Condition(up=False, why=event.reason)

    def _restarted(self, part: str, why: str) -> None:
        self.restarts[part] = self.restarts.get(part, 0) + 1
        log.error("part_restarts", part=part, why=why)


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


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The service, built. Raises BadSetting."""
    secrets = secrets_of(settings)
    settings.recordings.mkdir(parents=True, exist_ok=True)
    (settings.data / "run").mkdir(parents=True, exist_ok=True)
    journal_settings = JournalSettings(keep_applied=timedelta(hours=settings.journal.keep_hours))
    async with AriClient.session(ari_settings(settings, secrets)) as ari:
        with FileJournal(settings.data / "journal", settings.node, journal_settings) as journal:
            built = Service(settings, secrets, ari, journal)
            try:
                yield built
            finally:
                await built.ledger.close()


def _first(group: BaseExceptionGroup[BadSetting]) -> BadSetting:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
