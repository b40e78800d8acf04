"""The one place that names every concrete class: settings in, a running service out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from line102.account_file import AccountFile
from line102.adapters import (
    ami_settings,
    ari_settings,
    assessor_of,
    finder_of,
    knowledge_of,
    oidc_of,
    records_of,
    seats_of,
    secrets_of,
    sounds_as_seen,
    targets_of,
)
from line102.aftercare import Aftercare
from line102.assess import Assess
from line102.backlog import Backlog
from line102.board import Board, Lamp, Load
from line102.broadcast import Broadcast
from line102.call_back_recordings import CallBackRecordings
from line102.calls import QueueName
from line102.config import Settings
from line102.day_figures import Day
from line102.day_keeper import DayKeeper
from line102.desk_side import DeskSide
from line102.dialogues import Dialogues
from line102.dispatch import Dispatch
from line102.errors import BadSetting
from line102.guide import Guide, GuideSettings
from line102.journal import FileJournal, JournalSettings
from line102.live import LiveCalls
from line102.modes import ModeBook
from line102.operator_places import OperatorPlaces
from line102.ports import LinkDown, LinkUp
from line102.reading_aloud import ReadingAloud
from line102.recognition import Recognition
from line102.recognition_metrics import MetricSources, metrics_registry
from line102.remembering import Remembering
from line102.restore import restore
from line102.scribe import Scribe
from line102.secrets_file import Secrets
from line102.store.applier import Applier
from line102.store.engine import StoreSettings
from line102.store.ledger import SqlLedger
from line102.supervise import keep_running
from line102.urgent_numbers import UrgentNumbers
from line102.watch import Condition, Watch, disk_look
from line102.web.decisions_api import Deciding
from line102.web.server import WebServer
from line102.web.sign_in_routes import SignInParts
from routing.flagging import may_flag
from telephony.ami.client import AmiClient
from telephony.ami_pbx import AmiPbx
from telephony.ari.client import AriClient
from telephony.ari.events import AriFeed
from telephony.ari.stage import Stage
from telephony.call_control import AmiCallControl
from telephony.media.tap import AsteriskTaps, TapSettings
from telephony.recording import RecordingIngest
from telephony.voice import AsteriskVoice, VoiceSettings

log = structlog.get_logger()


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
        self.scribe = Scribe(journal, self.broadcast)
        self.accounts = AccountFile(settings.data / "accounts.json")
        self.recognition = Recognition(settings)
        assess = assessor_of(settings)
        stage = Stage()
        self.taps = AsteriskTaps(ari, stage, TapSettings(node=settings.node))
        self.voice = AsteriskVoice(ari, stage, VoiceSettings(node=settings.node, sounds=sounds_as_seen(settings)))
        self.ari_feed = AriFeed(ari, stage, report=self._ari_link, tidy=self._sweep)
        self.aftercare = self._aftercare(assess)
        self.backlog = Backlog(self.ledger, self._is_whole, self.broadcast, self.aftercare)
        ami = AmiClient(ami_settings(settings, secrets), events=True)
        pbx = AmiPbx(ami)
        self.modes = ModeBook(QueueName(settings.pbx.queue), settings.deflection.audited_flags)
        numbers = UrgentNumbers(ZoneInfo(settings.pbx.help_timezone))
        self.remembering = Remembering(self.ledger, self._is_whole, self.modes, numbers, self.scribe)
        self.guide = self._guide(AmiCallControl(ami, pbx), numbers, assess)
        self.live = LiveCalls(self.taps, self.recognition.listener(), assess, self.scribe, self.aftercare, self.guide)
        self.places = OperatorPlaces(settings, self.accounts, self.scribe, self.broadcast, ami, pbx, ari)
        self.dispatch = Dispatch(
            pbx,
            records_of(settings),
            self.scribe,
            self.broadcast,
            self.live,
            self.aftercare,
            last_alive,
            self.guide,
            self.places.seating,
        )
        calling = self.places.calling
        self.desk = DeskSide(settings, self.scribe, self.broadcast, self.ledger, journal, self.applier, calling)
        self.call_back_recordings = CallBackRecordings(
            self._ingest(),
            self.recognition.catch_up(),
            settings.recordings,
            self.scribe,
            self.broadcast.board.call_backs,
            may_work=self._may_catch_up,
        )
        self.day = Day(ZoneInfo(settings.pbx.help_timezone), targets_of(settings))
        self.day_keeper = DayKeeper(self.day, self.ledger, self._is_whole, self.broadcast, self.scribe)
        self.restarts: dict[str, int] = {}
        self.web = self._web(secrets)
        self._ari = Condition(up=False, why="not connected yet")
        self.watch = Watch(
            self.broadcast, self._looks(), lambda: self.dispatch.up, journal.touch_alive, load=self._load
        )

    # ------------------------------------------------------------ its larger parts

    def _aftercare(self, assess: Assess) -> Aftercare:
        return Aftercare(
            self._ingest(),
            self.recognition.catch_up(),
            assess,
            self.scribe,
            may_work=self._may_catch_up,
            second=self.recognition.second_pass(),
        )

    def _may_catch_up(self) -> bool:
        return self.recognition.pool.pressure.state.level <= 1

    def _ingest(self) -> RecordingIngest:
        settings = self.settings
        return RecordingIngest(settings.monitor_folder, settings.recordings, settings.data / "set-aside")

    def _guide(self, control: AmiCallControl, numbers: UrgentNumbers, assess: Assess) -> Guide:
        settings = self.settings
        zone, knowledge = ZoneInfo(settings.pbx.help_timezone), knowledge_of(settings)
        return Guide(
            GuideSettings(queue=QueueName(settings.pbx.queue), languages=settings.transcription.languages),
            self.scribe,
            self.broadcast,
            control,
            self.modes,
            numbers,
            Dialogues(self.scribe, self.voice, control, ReadingAloud(settings.sounds), knowledge, zone),
            assess=assess,
            is_question=may_flag,
            find_places=finder_of(settings).find,
        )

    def _web(self, secrets: Secrets) -> WebServer:
        settings = self.settings
        return WebServer(
            settings.web.host,
            settings.web.port,
            self.broadcast,
            self.ledger,
            settings.recordings,
            settings.web.console,
            SignInParts(
                accounts=self.accounts,
                audit=self.scribe.write,
                audits=self.ledger,
                seats=seats_of(settings),
                oidc=oidc_of(settings, secrets),
            ),
            secrets.metrics_key,
            choose_language=self.live.choose_language,
            languages=settings.transcription.languages,
            decisions=Deciding(guide=self.guide, table=self.modes.table),
            desk=self.desk.parts,
            phones=self.places.parts(secrets),
            day=self.day,
            show_shadow_flags=settings.triage.show_shadow_flags,
            allowed_hosts=frozenset(settings.web.allowed_hosts),
            sessions_file=settings.data / "sessions.json",
            registry=metrics_registry(self._metric_sources()),
        )

    def _metric_sources(self) -> MetricSources:
        return MetricSources(
            journal=self.journal,
            ledger=self.ledger,
            applier=self.applier,
            broadcast=self.broadcast,
            scribe=self.scribe,
            live=self.live,
            aftercare=self.aftercare,
            dispatch=self.dispatch,
            taps=self.taps,
            ari_feed=self.ari_feed,
            pool=self.recognition.pool,
            restarts=self.restarts,
        )

    # ------------------------------------------------------------ running

    async def run(self) -> None:
        """Serve until cancelled. A part that breaks is started again; BadSetting ends the service."""
        parts: dict[str, Callable[[], object]] = {
            "web": self.web.run,
            "store": self.applier.run,
            "recognition": self.recognition.pool.run,
            **({"second pass": second.run} if (second := self.recognition.second_pool) else {}),
            "audio link": self.ari_feed.run,
            "live calls": self.live.run,
            "aftercare": self.aftercare.run,
            "backlog": self.backlog.run,
            "dispatch": self.dispatch.run,
            "guide": self.guide.run,
            "modes": self.remembering.run,
            "places": self.places.seating.run,
            "call-backs": self.desk.call_backs.run,
            "call-back recordings": self.call_back_recordings.run,
            "day": self.day_keeper.run,
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

    def _is_whole(self) -> bool:
        """Whether the ledger holds all that happened."""
        return self.applier.lag == 0

    def _load(self) -> Load:
        state = self.recognition.pool.pressure.state
        return Load(level=state.level, since=state.since, delayed=state.delayed)

    def _looks(self) -> dict[Lamp, Callable[[], Condition]]:
        settings, pool = self.settings, self.recognition.pool
        disk = disk_look((settings.data, settings.monitor_folder), settings.recording.min_free_mib)
        return {
            Lamp.AUDIO: lambda: self._ari,
            Lamp.RECOGNITION: lambda: Condition(pool.state.up, "" if pool.state.up else pool.state.why),
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
