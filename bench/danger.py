"""From a danger word to the changed place in the queue: callers who wait, all on the real line at once.

    python -m bench.danger [--calls 20] [--seconds 45] [--model DIR] [--threads 2] [--json FILE]

An Asterisk of its own, the service as users run it, one operator who talks with somebody for ever. Each caller waits,
asks a plain question and, at a moment of their own, one whose last word is a danger word; the line between is
silent. Where the word ends is found in the call's own recording by cross-correlation. Measured from there to the
PriorityChanged of the ledger, which is written when Asterisk has acknowledged the new place; the end order is compared
with Asterisk's own list.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import sqlite3
import tempfile
from contextlib import AsyncExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from bench.real_calls import _pbx
from tests.asterisk.conftest import values_on_free_ports
from tests.asterisk.line import finished, talks, waits
from tests.asterisk.service_process import service_process, write_settings
from tests.asterisk.sip_callers import NEVER_S, caller, phone
from tests.speech import DEMO_MODEL, LINE_RATE_HZ, speak

HARMLESS = {"ru": ["Как получить справку о несудимости."], "kk": ["Анықтаманы қалай алуға болады."]}
DANGER = {"ru": "Муж угрожает мне ножом.", "kk": "Көршім мені пышақпен қорқытып жатыр."}
TARGET_S = 3.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--model", type=Path, default=DEMO_MODEL)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--languages", default="ru")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="line102-danger-") as folder:
        found = asyncio.run(measure(asked, Path(folder)))
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if asked.json:
        asked.json.write_text(text, encoding="utf-8")
    print(text)


async def measure(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    dice = random.Random(102)
    languages = [asked.languages.split(",")[n % len(asked.languages.split(","))] for n in range(asked.calls)]
    tracks = {f"770100005{n:02d}": track(folder, n, languages[n], asked.seconds, dice) for n in range(asked.calls)}
    port = values_on_free_ports().http_port
    extra = f'[transcription]\nmodel = "{asked.model}"\nthreads = {asked.threads}\n'
    async with AsyncExitStack() as stack:
        pbx = await stack.enter_async_context(_pbx(folder / "pbx", 1))
        settings = write_settings(pbx, folder, web_port=port, extra=extra)
        service = await stack.enter_async_context(service_process(settings, port))
        await stack.enter_async_context(phone(pbx, "op1", answers_after_s=0.1))
        await stack.enter_async_context(caller(pbx, talk_s=NEVER_S, number="77010000999"))
        await service.until_call("77010000999", talks)
        async with AsyncExitStack() as callers:
            for number, (path, _) in tracks.items():
                await callers.enter_async_context(caller(pbx, audio=path, talk_s=NEVER_S, number=number))
                await asyncio.sleep(0.3)
                await service.until_call(number, waits)
            await asyncio.sleep(asked.seconds)
        late: list[float | None] = []
        for number, (_, spoken) in tracks.items():
            call = await service.until_call(number, finished, within_s=240)
            sound = await service.bytes(f"/api/calls/{call['id']}/recording")
            late.append(lateness(call, sound, spoken, settings.parent / "data" / "line102.db"))
    known = sorted(seconds for seconds in late if seconds is not None)
    return {
        "flags": {key: str(value) for key, value in vars(asked).items()},
        "cores": os.cpu_count(),
        "load average": os.getloadavg(),
        "calls": len(late),
        "raised": len(known),
        "late_s": {"p50": at(known, 0.5), "p95": at(known, 0.95), "max": at(known, 1.0)},
        "target": f"p95 <= {TARGET_S} s",
        "each": late,
    }


def track(
    folder: Path, number: int, language: str, seconds: float, dice: random.Random
) -> tuple[Path, NDArray[np.int16]]:
    """The caller's audio as a file, and the samples of the sentence that ends with the danger word."""
    voice = dice.choice(["m3", "f2"])
    line = np.zeros(int(seconds * LINE_RATE_HZ), np.int16)
    harmless = speak(dice.choice(HARMLESS[language]), language, voice=voice)
    danger = trimmed(speak(DANGER[language], language, voice=voice))
    begin = int(dice.uniform(3, 6) * LINE_RATE_HZ)
    line[begin : begin + len(harmless)] = harmless
    begin = int(dice.uniform(14, seconds - 15) * LINE_RATE_HZ)
    line[begin : begin + len(danger)] = danger
    path = folder / f"danger-{number}.wav"
    soundfile.write(path, line, LINE_RATE_HZ, subtype="PCM_16")
    return path, danger


def trimmed(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Without the silence at the end: the last sample is the word's end."""
    loud = np.nonzero(np.abs(samples) > 300)[0]
    return samples[: int(loud[-1]) + 1]


def lateness(call: dict[str, Any], sound: bytes, spoken: NDArray[np.int16], ledger: Path) -> float | None:
    """Seconds from the end of the danger word to the changed place; None when nobody was raised for danger."""
    heard, rate = soundfile.read(io.BytesIO(sound), dtype="float64")
    assert rate == LINE_RATE_HZ, rate
    caller_side = heard[:, 0]
    size = 1 << (len(caller_side) + len(spoken)).bit_length()
    product = np.fft.irfft(np.fft.rfft(caller_side, size) * np.conj(np.fft.rfft(spoken / 32768, size)), size)
    ended = (int(np.argmax(product[: len(caller_side)])) + len(spoken)) / LINE_RATE_HZ
    with closing(sqlite3.connect(ledger)) as database:
        query = "select payload from events where call_id = ? and type = 'PriorityChanged'"
        raised = [json.loads(row[0]) for row in database.execute(query, (call["id"],))]
    times = [datetime.fromisoformat(event["at"]) for event in raised if event["priority"] == 10]
    if not times:
        return None
    return round((min(times) - datetime.fromisoformat(call["recording_began_at"])).total_seconds() - ended, 2)


def at(ordered: list[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


if __name__ == "__main__":
    main()
