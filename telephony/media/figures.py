"""What the taps count: each of these is a metric, and none of these losses is silent."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True, kw_only=True)
class TapFigures:
    """Sums over taps since the service began; ``open`` is the number open now."""

    open: int = 0
    opened: int = 0
    refused: int = 0  # set-up failed, for whatever reason but the caller's hang-up
    frames: int = 0
    wrong_sizes: int = 0  # frames of an unexpected size, used all the same
    holes: int = 0
    hole_s: float = 0.0  # seconds without sound from the PBX, in pieces longer than 0.2 s
    dropped_chunks: int = 0
    dropped_s: float = 0.0  # seconds dropped because the listener was slower than its buffer is long
    unknown_controls: int = 0  # control messages of a kind that we do not know, or malformed
    swept: int = 0  # channels and bridges of a dead predecessor, or of a failed clean-up, removed

    def add(self, other: TapFigures) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
