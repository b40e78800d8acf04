"""The settings: read once from one TOML file, checked, frozen, passed on. Nothing else reads files or environment.

Every setting has a default that works for the embedded PBX on one machine; ``docs/settings.md`` lists them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from line102.errors import BadSetting

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_FILE = Path("line102.toml")
OperatorName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")]
QueueId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
REMEDY = "Correct it in the settings file and start again; docs/settings.md lists every setting"

Port = Annotated[int, Field(ge=1, le=65535)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]  # as Whisper names them: ru, kk
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


_TIME, _DAY = "([01][0-9]|2[0-3]):[0-5][0-9]", "(mon|tue|wed|thu|fri|sat|sun)"
HOURS = re.compile(rf"{_TIME}-{_TIME},{_DAY}(-{_DAY})?")


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class PbxSettings(_Section):
    """The Asterisk beside us. ``embedded``: we build, configure and start one; else the values say where it is."""

    embedded: bool = True
    host: str = "127.0.0.1"
    ami_port: Port = 5138
    ami_user: Name = "line102"
    http_port: Port = 8188  # ARI, media and the phones' websocket
    ari_user: Name = "line102"
    sip_port: Port = 5162  # UDP: trunk and desk phones
    rtp_first_port: Port = 20000
    rtp_last_port: Port = 20999
    trunk_addresses: tuple[str, ...] = ("127.0.0.2",)  # the trunk is recognised by these source addresses
    queue: QueueId = "102"
    max_waiting: Annotated[int, Field(ge=1, le=10_000)] = 60  # callers; one more goes to the overflow
    operators: tuple[OperatorName, ...] = ("op1", "op2", "op3", "op4")
    help_operators: tuple[OperatorName, ...] = ()  # the help line's seats; who sits at 102 too is named in both
    transfer_numbers: tuple[Annotated[str, Field(pattern=r"^1[0-9]{2}$")], ...] = ()  # by the trunk: 101, 103, 104
    trunk_contact: Annotated[str, Field(pattern=r"^(sip:[A-Za-z0-9.:-]+)?$")] = ""  # takes calls to the network
    call_back_forms: tuple[Annotated[str, Field(pattern=r"^\+?[0-9X]{5,20}$")], ...] = ()  # that may be called back
    call_back_caller_id: Annotated[str, Field(pattern=r"^\+?[0-9]{0,20}$")] = ""  # our number, shown to them
    help_hours: str = "always"  # or times and weekdays, both ends included: "08:00-19:59,mon-sat"
    help_timezone: Annotated[str, Field(pattern=r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$")] = "Asia/Almaty"
    help_max_waiting: Annotated[int, Field(ge=1, le=1000)] = 5  # at the help line; one more is back at 102 at once
    sounds_folder: Path | None = None  # of prompts, where both we and Asterisk reach it; known when embedded
    sounds_seen: str | None = None  # its name in Asterisk's eyes, if another (a container)
    monitor_folder: Path | None = None  # where MixMonitor writes; known by itself when embedded
    queue_log: Path | None = None
    cdr_file: Path | None = None

    @model_validator(mode="after")
    def _consistent(self) -> PbxSettings:
        if self.rtp_last_port - self.rtp_first_port < 20:
            raise ValueError("rtp_last_port must be at least 20 above rtp_first_port")
        if len(set(self.operators)) != len(self.operators):
            raise ValueError("operators holds a name twice")
        if len(set(self.help_operators)) != len(self.help_operators):
            raise ValueError("help_operators holds a name twice")
        if self.help_hours != "always" and not HOURS.fullmatch(self.help_hours):
            raise ValueError('help_hours must be "always" or read like "08:00-19:59,mon-sat"')
        if not _is_timezone(self.help_timezone):
            raise ValueError(f"help_timezone {self.help_timezone!r} is no time zone")
        if not self.embedded and not (self.monitor_folder and self.queue_log):
            raise ValueError("a PBX that is not embedded needs monitor_folder and queue_log")
        return self


class StoreSettings(_Section):
    """``url``: ``sqlite:///path`` or ``postgresql://user:password@host/name``; empty: SQLite in the data folder."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:", "sqlite+aiosqlite:", "postgresql:", "postgresql+asyncpg:")):
            raise ValueError("must begin with sqlite: or postgresql:")
        return url


class JournalSettings(_Section):
    keep_hours: Annotated[int, Field(ge=1)] = 48  # applied journal files younger than this are kept


class SecondPassSettings(_Section):
    """A finished call read once more from its recording by a bigger model; off while ``model`` is empty."""

    model: str = ""
    beam_size: Annotated[int, Field(ge=1, le=10)] = 5
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    compute_type: str = "int8"


class TranscriptionSettings(_Section):
    """``model``: a folder in faster-whisper's format, or the name of one that is already on this machine.

    ``models``: another one for a language of its own. ``worker_addresses``: workers that somebody else runs.
    """

    model: str = str(PROJECT / "transcription" / "demo_model")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("ru", "kk")
    models: dict[str, str] = {}
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    compute_type: str = "int8"
    worker_addresses: tuple[str, ...] = ()
    workers: Annotated[int, Field(ge=0, le=64)] = 1  # of our own; 0: only those at worker_addresses
    threads: Annotated[int, Field(ge=1, le=64)] = 1  # per worker
    batch: Annotated[int, Field(ge=1, le=64)] | None = None  # windows together; None: 16 on a CPU, 32 on a GPU
    glossary: tuple[Path, ...] | None = None  # None: the files that come with line102
    second_pass: SecondPassSettings = SecondPassSettings()

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) != len(languages):
            raise ValueError("holds a language twice")
        return languages

    @field_validator("models")
    @classmethod
    def _known_languages(cls, models: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        known = info.data.get("languages", ())
        for language, model in models.items():
            if language not in known:
                raise ValueError(f"{language!r} is not in transcription.languages ({', '.join(known)})")
            if not model:
                raise ValueError(f"{language} names no model")
        return models

    @field_validator("worker_addresses")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if not is_worker_address(address):
                raise ValueError(f"{address!r} is no address; write unix:/path or tcp:host:port")
        if len(set(addresses)) != len(addresses):
            raise ValueError("holds an address twice")
        return addresses

    @field_validator("workers")
    @classmethod
    def _somebody_works(cls, workers: int, info: ValidationInfo) -> int:
        if workers == 0 and not info.data.get("worker_addresses"):
            raise ValueError("0 needs worker_addresses: nobody would recognise")
        return workers


def is_worker_address(address: str) -> bool:
    """Whether it reads ``unix:/absolute/path`` or ``tcp:host:port`` (an IPv6 host in brackets)."""
    kind, _, place = address.partition(":")
    if kind == "unix":
        return place.startswith("/") and len(place.encode()) <= 107  # sun_path, unix(7)
    host, _, port = place.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    named = bool(bare) and not any(c.isspace() or c in "/[]" for c in bare) and (":" not in bare or bare != host)
    return kind == "tcp" and named and port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535


class TriageSettings(_Section):
    model: Path | None = None  # a folder made by `line102 triage train`; None: the one that comes with line102
    show_shadow_flags: bool = False  # for demonstrations: in shadow mode a flag is shown to nobody


class DeflectionSettings(_Section):
    """``audited_flags`` without a missed emergency open a language's gate: 3,000 bound the miss rate at 0.1 %."""

    audited_flags: Annotated[int, Field(ge=0, le=1_000_000)] = 3000


class HelpLineSettings(_Section):
    """``knowledge``: the file of questions and answers; None: the samples that come with line102."""

    self_service: bool = True
    knowledge: Path | None = None


class PlacesSettings(_Section):
    gazetteer: Path | None = None  # None: the places of Almaty that come with line102


class CallBackSettings(_Section):
    """How soon after its end a call must be called back that no person answered."""

    within_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 5
    urgent_within_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 1  # words of danger were heard


class DeskSettings(_Section):
    """``wrap_up_s``: after a talk, before the next call comes; the operator may end or extend it."""

    wrap_up_s: Annotated[int, Field(ge=0, le=300)] = 20
    answer: Literal["ring", "auto"] = "ring"  # of the phone in the page


class TargetSettings(_Section):
    """What is promised about waiting, from the network's offer to a human."""

    mean_wait_s: Annotated[float, Field(gt=0, le=3600)] = 8
    first_within_s: Annotated[float, Field(gt=0, le=3600)] = 10
    first_share: Annotated[float, Field(gt=0, le=1)] = 0.9
    second_within_s: Annotated[float, Field(gt=0, le=3600)] = 20
    second_share: Annotated[float, Field(gt=0, le=1)] = 0.98


class WebSettings(_Section):
    host: str = "127.0.0.1"
    port: Port = 8102
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")  # names a browser may use to reach us
    console: Path = PROJECT / "console" / "dist"


# What a provider says must not be read on its way.
OIDC_ISSUER = r"^(https://.+|http://(127\.0\.0\.1|localhost)(:\d+)?(/.*)?)?$"


class OidcSettings(_Section):
    """The centre's own OpenID Connect provider; no issuer: passwords only. Its secret lies in ``secrets.toml``."""

    issuer: Annotated[str, Field(pattern=OIDC_ISSUER)] = ""
    client_id: Annotated[str, Field(max_length=255)] = ""
    address: Annotated[str, Field(pattern=r"^(https?://[^/?#]+/?)?$")] = ""  # the console's, as browsers see it
    claim: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/.-]{1,100}$")] = "sub"  # of the ID token: names a person

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client_id and self.address):
            raise ValueError("an issuer needs client_id and address")
        return self


class SignInSettings(_Section):
    oidc: OidcSettings = OidcSettings()


class RecordingSettings(_Section):
    folder: Path | None = None  # default: recordings/ in the data folder
    min_free_mib: Annotated[int, Field(ge=0)] = 1024  # below this the disk light goes out


class Settings(_Section):
    """All settings, with the data folder resolved."""

    node: Name = "line102"  # names this centre in the ledger and in Asterisk's call ids
    data_folder: Path = Path("var")
    pbx: PbxSettings = PbxSettings()
    store: StoreSettings = StoreSettings()
    journal: JournalSettings = JournalSettings()
    transcription: TranscriptionSettings = TranscriptionSettings()
    triage: TriageSettings = TriageSettings()
    deflection: DeflectionSettings = DeflectionSettings()
    help_line: HelpLineSettings = HelpLineSettings()
    places: PlacesSettings = PlacesSettings()
    call_backs: CallBackSettings = CallBackSettings()
    desk: DeskSettings = DeskSettings()
    targets: TargetSettings = TargetSettings()
    web: WebSettings = WebSettings()
    sign_in: SignInSettings = SignInSettings()
    recording: RecordingSettings = RecordingSettings()

    @property
    def data(self) -> Path:
        return self.data_folder.absolute()

    @property
    def store_url(self) -> str:
        return self.store.url or f"sqlite:///{self.data / 'line102.db'}"

    @property
    def recordings(self) -> Path:
        return self.recording.folder or self.data / "recordings"

    @property
    def instance(self) -> Path:
        """The embedded PBX's own folder: etc, lib, spool, log, run."""
        return self.data / "pbx"

    @property
    def sounds(self) -> Path:
        """The folder whose ``line102/`` holds the prompts, as we see it."""
        if self.pbx.embedded:
            return self.instance / "sounds"
        return self.pbx.sounds_folder or self.data / "sounds"

    @property
    def monitor_folder(self) -> Path:
        return self.pbx.monitor_folder or self.instance / "spool" / "monitor"

    @property
    def queue_log(self) -> Path:
        return self.pbx.queue_log or self.instance / "log" / "queue_log"

    @property
    def cdr_file(self) -> Path:
        return self.pbx.cdr_file or self.instance / "log" / "cdr-custom" / "line102.csv"


def read_settings(file: Path | None) -> Settings:
    """Read ``file``, or ``line102.toml`` here if there is one, else the defaults. Raises BadSetting."""
    if file is None:
        if not DEFAULT_FILE.exists():
            return Settings()
        file = DEFAULT_FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(str(file), f"cannot be read ({error.strerror})", "Give a readable file to --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(str(file), f"is not valid TOML: {error}", "Correct that line") from error
    return settings_from(values, str(file))


def settings_from(values: dict[str, Any], origin: str) -> Settings:
    """Raises BadSetting that names the first wrong setting, and the nearest right name for an unknown one."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        why = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(path, setting_names(), n=1)
            why = "there is no such setting" + (f"; did you mean {near[0]}?" if near else "")
        elif "input" in first and isinstance(first["input"], str | int | float | bool):
            why = f"{why} (it is {first['input']!r})"
        raise BadSetting(f"{origin}: {path}", why, REMEDY) from error


def setting_names() -> list[str]:
    """Every setting as ``section.name``."""
    return _names(Settings)


def _names(section: type[BaseModel], prefix: str = "") -> list[str]:
    names: list[str] = []
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            names += _names(kind, f"{prefix}{name}.")
        else:
            names.append(f"{prefix}{name}")
    return names
