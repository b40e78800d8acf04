"""Where in an utterance a place is named. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.places.context import Context, context_of, marked_kind
from routing.places.gazetteer import Place
from routing.places.index import MAX_WINDOW, Alike, NameIndex, keys_of
from routing.places.ordinary import is_given_name, is_ordinary
from routing.places.units import Role, Unit

MAX_OPTIONS = 3  # places that one stretch of words may stand for
_WEIGHT = {Context.PERSON: 0.0, Context.NONE: 0.72, Context.WEAK: 0.88, Context.STRONG: 0.95}
_KIND_WEIGHT = {"street": 1.0, "microdistrict": 0.99, "landmark": 0.9, "district": 0.6}
_EXACT = 0.999
_NEVER = 2.0  # no likeness reaches it
_NUMBERED = 0.1  # per number that belongs to the name
_LONGER = 0.022  # per letter: of two stretches that overlap the longer is meant


@dataclass(frozen=True, slots=True)
class Option:
    """One place that the words may mean."""

    place: Place
    score: float  # 0.0-1.0


@dataclass(frozen=True, slots=True)
class Mention:
    """Units [first, after) name one of ``options``, the likeliest first."""

    first: int
    after: int
    options: tuple[Option, ...]
    context: Context
    letters: int  # of the name alone, without "микрорайон"
    numbers: int  # "Аксай-4" has one

    @property
    def weight(self) -> float:
        """How much this stretch is preferred to one that overlaps it."""
        best = self.options[0]
        return best.score / _KIND_WEIGHT[best.place.kind] + _LONGER * self.letters + _NUMBERED * self.numbers


def find_mentions(index: NameIndex, units: Sequence[Unit]) -> tuple[Mention, ...]:
    """The stretches that name a place, in the order of the text; none overlaps another."""
    kept = _without_overlaps(_all_mentions(index, units, frozenset()))
    beside = frozenset(at for mention in kept for at in _beside(units, mention))
    if beside:  # "Абая Розыбакиева": a name that is also a person's is a street beside a street
        kept = _without_overlaps(_all_mentions(index, units, beside))
    return tuple(sorted(kept, key=lambda m: m.first))


def _without_overlaps(mentions: Iterator[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.weight, m.first, m.after)):
        if all(mention.after <= other.first or other.after <= mention.first for other in kept):
            kept.append(mention)
    return kept


def _beside(units: Sequence[Unit], mention: Mention) -> Iterator[int]:
    """The units next to a street, or joined to it by "и", "мен"."""
    if mention.options[0].place.kind != "street":
        return
    for at, step in ((mention.first - 1, -1), (mention.after, 1)):
        joined = at + step if 0 <= at < len(units) and units[at].role is Role.AND else at
        if 0 <= joined < len(units):
            yield joined


def _all_mentions(index: NameIndex, units: Sequence[Unit], beside: frozenset[int]) -> Iterator[Mention]:
    for first in range(len(units)):
        for after in range(first + 1, min(first + MAX_WINDOW, len(units)) + 1):
            mention = _mention(index, units, first, after, not beside.isdisjoint((first, after - 1)))
            if mention is not None:
                yield mention


def _mention(index: NameIndex, units: Sequence[Unit], first: int, after: int, beside: bool) -> Mention | None:
    window = units[first:after]
    letters = sum(len(unit.word) for unit in window)
    if _ends_in_a_house(units, after):
        return None
    if letters < 3 or letters > index.longest + 6 or all(unit.value is not None for unit in window):
        return None
    keys = keys_of(window)
    alike = index.exact(keys)
    if not alike:
        if letters < 5 or not _may_be_misheard(window):
            return None
        alike = index.similar(keys)
    if not alike:
        return None
    # Half of all Kazakh words end as a place does that one is at: of a misheard name the ending says nothing.
    context = context_of(units, first, after, cased=alike[0].cased and alike[0].likeness >= _EXACT)
    if beside and context is Context.NONE:
        context = Context.WEAK
    options = _options(units, first, after, alike, context)
    if not options:
        return None
    own = sum(len(unit.word) for unit in window if unit.role is not Role.MICRODISTRICT)
    return Mention(first, after, options, context, own, sum(unit.value is not None for unit in window))


def _ends_in_a_house(units: Sequence[Unit], after: int) -> bool:
    """ "Ақсай 5 ықшам ауданы 2 үй": the number before "үй" is no part of a name."""
    return after < len(units) and units[after - 1].value is not None and units[after].word.startswith("уй")


def _may_be_misheard(window: Sequence[Unit]) -> bool:
    """A stretch that begins or ends with a word of another task is no misheard name."""
    plain = (Role.PLAIN, Role.MICRODISTRICT)
    if window[0].role not in plain or window[-1].role not in plain:
        return False
    if len(window) > 3:
        return False
    return not all(is_ordinary(unit.word) for unit in window if unit.value is None) or len(window) == 1


def _options(
    units: Sequence[Unit], first: int, after: int, alike: Sequence[Alike], context: Context
) -> tuple[Option, ...]:
    window = units[first:after]
    words = [unit.word for unit in window if unit.value is None]
    ordinary = all(is_ordinary(word) for word in words)
    mixed = any(len(word) > 2 and is_ordinary(word) for word in words)
    given = len(window) == 1 and is_given_name(window[0].word)
    kind = marked_kind(units, first, after)
    options = []
    for one in alike:
        strength = _strength(one.place, context, window, exact=one.likeness >= _EXACT)
        if one.likeness < _least(one, strength, window, ordinary=ordinary, mixed=mixed, given=given):
            continue
        fitting = 1.0 if not kind or kind == one.place.kind else 0.95
        score = one.likeness**2 * _WEIGHT[strength] * _KIND_WEIGHT[one.place.kind] * fitting
        options.append(Option(one.place, min(score, 0.99)))
    options.sort(key=lambda option: (-option.score, option.place.name, option.place.kind))
    return tuple(options[:MAX_OPTIONS])


def _strength(place: Place, context: Context, window: Sequence[Unit], *, exact: bool) -> Context:
    """Names that say themselves what they are ("рынок …", "8 микрорайон") need no word beside them."""
    says_itself = any(unit.role in (Role.MICRODISTRICT, Role.DISTRICT, Role.STREET) for unit in window)
    if says_itself or (exact and place.kind == "landmark" and len(window) > 1):
        return Context.STRONG
    if place.kind == "microdistrict" and any(unit.value is not None for unit in window):
        return max(context, Context.WEAK)
    return context


def _least(one: Alike, context: Context, window: Sequence[Unit], *, ordinary: bool, mixed: bool, given: bool) -> float:
    """The likeness from which the words may mean this place."""
    letters = sum(len(unit.word) for unit in window)
    exact = one.likeness >= _EXACT
    if context is Context.PERSON:
        return _NEVER
    if exact:
        doubtful = ordinary or given or letters < 5
        return _EXACT if context >= (Context.WEAK if doubtful else Context.NONE) else _NEVER
    if ordinary:
        return 0.8 if context is Context.STRONG else _NEVER
    if mixed and len(window) > 1:
        return 0.87  # "метро скорая" is no "метро Сайран"
    if context is Context.STRONG:
        return 0.72 if letters >= 6 else 0.8
    if context is Context.WEAK:
        return 0.8 if letters >= 7 else 0.86
    return 0.9 if letters >= 7 else _NEVER
