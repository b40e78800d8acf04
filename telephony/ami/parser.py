"""AMI's wire format, sans I/O: bytes in, messages out.

Frames on bytes and decodes afterwards, so that TCP may cut a Cyrillic letter anywhere.
Source: Asterisk main/manager.c (``astman_append``, ``append_event``): lines end in CRLF, messages in an empty line,
and the first line of a connection is ``Asterisk Call Manager/<version>``.
"""

from __future__ import annotations

from line102.errors import ProtocolViolation
from telephony.ami.message import Message

BANNER_PREFIX = b"Asterisk Call Manager/"
MAX_BANNER_BYTES = 256
MAX_MESSAGE_BYTES = 64 * 1024
_WHO = "Asterisk's AMI"
_LINE_END = b"\r\n"
_MESSAGE_END = b"\r\n\r\n"


class AmiParser:
    """Feed it what the socket gave; it gives back what is whole. After a ProtocolViolation it must not be fed again."""

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._buffer = bytearray()
        self._max_message_bytes = max_message_bytes
        self.version: str | None = None  # AMI's own, e.g. "11.0.0"; None until the banner has come

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages completed by ``data``, in order; how the bytes are cut makes no difference.

        Raises ProtocolViolation when the peer is no AMI, or a message is longer than the limit.
        """
        self._buffer += data
        if self.version is None and not self._read_banner():
            return []
        messages: list[Message] = []
        while (end := self._buffer.find(_MESSAGE_END)) >= 0:
            self._check_length(end)
            block = bytes(self._buffer[:end])
            del self._buffer[: end + len(_MESSAGE_END)]
            if message := _message(block):
                messages.append(message)
        self._check_length(len(self._buffer) - len(_MESSAGE_END) + 1)
        return messages

    def _read_banner(self) -> bool:
        end = self._buffer.find(_LINE_END)
        if not self._buffer.startswith(BANNER_PREFIX[: len(self._buffer)]):
            raise ProtocolViolation(_WHO, "the first line is not Asterisk Call Manager's")
        if end < 0 and len(self._buffer) <= MAX_BANNER_BYTES:
            return False
        if not 0 <= end <= MAX_BANNER_BYTES:
            raise ProtocolViolation(_WHO, f"no end of the first line within {MAX_BANNER_BYTES} bytes")
        self.version = self._buffer[len(BANNER_PREFIX) : end].decode("utf-8", "replace").strip()
        del self._buffer[: end + len(_LINE_END)]
        return True

    def _check_length(self, length: int) -> None:
        if length > self._max_message_bytes:
            raise ProtocolViolation(_WHO, f"no end of message within {self._max_message_bytes} bytes")


def _message(block: bytes) -> Message | None:
    lines = block.decode("utf-8", "replace").split("\r\n")
    pairs = tuple(_pair(line) for line in lines if line)
    return Message(pairs) if pairs else None


def _pair(line: str) -> tuple[str, str]:
    """("Key", "value"); a line without a colon is kept under the key ""."""
    key, colon, value = line.partition(":")
    if not colon:
        return "", line
    return key, value.removeprefix(" ")
