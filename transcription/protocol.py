"""What the service and a recognition worker say to each other, as bytes. Sans I/O.

A frame is two 32-bit lengths (big-endian), a JSON header of the first length, and PCM of the second: int16,
little-endian,
mono, 16 kHz. The worker speaks first (``Hello``); then ``Ask`` is answered by one ``Answer`` or ``Failure`` with its
number, in
any order. ``Forget`` takes an Ask back; it has no answer.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from datetime import timedelta

import numpy as np

from line102.calls import CallId, Side
from line102.errors import ProtocolViolation
from line102.ports import Recognised, Window

VERSION = 3
LENGTHS = struct.Struct("!II")
MAX_HEADER = 64 * 1024  # bytes
MAX_PCM = 2 * 30 * 16_000  # bytes: 30 s, the longest window of any Whisper

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a worker is."""

    model: str  # reads every language that has no model of its own
    languages: tuple[str, ...]
    longest_s: float  # longest window it takes
    threads: int  # batches computed at once
    pid: int
    batch: int = 1  # most windows computed together
    language_models: dict[str, str] = field(default_factory=dict)  # of languages with a model of their own
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Ask:
    number: int
    window: Window


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    recognised: Recognised
    waited_s: float  # in the worker's queue, with those it replaced there
    worked_s: float  # computing: this window's share of its batch
    batch: int = 1  # windows computed together


@dataclass(frozen=True, slots=True)
class Failure:
    """``kind``: "busy" (final, queue full), "dropped" (partial, made room or was overtaken), "error" (this window
    raised).
    """

    number: int
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Forget:
    number: int


Message = Hello | Ask | Answer | Failure | Forget


class MessageParser:
    """Bytes in, in any pieces; messages out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages completed by ``data``. Raises ProtocolViolation."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= LENGTHS.size:
            header, pcm = LENGTHS.unpack_from(self._buffer)
            if header > MAX_HEADER or pcm > MAX_PCM:
                raise ProtocolViolation("transcription", f"a frame of {header} + {pcm} bytes")
            end = LENGTHS.size + header + pcm
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[LENGTHS.size : end])
            del self._buffer[:end]
            messages.append(_decode(body[:header], body[header:]))
        return messages


def encode(message: Message) -> bytes:
    """The frame of one message."""
    pcm = b""
    match message:
        case Hello():
            header = {"type": "hello", **asdict(message)}
        case Ask(number=number, window=window):
            header = {"type": "ask", "number": number, **_window_header(window)}
            pcm = window.samples.astype("<i2").tobytes()
        case Answer(number=number, recognised=recognised, waited_s=waited, worked_s=worked, batch=batch):
            header = {"type": "answer", "number": number, "waited_s": waited, "worked_s": worked, "batch": batch}
            header |= asdict(recognised)
        case Failure(number=number, kind=kind, why=why):
            header = {"type": "failure", "number": number, "kind": kind, "why": why}
        case Forget(number=number):
            header = {"type": "forget", "number": number}
    text = json.dumps(header, ensure_ascii=False).encode()
    return LENGTHS.pack(len(text), len(pcm)) + text + pcm


def _window_header(window: Window) -> dict[str, object]:
    return {
        "call_id": window.call_id,
        "side": window.side.value,
        "start_us": window.start // _MICROSECOND,
        "end_us": window.end // _MICROSECOND,
        "revision": window.revision,
        "final": window.final,
        "language": window.language,
        "language_before": window.language_before,
        "language_heard": window.language_heard,
        "due_in_us": window.due_in // _MICROSECOND,
        "beam_size": window.beam_size,
    }


def _decode(header: bytes, pcm: bytes) -> Message:
    try:
        fields = json.loads(header)
        kind = fields.pop("type")
        if fields.get("version", VERSION) != VERSION:
            raise ProtocolViolation("transcription", f"version {fields['version']}, we speak {VERSION}")
        match kind:
            case "hello":
                return Hello(**{**fields, "languages": tuple(fields["languages"])})
            case "ask":
                return Ask(fields.pop("number"), _window(fields, pcm))
            case "answer":
                number, waited, worked = fields.pop("number"), fields.pop("waited_s"), fields.pop("worked_s")
                batch = fields.pop("batch")
                return Answer(number, Recognised(**fields), waited, worked, batch)
            case "failure":
                return Failure(**fields)
            case "forget":
                return Forget(**fields)
            case _:
                raise ProtocolViolation("transcription", f"a message of unknown type {kind!r}")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolViolation("transcription", f"a message that cannot be read ({type(error).__name__})") from error


def _window(fields: dict[str, object], pcm: bytes) -> Window:
    language, before, heard = fields["language"], fields["language_before"], fields["language_heard"]
    return Window(
        call_id=CallId(str(fields["call_id"])),
        side=Side(str(fields["side"])),
        start=_whole(fields, "start_us") * _MICROSECOND,
        end=_whole(fields, "end_us") * _MICROSECOND,
        revision=_whole(fields, "revision"),
        final=bool(fields["final"]),
        language=None if language is None else str(language),
        samples=np.frombuffer(pcm, "<i2").astype(np.int16, copy=False),
        language_before=None if before is None else str(before),
        language_heard=None if heard is None else str(heard),
        due_in=_whole(fields, "due_in_us") * _MICROSECOND,
        beam_size=_whole(fields, "beam_size"),
    )


def _whole(fields: dict[str, object], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int):
        raise TypeError(f"{name} is no whole number")
    return value
