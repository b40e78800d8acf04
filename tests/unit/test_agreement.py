"""Which words of an utterance that goes on are settled: examples, and properties over any passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcription.agreement import Agreement, Shown, following, plain

words = st.lists(st.sampled_from(["на", "улице", "Абая", "пожар", "көмек", "көмек."]), max_size=8)
passes = st.lists(st.tuples(words, st.booleans()), max_size=8)


def test_what_two_passes_agree_on_is_committed_but_for_the_last_word() -> None:
    agreement = Agreement()
    assert agreement.hear("на улице", "ru") == Shown("на", 0)
    assert agreement.hear("на улице Абая пож", "ru") == Shown("на улице Абая", len("на улице"))
    assert agreement.hear("на улице Абая пожар в", "ru") == Shown("на улице Абая пожар", len("на улице Абая"))


def test_case_and_punctuation_are_no_disagreement_and_the_first_form_stays() -> None:
    agreement = Agreement()
    agreement.hear("На улице. пожар", "ru")
    assert agreement.hear("на Улице пожар сейчас", "ru") == Shown("на Улице пожар", len("на Улице пожар"))
    assert agreement.hear("НА, УЛИЦЕ! пожар сейчас же", "ru").text.startswith("на Улице пожар")


def test_a_committed_word_stays_when_a_later_pass_hears_another() -> None:
    agreement = Agreement()
    agreement.hear("на улице Абая пожар", "ru")
    agreement.hear("на улице Абая пожар большой", "ru")
    assert agreement.hear("она у лица Абая пожар большой дым идёт", "ru").text == "на улице Абая пожар большой дым"


def test_a_pause_shows_the_last_word_too() -> None:
    agreement = Agreement()
    agreement.hear("на улице", "ru")
    assert agreement.hear("на улице Абая", "ru", paused=True) == Shown("на улице Абая", len("на улице"))


def test_another_language_begins_anew() -> None:
    agreement = Agreement()
    agreement.hear("на улице Абая", "ru")
    agreement.hear("на улице Абая пожар", "ru")
    assert agreement.hear("Абай көшесінде өрт", "kk") == Shown("Абай көшесінде", 0)


def test_nothing_heard_takes_nothing_back() -> None:
    agreement = Agreement()
    agreement.hear("на улице Абая", "ru")
    shown = agreement.hear("на улице Абая пожар", "ru")
    assert agreement.hear("", "ru") == Shown(shown.text[: shown.committed], shown.committed)


@given(passes)
def test_within_a_language_the_committed_text_only_grows_and_begins_the_shown_one(
    drawn: list[tuple[list[str], bool]],
) -> None:
    agreement, before = Agreement(), ""
    for heard, paused in drawn:
        shown = agreement.hear(" ".join(heard), "ru", paused=paused)
        committed = shown.text[: shown.committed]
        assert len(committed) == shown.committed
        assert committed.startswith(before)
        assert not committed or shown.text[shown.committed : shown.committed + 1] in ("", " ")
        before = committed


@given(passes)
def test_only_words_of_two_passes_are_committed(drawn: list[tuple[list[str], bool]]) -> None:
    agreement, heard_before = Agreement(), list[str]()
    for heard, paused in drawn:
        shown = agreement.hear(" ".join(heard), "ru", paused=paused)
        heard_before += heard
        for word in shown.text[: shown.committed].split():
            assert [plain(other) for other in heard_before].count(plain(word)) >= 2


@given(words)
def test_two_equal_passes_of_whole_words_commit_everything(heard: list[str]) -> None:
    agreement, text = Agreement(), " ".join(heard)
    agreement.hear(text, "ru", paused=True)
    assert agreement.hear(text, "ru", paused=True) == Shown(text, len(text))


@given(words, words)
def test_what_follows_the_committed_words_is_found_behind_them(committed: list[str], rest: list[str]) -> None:
    assert following(committed, committed + rest) == len(committed)
