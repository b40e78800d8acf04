"""A seeded evening on the line: eight calls in Russian and Kazakh, as events at seconds from the story's beginning.

Nobody in it is real. The same story drives the browser tests, the screenshots and the recorded feed of the
console's own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from line102.board import Lamp, Light
from line102.calls import CallId, OperatorId, Side, StayEnd
from line102.events import CallerLeftQueue, GapFound, Link, PriorityChanged, RecordingSetAside
from line102.ports import MemberSeen
from line102.words import Heard, Label, Mode, Urgency
from tests.browser.help_story import categorised, flagged, help_line_story, places, raised
from tests.browser.scene import QUEUE, Scene, Step, covered


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
    """Three calls from second 0, two questions from 44. ``n`` makes the ids differ when the story is told again."""
    yield from _break_in(start, n)
    yield from _kazakh_address(start, n)
    yield from _whisper(start, n)
    yield from help_line_story(start, n)


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
    yield categorised(scene, 24, "op1", Label.INFORMATIONAL)
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
    yield raised(scene, 5.6, Urgency.DANGER, "помогите; ломает мне дверь; одна с ребёнком")
    yield from scene.answered(6.2, "op1")
    yield from scene.says(6.8, 3.0, "сто два назовите адрес где вы находитесь", Side.OPERATOR)
    address = "улица Абая сто пятьдесят квартира двадцать три четвёртый этаж"
    yield from scene.says(10.2, 4.6, address)
    said = f"{text} {address}"
    abay = ("проспект Абая", "150", 0.94, "улица Абая сто пятьдесят")
    yield places(scene, 15.0, said, abay, ("улица Абая (Каменка)", "150", 0.61, "улица Абая сто пятьдесят"))
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
    yield flagged(scene, 6.4, Mode.ASSIST, 0.88, "мекенжайын айтып жіберіңізші")
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
    yield raised(scene, 6.4, Urgency.DANGER, "он услышит")
    yield scene.began + 6.5, PriorityChanged(call_id=scene.call_id, at=scene.at(6.5), priority=10)
    yield (
        scene.began + 40,
        CallerLeftQueue(call_id=scene.call_id, at=scene.at(40), queue=QUEUE, reason=StayEnd.TIMEOUT),
    )
    yield from scene.answered(46, "duty", queue=None)
    yield from scene.says(47, 2.6, "дежурный слушает где вы сейчас", Side.OPERATOR)
    yield from scene.ended(60)
    yield from scene.recorded(62)
