"""The demo model blown up to the exact shape of Whisper tiny, saying the same words:

    python -m bench.tiny_shape DIR [--from MODEL_DIR] [--check 40]

Benchmarks need the compute of a real Whisper and text that means something: random weights loop and trigger every
system's fallbacks. So the demo model is widened without changing its function:

* features are doubled, [x, x]: layer normalisation has the same mean and variance; a linear layer repeats its outputs
  and halves what it takes from each copy; heads are repeated, so each keeps its 64 dimensions and the same softmax
  scale; int8 rows keep their very numbers (half the scale), so even the rounding is the same;
* missing decoder layers get output projections of zero: before a residual sum that is the identity;
* the factorised vocabulary is multiplied out to the full 51865 x 384 matrix; ids that do not exist keep their -10000;
* as many tokens have Cyrillic names as in Whisper's own vocabulary, so that leaving out the others
  (transcription/vocabulary.py) saves here what it saves there.

d=384, 6 heads, 4 + 4 layers, feed-forward 1536, 80 mels, 1500 + 448 positions, as in Whisper tiny; int8.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ctranslate2
import numpy as np
import soxr
from ctranslate2.specs import model_spec, whisper_spec
from numpy.typing import NDArray

from line102.errors import BadSetting
from tests.speech import DEMO_MODEL, LINE_RATE_HZ, sentences, word_errors
from transcription.model_folder import check_model, read_vocabulary
from transcription.vocabulary import needed
from transcription.whisper import Device, Whisper

Floats = NDArray[np.float32]

WIDTH, HEAD, LAYERS = 384, 64, 4
TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
"""CTranslate2's data types in the order of its own numbers for them."""
NEEDED = 6873
"""Tokens that transcription.vocabulary.needed keeps of Whisper's multilingual vocabulary for ru and kk."""
BESIDE = ("tokenizer.json", "vocabulary.json", "preprocessor_config.json", "config.json", "line102.json")


def read_weights(path: Path) -> dict[str, Floats]:
    """All variables of a CTranslate2 ``model.bin`` (format 6) by name, in float32; int8 rows are scaled back."""
    data, at = path.read_bytes(), 0

    def take(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return int(value)

    def name() -> str:
        nonlocal at
        length = take("<H")
        at += length
        return data[at - length : at - 1].decode()

    if take("<I") != 6 or name() != "WhisperSpec":
        raise BadSetting(str(path), "is not a Whisper model of CTranslate2's format 6", "Give another model.")
    take("<I")  # revision
    raw: dict[str, NDArray[Any]] = {}
    for _ in range(take("<I")):
        key = name()
        shape = [take("<I") for _ in range(take("<B"))]
        kind, size = TYPES[take("<B")], take("<I")
        raw[key] = np.frombuffer(data[at : at + size], kind).reshape(shape)
        at += size
    weights = {key: _in_float(key, raw) for key in raw}
    for _ in range(take("<I")):
        alias = name()
        weights[alias] = weights[name()]  # an alias has no scale of its own
    return weights


def _in_float(key: str, raw: dict[str, NDArray[Any]]) -> Floats:
    value = raw[key].astype(np.float32)
    scale = raw.get(f"{key}_scale")
    if scale is None or raw[key].dtype != np.int8:
        return value
    rows: Floats = scale.astype(np.float32).reshape(-1, *[1] * (value.ndim - 1))
    return value / rows


@dataclass(frozen=True, slots=True)
class Widened:
    """``weights`` of a narrower model, each of its features ``times`` times."""

    weights: dict[str, Floats]
    times: int

    def vector(self, name: str) -> Floats:
        """shape (n,) -> (times * n,)"""
        return np.tile(self.weights[name], self.times)

    def rows(self, name: str) -> Floats:
        """shape (positions, n) -> (positions, times * n)"""
        return np.tile(self.weights[name], (1, self.times))

    def into(self, spec: Any, name: str, *, parts: int = 1, zero: bool = False) -> None:
        """A linear layer or convolution: outputs repeated within each of ``parts`` (query, key, value), inputs shared
        out.
        """
        weight, bias = self.weights[f"{name}/weight"], self.weights[f"{name}/bias"]
        inputs = self.times if weight.shape[1] != 80 else 1  # the first convolution reads mels: these stay as they are
        wide = np.concatenate(
            [np.tile(p, (self.times, inputs, *[1] * (weight.ndim - 2))) for p in _split(weight, parts)]
        )
        spec.weight = np.zeros_like(wide) if zero else wide / inputs
        spec.bias = np.concatenate([np.tile(p, self.times) for p in _split(bias, parts)]) * (0 if zero else 1)

    def norm_into(self, spec: Any, name: str) -> None:
        spec.gamma, spec.beta = self.vector(f"{name}/gamma"), self.vector(f"{name}/beta")


def _split(value: Floats, parts: int) -> list[Floats]:
    return list(np.split(value, parts))


def _attention(wide: Widened, spec: Any, name: str, *, cross: bool, zero: bool) -> None:
    wide.norm_into(spec.layer_norm, f"{name}/layer_norm")
    if cross:
        wide.into(spec.linear[0], f"{name}/linear_0")
        wide.into(spec.linear[1], f"{name}/linear_1", parts=2)
    else:
        wide.into(spec.linear[0], f"{name}/linear_0", parts=3)
    last = 2 if cross else 1
    wide.into(spec.linear[last], f"{name}/linear_{last}", zero=zero)


def _layer(wide: Widened, spec: Any, name: str, *, decoder: bool, zero: bool = False) -> None:
    _attention(wide, spec.self_attention, f"{name}/self_attention", cross=False, zero=zero)
    if decoder:
        _attention(wide, spec.attention, f"{name}/attention", cross=True, zero=zero)
    wide.norm_into(spec.ffn.layer_norm, f"{name}/ffn/layer_norm")
    wide.into(spec.ffn.linear_0, f"{name}/ffn/linear_0")
    wide.into(spec.ffn.linear_1, f"{name}/ffn/linear_1", zero=zero)


def _vocabulary(wide: Widened, decoder: Any) -> None:
    """Embeddings and logits of the factorised vocabulary, multiplied out."""
    weights = wide.weights
    table, logits = weights["decoder/embeddings/weight"], weights["decoder/projection/weight"]
    if "decoder/project_in/weight" in weights:
        into, out = weights["decoder/project_in/weight"], weights["decoder/project_out/weight"]
        embedded = table @ into.T + weights["decoder/project_in/bias"]
        bias = logits @ weights["decoder/project_out/bias"]
        logits = logits @ out
    else:
        embedded, bias = table, np.zeros(len(table), np.float32)
    decoder.embeddings.weight = np.tile(embedded, (1, wide.times))
    decoder.projection.weight = np.tile(logits, (1, wide.times)) / wide.times
    decoder.projection.bias = bias + weights.get("decoder/projection/bias", np.float32(0))


def widened(weights: dict[str, Floats]) -> whisper_spec.WhisperSpec:
    """The tiny shape with the function of ``weights``. Raises BadSetting when their shape does not divide it."""
    width = len(weights["encoder/layer_norm/gamma"])
    encoders, decoders = (_count(weights, side) for side in ("encoder", "decoder"))
    if WIDTH % width or width % HEAD or encoders > LAYERS or decoders > LAYERS:
        why = f"is {width} wide with {encoders} + {decoders} layers, which does not fit into {WIDTH} and {LAYERS}"
        raise BadSetting("from", why, "Give the demo model of an earlier commit.")
    wide = Widened(weights, WIDTH // width)
    spec = whisper_spec.WhisperSpec(LAYERS, WIDTH // HEAD, LAYERS, WIDTH // HEAD)
    for name in ("conv1", "conv2"):
        wide.into(getattr(spec.encoder, name), f"encoder/{name}")
    for side, own, count in (("encoder", spec.encoder, encoders), ("decoder", spec.decoder, decoders)):
        own.position_encodings.encodings = wide.rows(f"{side}/position_encodings/encodings")
        wide.norm_into(own.layer_norm, f"{side}/layer_norm")
        for number, layer in enumerate(own.layer):
            like = f"{side}/layer_{min(number, count - 1)}"
            _layer(wide, layer, like, decoder=side == "decoder", zero=number >= count)
    _vocabulary(wide, spec.decoder)
    return spec


def _count(weights: dict[str, Floats], side: str) -> int:
    return sum(f"{side}/layer_{number}/ffn/layer_norm/gamma" in weights for number in range(100))


def make(source: Path, target: Path) -> None:
    """Write the five files of the tiny-shape model and ``line102.json`` into ``target``. Raises BadSetting."""
    _save(widened(read_weights(source / "model.bin")), source, target)


def _save(spec: whisper_spec.WhisperSpec, source: Path, target: Path) -> None:
    spec.register_vocabulary(json.loads((source / "vocabulary.json").read_text(encoding="utf-8")))
    spec.validate()
    spec.optimize(quantization="int8")
    target.mkdir(parents=True, exist_ok=True)
    spec.save(str(target))
    for name in BESIDE:  # the model's own, over what the specification wrote: same vocabulary, same alignment heads
        shutil.copy(source / name, target / name)
    name_spare_tokens(target)


def name_spare_tokens(folder: Path) -> None:
    """Cyrillic names for tokens that the tokenizer does not know, until ``NEEDED`` are kept."""
    tokens = read_vocabulary(folder)
    known = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    kept = set(needed(tokens, ("ru", "kk")))
    spare = [at for at, token in enumerate(tokens) if at not in kept and token not in known and token[:2] != "<|"]
    for number, at in enumerate(spare[: NEEDED - len(kept)]):
        letters = (number >> 12, number >> 8, number >> 4, number)
        tokens[at] = "".join(f"\u00d0{chr(0xB0 + letter % 16)}" for letter in letters) + "\u00d1\u0135"
    (folder / "vocabulary.json").write_text(json.dumps(tokens), encoding="utf-8")


def words_wrong(model: Path, count: int) -> dict[str, float]:
    """Per cent of words wrong in held-out sentences, each in one window; and how many texts there were."""
    whisper = Whisper(check_model(str(model), ("ru", "kk")), Device())
    wrong: dict[str, float] = {}
    for language in ("ru", "kk"):
        errors = words = 0
        for spoken in sentences(language, count, seed=21):
            samples = (np.clip(soxr.resample(spoken.samples / 32768, LINE_RATE_HZ, 16_000), -1, 1) * 32767).astype(
                np.int16
            )
            e, n = word_errors(whisper.recognise(samples, language).text, spoken.text)
            errors, words = errors + e, words + n
        wrong[language] = round(100 * errors / words, 2)
    return wrong


def random_tiny(target: Path, like: Path) -> None:
    """Whisper tiny's shape with random weights: what its compute costs, and nothing else."""
    rng = np.random.default_rng(1)
    spec = widened(read_weights(like / "model.bin"))

    def randomise(own: Any, key: str, value: Any) -> None:
        if key.endswith(("weight", "bias")) and not isinstance(value, str) and "layer_norm" not in key:
            setattr(own, key.split("/")[-1], (rng.standard_normal(value.shape) * 0.03).astype(np.float32))

    model_spec.visit_spec(spec, randomise)
    _save(spec, like, target)


def step_times(model: Path, rounds: int = 15) -> dict[str, float]:
    """Milliseconds, median: encoding 5 s and 30 s, and a token at batch 1 and 8 (24 tokens after 5 s), one thread."""
    whisper = ctranslate2.models.Whisper(str(model), compute_type="int8", intra_threads=1)
    rng = np.random.default_rng(2)
    times: dict[str, float] = {}

    def median(work: Callable[[], object]) -> float:
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        return 1000 * float(np.median(taken[2:]))

    for seconds in (5, 30):
        mel = ctranslate2.StorageView.from_array(rng.standard_normal((1, 80, 100 * seconds)).astype(np.float32))
        times[f"encode {seconds} s"] = round(median(partial(whisper.encode, mel)), 2)
    for batch in (1, 8):
        mel = ctranslate2.StorageView.from_array(rng.standard_normal((batch, 80, 500)).astype(np.float32))
        encoded = whisper.encode(mel)
        # the first 20 tokens are given, so that the count does not depend on what the weights would say
        prompt = [[50258, 50263, 50359, 50363, *range(300, 320)]] * batch
        work = partial(whisper.generate, encoded, prompt, beam_size=1, max_length=2 * 28, suppress_blank=False)
        times[f"ms a window, 24 tokens, batch {batch}"] = round(median(work) / batch, 2)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--from", dest="source", type=Path, default=DEMO_MODEL, help="a model of the demo model's shape"
    )
    parser.add_argument("--check", type=int, default=0, metavar="N", help="compare with it over N sentences a language")
    arguments = parser.parse_args()
    make(arguments.source, arguments.folder)
    if not arguments.check:
        return
    for name, model in (("narrow", arguments.source), ("tiny shape", arguments.folder)):
        print(f"{name}: words wrong % {words_wrong(model, arguments.check)}; {step_times(model)}", flush=True)
    with TemporaryDirectory() as folder:
        random_tiny(Path(folder), arguments.source)
        print(f"Whisper tiny, random weights: {step_times(Path(folder))}")


if __name__ == "__main__":
    main()
