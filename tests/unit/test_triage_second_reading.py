"""The second reading: the networks, the folds by author they are fitted on, and that they survive their file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from line102.words import Label
from routing.corpus import CorpusLine, read_corpus, shipped_corpus
from routing.model_files import SHIPPED, packed_weights, unpacked_weights
from routing.second_reading import Networks
from routing.second_training import FOLDS, fit_networks, folds_of

EVEN = np.array([[0.0, 0.0], [1.0, 1.0]])


def networks(*outs: list[float]) -> Networks:
    """Networks of one unit that passes the first sign on; ``outs``: its weights to each kind."""
    return Networks(
        even=EVEN,
        hidden=np.array([[[1.0], [0.0]]] * len(outs)),
        hidden_bias=np.zeros((len(outs), 1)),
        out=np.array([[out] for out in outs]),
        out_bias=np.zeros((len(outs), 4)),
    )


def test_a_network_is_weighed_as_by_hand() -> None:
    danger, question = networks([1.0, 0.0, 0.0, 0.0]).weigh(np.array([np.log(3.0), 9.0]))
    assert [danger, question] == pytest.approx([3 / 6, 1 / 6])


def test_what_a_unit_does_not_pass_on_says_nothing() -> None:
    assert list(networks([5.0, 0.0, 0.0, 0.0]).weigh(np.array([-2.0, 0.0]))) == pytest.approx([0.25, 0.25])


def test_several_networks_tell_their_mean() -> None:
    danger, question = networks([1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]).weigh(np.array([np.log(3.0), 0.0]))
    assert danger == question == pytest.approx((3 / 6 + 1 / 6) / 2)


def test_fitted_networks_tell_danger_from_questions() -> None:
    dice = np.random.default_rng(1)
    labels = [Label.EMERGENCY, Label.INFORMATIONAL, Label.NON_URGENT, Label.NUISANCE] * 300
    middle = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 3.0], [0.0, -3.0]] * 300)
    fitted = fit_networks(middle + dice.normal(size=middle.shape), labels)
    assert fitted.weigh(np.array([4.0, 0.0]))[0] > 0.5 > fitted.weigh(np.array([4.0, 0.0]))[1]
    assert fitted.weigh(np.array([-4.0, 0.0]))[1] > 0.5 > fitted.weigh(np.array([-4.0, 0.0]))[0]


def test_networks_survive_their_file() -> None:
    weights = unpacked_weights((SHIPPED / "model.npz").read_bytes())
    kept = unpacked_weights(packed_weights(weights)).second
    assert np.array_equal(kept.hidden, weights.second.hidden)
    assert kept.out.shape[2] == 4


def line(number: int, author: str) -> CorpusLine:
    text = f'{{"id": "x{number}", "text": "{number}", "lang": "ru", "label": "NUISANCE", "category": "x"}}'
    return replace(read_corpus([text], source="x")[0], author=author)


def test_an_author_is_in_one_fold_and_strangers_are_spread() -> None:
    lines = [line(n, author) for n, author in enumerate(["a", "b", "a", "c", "a"] + [""] * 200)]
    folds = folds_of(lines)
    assert folds[0] == folds[2] == folds[4]
    assert len({folds[0], folds[1], folds[3]}) == 3
    assert set(folds[5:]) == set(range(FOLDS))


def test_the_shipped_lines_name_their_twelve_authors() -> None:
    assert {one.author for one in shipped_corpus("training.jsonl")} == set("abcdefghijkl")


def test_an_author_that_is_no_name_is_refused() -> None:
    raw = '{"id": "x", "text": "x", "lang": "ru", "label": "NUISANCE", "category": "x", "author": 7}'
    with pytest.raises(Exception, match="author"):
        read_corpus([raw], source="x")
