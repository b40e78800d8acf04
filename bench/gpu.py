"""How many simultaneous calls (both directions) one GPU carries, with the shape of a large model and random weights:

    python -m bench.gpu [--shape large-v3-turbo] [--calls 25,50,100,150,200] [--seconds 20] [--json FILE]
    python -m bench.gpu --device cpu --shape tiny --compute-type int8 --calls 1,2,4 --seconds 5     # tries the code

Needs only ctranslate2, numpy and this file: it runs on a bare machine. Speed depends on shapes and not on what the
weights say, if the number of tokens is fixed: a window's text is forced to TOKENS a second of its audio, which costs
the decoder the same steps. A call: one side speaks at a time, so it is one stream of turns of 1 to 8 s, with a partial
each second and a final at the end of a turn. Natural batching as in the worker: what has come while the last batch ran
is the next one, finals first, at most BATCH; each batch is one encode and one generate. Kept up with: p95 of finals
<= 2 s from the moment they are handed in. Not measured: mel features (computed on other cores), language detection
(one decoder step), sockets.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import model_spec, whisper_spec
from numpy.typing import NDArray

P95_FINAL_S = 2.0
TOKENS = 5.0  # a second of audio: Russian in stock Whisper's tokens; Kazakh needs 10
BATCH = 32
BUCKETS = (200, 300, 400, 500, 600, 800, 1000)  # frames; never 256 or 160 (docs/transcription.md, trap 1)
START, RUSSIAN, TRANSCRIBE, NO_TIMESTAMPS = 50258, 50263, 50359, 50363


@dataclass(frozen=True, slots=True)
class Shape:
    width: int
    heads: int
    encoder: int
    decoder: int
    mels: int
    vocabulary: int


SHAPES = {
    "tiny": Shape(384, 6, 4, 4, 80, 51865),
    "large-v3-turbo": Shape(1280, 20, 32, 4, 128, 51866),
    "large-v3": Shape(1280, 20, 32, 32, 128, 51866),
}


def random_model(shape: Shape, folder: Path, quantization: str) -> None:
    """A CTranslate2 Whisper of this shape. Raises nothing of its own; 1.6 GB for large-v3-turbo in float16."""
    rng, d = np.random.default_rng(1), shape.width
    spec = whisper_spec.WhisperSpec(shape.encoder, shape.heads, shape.decoder, shape.heads)

    def some(*sizes: int) -> NDArray[np.float32]:
        return rng.standard_normal(sizes, dtype=np.float32) * np.float32(0.02)

    def linear(own: Any, out: int, into: int) -> None:
        own.weight, own.bias = some(out, into), np.zeros(out, np.float32)

    def norm(own: Any) -> None:
        own.gamma, own.beta = np.ones(d, np.float32), np.zeros(d, np.float32)

    def attention(own: Any, *, cross: bool) -> None:
        norm(own.layer_norm)
        for part, out in zip(own.linear, (d, 2 * d, d) if cross else (3 * d, d), strict=True):
            linear(part, out, d)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = some(d, shape.mels, 3), np.zeros(d, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = some(d, d, 3), np.zeros(d, np.float32)
    encoder.position_encodings.encodings, decoder.position_encodings.encodings = some(1500, d), some(448, d)
    decoder.embeddings.weight = some(shape.vocabulary, d)
    decoder.projection.weight = decoder.embeddings.weight
    for side in (encoder, decoder):
        norm(side.layer_norm)
        for layer in side.layer:
            attention(layer.self_attention, cross=False)
            if side is decoder:
                attention(layer.attention, cross=True)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, 4 * d, d)
            linear(layer.ffn.linear_1, d, 4 * d)
    tokens = [f"t{number}" for number in range(shape.vocabulary)]
    tokens[50256] = ""  # without it CTranslate2 takes the model for English only (trap 3)
    special = {50257: "<|endoftext|>", START: "<|startoftranscript|>", RUSSIAN: "<|ru|>", TRANSCRIBE: "<|transcribe|>"}
    special |= {50362: "<|nospeech|>", NO_TIMESTAMPS: "<|notimestamps|>", 50358: "<|translate|>"}
    for number, token in special.items():
        tokens[number] = token
    spec.register_vocabulary(tokens)
    spec.config.lang_ids, spec.config.alignment_heads = [RUSSIAN], [[0, 0]]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.validate()
    spec.optimize(quantization=quantization)
    assert isinstance(spec, model_spec.ModelSpec)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))


@dataclass(frozen=True, slots=True)
class Ask:
    """A window that is due: its frames, whether it ends a turn, and since when it waits."""

    call: int
    frames: int
    final: bool
    since: float


class Machine:
    """The model, and what waits for it: one pending partial a call, the newest."""

    def __init__(self, model: ctranslate2.models.Whisper, shape: Shape, batch: int) -> None:
        self._model, self._shape, self._batch = model, shape, batch
        self.waiting: dict[tuple[int, bool], list[Ask]] = {}
        self._changed = threading.Condition()
        self._silence: dict[tuple[int, int], ctranslate2.StorageView] = {}
        self.finals: list[float] = []
        self.partials: list[float] = []
        self.batches: list[int] = []
        self.skipped = 0
        self.open = True

    def ask(self, ask: Ask) -> None:
        with self._changed:
            waiting = self.waiting.setdefault((ask.call, ask.final), [])
            if not ask.final and waiting:  # the newest replaces it and keeps its place
                self.skipped += 1
                waiting[0] = Ask(ask.call, ask.frames, ask.final, waiting[0].since)
            else:
                waiting.append(ask)
            if ask.final:
                self.waiting.pop((ask.call, False), None)
            self._changed.notify()

    def work(self) -> None:
        """Batch after batch, until it is closed."""
        while True:
            with self._changed:
                while not self.waiting and self.open:
                    self._changed.wait(0.2)
                if not self.waiting:
                    return
                batch = self.take()
            self.compute(batch)
            done = time.monotonic()
            self.batches.append(len(batch))
            for ask in batch:
                (self.finals if ask.final else self.partials).append(done - ask.since)

    def take(self) -> list[Ask]:
        """Finals before partials, the oldest first, all of the first one's bucket."""
        every = sorted(
            (ask for asks in self.waiting.values() for ask in asks), key=lambda ask: (not ask.final, ask.since)
        )
        same = [ask for ask in every if ask.frames == every[0].frames][: self._batch]
        for ask in same:
            asks = self.waiting[(ask.call, ask.final)]
            asks.remove(ask)
            if not asks:
                del self.waiting[(ask.call, ask.final)]
        return same

    def compute(self, batch: Sequence[Ask]) -> None:
        frames, size = batch[0].frames, len(batch)
        features = self._silence.get((size, frames))
        if features is None:
            noise = np.random.default_rng(2).standard_normal((size, self._shape.mels, frames), dtype=np.float32)
            features = self._silence[(size, frames)] = ctranslate2.StorageView.from_array(noise)
        encoded = self._model.encode(features, to_cpu=False)
        count = round(TOKENS * frames / 100)
        prompt = [START, RUSSIAN, TRANSCRIBE, NO_TIMESTAMPS]
        self._model.generate(
            encoded,
            [prompt] * size,
            beam_size=1,
            max_length=2 * max(count, len(prompt)),
            suppress_tokens=[50257],  # the end: so every text has exactly ``count`` tokens
            suppress_blank=False,
            sampling_topk=1,
        )


def turns(call: int, seconds: float) -> list[tuple[float, int, bool]]:
    """(when due, frames, final) of one call: turns of 1 to 8 s with 0.2 to 0.8 s between, one side or the other."""
    rng, at, due = random.Random(call), random.Random(call).uniform(0, 3), []
    while at < seconds:
        length = rng.uniform(1.0, 8.0)
        due += [(at + second, _bucket(100 * second), False) for second in range(1, int(length) + 1)]
        due.append((at + length + 0.5, _bucket(int(100 * length) + 60), True))
        at += length + rng.uniform(0.2, 0.8)
    return due


def _bucket(frames: int) -> int:
    return next((size for size in BUCKETS if size - 10 >= frames), BUCKETS[-1])


def point(model: ctranslate2.models.Whisper, shape: Shape, calls: int, seconds: float, batch: int) -> dict[str, Any]:
    machine = Machine(model, shape, batch)
    due = sorted((at, call, frames, final) for call in range(calls) for at, frames, final in turns(call, seconds))
    worker = threading.Thread(target=machine.work)
    worker.start()
    began = time.monotonic()
    for at, call, frames, final in due:
        time.sleep(max(0.0, began + at - time.monotonic()))
        machine.ask(Ask(call, frames, final, time.monotonic()))
        if time.monotonic() - began > 2 * seconds + 20:
            break
    machine.open = False
    worker.join(timeout=seconds + 60)
    return {
        "calls": calls,
        "finals": len(machine.finals),
        "finals p50": _percentile(machine.finals, 50),
        "finals p95": _percentile(machine.finals, 95),
        "partials": len(machine.partials),
        "partials p95": _percentile(machine.partials, 95),
        "skipped": machine.skipped,
        "mean batch": round(float(np.mean(machine.batches or [0])), 1),
        "raw finals": [round(value, 4) for value in machine.finals],
    }


def _percentile(values: Sequence[float], q: float) -> float:
    return round(float(np.percentile(values, q)), 3) if values else float("nan")


def costs(model: ctranslate2.models.Whisper, shape: Shape, batches: Sequence[int]) -> list[dict[str, Any]]:
    """Milliseconds a window: frames 500 / 1000 / 3000, batches of 1 to 32."""
    rows = []
    for frames in (500, 1000, 3000):
        for batch in batches:
            if batch > 1 and frames == 3000 and model.device == "cpu":
                continue
            machine, asks = Machine(model, shape, batch), [Ask(n, frames, True, 0.0) for n in range(batch)]
            machine.compute(asks)
            began, rounds = time.perf_counter(), 3
            for _ in range(rounds):
                machine.compute(asks)
            taken = 1000 * (time.perf_counter() - began) / rounds / batch
            rows.append({"frames": frames, "batch": batch, "ms a window": round(taken, 2)})
            print(f"   {frames} frames, batch of {batch}: {taken:.2f} ms a window", flush=True)
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--shape", choices=SHAPES, default="large-v3-turbo")
    parser.add_argument("--compute-type", default="float16")
    parser.add_argument("--calls", default="25,50,75,100,150,200")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--no-costs", action="store_true", help="leave the table of single batches out")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    if arguments.device == "cuda" and not ctranslate2.get_cuda_device_count():
        print("There is no CUDA device on this machine: nothing measured. --device cpu --shape tiny tries the code.")
        return 2
    shape = SHAPES[arguments.shape]
    report: dict[str, Any] = {"flags": {name: str(value) for name, value in vars(arguments).items()}, "points": []}
    with tempfile.TemporaryDirectory() as folder:
        random_model(shape, Path(folder), arguments.compute_type)
        model = ctranslate2.models.Whisper(
            folder, device=arguments.device, compute_type=arguments.compute_type, intra_threads=1
        )
        if not arguments.no_costs:
            report["costs"] = costs(model, shape, (1, 8, 32) if arguments.device == "cuda" else (1, 4))
        point(model, shape, 2, 3.0, arguments.batch)  # warm-up
        points: list[dict[str, Any]] = report["points"]
        for calls in (int(number) for number in arguments.calls.split(",")):
            result = point(model, shape, calls, arguments.seconds, arguments.batch)
            points.append(result)
            shown = "  ".join(f"{name} {value}" for name, value in result.items() if name != "raw finals")
            print(f"{shown}  {'kept up' if result['finals p95'] <= P95_FINAL_S else '-'}", flush=True)
    good = [result["calls"] for result in points if result["finals p95"] <= P95_FINAL_S]
    print(f"most simultaneous calls with p95 of finals <= {P95_FINAL_S} s: {max(good, default=0)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
