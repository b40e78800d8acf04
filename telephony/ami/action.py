"""Encode an AMI action. What could break out of its line is refused before a byte is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from line102.errors import Refused

Value = str | Sequence[str]  # a sequence repeats the key (``Variable``)

MAX_LINE_BYTES = 1024  # with CRLF; Asterisk discards an action with a longer line (main/manager.c, ``inbuf[1025]``)
MAX_LINES = 128  # AST_MAX_MANHEADERS (include/asterisk/manager.h)
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_FORBIDDEN = ("\r", "\n", "\0")


def encode(name: str, fields: Mapping[str, Value], action_id: str) -> bytes:
    """The bytes of one action, ``Action`` and ``ActionID`` first.

    Raises Refused for a line break or NUL in a key or value, a key that is no word, text that is not Unicode, and
    lines that are longer or more than Asterisk reads. The refusal names the key, never the value.
    """
    pairs = [("Action", name), ("ActionID", action_id)]
    for key, value in fields.items():
        pairs += [(key, item) for item in ([value] if isinstance(value, str) else value)]
    if len(pairs) > MAX_LINES:
        raise Refused(_what(name), f"{len(pairs)} lines, Asterisk reads {MAX_LINES}")
    return b"".join(_line(name, key, value) for key, value in pairs) + b"\r\n"


def _line(action: str, key: str, value: str) -> bytes:
    if not _KEY.fullmatch(key):
        raise Refused(_what(action), "a key is not a plain word")
    if any(character in value for character in _FORBIDDEN):
        raise Refused(_what(action), f"{key} contains a line break or NUL")
    try:
        line = f"{key}: {value}\r\n".encode()
    except UnicodeEncodeError as error:
        raise Refused(_what(action), f"{key} is not Unicode text") from error
    if len(line) > MAX_LINE_BYTES:
        raise Refused(_what(action), f"{key} is longer than {MAX_LINE_BYTES} bytes")
    return line


def _what(action: str) -> str:
    return f"AMI action {action}" if _KEY.fullmatch(action) else "AMI action"
