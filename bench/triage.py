"""How long an assessment takes on one core, by the length of what was said: ``python -m bench.triage``.

Set OMP_NUM_THREADS=1 to be sure of one core. Prints one JSON object; milliseconds.
"""

from __future__ import annotations

import json
from statistics import fmean, median
from time import perf_counter

from routing.corpus import shipped_corpus
from routing.model_files import read_model
from routing.triage import Triage

ROUNDS = 3
LENGTHS = (5, 10, 20, 40, 80, 160)  # words
CALLS = 200


def main() -> None:
    began = perf_counter()
    triage = Triage(read_model())
    loaded = perf_counter() - began
    words = " ".join(line.text for line in shipped_corpus("held.jsonl")).split()
    told: dict[str, object] = {"load": round(loaded * 1000, 1), "assessor": triage.version}
    for length in LENGTHS:
        texts = [" ".join(words[at : at + length]) for at in range(0, min(len(words), CALLS * length) - length, length)]
        times = sorted(min(_timed(triage, text) for _ in range(ROUNDS)) for text in texts)
        told[f"{length} words"] = {
            "mean": round(fmean(times), 3),
            "median": round(median(times), 3),
            "p95": round(times[int(0.95 * (len(times) - 1))], 3),
        }
    print(json.dumps(told, indent=1))


def _timed(triage: Triage, text: str) -> float:
    began = perf_counter()
    triage.assess(text)
    return (perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
