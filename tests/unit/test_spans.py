"""The arithmetic of stretches of time, against sets of moments."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from line102 import spans
from line102.spans import Span


def at(n: int) -> timedelta:
    return timedelta(seconds=n)


any_spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: (at(min(p)), at(max(p)))), max_size=9
)


def moments(found: list[Span]) -> set[int]:
    return {n for start, end in found for n in range(int(start.total_seconds()), int(end.total_seconds()))}


@given(a=any_spans, b=any_spans)
def test_spans_are_sets_of_moments(a: list[Span], b: list[Span]) -> None:
    left, right = spans.union(a), spans.union(b)
    assert moments(left) == moments(a)
    for found, expected in (
        (spans.without(left, right), moments(a) - moments(b)),
        (spans.common(left, right), moments(a) & moments(b)),
        (spans.union([*a, *b]), moments(a) | moments(b)),
    ):
        assert moments(found) == expected
        assert spans.total(found) == at(len(expected))
        assert spans.union(found) == found, "in order, none empty, none touching"


def test_short_pauses_are_bridged() -> None:
    assert spans.union([(at(5), at(6)), (at(0), at(1)), (at(2), at(3))], bridge=at(1)) == [
        (at(0), at(3)),
        (at(5), at(6)),
    ]
