"""Yes, no, and "that was all": what a short spoken answer means, in Russian, Kazakh and both mixed. Pure.

A yes may send a caller away from 102, so it must be nothing but a yes: one word that is not understood makes it
unclear, one no makes it a no. Unclear is never acted upon.
"""

from __future__ import annotations

from enum import Enum

from rapidfuzz.distance import Levenshtein

from ivr.wording import fold, words_of

MAX_WORDS = 6  # who says more tells something, and does not answer a question
_FUZZY_FROM = 7  # letters: shorter words are too near to others


class Answer(Enum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


def _listed(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


_YES = _listed(
    "да дада ага аха угу ок окей хорошо ладно давайте давай согласен согласна конечно можно соедините соединяйте "
    "соединяй переключите переключайте переводите переведите подходит валяйте йес yes yeah okay sure "
    "ok иә ия иа ие иае йа йә ийя иян ияа жарайды жарайт жарайд жарай жақсы макул мақұл болады болад бопты "
    "келісемін келісем келістім қосыңыз қосыңызшы қос косынызш қосыныз ауыстырыңыз ауыстырыңызшы әрине дұрыс"
)
# Said beside a yes; none of them says what the caller wants.
_FILLER = _listed("ну пожалуйста спасибо э ээ эм мм м а вот же и тогда please өтінемін өтінем рахмет рақмет онда енді")
# Said with a verb of connecting only: "да, соедините меня". "Да, меня…" is the beginning of something else.
_CONNECTS = tuple(_listed("соедин переключ перевод перевед қос ауыстыр"))
_CONNECTED = _listed("меня с со на к справочной справочную справочная линией линию мені анықтамаға желісіне анықтама")
_NO = _listed(
    "нет неа нее нету нельзя отказываюсь против отстаньте отмена стоп no nope dont not "
    "подожду жду ждать подождем останусь остаюсь буду "  # "хорошо, подожду" stays
    "оператор оператора оператору оператором человек человека человеку человеком живой живого инспектор инспектора "
    "срочно срочное срочный быстрее скорее помогите "
    "жоқ жок жо емес керексіз болмайды болмай болмас қажетсіз қоспаңыз қоспай қоспа тоқтаңыз тоқта "
    "күтемін күтем күтейін күтіп күте тұрамын қаламын операторға операторды операторым адам адаммен адамға адамды "
    "шұғыл тез тезірек көмектесіңіз wait operator person urgent stay"
)
_BEGINS_NO = tuple(_listed("нехоч ненад ненуж несоед несогл непереключ непереводи керекем кереке керекж қажете"))
_NEGATIONS = _listed("не ни без don")
# Ends the self-service's turn, with or without a no: "спасибо, всё".
_ENOUGH = _listed(
    "большое огромное үлкен көп "
    "спасибо благодарю все понятно понял поняла ясно больше вопросов досвидания до свидания пока достаточно хватит "
    "ничего рахмет рақмет рахмед болды бітті түсінікті түсіндім сау болыңыз болыңыздар сұрағым сұрақ басқа "
    "thanks thank you bye goodbye that thats all nothing"
)
_DENIES = _listed("нет неа нету жоқ жок жо no nope")
_NOT_NEEDED = _listed("надо нужно")  # the only words that a "не" may stand before: "не понял" is a miss


def understand(text: str) -> Answer:
    """What the caller's words answer to a yes-or-no question. Total; a no beats a yes, doubt is ``UNCLEAR``."""
    words = words_of(text)
    if not words or len(words) > MAX_WORDS or "?" in text:
        return Answer.UNCLEAR
    if any(_is_no(word) for word in words):
        return Answer.NO
    agreed = [_is_yes(word) for word in words]
    filler = _FILLER | _CONNECTED if any(word.startswith(_CONNECTS) for word in words) else _FILLER
    understood = all(yes or word in filler for yes, word in zip(agreed, words, strict=True))
    return Answer.YES if any(agreed) and understood else Answer.UNCLEAR


def is_enough(text: str) -> bool:
    """Whether the caller, asked if there is anything else, says nothing but no and thanks."""
    words = words_of(text)
    if not words or len(words) > MAX_WORDS or "?" in text:
        return False
    spare = _FILLER | _NOT_NEEDED | {"не"} if not _NOT_NEEDED.isdisjoint(words) else _FILLER
    closing = not (_ENOUGH | _DENIES).isdisjoint(words) or "не" in spare
    return closing and all(word in _DENIES or word in _ENOUGH or word in spare or _is_yes(word) for word in words)


def _is_no(word: str) -> bool:
    if word in _NO or word in _NEGATIONS or word.startswith(_BEGINS_NO):
        return True
    return len(word) >= _FUZZY_FROM and word.startswith("не") and word not in _YES and _near(word[2:], _YES)


def _is_yes(word: str) -> bool:
    return word in _YES or (len(word) >= _FUZZY_FROM and not word.startswith("не") and _near(word, _YES))


def _near(word: str, among: frozenset[str]) -> bool:
    """One letter misheard in a long word. "болмады" (no) is two away from every yes; a test holds it there."""
    return any(len(one) >= _FUZZY_FROM and Levenshtein.distance(word, one, score_cutoff=1) <= 1 for one in among)
