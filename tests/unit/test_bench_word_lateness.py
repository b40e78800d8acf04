"""What the benchmark of real calls calls shown, committed, final, changed and invented."""

from __future__ import annotations

from bench.word_lateness import Change, Word, lateness

SAID = [
    Word("Муж", 1.0, 1.4, last=False),
    Word("угрожает", 1.4, 2.0, last=False),
    Word("ножом.", 2.0, 2.5, last=True),
]


def partial(at_s: float, text: str, committed: int = 0) -> Change:
    return Change(at_s, 0.7, at_s, text, committed, final=False)


def test_a_word_is_shown_when_it_first_stands_in_its_place() -> None:
    heard = lateness(
        SAID,
        [partial(1.9, "муж у"), partial(2.4, "Муж угрожает", 3), Change(3.0, 0.7, 2.8, "Муж угрожает ножом.", 0, True)],
    )
    assert [round(s, 2) for s in heard.shown] == [0.5, 0.4, 0.5]
    assert [round(s, 2) for s in heard.committed] == [1.0, 1.0, 0.5]
    assert [round(s, 2) for s in heard.final] == [0.5]
    assert (heard.words, heard.never, heard.changed, heard.committed_changed) == (3, 0, 1, 0)


def test_a_committed_word_that_changes_is_counted_apart() -> None:
    heard = lateness(SAID, [partial(2.4, "Муж угощает", 11), Change(3.0, 0.7, 2.8, "Муж угрожает ножом.", 0, True)])
    assert (heard.changed, heard.committed_changed) == (1, 1)


def test_a_word_that_never_comes_right_is_counted() -> None:
    heard = lateness(SAID, [Change(3.0, 0.7, 2.8, "Муж угощает ножом.", 0, True)])
    assert heard.never == 1
    assert len(heard.shown) == 2


def test_words_far_from_speech_are_invented() -> None:
    heard = lateness(SAID, [Change(9.0, 7.0, 8.5, "Продолжение следует", 0, True)])
    assert heard.invented == 2
    assert heard.never == 3


def test_words_in_two_utterances_do_not_count_as_changed() -> None:
    heard = lateness(
        SAID, [Change(3.0, 0.7, 2.8, "Муж угрожает ножом.", 0, True), Change(9.0, 7.0, 8.5, "Да.", 0, True)]
    )
    assert heard.changed == 0
