"""What the benchmarks count as kept up with, and the figures of the GPU's queue."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import ctranslate2
import pytest

from bench.engine import kept_up, most_kept_up
from bench.engine_speech import Turn
from bench.gpu import SHAPES, Ask, Machine, turns
from bench.peers.live import words_of


def point(streams: int, p95: float = 0.5, **more: int) -> dict[str, Any]:
    return {"streams": streams, "p95": p95, "late": 0, "dropped": 0, "failed": 0, **more}


@pytest.mark.parametrize("loss", ["late", "dropped", "failed"])
def test_one_loss_is_enough_not_to_keep_up(loss: str) -> None:
    assert kept_up(point(4))
    assert not kept_up(point(4, **{loss: 1}))
    assert not kept_up(point(4, 0.91))
    assert not kept_up(point(4, float("nan")))


def test_a_lucky_point_above_a_failed_one_does_not_count() -> None:
    assert most_kept_up([point(8), point(16, 2.0), point(24)]) == 8
    assert most_kept_up([point(8), point(8, 2.0)]) == 0  # another seed
    assert most_kept_up([]) == 0


def test_words_of_a_turn_follow_one_another_and_end_with_it() -> None:
    words = words_of([Turn("один три пять", 2.0, 4.0), Turn("семь", 6.0, 6.5)])
    assert [word.text for word in words] == ["один", "три", "пять", "семь"]
    assert [word.last for word in words] == [False, False, True, True]
    assert [round(word.end_s, 2) for word in words][2:] == [4.0, 6.5]
    assert all(a.end_s <= b.start_s for a, b in pairwise(words))


def machine(batch: int = 2) -> Machine:
    model: ctranslate2.models.Whisper = None  # what waits needs no model
    return Machine(model, SHAPES["tiny"], batch)


def test_the_newest_partial_of_a_call_keeps_the_place_of_the_one_it_replaces() -> None:
    queue = machine()
    queue.ask(Ask(1, 200, False, 1.0))
    queue.ask(Ask(1, 300, False, 2.0))
    assert queue.take() == [Ask(1, 300, False, 1.0)]
    assert queue.skipped == 1


def test_finals_go_first_in_batches_of_one_bucket_and_end_their_partial() -> None:
    queue = machine()
    queue.ask(Ask(1, 200, False, 1.0))
    queue.ask(Ask(2, 500, False, 1.5))
    for call in (1, 3, 4):
        queue.ask(Ask(call, 500, True, 2.0 + call))
    assert [ask.call for ask in queue.take()] == [1, 3]
    assert [ask.call for ask in queue.take()] == [4, 2]
    assert not queue.waiting


def test_a_call_asks_each_second_and_at_the_end_of_each_turn() -> None:
    due = turns(3, 30.0)
    assert due == sorted(due)
    assert sum(final for _, _, final in due) >= 3
    assert all(frames not in (160, 256) for _, frames, _ in due)
