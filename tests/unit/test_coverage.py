"""What was not heard live is named exactly, and cut to what was recorded."""

from dataclasses import replace

from line102.board import new_story
from line102.calls import Answer, CallId, CallRecord, OperatorId, QueueName, Side
from line102.coverage import offset, replaced_by, unheard_since_last_words, within
from line102.words import Stretch
from tests.fakes.scripted import at, seconds, segment

RECORD = CallRecord(call_id=CallId("pbx-1.1"), offered_at=at(0), recording_began_at=at(1))
ANSWER = Answer(operator_id=OperatorId("op1"), at=at(6), queue=QueueName("102"))


def missed(side: Side, start: float, end: float) -> Stretch:
    return Stretch(side=side, start=seconds(start), end=seconds(end), reason="test")


def test_offsets_count_from_the_recording() -> None:
    assert offset(RECORD, at(6)) == seconds(5)
    assert offset(RECORD, at(0)) == seconds(0)


def test_a_caller_never_heard_is_missed_from_the_beginning() -> None:
    stretch = unheard_since_last_words(new_story(RECORD), Side.CALLER, seconds(20), "test")
    assert stretch == missed(Side.CALLER, 0, 20)


def test_what_was_heard_is_not_missed() -> None:
    story = replace(new_story(RECORD), segments=(segment(Side.CALLER, 2, 7, "алло"),))
    assert unheard_since_last_words(story, Side.CALLER, seconds(20), "test") == missed(Side.CALLER, 7, 20)


def test_a_partial_is_not_heard() -> None:
    story = replace(new_story(RECORD), segments=(segment(Side.CALLER, 2, 7, "алло", final=False),))
    assert unheard_since_last_words(story, Side.CALLER, seconds(20), "test") == missed(Side.CALLER, 0, 20)


def test_the_operator_counts_from_the_answer() -> None:
    assert unheard_since_last_words(new_story(RECORD), Side.OPERATOR, seconds(20), "test") is None
    answered = new_story(replace(RECORD, answers=(ANSWER,)))
    assert unheard_since_last_words(answered, Side.OPERATOR, seconds(20), "test") == missed(Side.OPERATOR, 5, 20)


def test_less_than_a_word_is_no_gap() -> None:
    assert unheard_since_last_words(new_story(RECORD), Side.CALLER, seconds(0.5), "test") is None


def test_stretches_are_joined_and_cut_to_the_recording() -> None:
    found = within(
        (missed(Side.CALLER, 8, 30), missed(Side.CALLER, 0, 4), missed(Side.CALLER, 3, 5), missed(Side.OPERATOR, 2, 3)),
        seconds(10),
    )
    assert found == (missed(Side.CALLER, 0, 5), missed(Side.CALLER, 8, 10), missed(Side.OPERATOR, 2, 3))
    assert within((missed(Side.CALLER, 11, 12),), seconds(10)) == ()


def test_an_utterance_heard_again_does_not_stand_twice() -> None:
    cut = segment(Side.CALLER, 5, 7, "мне страшно")
    whole = segment(Side.CALLER, 5.2, 9, "мне страшно помогите")
    before = segment(Side.CALLER, 1, 4, "алло")
    other_side = segment(Side.OPERATOR, 5, 7, "слушаю")
    (marked,) = replaced_by([whole], [before, cut, other_side])
    assert (marked.side, marked.start, marked.text) == (cut.side, cut.start, cut.text), "the words are kept"
    assert marked.revision == cut.revision + 1
    assert marked.suppressed == "heard again from the recording"


def test_what_only_touches_the_new_words_stays() -> None:
    assert replaced_by([segment(Side.CALLER, 6, 9, "помогите")], [segment(Side.CALLER, 3, 6.5, "мне страшно")]) == []
