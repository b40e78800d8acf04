"""Two questions of the evening: one that an operator sends to the help line and gets back, one that is offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from line102.calls import HELP_LINE, CallId, OperatorId, StayEnd
from line102.events import (
    CallCategorised,
    CallerJoined,
    CallerLeftQueue,
    CallFlagged,
    FlagDecided,
    HelpLineLeft,
    OfferEnded,
    OfferMade,
    PlacesFound,
    QuestionAnswered,
    SelfServed,
    SentToHelpLine,
    UrgencyRaised,
)
from line102.ports import MemberSeen
from line102.words import Label, Mode, OfferEnd, PlaceCandidate, Urgency
from tests.browser.scene import ASSESSOR, QUEUE, Scene, Side, Step

QUESTION = "здравствуйте подскажите пожалуйста адрес отдела полиции рядом с улицей Толе би и во сколько он открывается"


def help_line_story(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    """From second 44 on; the seats of the help line are told with them."""
    yield 44, MemberSeen(operator_id=OperatorId("help1"), queue=HELP_LINE, status="free", paused=False)
    yield from _sent_by_an_operator(start, n)
    yield from _chosen_by_the_caller(start, n)


def raised(scene: Scene, second: float, urgency: Urgency, words: str) -> tuple[float, Step]:
    event = UrgencyRaised(call_id=scene.call_id, at=scene.at(second), urgency=urgency, words=words)
    return scene.began + second, event


def places(scene: Scene, second: float, text: str, *found: tuple[str, str, float, str]) -> tuple[float, Step]:
    """``found``: name, house, score, the caller's words."""
    candidates = tuple(
        PlaceCandidate(
            name=name,
            house=house,
            score=score,
            words=words,
            start=text.index(words),
            end=text.index(words) + len(words),
            kind="street",
        )
        for name, house, score, words in found
    )
    return scene.began + second, PlacesFound(call_id=scene.call_id, at=scene.at(second), places=candidates)


def flagged(scene: Scene, second: float, mode: Mode, confidence: float, words: str) -> tuple[float, Step]:
    event = CallFlagged(
        call_id=scene.call_id,
        at=scene.at(second),
        mode=mode,
        language=scene.language,
        confidence=confidence,
        words=words,
        assessor=ASSESSOR,
    )
    return scene.began + second, event


def categorised(scene: Scene, second: float, by: str, label: Label) -> tuple[float, Step]:
    event = CallCategorised(call_id=scene.call_id, at=scene.at(second), by=OperatorId(by), label=label, category="")
    return scene.began + second, event


def _sent_by_an_operator(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    """Answered at 50, flagged at 58, sent at 64, nobody there until 84, answered again at 88, over at 100."""
    scene = Scene(start, 46, CallId(f"story-2{n}.4"))
    call_id, op2 = scene.call_id, OperatorId("op2")
    yield from scene.offered("77010000666")
    yield from scene.rung(0.5, "op2")
    yield from scene.answered(4.0, "op2")
    yield from scene.says(4.6, 1.8, "сто два слушаю вас", Side.OPERATOR)
    yield from scene.says(6.6, 5.2, QUESTION)
    yield places(
        scene,
        11.9,
        QUESTION,
        ("улица Толе би", "", 0.93, "улицей Толе би"),
        ("улица Толебаева", "", 0.58, "Толе би"),
        ("переулок Толе би", "", 0.41, "Толе би"),
    )
    question = "подскажите пожалуйста адрес отдела полиции"
    yield from scene.assessed(12.0, Label.INFORMATIONAL, 0.95, QUESTION, [question, "во сколько он открывается"])
    yield flagged(scene, 12.0, Mode.ASSIST, 0.95, f"{question}; во сколько он открывается")
    decided = FlagDecided(call_id=call_id, at=scene.at(17.8), by=op2, accepted=True, reason="")
    yield scene.began + 17.8, decided
    yield scene.began + 18, SentToHelpLine(call_id=call_id, at=scene.at(18), by="op2")
    yield scene.began + 18, MemberSeen(operator_id=op2, queue=QUEUE, status="free", paused=False)
    yield scene.began + 18.2, CallerJoined(call_id=call_id, at=scene.at(18.2), queue=HELP_LINE, position=1)
    left = CallerLeftQueue(call_id=call_id, at=scene.at(38.2), queue=HELP_LINE, reason=StayEnd.TIMEOUT)
    yield scene.began + 38.2, left
    yield scene.began + 38.3, CallerJoined(call_id=call_id, at=scene.at(38.3), queue=QUEUE, position=1)
    yield scene.began + 38.3, HelpLineLeft(call_id=call_id, at=scene.at(38.3), why="unanswered")
    yield from scene.rung(38.6, "op3")
    yield from scene.answered(42, "op3")
    yield from scene.says(42.6, 3.0, "сто два на справочной не ответили подскажу я", Side.OPERATOR)
    yield from scene.ended(54, "op3")
    yield from scene.recorded(55)
    yield categorised(scene, 56, "op3", Label.INFORMATIONAL)


def _chosen_by_the_caller(start: datetime, n: int) -> Iterator[tuple[float, Step]]:
    """Waits from 48 on, offered at 56, says yes at 62, hears an answer at 72, hangs up at 80."""
    scene = Scene(start, 48, CallId(f"story-2{n}.5"), "kk")
    call_id, text = scene.call_id, "сәлеметсіз бе жеке куәлікті қайдан алуға болады айтып жіберіңізші"
    yield from scene.offered("77770000777")
    yield from scene.says(1.4, 4.8, text)
    yield from scene.assessed(6.4, Label.INFORMATIONAL, 0.91, text, ["жеке куәлікті қайдан алуға болады"])
    yield flagged(scene, 6.4, Mode.OFFER, 0.91, "жеке куәлікті қайдан алуға болады")
    yield scene.began + 8, OfferMade(call_id=call_id, at=scene.at(8), language="kk")
    yield from scene.says(13.0, 0.8, "иә болады")
    accepted = OfferEnded(call_id=call_id, at=scene.at(14), how=OfferEnd.ACCEPTED, words="иә болады")
    yield scene.began + 14, accepted
    yield (
        scene.began + 14.2,
        CallerLeftQueue(call_id=call_id, at=scene.at(14.2), queue=QUEUE, reason=StayEnd.WITHDRAWN),
    )
    yield scene.began + 14.2, SentToHelpLine(call_id=call_id, at=scene.at(14.2), by="caller")
    unheard = QuestionAnswered(call_id=call_id, at=scene.at(18), heard="ммм", topic=None, score=0.12)
    yield scene.began + 18, unheard
    yield from scene.says(19.0, 2.4, "жеке куәлікті қайдан алуға болады")
    heard = QuestionAnswered(
        call_id=call_id,
        at=scene.at(22),
        heard="жеке куәлікті қайдан алуға болады",
        topic="sample-identity-card",
        score=0.87,
    )
    yield scene.began + 22, heard
    yield scene.began + 24, SelfServed(call_id=call_id, at=scene.at(24))
    yield from scene.ended(32)
    yield from scene.recorded(34)
