"""One made-up call being told, as events at seconds from the story's beginning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from line102.board import Light, Load
from line102.calls import CallId, OperatorId, QueueName, Side
from line102.events import (
    CallAnswered,
    CallAssessed,
    CallEnded,
    CallerJoined,
    CallOffered,
    LedgerEvent,
    OperatorRung,
    RecordingBegan,
    RecordingStored,
    RingNoAnswer,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
)
from line102.ports import MemberSeen
from line102.words import Assessment, Coverage, Evidence, Label, Segment, Stretch

Step = LedgerEvent | MemberSeen | Light | Load
QUEUE = QueueName("102")
ASSESSOR = "phrases@1"
RECORDING_S = 9.0  # length of the tone that stands for every recording


@dataclass
class Scene:
    """One call being told; ``began`` is the second of its offer in the story."""

    start: datetime
    began: float
    call_id: CallId
    language: str = "ru"

    def at(self, second: float) -> datetime:
        return self.start + timedelta(seconds=self.began + second)

    def offered(self, number: str) -> Iterator[tuple[float, Step]]:
        at, call_id = self.at, self.call_id
        yield self.began, CallOffered(call_id=call_id, at=at(0), number=number, dialled="102")
        yield self.began + 0.1, RecordingBegan(call_id=call_id, at=at(0.1))
        yield self.began + 0.2, CallerJoined(call_id=call_id, at=at(0.2), queue=QUEUE, position=1)

    def rung(self, second: float, operator: str) -> Iterator[tuple[float, Step]]:
        op = OperatorId(operator)
        yield (
            self.began + second,
            OperatorRung(call_id=self.call_id, at=self.at(second), queue=QUEUE, operator_id=op),
        )
        yield self.began + second, MemberSeen(operator_id=op, queue=QUEUE, status="ringing", paused=False)

    def unanswered(self, second: float, operator: str) -> Iterator[tuple[float, Step]]:
        op = OperatorId(operator)
        yield self.began + second, RingNoAnswer(call_id=self.call_id, at=self.at(second), operator_id=op)
        yield self.began + second, MemberSeen(operator_id=op, queue=QUEUE, status="free", paused=False)

    def answered(self, second: float, operator: str, queue: QueueName | None = QUEUE) -> Iterator[tuple[float, Step]]:
        op = OperatorId(operator)
        yield self.began + second, CallAnswered(call_id=self.call_id, at=self.at(second), operator_id=op, queue=queue)
        if queue is not None:
            yield self.began + second, MemberSeen(operator_id=op, queue=QUEUE, status="talking", paused=False)

    def says(
        self, second: float, length: float, text: str, side: Side = Side.CALLER, **more: object
    ) -> Iterator[tuple[float, Step]]:
        """Partials grow two words at a time while the sentence lasts, the last two not committed; then the final."""
        words = text.split()
        partials = [(i, " ".join(words[:i])) for i in range(2, len(words), 2)]
        for revision, (count, so_far) in enumerate(partials):
            end = second + length * count / len(words)
            partial = self._segment(second, end, so_far, side) | {"committed": len(" ".join(words[: count - 2]))}
            yield (
                end + self.began,
                self._heard(end, Segment(**partial, revision=revision, final=False)),  # type: ignore[arg-type]
            )
        final = self._segment(second, second + length, text, side) | more
        yield (
            self.began + second + length,
            self._heard(second + length, Segment(**final, revision=len(partials))),  # type: ignore[arg-type]
        )

    def assessed(
        self, second: float, label: Label, confidence: float, text: str, words: list[str], *vetoes: str
    ) -> Iterator[tuple[float, Step]]:
        evidence = tuple(
            Evidence(words=w, start=text.index(w), end=text.index(w) + len(w), label=label, because=w) for w in words
        )
        made = Assessment(
            label=label, confidence=confidence, evidence=evidence, vetoes=vetoes, text=text, assessor=ASSESSOR
        )
        yield self.began + second, CallAssessed(call_id=self.call_id, at=self.at(second), assessment=made)

    def missed(self, start: float, end: float, reason: str, side: Side = Side.CALLER) -> Iterator[tuple[float, Step]]:
        stretch = Stretch(side=side, start=timedelta(seconds=start), end=timedelta(seconds=end), reason=reason)
        yield self.began + end, StretchMissed(call_id=self.call_id, at=self.at(end), stretch=stretch)

    def ended(self, second: float, operator: str | None = None) -> Iterator[tuple[float, Step]]:
        yield self.began + second, CallEnded(call_id=self.call_id, at=self.at(second), hangup_cause=16)
        if operator:
            op = OperatorId(operator)
            yield self.began + second, MemberSeen(operator_id=op, queue=QUEUE, status="free", paused=False)

    def recorded(
        self, second: float, *, repaired: bool = False, coverage: tuple[Coverage, ...] = ()
    ) -> Iterator[tuple[float, Step]]:
        yield (
            self.began + second,
            RecordingStored(
                call_id=self.call_id,
                at=self.at(second),
                path=f"{self.call_id}.wav",
                duration=timedelta(seconds=RECORDING_S),
                sha256="0" * 64,
                repaired=repaired,
                short_by=timedelta(0),
            ),
        )
        yield (
            self.began + second + 0.5,
            TranscriptCompleted(call_id=self.call_id, at=self.at(second + 0.5), coverage=coverage),
        )

    def _segment(self, start: float, end: float, text: str, side: Side) -> dict[str, object]:
        return {
            "side": side,
            "start": timedelta(seconds=start),
            "end": timedelta(seconds=end),
            "text": text,
            "language": self.language,
            "confidence": 0.91,
            "model": "demo-model@3f2a91c0",
        }

    def _heard(self, second: float, segment: Segment) -> SegmentHeard:
        return SegmentHeard(call_id=self.call_id, at=self.at(second), segment=segment)


def covered(side: Side, text: float, suppressed: float = 0.0, missing: float = 0.0) -> Coverage:
    """Seconds."""
    return Coverage(
        side=side,
        speech=timedelta(seconds=text + suppressed + missing),
        text=timedelta(seconds=text),
        suppressed=timedelta(seconds=suppressed),
        missing=timedelta(seconds=missing),
    )
