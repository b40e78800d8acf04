"""Guards against invented text: Whisper writes words where nobody spoke. Pure.

A guard never removes text: it gives the reason why the text is not shown as speech, and the text is kept beside it. In
an emergency call silent deletion is worse than a wrong word. Order and limits: docs/transcription.md.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

NO_SPEECH = "no speech"
ENDLESS = "endless text"
TOO_FAST = "faster than anyone speaks"
REPEATS = "repeats itself"
PHANTOM = "known phantom phrase"

NO_SPEECH_PROBABILITY = 0.6
LOW_LOG_PROBABILITY = -1.0  # mean per token
TOKENS_PER_SECOND = {"ru": 12.0}
TOKENS_PER_SECOND_DEFAULT = 20.0  # Kazakh takes 1.8-2.1 times the tokens of Russian in stock Whisper
SHORTEST_RATED_S = 2.0  # below it a token rate says nothing
LOOP_REPEATS = 4
LOOP_REPEATS_AT_ANY_PACE = 8
LOOP_WORDS = 8  # longest repeated phrase looked for
SPOKEN_WORDS_PER_SECOND = 3.0
COMPRESSION = 2.4  # of a text in UTF-8; four sentences of the test set together reach 1.9
UNSURE_SPEECH = 0.5

PHANTOMS = (
    "субтитры сделал",
    "субтитры создавал",
    "субтитры делал",
    "субтитры подогнал",
    "редактор субтитров",
    "корректор",
    "продолжение следует",
    "спасибо за просмотр",
    "подписывайтесь на канал",
    "ставьте лайки",
    "до новых встреч",
    "жалғасы бар",
    "көргендеріңізге рахмет",
    "каналға жазылыңыздар",
    "dimatorzok",
    "thanks for watching",
    "thank you for watching",
    "subtitles by",
    "altyazı",
    "abone ol",
    "izlediğiniz için teşekkür",
)
"""What Whisper is known to write over silence in the languages of its training films."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one window's text."""

    text: str
    language: str
    seconds: float  # of audio
    tokens: int
    capped: bool  # the decoder was stopped by our cap on tokens
    no_speech: float  # 0.0-1.0
    log_probability: float  # mean per token
    sound: str | None = None  # what the samples hold instead of speech (sounds.py)


def invented(evidence: Evidence) -> str | None:
    """Why this text is probably not what was said; None when nothing speaks against it (or there is no text)."""
    if not evidence.text.strip():
        return None
    if evidence.no_speech > NO_SPEECH_PROBABILITY and evidence.log_probability < LOW_LOG_PROBABILITY:
        return NO_SPEECH
    if evidence.capped:
        return ENDLESS
    rate = TOKENS_PER_SECOND.get(evidence.language, TOKENS_PER_SECOND_DEFAULT)
    if evidence.seconds >= SHORTEST_RATED_S and evidence.tokens > rate * evidence.seconds:
        return TOO_FAST
    if loops(evidence.text, evidence.seconds):
        return REPEATS
    return evidence.sound


def worth_a_second_look(reason: str | None) -> bool:
    """Whether decoding once more without repeats may give what was really said."""
    return reason in (ENDLESS, REPEATS)


def sane_again(evidence: Evidence) -> bool:
    """Whether the second look is to be believed. Made to say something else, a decoder easily says something: so it
    must also be sure of it, and hear speech.
    """
    sure = evidence.log_probability >= LOW_LOG_PROBABILITY and evidence.no_speech <= NO_SPEECH_PROBABILITY
    return bool(evidence.text.strip()) and sure and invented(evidence) is None


def without_repeats(text: str) -> str:
    """The text with each run of a repeated phrase (4 times or more) written once."""
    shown = text.split()
    words = [" ".join(_words(word)) for word in shown]
    kept: list[str] = []
    at = 0
    while at < len(words):
        length = next((n for n in range(1, LOOP_WORDS + 1) if _repeats(words, at, n) >= LOOP_REPEATS), 0)
        kept += shown[at : at + max(length, 1)]
        at += _run(words, at, length) if length else 1
    return " ".join(kept)


def _repeats(words: list[str], at: int, length: int) -> int:
    return _run(words, at, length) // length


def _run(words: list[str], at: int, length: int) -> int:
    """How many words from ``at`` on go on repeating the phrase of ``length`` words there, itself included."""
    end = min(at + length, len(words))
    while end < len(words) and words[end] == words[end - length]:
        end += 1
    return end - at


def phantom(text: str, speech_probability: float) -> str | None:
    """Why a known film subtitle is not speech: only where voice activity itself was unsure that anybody spoke."""
    heard = " ".join(_words(text))
    if speech_probability < UNSURE_SPEECH and any(phrase in heard for phrase in PHANTOMS):
        return PHANTOM
    return None


def loops(text: str, seconds: float) -> bool:
    """Whether a phrase of 1-8 words stands 4 times or more in a row, or the text shrinks like one that repeats itself.

    Somebody who shouts "помогите" four times is not a loop: up to 7 repeats pass at a pace at which people speak.
    """
    words = _words(text)
    repeats = max((_longest_run(words, length) for length in range(1, LOOP_WORDS + 1)), default=0)
    if repeats >= LOOP_REPEATS_AT_ANY_PACE:
        return True
    if len(words) <= SPOKEN_WORDS_PER_SECOND * seconds:
        return False
    return repeats >= LOOP_REPEATS or compression(text) > COMPRESSION


def compression(text: str) -> float:
    """How many times smaller zlib makes the text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def _longest_run(words: list[str], length: int) -> int:
    """How many times in a row a phrase of ``length`` words stands at most; 1 when nothing repeats."""
    longest = 1
    matching = 0
    for position in range(length, len(words)):
        matching = matching + 1 if words[position] == words[position - length] else 0
        longest = max(longest, 1 + matching // length)
    return longest


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
