"""Of words heard twice the better ones stand, and none is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from line102 import spans
from line102.board import with_segment
from line102.calls import Side
from line102.coverage import EDGE, HEARD_AGAIN
from line102.revising import revised, torn
from line102.words import Heard, Segment
from tests.fakes.scripted import segment


def again(start: float, end: float, text: str, **more: object) -> Segment:
    side = more.pop("side", Side.CALLER)
    assert isinstance(side, Side)
    suppressed = None if text else "no words recognised"
    values: dict[str, object] = {"revision": 1000, "heard": Heard.RECORDING, "suppressed": suppressed} | more
    return segment(side, start, end, text, **values)


def stand(standing: list[Segment], heard: list[Segment]) -> tuple[Segment, ...]:
    shown = tuple(standing)
    for changed in revised(standing, heard):
        shown = with_segment(shown, changed)
    return shown


def texts(standing: list[Segment], heard: list[Segment]) -> list[str]:
    return [s.text for s in stand(standing, heard) if s.suppressed is None]


def test_an_utterance_heard_again_whole_does_not_stand_twice() -> None:
    before, cut = segment(Side.CALLER, 1, 4, "алло"), segment(Side.CALLER, 5, 7, "мне страшно", revision=4)
    other_side = segment(Side.OPERATOR, 5, 7, "слушаю")
    whole = again(5.2, 9, "мне страшно помогите")
    marked, written = revised([before, cut, other_side], [whole])
    assert (marked.side, marked.start, marked.text) == (cut.side, cut.start, cut.text), "the words are kept"
    assert (marked.revision, marked.suppressed) == (5, HEARD_AGAIN)
    assert written == whole


def test_who_only_touches_stays() -> None:
    live = [segment(Side.CALLER, 3, 6.2, "мне страшно")]
    assert texts(live, [again(6, 9, "помогите")]) == ["мне страшно", "помогите"]


def test_the_same_beginning_is_the_next_revision() -> None:
    live = [segment(Side.CALLER, 3, 6, "мне страшно", revision=2000)]
    (written,) = revised(live, [again(3, 6, "мне страшно помогите")])
    assert written.revision == 2001


def test_worse_words_never_take_the_place_of_better_ones() -> None:
    live = [segment(Side.CALLER, 3, 6, "пожар", confidence=0.8)]
    for worse in (
        again(3, 6.2, ""),
        again(2.9, 6.2, ""),
        again(2.9, 6.2, "угар угар угар", suppressed="repeats itself"),
        again(2.9, 6.2, "жара", confidence=0.4),
        again(3, 9, "жара", confidence=0.4),
        again(2.9, 4.5, "по"),
    ):
        assert texts(live, [worse])[0] == "пожар", worse
    assert texts(live, [again(2.9, 6.2, "жара", confidence=0.5)]) == ["жара"]


def test_words_where_only_a_doubtful_text_stood() -> None:
    live = [segment(Side.CALLER, 3, 6, "", suppressed="no words recognised")]
    assert texts(live, [again(3, 6, "пожар", confidence=0.1)]) == ["пожар"]
    assert revised(live, [again(2.9, 6, "")]) == [], "a second doubt says nothing new"


def test_words_beyond_the_ones_that_stay_are_written_too() -> None:
    live = [segment(Side.CALLER, 3, 5, "пожар", confidence=0.9)]
    assert texts(live, [again(3.5, 9, "жара на улице абая", confidence=0.3)]) == ["пожар", "жара на улице абая"]


def test_old_words_cut_through_by_new_ones_are_asked_for_whole() -> None:
    live = [segment(Side.CALLER, 0, 7, "раз два три четыре")]
    late = again(3, 12, "три четыре пять")
    (asked,) = torn(live, [late])
    assert (asked.start, asked.end) == (live[0].start, live[0].end)
    assert torn(live, [late, again(0, 3, "раз два")]) == []
    assert texts(live, [late, again(0, 3, "раз два")]) == ["раз два", "три четыре пять"]


@st.composite
def words(draw: st.DrawFn, *, new: bool) -> Segment:
    start = draw(st.integers(0, 60)) / 2
    made = again(
        start,
        start + draw(st.integers(1, 30)) / 2,
        draw(st.sampled_from(["да", "", "нет"])),
        side=draw(st.sampled_from(Side)),
        confidence=draw(st.sampled_from([0.1, 0.4, 0.8])),
    )
    return made if new else replace(made, revision=draw(st.integers(0, 3)), heard=Heard.LIVE)


@given(live=st.lists(words(new=False), max_size=8), heard=st.lists(words(new=True), max_size=8))
def test_no_moment_of_text_is_lost_and_nothing_is_removed(live: list[Segment], heard: list[Segment]) -> None:
    standing: tuple[Segment, ...] = ()
    for one in live:
        standing = with_segment(standing, one)
    after = stand(list(standing), heard)
    for side in Side:
        had = spans.of(s for s in standing if s.side is side and s.suppressed is None)
        has = spans.of((s for s in after if s.side is side and s.suppressed is None), margin=EDGE)
        assert spans.without(had, has) == []
    assert {(s.side, s.start) for s in standing} <= {(s.side, s.start) for s in after}


@given(live=st.lists(words(new=False), max_size=8), heard=st.lists(words(new=True), max_size=8))
def test_told_again_no_word_that_stands_is_written_again(live: list[Segment], heard: list[Segment]) -> None:
    standing: tuple[Segment, ...] = ()
    for one in live:
        standing = with_segment(standing, one)
    after = stand(list(standing), heard)
    for one in revised(after, heard):
        same = [s for s in after if (s.side, s.start) == (one.side, one.start)]
        assert not any(replace(s, revision=one.revision) == one for s in same)


def test_a_whole_pass_told_again_writes_nothing() -> None:
    live = [segment(Side.CALLER, t, t + 3, f"живое {t}") for t in range(0, 60, 5)]
    heard = [again(t - 0.1, t + 3.2, f"снова {t}") for t in range(5, 65, 5)]
    heard += [again(t - 0.1, t + 3.2, "тише", confidence=0.1, side=Side.OPERATOR) for t in range(0, 60, 5)]
    after = list(stand(live, heard))
    assert [s.text for s in after if s.suppressed is None and s.side is Side.CALLER] == [
        "живое 0",
        *(f"снова {t}" for t in range(5, 65, 5)),
    ]
    assert revised(after, heard) == []
