"""What the tests of the whole line share: speech to say, and reading what the service says of a call."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.asterisk.service_process import ServiceProcess, line102
from tests.speech import LINE_RATE_HZ, silence, speak, word_errors

Script = tuple[str, str, list[str]]  # language, espeak voice variant, sentences of the demo model's grammar

# Sentences that the demo model gets right at any level and sampling offset (tried over 14 of each): what is tested here
# is the line, not the model.
EMERGENCY: Script = ("ru", "m3", ["Муж угрожает мне ножом.", "Мне страшно помогите.", "Улица Абая дом двадцать."])
QUESTION: Script = ("kk", "f2", ["Анықтаманы қалай алуға болады.", "Мекенжайым Абай көшесі жиырма үй."])
OPERATOR: Script = ("ru", "f2", ["Полиция слушаю вас.", "Назовите ваш адрес.", "Ждите наряд выехал."])


def spoken(folder: Path, name: str, script: Script, *, lead_s: float = 0.5) -> tuple[Path, str]:
    """A WAV of the sentences with pauses between and a long silence after; and the words."""
    language, voice, sentences = script
    parts = [silence(lead_s)]
    for sentence in sentences:
        parts += [speak(sentence, language, voice=voice), silence(0.9)]
    parts.append(silence(60))
    path = folder / f"{name}.wav"
    soundfile.write(path, np.concatenate(parts), LINE_RATE_HZ, subtype="PCM_16")
    return path, " ".join(sentences)


def words_of(call: dict[str, Any], side: str) -> str:
    return " ".join(s["text"] for s in call["segments"] if s["side"] == side and s["final"] and not s["suppressed"])


def wer(heard: str, said: str) -> float:
    """Word error rate, 0.0 for a perfect transcript."""
    errors, words = word_errors(heard, said)
    return errors / words


def length_s(call: dict[str, Any]) -> float:
    """From the recording's beginning to the call's end."""
    began, ended = (datetime.fromisoformat(call[name]) for name in ("recording_began_at", "ended_at"))
    return (ended - began).total_seconds()


def finished(call: dict[str, Any]) -> bool:
    return bool(call["outcome"]) and call["transcript_complete"]


def waits(call: dict[str, Any]) -> bool:
    return call["state"] in ("waiting", "ringing")


def talks(call: dict[str, Any]) -> bool:
    return call["state"] == "talking"


async def reconcile(service: ServiceProcess) -> None:
    """The ledger agrees with queue_log and CDR. The store follows the journal, and Asterisk its CDR, within moments."""
    for _ in range(20):
        result = await line102(service.settings, "reconcile")
        if result.code == 0:
            break
        await asyncio.sleep(0.5)
    assert result.out == "", result.out
    assert result.code == 0, result
    assert not result.err.startswith("0 calls"), "nothing was compared"
