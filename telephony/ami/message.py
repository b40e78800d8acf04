"""One AMI message as it came: ordered pairs, because Asterisk repeats keys (``ChanVariable``, ``Output``)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """Pairs in the order of the wire. Keys compare without regard to case, as Asterisk's own do."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, key: str, default: str = "") -> str:
        """The first value of ``key``, or ``default``."""
        wanted = key.casefold()
        return next((value for name, value in self.pairs if name.casefold() == wanted), default)

    def all(self, key: str) -> tuple[str, ...]:
        """Every value of ``key``, in order."""
        wanted = key.casefold()
        return tuple(value for name, value in self.pairs if name.casefold() == wanted)

    @property
    def name(self) -> str:
        """The event's name; "" for a response."""
        return self.get("Event") if self.is_event else ""

    @property
    def is_event(self) -> bool:
        return bool(self.pairs) and self.pairs[0][0].casefold() == "event"

    @property
    def is_response(self) -> bool:
        return bool(self.pairs) and self.pairs[0][0].casefold() == "response"

    @property
    def action_id(self) -> str:
        return self.get("ActionID")
