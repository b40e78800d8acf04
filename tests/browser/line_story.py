"""A seeded evening on the line: six calls in Russian and Kazakh, as events at seconds from the story's beginning.

Nobody in it is real. The same story drives the browser tests, the screenshots and the recorded feed of the
console's own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from line102.board import Lamp, Light, Load
from line102.calls import CallId, OperatorId, QueueName, Side, StayEnd
from line102.events import (
    CallAnswered,
    CallAssessed,
    CallEnded,
    CallerJoined,
    CallerLeftQueue,
    CallOffered,
    GapFound,
    LedgerEvent,
    Link,
    OperatorRung,
    PriorityChanged,
    RecordingBegan,
    RecordingSetAside,
    RecordingStored,
    RingNoAnswer,
    SegmentHeard,
    StretchMissed,
    TranscriptCompleted,
)
from line102.ports import MemberSeen
from line102.words import Assessment, Coverage, Evidence, Heard, Label, Segment, Stretch

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


def before(start: datetime) -> Iterator[tuple[float, Step]]:
    """What had happened when the page was opened: lights, seats, a gap, three finished calls."""
    for lamp in Lamp:
        yield -1800, Light(lamp=lamp, up=True, since=start - timedelta(seconds=1800))
    for name in ("op1", "op2", "op3"):
        yield -1800, MemberSeen(operator_id=OperatorId(name), queue=QUEUE, status="free", paused=False)
    yield from _address(start)
    yield from _kazakh_paper(start)
    yield (
        -300,
        GapFound(
            at=start - timedelta(seconds=300),
            link=Link.AMI,
            began=start - timedelta(seconds=312),
            reason="the service was not running",
        ),
    )
    yield from _gave_up(start)


def evening(start: datetime, n: int = 0) -> Iterator[tuple[float, Step]]:
    """Three calls that go on from second 0. ``n`` makes the ids differ when the story is told again."""
    yield from _break_in(start, n)
    yield from _kazakh_address(start, n)
    yield from _whisper(start, n)


def steps(start: datetime) -> list[tuple[float, Step]]:
    return sorted([*before(start), *evening(start)], key=lambda step: step[0])


def _address(start: datetime) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, -620, CallId("story-1.1"))
    text = "здравствуйте подскажите адрес Медеуского отдела полиции мне нужно подать заявление"
    yield from scene.offered("77010000111")
    yield from scene.rung(0.4, "op1")
    yield from scene.answered(4.1, "op1")
    yield from scene.says(4.6, 2.0, "сто два слушаю вас", Side.OPERATOR)
    yield from scene.says(7.0, 5.2, text, as_heard=text.replace("Медеуского", "медейского"))
    question = "подскажите адрес Медеуского отдела полиции"
    yield from scene.assessed(12.4, Label.INFORMATIONAL, 0.94, text, [question, "подать заявление"])
    yield from scene.says(13.0, 4.8, "улица Алимжанова десять приём с девяти до восемнадцати", Side.OPERATOR)
    yield from scene.says(18.4, 1.2, "спасибо большое")
    yield from scene.says(20.0, 1.5, "продолжение следует", confidence=0.21, suppressed="no speech")
    yield from scene.ended(22, "op1")
    yield from scene.recorded(
        23, coverage=(covered(Side.CALLER, 6.4, suppressed=1.5), covered(Side.OPERATOR, text=6.8))
    )


def _kazakh_paper(start: datetime) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, -470, CallId("story-1.2"), "kk")
    text = "сәлеметсіз бе жеке куәлігімді жоғалтып алдым не істеуім керек"
    yield from scene.offered("77770000222")
    yield from scene.rung(0.4, "op2")
    yield from scene.answered(6.8, "op2")
    yield from scene.says(7.2, 2.0, "жүз екі тыңдап тұрмын", Side.OPERATOR)
    yield from scene.says(9.8, 4.4, text, confidence=0.83)
    yield from scene.assessed(14.6, Label.NON_URGENT, 0.78, text, ["жеке куәлігімді жоғалтып алдым"])
    yield from scene.missed(15, 27, "worker lost")
    yield from scene.says(28, 3.6, "тұрғылықты жеріңіз бойынша бөлімге келіңіз", Side.OPERATOR, confidence=0.47)
    yield from scene.ended(34, "op2")
    yield from scene.says(16, 5.0, "кеше базарда әмиянымды алып кетті", heard=Heard.RECORDING, confidence=0.74)
    yield from scene.recorded(
        40, repaired=True, coverage=(covered(Side.CALLER, 9.4, missing=1.8), covered(Side.OPERATOR, text=5.6))
    )


def _gave_up(start: datetime) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, -200, CallId("story-1.3"))
    yield from scene.offered("77050000333")
    yield from scene.rung(0.6, "op3")
    yield from scene.unanswered(8.6, "op3")
    yield from scene.says(9.0, 2.0, "алло алло", confidence=0.52)
    yield from scene.missed(12, 19, "the tap ended early")
    yield from scene.ended(19.5)
    yield (
        -178,
        RecordingSetAside(call_id=scene.call_id, at=scene.at(22), path="story-1.3.wav", reason="the file ends early"),
    )


def _break_in(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, 0, CallId(f"story-2{n}.1"))
    text = "помогите пожалуйста сосед пьяный ломает мне дверь я одна с ребёнком"
    yield from scene.offered("77010000444")
    yield from scene.rung(0.5, "op1")
    yield from scene.says(1.0, 4.5, text)
    yield from scene.assessed(
        5.6, Label.EMERGENCY, 0.97, text, ["помогите", "ломает мне дверь", "одна с ребёнком"], "danger words"
    )
    yield from scene.answered(6.2, "op1")
    yield from scene.says(6.8, 3.0, "сто два назовите адрес где вы находитесь", Side.OPERATOR)
    yield from scene.says(10.2, 4.6, "улица Абая сто пятьдесят квартира двадцать три четвёртый этаж")
    yield from scene.says(15.4, 4.4, "наряд выехал дверь не открывайте отойдите вглубь квартиры", Side.OPERATOR)
    yield from scene.says(20.4, 3.4, "он кричит что выломает замок", confidence=0.49)
    yield from scene.says(24.6, 4.6, "оставайтесь на линии говорите со мной у него что-то есть в руках", Side.OPERATOR)
    yield from scene.says(30.0, 5.0, "я не вижу кажется молоток он стучит по двери чем-то железным")
    yield from scene.says(36.0, 4.0, "экипаж будет у вас через три минуты", Side.OPERATOR)
    yield from scene.ended(75, "op1")
    yield from scene.recorded(77)


def _kazakh_address(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, 8, CallId(f"story-2{n}.2"), "kk")
    text = "сәлеметсіз бе көші қон полициясының мекенжайын айтып жіберіңізші"
    yield from scene.offered("77770000555")
    yield from scene.rung(0.5, "op2")
    yield from scene.says(1.4, 4.8, text)
    yield from scene.unanswered(9.0, "op2")
    yield from scene.assessed(6.4, Label.INFORMATIONAL, 0.88, text, ["мекенжайын айтып жіберіңізші"])
    yield from scene.rung(14.0, "op3")
    yield from scene.says(16.0, 2.6, "алло тыңдап тұрсыз ба")
    yield from scene.answered(44, "op3")
    yield from scene.says(44.6, 2.0, "жүз екі тыңдап тұрмын", Side.OPERATOR)
    yield from scene.ended(62, "op3")
    yield from scene.recorded(64)


def _whisper(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    scene = Scene(start, 16, CallId(f"story-2{n}.3"))
    text = "тише он услышит заберите нас отсюда"
    yield from scene.offered("")
    yield from scene.says(2.0, 4.0, text, confidence=0.44)
    yield from scene.assessed(6.4, Label.EMERGENCY, 0.71, text, ["он услышит"], "danger words", "too few words")
    yield scene.began + 6.5, PriorityChanged(call_id=scene.call_id, at=scene.at(6.5), priority=10)
    yield (
        scene.began + 40,
        CallerLeftQueue(call_id=scene.call_id, at=scene.at(40), queue=QUEUE, reason=StayEnd.TIMEOUT),
    )
    yield from scene.answered(46, "duty", queue=None)
    yield from scene.says(47, 2.6, "дежурный слушает где вы сейчас", Side.OPERATOR)
    yield from scene.ended(60)
    yield from scene.recorded(62)
