"""What is said to callers, word for word, in Russian, Kazakh and English. Pure.

Every text is spoken by espeak-ng at set-up (``prompt_files.py``) and may be replaced by a recording of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

LANGUAGES = ("ru", "kk", "en")


class Prompt(StrEnum):
    """The value is the file's name without ``.wav``."""

    OFFER = "offer"
    OFFER_ACCEPTED = "offer-accepted"
    TO_HELP_LINE = "to-help-line"
    BACK_TO_102 = "back-to-102"
    GREETING = "self-service-greeting"
    LISTENING = "listening"
    ASK_AGAIN = "ask-again"
    NOT_UNDERSTOOD = "not-understood"
    NO_ANSWER_FOUND = "no-answer-found"
    TO_PERSON = "to-person"
    GOODBYE = "goodbye"


def spoken_language(language: str) -> str:
    """The language to speak to a caller whose words are ``language``: mixed and unknown speech hears Russian."""
    return language if language in LANGUAGES else "ru"


def text_of(prompt: Prompt, language: str) -> str:
    """KeyError for a language that is not in ``LANGUAGES``."""
    return TEXTS[prompt][language]


# "Head of the queue" and never "you are next": a more urgent caller may stand before them.
TEXTS: Mapping[Prompt, Mapping[str, str]] = {
    Prompt.OFFER: {
        "ru": "Говорит робот. На ваш вопрос сейчас может ответить справочная линия. Нажмите один или скажите «да». "
        "Если нет, просто ждите: ваша очередь сохраняется.",
        "kk": "Бұл робот. Сұрағыңызға анықтама желісі қазір жауап бере алады. Бірді басыңыз немесе «иә» деңіз. "
        "Әйтпесе күте беріңіз: кезегіңіз сақталады.",
        "en": "This is a robot. The help line can answer your question now. Press one or say yes. "
        "Otherwise stay on the line for an operator: you keep your place in the queue.",
    },
    Prompt.OFFER_ACCEPTED: {
        "ru": "Хорошо, соединяю со справочной линией.",
        "kk": "Жақсы, анықтама желісіне қосамын.",
        "en": "All right, connecting you to the help line.",
    },
    Prompt.TO_HELP_LINE: {
        "ru": "Говорит робот. Соединяю вас со справочной линией. "
        "Если там не ответят, вы вернётесь в начало очереди сто два.",
        "kk": "Бұл робот. Сізді анықтама желісіне қосамын. Ол жақта жауап бермесе, жүз екі кезегінің басына қайтасыз.",
        "en": "This is a robot. Connecting you to the help line. "
        "If nobody answers there, you return to the head of the queue of one oh two.",
    },
    Prompt.BACK_TO_102: {
        "ru": "Возвращаю вас к операторам сто два, в начало очереди. Не кладите трубку.",
        "kk": "Сізді жүз екі операторларына, кезектің басына қайтарамын. Тұтқаны қоймаңыз.",
        "en": "Taking you back to the operators of one oh two, to the head of the queue. Please do not hang up.",
    },
    Prompt.GREETING: {
        "ru": "Я робот справочной линии. Задайте вопрос своими словами. Нужен человек: нажмите ноль или скажите "
        "«оператор». Если есть опасность, сразу скажите об этом.",
        "kk": "Мен анықтама желісінің роботымын. Сұрағыңызды қойыңыз. Адам керек болса, нөлді басыңыз "
        "немесе «оператор» деңіз. Қауіп болса, бірден айтыңыз.",
        "en": "I am the robot of the help line. Ask your question in your own words. For a person, press zero or say "
        "operator. If there is any danger, say so at once.",
    },
    Prompt.LISTENING: {
        "ru": "Слушаю вас. Какой у вас вопрос?",
        "kk": "Тыңдап тұрмын. Сұрағыңыз қандай?",
        "en": "I am listening. What is your question?",
    },
    Prompt.ASK_AGAIN: {
        "ru": "Есть ещё вопросы? Спросите или скажите «нет». Нужен человек: нажмите ноль.",
        "kk": "Тағы сұрағыңыз бар ма? Сұраңыз немесе «жоқ» деңіз. Адам керек болса, нөлді басыңыз.",
        "en": "Anything else? Ask, or say no. For a person, press zero.",
    },
    Prompt.NOT_UNDERSTOOD: {
        "ru": "Не удалось понять. Повторите, пожалуйста, другими словами. Нужен человек: нажмите ноль.",
        "kk": "Түсіне алмадым. Басқа сөзбен қайталап айтыңызшы. Адам керек болса, нөлді басыңыз.",
        "en": "I did not understand. Please say it in other words. For a person, press zero.",
    },
    Prompt.NO_ANSWER_FOUND: {
        "ru": "На это у меня нет ответа. Спросите иначе или нажмите ноль: ответит человек.",
        "kk": "Бұған менде жауап жоқ. Басқаша сұраңыз немесе нөлді басыңыз: адам жауап береді.",
        "en": "I have no answer to that. Ask in another way, or press zero: a person will answer.",
    },
    Prompt.TO_PERSON: {
        "ru": "Соединяю вас с человеком. Оставайтесь на линии.",
        "kk": "Сізді адаммен қосамын. Желіде қалыңыз.",
        "en": "Connecting you to a person. Please stay on the line.",
    },
    Prompt.GOODBYE: {
        "ru": "Всего доброго. Можно положить трубку. Если останетесь на линии, вам ответит человек.",
        "kk": "Сау болыңыз. Тұтқаны қоюға болады. Желіде қалсаңыз, сізге адам жауап береді.",
        "en": "Goodbye. You may hang up. If you stay on the line, a person will answer.",
    },
}
