"""The web server: builds the routes, listens, and says which setting is wrong when it cannot."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

import line102
from line102.broadcast import Broadcast
from line102.day_figures import Day
from line102.errors import BadSetting
from line102.ports import Ledger
from line102.web import openapi
from line102.web.access import Door
from line102.web.calls_api import CallsApi, as_json
from line102.web.console_files import ConsoleFiles
from line102.web.decisions_api import Deciding, DecisionsApi
from line102.web.desk_api import DeskApi, PhoneParts
from line102.web.desk_routes import DeskParts, add_desk_routes
from line102.web.errors import AccessDenied, errors_as_json
from line102.web.feed import Feed
from line102.web.language_api import ChooseLanguage, LanguageApi
from line102.web.metrics import LineCollector
from line102.web.needs import unnamed
from line102.web.phone_proxy import PhoneProxy, StayingOn
from line102.web.schemas import HealthOut
from line102.web.sessions import Sessions
from line102.web.shown import Shown
from line102.web.sign_in_routes import SignInParts, add_sign_in_routes
from line102.web.signing_in import SigningIn
from line102.web.wallboard_api import WallboardApi

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
VERSION = getattr(line102, "__version__", "0.1.0")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebServer:
    """REST, feed and console on ``host``:``port``. Run it in the application's TaskGroup.

    ``sign_in``: the accounts, and where the audit goes; ``sessions_file`` keeps sessions across restarts (None: in
    memory only). ``metrics_key``: what a scraper on another machine shows.
    ``allowed_hosts`` adds host names to localhost, 127.0.0.1, ::1 and ``host``. ``port`` 0 takes any free one.
    ``show_shadow_flags`` lets assessments out; without it no answer contains them.
    ``choose_language`` sets the language of a call, one of ``languages``; see LanguageApi.
    ``decisions``: who takes people's decisions; None: those addresses are not there.
    ``phones``: operators' places and the phone in the page; None: those addresses are not there.
    ``desk``: what is known about a call and after it; None: those addresses are not there.
    ``day``: the line's day, for the wallboard; None: that address is not there.
    ``registry`` holds the metrics of the whole service; the line's own are added to it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        broadcast: Broadcast,
        ledger: Ledger,
        recordings: Path,
        console_dist: Path,
        sign_in: SignInParts,
        metrics_key: str,
        *,
        choose_language: ChooseLanguage,
        languages: tuple[str, ...],
        decisions: Deciding | None = None,
        desk: DeskParts | None = None,
        phones: PhoneParts | None = None,
        day: Day | None = None,
        clock: Callable[[], datetime] = _utc_now,
        show_shadow_flags: bool = False,
        allowed_hosts: frozenset[str] = frozenset(),
        sessions_file: Path | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._registry = registry if registry is not None else CollectorRegistry()
        self._registry.register(LineCollector(broadcast, clock))
        shown = Shown(flags=show_shadow_flags, languages=languages)
        self._sign_in = sign_in
        self._phones = DeskApi(phones, broadcast.board) if phones else None
        left = self._phones.left if self._phones else None
        self._signing_in = SigningIn(sign_in.accounts, Sessions(sessions_file), sign_in.audit, clock, left)
        self._door = Door(self._signing_in, allowed_hosts | LOCAL_NAMES | {host}, metrics_key)
        self._feed = Feed(broadcast, shown, clock, self._door.check_origin, self._signing_in.may_look)
        self._calls = CallsApi(broadcast, ledger, recordings, shown, clock, self._signing_in.note)
        self._language = LanguageApi(choose_language, languages)
        self._decisions = DecisionsApi(decisions, broadcast.board, ledger) if decisions else None
        self._desk, self._board, self._clock = desk, broadcast.board, clock
        self._wallboard = WallboardApi(day, clock) if day else None
        self._proxy = None
        if phones is not None and self._phones is not None:
            stays = StayingOn(self._signing_in.may_sit, self._phones.is_free)
            self._proxy = PhoneProxy(phones.upstream, self._door.check_origin, stays)
        self._files = ConsoleFiles(console_dist)
        self._document = openapi.document(VERSION)
        self._listening: asyncio.Future[int] | None = None

    async def run(self) -> None:
        """Serve until cancelled. Raises BadSetting when the address cannot be listened on."""
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await self._listen(site)
            self._bound().set_result(runner.addresses[0][1])
            await asyncio.get_running_loop().create_future()
        finally:
            await runner.cleanup()
            self._listening = None

    async def listening(self) -> int:
        """Wait until ``run`` listens; the port it listens on."""
        return await asyncio.shield(self._bound())

    async def _listen(self, site: web.TCPSite) -> None:
        try:
            await site.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise BadSetting(
                    "web.port",
                    f"port {self._port} on {self._host} is taken",
                    "Stop the program that holds it, or set another port",
                ) from error
            if error.errno in (errno.EACCES, errno.EPERM):
                raise BadSetting(
                    "web.port", f"port {self._port} may not be opened", "Choose a port of 1024 or above"
                ) from error
            raise BadSetting(
                "web.host", f"{self._host} cannot be listened on", "Set an address of this machine"
            ) from error

    def _bound(self) -> asyncio.Future[int]:
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_future()
        return self._listening

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[errors_as_json, self._door.middleware], client_max_size=4096)
        app.on_response_prepare.append(self._door.add_headers)
        app.on_shutdown.append(self._on_shutdown)
        add_sign_in_routes(app.router, self._signing_in, self._sign_in, self._clock)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/api/live", self._calls.live)
        app.router.add_get("/api/feed", self._feed.get)
        app.router.add_get("/api/calls", self._calls.calls)
        app.router.add_get("/api/calls/{call_id}", self._calls.call)
        app.router.add_get("/api/calls/{call_id}/recording", self._calls.recording)
        app.router.add_post("/api/calls/{call_id}/language", self._language.post)
        if self._decisions is not None:
            _add_decisions(app.router, self._decisions)
        if self._desk is not None:
            add_desk_routes(app.router, self._desk, self._board, self._clock, self._signing_in.note)
        if self._phones is not None and self._proxy is not None:
            _add_phones(app.router, self._phones, self._proxy)
        if self._wallboard is not None:
            app.router.add_get("/api/wallboard", self._wallboard.get)
        app.router.add_get("/api/gaps", self._calls.gaps)
        app.router.add_get("/api/openapi.json", self._openapi)
        app.router.add_route("*", "/api/{rest:.*}", self._no_such_address)
        app.router.add_get("/{path:.*}", self._files.get)
        if wanting := unnamed(app.router):
            raise RuntimeError(f"nobody said who may use {', '.join(wanting)} (line102/web/needs.py)")
        return app

    async def _on_shutdown(self, _: web.Application) -> None:
        await self._feed.close()
        if self._proxy is not None:
            await self._proxy.close()

    async def _health(self, _: web.Request) -> web.Response:
        return as_json(HealthOut(status="ok"))

    async def _openapi(self, _: web.Request) -> web.Response:
        return web.json_response(self._document)

    async def _no_such_address(self, _: web.Request) -> web.Response:
        raise AccessDenied(404, "no_such_address", "see /api/openapi.json")

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._door.may_measure(request):
            raise AccessDenied(403, "not_local", "metrics are for this machine, or with the key as a bearer token")
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def _add_phones(router: web.UrlDispatcher, desk: DeskApi, proxy: PhoneProxy) -> None:
    router.add_post("/api/desk/state", desk.state)
    router.add_post("/api/desk/wrap-up", desk.wrap_up)
    router.add_get("/api/desk/phone", desk.phone)
    router.add_post("/api/desk/phone/held", desk.held)
    router.add_post("/api/calls/{call_id}/transfer", desk.transfer)
    router.add_get("/phone", proxy.get)


def _add_decisions(router: web.UrlDispatcher, decisions: DecisionsApi) -> None:
    router.add_post("/api/calls/{call_id}/flag", decisions.flag)
    router.add_post("/api/calls/{call_id}/return", decisions.call_back)
    router.add_post("/api/calls/{call_id}/category", decisions.category)
    router.add_get("/api/modes", decisions.modes)
    router.add_post("/api/modes", decisions.change_mode)
