"""Which windows are computed together, and what that is thought to cost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.batch import TOGETHER_S, Load, Room, form
from transcription.buckets import BUCKETS, ROOM, bucket, max_length, token_cap
from transcription.cost import CostModel, Work


@dataclass(frozen=True)
class Asked:
    due: float
    load: Load


def asked(due: float, seconds: float, *, model: str = "", beam_size: int = 1) -> Asked:
    frames = bucket(round(100 * seconds), 3000, dynamic=True)
    return Asked(due, Load(model=model, beam_size=beam_size, frames=frames, seconds=seconds))


WAITING = st.lists(
    st.builds(
        asked,
        st.floats(0, 20),
        st.floats(0.3, 12),
        model=st.sampled_from(["", "kk"]),
        beam_size=st.sampled_from([1, 5]),
    ),
    min_size=1,
    max_size=40,
).map(lambda windows: sorted(windows, key=lambda window: window.due))
ROOMS = st.builds(Room, items=st.integers(1, 32), seconds=st.floats(0, 2))


def predicted_s(batch: list[Asked], frames: int, cost: CostModel) -> float:
    tokens = [cost.tokens(window.load.seconds) for window in batch]
    return len(batch) * cost.encoding_s(frames) + cost.decoding_s(frames, max(tokens), sum(tokens))


@given(WAITING, ROOMS)
def test_a_batch_can_be_computed_and_holds_the_first(waiting: list[Asked], room: Room) -> None:
    batch, frames = form(waiting, CostModel(), room)
    first = waiting[0]
    assert batch[0] is first
    assert len({id(window) for window in batch}) == len(batch) <= room.items
    for window in batch:
        assert window in waiting
        assert (window.load.model, window.load.beam_size) == (first.load.model, first.load.beam_size)
        assert window.load.frames <= frames
        assert window.due - first.due <= TOGETHER_S
    assert frames in {window.load.frames for window in batch}, "nothing is padded further than its longest needs"
    cost = CostModel()
    if len(batch) > 1:
        assert predicted_s(batch, frames, cost) <= room.seconds + 1e-9


@given(WAITING, ROOMS)
def test_the_same_windows_give_the_same_batch(waiting: list[Asked], room: Room) -> None:
    assert form(waiting, CostModel(), room) == form(list(waiting), CostModel(), room)


@settings(max_examples=30)
@given(WAITING)
def test_serving_batch_after_batch_serves_everybody_once(waiting: list[Asked]) -> None:
    left, served = list(waiting), []
    while left:
        batch, _ = form(left, CostModel(), Room.now(16, late=False))
        served += batch
        left = [window for window in left if all(window is not taken for taken in batch)]
    assert sorted(map(id, served)) == sorted(map(id, waiting))


def test_windows_of_one_bucket_go_together() -> None:
    waiting = [asked(0.1 * n, 2.5) for n in range(12)]
    assert form(waiting, CostModel(), Room.now(16, late=False))[0] == waiting
    assert form(waiting, CostModel(), Room.now(8, late=False))[0] == waiting[:8]


def test_a_lone_shorter_window_is_promoted_and_a_crowd_of_them_is_not() -> None:
    lone = [asked(0, 4.5), asked(0, 3.5)]
    assert form(lone, CostModel(), Room.now(16, late=False)) == (lone, 500)
    long_first = [asked(0, 11), *(asked(1, 1.2) for _ in range(14))]
    batch, frames = form(long_first, CostModel(), Room.now(16, late=False))
    assert (batch, frames) == (long_first[:1], 1500)


def test_a_shorter_first_may_be_promoted_too() -> None:
    waiting = [asked(0, 3.5), *(asked(1, 4.5) for _ in range(6))]
    assert form(waiting, CostModel(), Room.now(16, late=False)) == (waiting, 500)


def test_behind_time_a_batch_may_take_longer() -> None:
    cost = CostModel()
    for _ in range(60):
        cost.observe(work(300, [15], 0.05, 0.3))  # a machine ten times slower
    waiting = [asked(0, 2.5) for _ in range(12)]
    in_time, behind = (form(waiting, cost, Room.now(16, late=late))[0] for late in (False, True))
    assert 2 * len(in_time) < len(behind)


def test_catch_up_does_not_join_live_words() -> None:
    waiting = [asked(0.5, 2.5), asked(60, 2.5)]
    assert form(waiting, CostModel(), Room.now(16, late=False))[0] == waiting[:1]


# ---------------------------------------------------------------- buckets and caps


@given(st.integers(1, 3000), st.sampled_from([1000, 1500, 3000]))
def test_a_bucket_holds_the_window_and_is_never_one_that_is_encoded_twice(frames: int, limit: int) -> None:
    if frames > limit:
        with pytest.raises(ValueError, match="longer"):
            bucket(frames, limit, dynamic=True)
        return
    size = bucket(frames, limit, dynamic=True)
    assert frames <= size <= limit
    assert size in BUCKETS
    assert (size + 1) // 2 not in (80, 128), "trap 1"
    assert size == limit or size - frames >= ROOM
    assert bucket(frames, limit, dynamic=False) == 3000


@given(st.floats(0.01, 30), st.floats(0.01, 30))
def test_a_cap_grows_with_the_audio_and_fits_the_decoder(one: float, other: float) -> None:
    shorter, longer = sorted([one, other])
    assert 8 < token_cap(shorter) <= token_cap(longer) <= 224


@given(st.integers(1, 224), st.integers(1, 200))
def test_max_length_lets_the_cap_be_written(cap: int, prompt: int) -> None:
    length = max_length(cap, prompt)
    generated = min(length // 2, length - prompt + 1)
    assert length <= 448
    assert generated >= min(cap, 448 - prompt + 1) or length == 448


# ---------------------------------------------------------------- cost


def work(frames: int, tokens: list[int], encoding_s: float, decoding_s: float) -> Work:
    return Work(
        frames=frames,
        tokens=tuple(tokens),
        seconds=tuple(frames / 110 for _ in tokens),
        calls=len(tokens),
        encoding_s=encoding_s,
        decoding_s=decoding_s,
    )


WORKS = st.lists(
    st.builds(
        work,
        st.sampled_from(BUCKETS),
        st.lists(st.integers(0, 200), min_size=1, max_size=16),
        st.floats(0, 1e4),
        st.floats(0, 1e4),
    ),
    max_size=40,
)


@given(WORKS)
def test_whatever_was_seen_more_work_is_never_thought_cheaper(works: list[Work]) -> None:
    cost = CostModel()
    for one in works:
        cost.observe(one)
    for small, large in pairwise(BUCKETS):
        assert 0 < cost.encoding_s(small) <= cost.encoding_s(large)
        assert 0 < cost.decoding_s(small, 10, 20) <= cost.decoding_s(large, 10, 20)
    assert cost.decoding_s(300, 10, 20) <= cost.decoding_s(300, 11, 21)
    assert cost.tokens(1.0) < cost.tokens(2.0)


@pytest.mark.parametrize(("encoder", "decoder"), [(0.2, 5.0), (1.0, 0.3), (5.0, 0.2), (3.0, 3.0)])
def test_a_machine_of_another_speed_is_learned(encoder: float, decoder: float) -> None:
    truth, cost = CostModel(), CostModel()
    choose = random.Random(3).choice
    for _ in range(300):
        frames, tokens = choose(BUCKETS[:7]), [choose([5, 15, 40]) for _ in range(choose([1, 4, 16]))]
        steps = [count + 2 for count in tokens]
        encoding = encoder * len(tokens) * truth.encoding_s(frames)
        decoding = decoder * truth.decoding_s(frames, max(steps), sum(steps))
        cost.observe(work(frames, tokens, encoding, decoding))
    assert cost.encoding_s(400) == pytest.approx(encoder * truth.encoding_s(400), rel=0.1)
    assert cost.decoding_s(400, 20, 100) == pytest.approx(decoder * truth.decoding_s(400, 20, 100), rel=0.1)


def test_one_outlier_moves_the_model_by_less_than_a_tenth() -> None:
    cost, before = CostModel(), CostModel()
    cost.observe(work(300, [10], 60.0, 60.0))
    assert cost.encoding_s(300) < 1.1 * before.encoding_s(300)
    assert cost.decoding_s(300, 10, 10) < 1.1 * before.decoding_s(300, 10, 10)
