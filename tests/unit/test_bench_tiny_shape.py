"""The widened model computes what the narrow one does: shown layer by layer on small numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bench.tiny_shape import Widened, read_weights, widened
from line102.errors import BadSetting
from tests.speech import DEMO_MODEL

RNG = np.random.default_rng(5)


def some(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_wide_linear_layer_repeats_what_the_narrow_one_says(parts: int) -> None:
    weights = {"l/weight": some(parts * 4, 6), "l/bias": some(parts * 4)}
    wide, x = SimpleNamespace(), some(6)
    Widened(weights, 2).into(wide, "l", parts=parts)
    narrow = weights["l/weight"] @ x + weights["l/bias"]
    expected = np.concatenate([np.tile(part, 2) for part in np.split(narrow, parts)])
    assert np.allclose(wide.weight @ np.tile(x, 2) + wide.bias, expected, atol=1e-5)


def test_a_layer_that_is_added_says_nothing() -> None:
    wide = SimpleNamespace()
    Widened({"l/weight": some(4, 6), "l/bias": some(4)}, 2).into(wide, "l", zero=True)
    assert not wide.weight.any()
    assert not wide.bias.any()


def test_normalising_doubled_features_is_doubling_normalised_ones() -> None:
    def normalised(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
        out: np.ndarray = (x - x.mean()) / np.sqrt(x.var() + 1e-5) * gamma + beta
        return out

    weights = {"n/gamma": some(6), "n/beta": some(6)}
    spec, x = SimpleNamespace(), some(6)
    Widened(weights, 2).norm_into(spec, "n")
    expected = np.tile(normalised(x, weights["n/gamma"], weights["n/beta"]), 2)
    assert np.allclose(normalised(np.tile(x, 2), spec.gamma, spec.beta), expected, atol=1e-5)


def test_the_demo_model_becomes_whisper_tiny_to_the_last_layer() -> None:
    spec = widened(read_weights(DEMO_MODEL / "model.bin"))
    assert spec.encoder.position_encodings.encodings.shape == (1500, 384)
    assert spec.decoder.position_encodings.encodings.shape == (448, 384)
    assert spec.decoder.projection.weight.shape == (51865, 384)
    assert [len(side.layer) for side in (spec.encoder, spec.decoder)] == [4, 4]
    assert {layer.ffn.linear_0.weight.shape for layer in (*spec.encoder.layer, *spec.decoder.layer)} == {(1536, 384)}


def test_a_model_that_does_not_divide_the_shape_is_refused() -> None:
    weights = {"encoder/layer_norm/gamma": some(256), "encoder/layer_0/ffn/layer_norm/gamma": some(256)}
    with pytest.raises(BadSetting, match="256 wide"):
        widened(weights)
