"""What is served first in a worker, and what gives way."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from transcription.batch import Load
from transcription.window_queue import GaveWay, Waiting, WindowQueue

LOAD = Load(model="", beam_size=1, frames=300, seconds=2.5)


def waiting(
    number: int,
    stream: str,
    *,
    final: bool,
    due: float = 1.0,
    since: float = 0.0,
    live: bool = True,
    start_s: float = 0,
) -> Waiting[str]:
    return Waiting(
        key=(1, number),
        stream=(1, stream, "caller"),
        start_s=start_s,
        final=final,
        live=live,
        since=since,
        due=due,
        load=LOAD,
        owner=f"{stream}{number}",
    )


WINDOWS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.booleans(), st.floats(0, 9), st.booleans(), st.floats(0, 9)), max_size=40
)


def offered(windows: list[tuple[str, bool, float, bool, float]]) -> list[Waiting[str]]:
    return [
        waiting(number, stream, final=final or not live, due=number + due, since=number, live=live, start_s=start)
        for number, (stream, final, due, live, start) in enumerate(windows)
    ]


@given(WINDOWS, st.integers(1, 10))
def test_every_window_waits_or_gave_way_and_the_queue_never_overflows(
    windows: list[tuple[str, bool, float, bool, float]], capacity: int
) -> None:
    queue: WindowQueue[str] = WindowQueue(capacity)
    gone: list[GaveWay[str]] = []
    given_in = offered(windows)
    for window in given_in:
        gone += queue.offer(window)
        assert len(queue) <= capacity
    told = [one.waiting.key for one in gone] + [one.key for one in queue.in_order()]
    assert sorted(told) == sorted(window.key for window in given_in)
    assert all(one.kind == ("busy" if one.waiting.final else "dropped") for one in gone)
    assert [one.due for one in queue.in_order()] == sorted(one.due for one in queue.in_order())


@given(WINDOWS)
def test_a_live_final_gives_way_only_when_live_finals_fill_the_queue(
    windows: list[tuple[str, bool, float, bool, float]],
) -> None:
    queue: WindowQueue[str] = WindowQueue(4)
    for window in offered(windows):
        for gone in queue.offer(window):
            if gone.waiting.final and gone.waiting.live:
                assert gone.waiting is window
                assert all(one.final and one.live for one in queue.in_order())


def test_a_newer_window_takes_the_place_of_the_waiting_partial() -> None:
    queue: WindowQueue[str] = WindowQueue(8)
    first = waiting(1, "a", final=False, due=1.8, since=1.0)
    queue.offer(first)
    queue.offer(waiting(2, "b", final=False, due=1.9, since=1.1))
    newer = waiting(3, "a", final=False, due=2.8, since=2.0)
    assert queue.offer(newer) == [GaveWay(first, "dropped", "overtaken")]
    assert queue.in_order()[0] == replace(newer, due=1.8, since=1.0), "it keeps the place and the time of submission"
    final = waiting(4, "a", final=True, due=2.6, since=2.2)
    assert [gone.waiting.owner for gone in queue.offer(final)] == ["a3"]
    assert [one.owner for one in queue.in_order()] == ["a4", "b2"]


def test_two_finals_of_a_stream_both_stay() -> None:
    queue: WindowQueue[str] = WindowQueue(8)
    assert queue.offer(waiting(1, "a", final=True)) == []
    assert queue.offer(waiting(2, "a", final=True)) == []
    assert queue.offer(waiting(3, "a", final=False)) == []
    assert len(queue) == 3


def test_catch_up_of_earlier_audio_leaves_the_live_partial_of_its_call_alone() -> None:
    queue: WindowQueue[str] = WindowQueue(8)
    queue.offer(waiting(1, "a", final=False, start_s=90.0))
    assert queue.offer(waiting(2, "a", final=True, live=False, due=60, start_s=12.0)) == []


def test_what_gives_way_when_the_queue_is_full() -> None:
    queue: WindowQueue[str] = WindowQueue(3)
    urgent, patient = waiting(1, "a", final=False, due=1.0), waiting(2, "b", final=False, due=2.0)
    old = waiting(3, "c", final=True, live=False, due=60.0)
    assert [queue.offer(one) for one in (urgent, patient, old)] == [[], [], []]
    assert queue.offer(waiting(4, "d", final=True, due=1.5)) == [GaveWay(old, "busy", "queue full")]
    assert queue.offer(waiting(5, "e", final=True, due=1.5)) == [GaveWay(patient, "dropped", "queue full")]
    late = waiting(6, "f", final=False, due=3.0)
    assert queue.offer(late) == [GaveWay(late, "dropped", "queue full")]
    assert queue.offer(waiting(7, "g", final=True, due=9.0)) == [GaveWay(urgent, "dropped", "queue full")]
    last = waiting(8, "h", final=True, due=0.1)
    assert queue.offer(last) == [GaveWay(last, "busy", "queue full")]


def test_a_catch_up_window_is_turned_away_rather_than_a_live_partial() -> None:
    queue: WindowQueue[str] = WindowQueue(1)
    queue.offer(waiting(1, "a", final=False))
    late = waiting(2, "b", final=True, live=False, due=0.0)
    assert queue.offer(late) == [GaveWay(late, "busy", "queue full")]


def test_what_is_forgotten_is_not_served() -> None:
    queue: WindowQueue[str] = WindowQueue(8)
    one, two = waiting(1, "a", final=True), waiting(2, "b", final=True)
    other = replace(waiting(3, "c", final=True), key=(2, 3))
    for window in (one, two, other):
        queue.offer(window)
    assert queue.forget(one.key)
    assert not queue.forget(one.key)
    queue.forget_client(1)
    assert queue.in_order() == [other]
    queue.take([other])
    queue.put_back(other)
    assert len(queue) == 1
