"""The few named values that make ``asterisk-conf/`` one particular PBX. Frozen, checked once."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import timedelta

from line102.calls import OperatorId
from line102.errors import BadSetting
from line102.numbers import CALL_BACK_FORM

_PLAIN = re.compile(r"[A-Za-z0-9_./:,&@+=~-]*")  # nothing that ends a line, a comment or a quoted string
SOUNDS = "sounds"  # the instance's folder of prompts: <it>/line102/<language>/<name>
_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPhones:
    """One operator: a desk phone (endpoint ``<operator_id>``) and a browser (``<operator_id>-web``)."""

    operator_id: OperatorId
    password: str
    web_password: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.operator_id) or self.operator_id in RESERVED_NAMES:
            raise BadSetting(
                "pbx.operators",
                f"{self.operator_id!r} cannot be an operator's name",
                f"Use 1-16 small letters and digits, a letter first, and none of {', '.join(sorted(RESERVED_NAMES))}",
            )


RESERVED_NAMES = frozenset(
    {"duty", "probe", "trunk", "phone", "browser", "password", "place", "global", "system"}
    | {"help", "ring", "s", "i", "t", "h"}  # extensions of their own, where operators have theirs
)


ALWAYS = "00:00-23:59,mon-sun"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
HELP_HOURS = re.compile(rf"{_TIME}-{_TIME},{_DAY}(?:-{_DAY})?")
"""Times and weekdays, both ends included: ``08:00-19:59,mon-sat``. GotoIfTime's own words."""

TRANSFER_NUMBER = re.compile(r"1[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxValues:
    """Everything ``@NAME@`` in the templates stands for. Raises BadSetting on a value Asterisk would misread.

    Passwords are the caller's to make (``secrets.token_urlsafe``); there is no default for any of them.
    """

    operators: tuple[OperatorPhones, ...]
    duty_password: str
    probe_password: str
    ami_password: str
    ari_password: str
    node: str = "line102"
    sip_bind: str = "127.0.0.1"
    sip_port: int = 5162
    media_address: str = "127.0.0.1"
    http_bind: str = "127.0.0.1"
    http_port: int = 8188
    ami_bind: str = "127.0.0.1"
    ami_port: int = 5138
    control_permit: str = "127.0.0.1/255.255.255.255"  # who may speak AMI and ARI
    rtp_first: int = 20000
    rtp_last: int = 20999
    trunk_match: tuple[str, ...] = ("127.0.0.2",)
    max_waiting: int = 100
    ring: timedelta = timedelta(seconds=10)  # one operator's phone, then the next one's; whole seconds
    wrap_up: timedelta = timedelta(seconds=3)
    queue_timeout: timedelta = timedelta(seconds=90)  # then the overflow rings
    overflow_ring: timedelta = timedelta(seconds=30)
    overflow_extra: tuple[str, ...] = ()  # more to ring at overflow, in Asterisk's words: PJSIP/number@trunk
    qualify: timedelta = timedelta(0)  # 0: phones are not asked whether they are there
    help_operators: tuple[OperatorPhones, ...] = ()  # seats of the help line; who sits at 102 too is named in both
    help_hours: str = ALWAYS  # as HELP_HOURS says
    help_timezone: str = "Asia/Almaty"
    help_ring: timedelta = timedelta(seconds=20)  # in the help line's queue, then the head of 102
    help_max_waiting: int = 5
    trunk_contact: str = ""  # a SIP address, sip:host:port, that takes our calls to the network; "": none are made
    transfer_numbers: tuple[str, ...] = ()  # outside, that callers may be put through to: "101"
    call_back_forms: tuple[str, ...] = ()  # of numbers that may be called back, X any digit: "7XXXXXXXXXX"
    call_back_caller_id: str = ""  # our number, as the network wants it; "": nobody is called back
    call_back_ring: timedelta = timedelta(seconds=40)
    transfer_ring: timedelta = timedelta(seconds=15)  # one person rings for a caller put through, then 102 again

    def __post_init__(self) -> None:
        if not self.operators:
            raise BadSetting("pbx.operators", "nobody is there to answer", "Name at least one operator")
        for setting, seats in (("pbx.operators", self.operators), ("pbx.help_operators", self.help_operators)):
            if len({seat.operator_id for seat in seats}) != len(seats):
                raise BadSetting(setting, "a name is there twice", "Give each operator a name of their own")
        for name, text in named_values(self, data_as_seen="/srv").items():
            _check_plain(name, text)
        for operator in self.everybody:
            for name, text in operator_values(operator).items():
                _check_plain(name, text)
        if not HELP_HOURS.fullmatch(self.help_hours):
            raise BadSetting("pbx.help_hours", f"{self.help_hours!r} is no such time", f"Write it like {ALWAYS}")
        for number in self.transfer_numbers:
            if not TRANSFER_NUMBER.fullmatch(number):
                raise BadSetting("pbx.transfer_numbers", f"{number!r} is none", 'Three digits, 1 first: "101"')
        for form in self.call_back_forms:
            if not CALL_BACK_FORM.fullmatch(form):
                raise BadSetting("pbx.call_back_forms", f"{form!r} is none", 'Digits, and X for any: "7XXXXXXXXXX"')
        for field in fields(self):
            if field.name.endswith("_port") or field.name.startswith("rtp_"):
                _check_port(field.name, getattr(self, field.name))
        if self.rtp_last - self.rtp_first < 20:
            raise BadSetting("pbx.rtp_last", "fewer than 20 RTP ports", "Give each call four: 20 calls need 80")

    @property
    def everybody(self) -> tuple[OperatorPhones, ...]:
        """Each person with a phone once, in whichever queues they sit."""
        at_102 = {operator.operator_id for operator in self.operators}
        return (*self.operators, *(o for o in self.help_operators if o.operator_id not in at_102))

    @property
    def overflow_phones(self) -> str:
        """Everybody rung at overflow, in Dial's words: the duty inspector, each desk phone, each browser."""
        operators = (name for o in self.operators for name in (o.operator_id, f"{o.operator_id}-web"))
        return "&".join(("PJSIP/duty", *(f"PJSIP/{name}" for name in operators), *self.overflow_extra))

    @property
    def help_phones(self) -> str:
        """Everybody of the help line, in Dial's words; "" when there is nobody."""
        return "&".join(
            f"PJSIP/{name}" for o in self.help_operators for name in (o.operator_id, f"{o.operator_id}-web")
        )


def named_values(values: PbxValues, *, data_as_seen: str) -> dict[str, str]:
    """``@NAME@`` → text. ``data_as_seen`` is the instance folder as Asterisk itself sees it."""
    return {
        "NODE": values.node,
        "DATA": data_as_seen,
        "SIP_BIND": values.sip_bind,
        "SIP_PORT": str(values.sip_port),
        "MEDIA_ADDRESS": values.media_address,
        "HTTP_BIND": values.http_bind,
        "HTTP_PORT": str(values.http_port),
        "AMI_BIND": values.ami_bind,
        "AMI_PORT": str(values.ami_port),
        "AMI_PASSWORD": values.ami_password,
        "ARI_PASSWORD": values.ari_password,
        "CONTROL_PERMIT": values.control_permit,
        "RTP_FIRST": str(values.rtp_first),
        "RTP_LAST": str(values.rtp_last),
        "TRUNK_MATCH": ",".join(values.trunk_match),
        "MAX_WAITING": str(values.max_waiting),
        "RING_S": _seconds(values.ring),
        "WRAP_UP_S": _seconds(values.wrap_up),
        "QUEUE_TIMEOUT_S": _seconds(values.queue_timeout),
        "OVERFLOW_RING_S": _seconds(values.overflow_ring),
        "OVERFLOW_PHONES": values.overflow_phones,
        "QUALIFY_S": _seconds(values.qualify),
        "HELP_HOURS": values.help_hours,
        "HELP_TIMEZONE": values.help_timezone,
        "HELP_RING_S": _seconds(values.help_ring),
        "HELP_MAX_WAITING": str(values.help_max_waiting),
        "HELP_PHONES": values.help_phones,
        "TRANSFER_RING_S": _seconds(values.transfer_ring),
        "TRANSFER_NUMBERS": "".join(f"-{number}-" for number in values.transfer_numbers),
        "CALL_BACK_CALLER_ID": values.call_back_caller_id,
        "CALL_BACK_RING_S": _seconds(values.call_back_ring),
        "TRUNK_CONTACT": f"contact={values.trunk_contact}" if values.trunk_contact else "",
        "SOUNDS": f"{data_as_seen}/{SOUNDS}",
        "DUTY_PASSWORD": values.duty_password,
        "PROBE_PASSWORD": values.probe_password,
    }


def operator_values(operator: OperatorPhones) -> dict[str, str]:
    """What ``*.each.conf`` may name beside ``named_values``."""
    return {
        "OPERATOR": operator.operator_id,
        "OPERATOR_PASSWORD": operator.password,
        "OPERATOR_WEB_PASSWORD": operator.web_password,
    }


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def _check_plain(name: str, text: str) -> None:
    if not _PLAIN.fullmatch(text):
        raise BadSetting(
            f"@{name}@", "holds a character that Asterisk's files cannot carry", "Use letters, digits, . _ -"
        )
    if name.endswith("PASSWORD") and len(text) < 16:
        raise BadSetting(
            f"@{name}@", "is shorter than 16 characters", "Let line102 make it: remove it from secrets.toml"
        )


def _check_port(name: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise BadSetting(f"pbx.{name}", f"{port} is no port", "Use 1-65535")
