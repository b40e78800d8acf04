"""One logged-in AMI connection, from its login to its end. It is never revived: a new one is made (``client.py``)."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from datetime import datetime, timedelta

from line102.errors import Refused, Unreachable
from telephony.ami.action import Value, encode
from telephony.ami.message import Message
from telephony.ami.settings import AmiSettings
from telephony.ami.wire import AmiWire

_PING = "ping"


class AmiConnection:
    """Made by ``open_connection``. Its end is told by ``next_event`` and every action as Unreachable."""

    def __init__(self, settings: AmiSettings, *, events: bool) -> None:
        self._settings = settings
        self._events = events
        self._numbers = itertools.count(1)
        self._timer: asyncio.TimerHandle | None = None
        self.wire = AmiWire(settings.where, settings.event_capacity, self._stop_pinging)

    @property
    def is_open(self) -> bool:
        return self.wire.closed_because is None

    @property
    def last_heard(self) -> datetime:
        """When the last byte came; aware UTC, our clock."""
        return self.wire.last_heard

    async def action(self, name: str, *, within: timedelta | None = None, **fields: Value) -> Message:
        """Ask and return the response. Never asks twice.

        Raises Refused (Asterisk said Error, or a value could break out of its line), Unreachable (no answer within
        the deadline: it may have happened or not; or the connection ended).
        """
        return (await self._ask(name, fields, within, is_list=False))[0]

    async def collect(self, name: str, *, within: timedelta | None = None, **fields: Value) -> list[Message]:
        """Ask for an event list and return its events, without the closing ``…Complete``. Errors as ``action``."""
        return await self._ask(name, fields, within, is_list=True)

    async def next_event(self) -> Message:
        """The next event, in order. One consumer. Raises Unreachable after the last event once the link has ended."""
        return await self.wire.inbox.take()

    async def until_booted(self, within: timedelta) -> Message:
        """Asterisk's FullyBooted: at once after the login to one that runs. Raises Unreachable when none comes."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self.wire.booted.wait()
        except TimeoutError as error:
            raise Unreachable(self._settings.where, "Asterisk has not finished booting") from error
        if self.wire.fully_booted is None:
            raise Unreachable(self._settings.where, self.wire.closed_because or "not booted")
        return self.wire.fully_booted

    def close(self, why: str) -> None:
        self.wire.close(why)

    # ---- login

    async def greet_and_login(self) -> None:
        """Raises Refused when the name or the password is wrong, Unreachable, ProtocolViolation."""
        try:
            async with asyncio.timeout(self._settings.connect_within.total_seconds()):
                await self.wire.greeted.wait()
        except TimeoutError as error:
            raise Unreachable(self._settings.where, "no greeting; is this port AMI's?") from error
        challenge = (await self.action("Challenge", AuthType="MD5")).get("Challenge")
        key = hashlib.md5(f"{challenge}{self._settings.secret}".encode(), usedforsecurity=False).hexdigest()
        events = "on" if self._events else "off"
        try:
            await self.action("Login", AuthType="MD5", Username=self._settings.user, Key=key, Events=events)
        except Refused as error:
            why = f"{error.why}; {self._settings.password_setting} must be the secret in manager.conf"
            raise Refused(f"AMI login as {self._settings.user}", why) from error
        self._timer = asyncio.get_running_loop().call_later(self._settings.ping_every.total_seconds(), self._ping)

    # ---- asking

    async def _ask(
        self, name: str, fields: dict[str, Value], within: timedelta | None, *, is_list: bool
    ) -> list[Message]:
        action_id = f"line102-{next(self._numbers)}"
        deadline = within or self._settings.answer_within
        answer = self.wire.ask(action_id, encode(name, fields, action_id), is_list=is_list)
        try:
            # wait(), not timeout(): an answer that arrived while our own loop stood still counts as answered.
            await asyncio.wait((answer,), timeout=deadline.total_seconds())
        finally:
            self.wire.forget(action_id)
        if not answer.done():
            answer.cancel()
            raise Unreachable(self._settings.where, f"no answer to {name} within {deadline.total_seconds():g} s")
        messages = answer.result()
        if messages and messages[0].get("Response") == "Error":
            raise Refused(f"AMI action {name}", messages[0].get("Message", "no reason given"))
        return messages

    # ---- liveness: timers only

    def _ping(self) -> None:
        action_id = f"{_PING}-{next(self._numbers)}"
        answer = self.wire.ask(action_id, encode("Ping", {}, action_id), is_list=False)
        self._timer = asyncio.get_running_loop().call_later(
            self._settings.pong_within.total_seconds(), self._pong_due, action_id, answer
        )

    def _pong_due(self, action_id: str, answer: asyncio.Future[list[Message]]) -> None:
        self.wire.forget(action_id)
        if not answer.done():
            answer.cancel()
            self.close(f"no answer to Ping within {self._settings.pong_within.total_seconds():g} s")
            return
        if self.is_open:
            self._timer = asyncio.get_running_loop().call_later(self._settings.ping_every.total_seconds(), self._ping)

    def _stop_pinging(self, why: str) -> None:
        if self._timer is not None:
            self._timer.cancel()


async def open_connection(settings: AmiSettings, *, events: bool) -> AmiConnection:
    """Connect and log in. Raises Unreachable, Refused (wrong name or password), ProtocolViolation (no AMI there)."""
    connection = AmiConnection(settings, events=events)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_within.total_seconds()):
            await loop.create_connection(lambda: connection.wire, settings.host, settings.port)
    except (OSError, TimeoutError) as error:
        connection.close("never connected")
        raise Unreachable(settings.where, getattr(error, "strerror", None) or type(error).__name__) from error
    try:
        await connection.greet_and_login()
    except BaseException:
        connection.close("login did not succeed")
        raise
    return connection
