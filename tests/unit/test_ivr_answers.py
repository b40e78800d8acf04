"""A yes is nothing but a yes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.answers import Answer, is_enough, understand

YES = """да|Да.|да да|да-да|ага|угу|ну да|да, давайте|давайте|хорошо|хорошо давайте|ладно|соедините|
соединяйте пожалуйста|да соедините меня|согласна|конечно|можно|окей|да пожалуйста|
соедините со справочной|переключите|ну давай|ну ладно|да да да|соидините|соедените пожалуйста|иә|ия|
Иә.|иа|ие|иә иә|иә, қосыңыз|жарайды|жарайд|болады|болад|қосыңыз|косыныз|қосыңызшы|жақсы|келісемін|
келисемин|мақұл|иә рахмет|иә жарайды|иә, давайте|да жарайды|хорошо қосыңыз|давайте иә|әрине|yes|
yes please|ok|okay|э да|ну хорошо|онда қосыңыз|бопты|да конечно|давайте соединяйте|да, переключайте|
ауыстырыңыз"""
NO = """нет|Нет.|неа|не надо|не нужно|не хочу|нет спасибо|да нет|нет да|да не надо|ну нет|не соединяйте|
несоединяйте|не согласен|несогласна|подожду|хорошо подожду|ладно я подожду|я жду|оператора|
соедините с оператором|да оператора|мне человека|да человека дайте|мне срочно|срочно|да срочно|жоқ|
жок|жоқ рахмет|керек емес|керегі жоқ|иә жоқ|болмайды|қоспаңыз|күтемін|жарайды күтейін|
операторға қосыңыз|оператор керек|адам керек|маған адам|шұғыл керек|тез керек|қажет емес|
нет керек емес|no|no thanks|don't|не понимаю|не давайте|помогите|да помогите|болмайды ғой|отстаньте|
стоп"""
UNCLEAR = """алло|а что|что|какая линия|какой вопрос|я|один|бір|что вы сказали|кто это|мама|тише|да меня|
да у нас|да он|да вы что|да тут такое дело|не знаю как|кто там|да я звоню по поводу паспорта|иә мен|
иә менің|иә бірақ|да но|а это платно|да?|можно?|хорошо а сколько ждать|не|болмады|қалай|не болды|
түсінбедім|да вот он|да убивают|да скорую|help me yes|помощи да|да да да да да да да|
он стоит и ждет нас да|[смех]||...|да здесь|да дома|жарайды ал|ну|пожалуйста|спасибо|рахмет|алло да"""


def listed(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\n", "").split("|")]


@pytest.mark.parametrize("text", listed(YES))
def test_a_clear_yes(text: str) -> None:
    assert understand(text) is Answer.YES


@pytest.mark.parametrize("text", listed(NO))
def test_a_no_beats_a_yes(text: str) -> None:
    assert understand(text) is Answer.NO


@pytest.mark.parametrize("text", listed(UNCLEAR))
def test_doubt_is_never_a_yes(text: str) -> None:
    assert understand(text) is not Answer.YES


@pytest.mark.parametrize("text", ["алло", "а что", "да меня", "да но", "да?", "", "[смех]", "рахмет", "иә бірақ"])
def test_what_is_neither_is_unclear(text: str) -> None:
    assert understand(text) is Answer.UNCLEAR


words = st.sampled_from([*" ".join(listed(YES) + listed(NO) + listed(UNCLEAR)).split(), "ножом", "дверь", "ребёнок"])


@given(
    st.lists(words, max_size=4),
    st.sampled_from(["нет", "жоқ", "не надо", "керек емес", "оператор", "подожду", "күтемін"]),
)
def test_no_word_beside_a_no_makes_it_a_yes(others: list[str], no: str) -> None:
    assert understand(" ".join([*others, no])) is not Answer.YES
    assert understand(" ".join([no, *others])) is not Answer.YES


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    assert understand(text) in Answer


@pytest.mark.parametrize(
    "text",
    listed(
        """нет|нет спасибо|большое спасибо|үлкен рахмет|спасибо|спасибо всё|всё понятно|
нет больше вопросов|спасибо до свидания|жоқ|
жоқ рахмет|рахмет|рахмет сау болыңыз|болды рахмет|түсінікті рахмет|не надо|не нужно спасибо|
да спасибо всё|жоқ спасибо|no thank you|басқа сұрағым жоқ|всё понял спасибо|бітті рахмет"""
    ),
)
def test_the_caller_has_heard_enough(text: str) -> None:
    assert is_enough(text)


@pytest.mark.parametrize(
    "text",
    listed(
        """да|иә|не понял|нет не то|нет я другое спрашивал|не поняла|ничего не понял|түсінбедім|олай емес|
нет не об этом|алло||нет а как подать заявление|спасибо а где это|жоқ паспорт туралы|нет он здесь|
не понятно|не помогло"""
    ),
)
def test_a_caller_who_wants_more_is_not_sent_off(text: str) -> None:
    assert not is_enough(text)
