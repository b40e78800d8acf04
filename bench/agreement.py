"""How much of an unfinished utterance to show: how soon each word can be read, against how often one changes.

    python -m bench.agreement [--dialogues 3] [--seconds 45] [--snr 10] [--json FILE]

The windows are those of the live stream, recognised one after another, so that the load of the machine changes nothing;
each answer is taken to come ``COST_S`` after its window's end, a final at the end of the hangover at the earliest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench.dialogues import Track, dialogue
from bench.word_lateness import Change, Lateness, lateness
from line102.calls import CallId, Side
from line102.ports import Recognised, Window
from tests.speech import LINE_RATE_HZ, demo_pool
from transcription.agreement import Agreement, following
from transcription.ear import Ear, Heard
from transcription.language_choice import Listened
from transcription.pool import WorkerPool
from transcription.segmenter import SAMPLE_RATE_HZ, ClickHeard, Limits, PauseHeard, UtteranceEnded
from transcription.voice_activity import SpeechModel

COST_S = 0.12
Show = Callable[[Agreement, Recognised, bool], tuple[str, int]]


def chosen(agreement: Agreement, words: Recognised, paused: bool) -> tuple[str, int]:
    shown = agreement.hear(words.text, words.language, paused=paused)
    return shown.text, shown.committed


def never_the_last(agreement: Agreement, words: Recognised, paused: bool) -> tuple[str, int]:
    return chosen(agreement, words, False)


def only_committed(agreement: Agreement, words: Recognised, paused: bool) -> tuple[str, int]:
    text, committed = chosen(agreement, words, paused)
    return text[:committed], committed


def everything(agreement: Agreement, words: Recognised, paused: bool) -> tuple[str, int]:
    text, committed = chosen(agreement, words, paused)
    settled, heard = text[:committed].split(), words.text.split()
    return " ".join([*settled, *heard[following(settled, heard) :]]), committed


SHOWS: dict[str, Show] = {
    "everything": everything,
    "all but the last word, unless a pause follows it": chosen,
    "all but the last word, always": never_the_last,
    "committed words only": only_committed,
}


async def answered(pool: WorkerPool, track: Track) -> list[tuple[Heard, Recognised]]:
    """Every window of a side with its words, as the stream asks for them."""
    answers: list[tuple[Heard, Recognised]] = []
    language: str | None = None
    listened = Listened()
    for sound in _sounds(track.samples):
        event, final = sound.event, isinstance(sound.event, UtteranceEnded)
        before = answers[-1] if answers else None
        if before and final and (before[0].event.start, before[0].event.end) == (event.start, event.end):
            words = before[1]
        else:
            start, end = (timedelta(seconds=sample / SAMPLE_RATE_HZ) for sample in (event.start, event.end))
            whole = final or isinstance(event, PauseHeard)
            known = None if whole else listened.known(start, end)
            window = Window(
                call_id=CallId("agreement"),
                side=Side.CALLER,
                start=start,
                end=end,
                revision=1,
                final=whole,
                language=None,
                language_before=language,
                language_heard=known,
                samples=sound.samples,
            )
            words = await pool.recognise(window)
            if known is None:
                listened.heard(start, end, words.language)
        answers.append((sound, words))
        language = words.language if final else language
    return answers


def changes(answers: list[tuple[Heard, Recognised]], show: Show) -> Iterator[Change]:
    agreement = Agreement()
    for sound, words in answers:
        event, final = sound.event, isinstance(sound.event, UtteranceEnded)
        begin, end = event.start / SAMPLE_RATE_HZ, event.end / SAMPLE_RATE_HZ
        if words.suppressed is None and words.text:
            paused = isinstance(event, PauseHeard)
            text, committed = (words.text, 0) if final else show(agreement, words, paused)
            sure = Limits().hangover_s - Limits().tail_s if final else 0.0
            if text:
                yield Change(end + max(sure, COST_S), begin, end, text, committed, final)
        if final:
            agreement = Agreement()


def _sounds(samples: NDArray[np.int16]) -> Iterator[Heard]:
    ear, step = Ear(SpeechModel(), Limits(), LINE_RATE_HZ), LINE_RATE_HZ // 50
    for first in range(0, len(samples), step):
        yield from (s for s in ear.hear(samples[first : first + step]) if not isinstance(s.event, ClickHeard))
    yield from (s for s in ear.finish() if not isinstance(s.event, ClickHeard))


def noisy(track: Track, snr_db: float | None, seed: int) -> Track:
    """White noise, ``snr_db`` below the loud parts; None: as it is."""
    if snr_db is None:
        return track
    samples = track.samples.astype(np.float64)
    speech = float(np.sqrt(np.mean(samples[np.abs(samples) > 300] ** 2)))
    noise = np.random.default_rng(seed).standard_normal(len(samples)) * speech / 10 ** (snr_db / 20)
    return Track(np.clip(samples + noise, -32768, 32767).astype(np.int16), track.words, track.language)


async def measure(asked: argparse.Namespace) -> dict[str, dict[str, object]]:
    total = {name: Lateness() for name in SHOWS}
    with TemporaryDirectory() as folder:
        async with demo_pool(Path(folder)) as pool:
            for seed in range(asked.dialogues):
                for side in dialogue(200 + seed, asked.seconds, lead_s=1.0):
                    track = noisy(side, asked.snr, seed)
                    answers = await answered(pool, track)
                    for name, show in SHOWS.items():
                        total[name].add(lateness(track.words, list(changes(answers, show))))
    return {name: _told(one) for name, one in total.items()}


def _told(one: Lateness) -> dict[str, object]:
    def of(seconds: list[float]) -> list[float]:
        return [round(float(np.percentile(seconds, p)), 2) for p in (50, 95)] if seconds else []

    return {
        "words": one.words,
        "never right": one.never,
        "first shown p50, p95 s": of(one.shown),
        "committed": of(one.committed),
        "end of speech to final": of(one.final),
        "changed per 100": round(100 * one.changed / one.words, 1),
        "committed changed per 100": round(100 * one.committed_changed / one.words, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--snr", type=float, help="dB of white noise below the speech")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    result = asyncio.run(measure(asked))
    print(json.dumps(result, indent=1))
    if asked.json is not None:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
