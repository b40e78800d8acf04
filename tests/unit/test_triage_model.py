"""The trained voice's files: what was altered is refused; what was written is read again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from line102.errors import BadSetting
from routing.corpus import shipped_corpus
from routing.model_files import ARRAYS, SHEET, SHIPPED, packed_weights, read_model, unpacked_weights, write_model
from routing.text_features import features_of, stem
from routing.text_model import LABELS
from routing.training import data_sha256


def copy_of_shipped(folder: Path) -> Path:
    write_model(folder, (SHIPPED / ARRAYS).read_bytes(), read_model().sheet)
    return folder


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    copied = read_model(copy_of_shipped(tmp_path / "model"))
    words = ["где", "находится", "отдел"]
    assert copied.sheet == read_model().sheet
    assert np.array_equal(copied.scores(words).whole(), read_model().scores(words).whole())


def test_the_same_weights_make_the_same_bytes() -> None:
    weights = unpacked_weights((SHIPPED / ARRAYS).read_bytes())
    assert packed_weights(weights) == packed_weights(weights)


def test_the_shipped_model_was_made_from_the_shipped_lines() -> None:
    lines = shipped_corpus("training.jsonl", "triage-seed.jsonl")
    assert read_model().sheet.data_sha256 == data_sha256(lines)
    assert read_model().sheet.lines == len(lines)


def test_no_held_apart_line_was_learned_from() -> None:
    learned = {line.text.casefold() for line in shipped_corpus("training.jsonl", "triage-seed.jsonl")}
    assert learned.isdisjoint(line.text.casefold() for line in shipped_corpus("held.jsonl"))


@pytest.mark.parametrize("missing", [ARRAYS, SHEET])
def test_an_incomplete_folder_is_refused(tmp_path: Path, missing: str) -> None:
    copy_of_shipped(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(BadSetting, match="holds no model"):
        read_model(tmp_path)


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    copy_of_shipped(tmp_path)
    packed = bytearray((tmp_path / ARRAYS).read_bytes())
    packed[len(packed) // 2] ^= 1
    (tmp_path / ARRAYS).write_bytes(packed)
    with pytest.raises(BadSetting, match="not the file"):
        read_model(tmp_path)


def test_a_sheet_that_lacks_something_is_refused(tmp_path: Path) -> None:
    copy_of_shipped(tmp_path)
    sheet = json.loads((tmp_path / SHEET).read_text())
    del sheet["lines"]
    (tmp_path / SHEET).write_text(json.dumps(sheet))
    with pytest.raises(BadSetting, match="holds no model"):
        read_model(tmp_path)


def test_probabilities_are_of_the_whole_and_of_every_window() -> None:
    scores = read_model().scores(["где", "находится", "отдел", "полиции"])
    assert scores.whole().shape == (len(LABELS),)
    assert scores.whole().sum() == pytest.approx(1.0, abs=1e-5)
    assert scores.windows(2).shape == (3, len(LABELS))
    assert np.allclose(scores.windows(9)[0], scores.whole())


def test_a_window_scores_as_the_same_words_at_the_beginning() -> None:
    """The first window knows what stood before it: the beginning of the text."""
    model = read_model()
    words = ["где", "находится", "отдел", "полиции"]
    longer, shorter = model.scores(words), model.scores(words[:3])
    assert np.allclose(longer.windows(3)[0], shorter.whole(), atol=1e-5)


def test_every_feature_has_its_word() -> None:
    ids, owners = features_of(["нож", "у", "него"])
    assert len(ids) == len(owners)
    assert sorted(set(owners.tolist())) == [0, 1, 2]
    assert features_of([])[0].size == 0


def test_numbers_are_alike_and_endings_are_cut() -> None:
    assert stem("1995") == stem("2024")
    assert stem("отделения") == stem("отделение")
