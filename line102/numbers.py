"""A caller's number in its several spellings. Pure.

One subscriber of Kazakhstan or Russia is written +77011234567, 77011234567, 87011234567 or 7011234567, as the trunk and
the person who types it like; whoever looks for a number means all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_DIGITS = re.compile("[0-9]")
_NATIONAL = 10  # digits of a number within +7
_COUNTRY = "7"
_AREAS = "34789"  # first digits of the area codes within +7


@lru_cache(maxsize=4096)  # the same few are compared at every call
def plain(number: str) -> str:
    """The digits that name the subscriber, with the country where it is known; "" for a withheld number."""
    digits = "".join(_DIGITS.findall(number))
    if number.strip().startswith("+"):
        return digits
    if len(digits) == _NATIONAL and digits[0] in _AREAS:
        return _COUNTRY + digits
    if len(digits) == _NATIONAL + 1 and digits[0] == "8" and digits[1] in _AREAS:
        return _COUNTRY + digits[1:]
    return digits


def is_withheld(number: str) -> bool:
    return not plain(number)


def forms_of(number: str) -> tuple[str, ...]:
    """Every spelling under which the ledger may hold the number's calls; () for a withheld one."""
    digits = plain(number)
    if not digits:
        return ()
    forms = [number, digits, f"+{digits}"]
    if len(digits) == _NATIONAL + 1 and digits[0] == _COUNTRY:
        forms += ["8" + digits[1:], digits[1:]]
    return tuple(dict.fromkeys(form for form in forms if plain(form) == digits))


CALL_BACK_FORM = re.compile(r"\+?[0-9X]{5,20}", re.ASCII)
"""A form of number that may be called back: digits, and X for any digit."""


def has_form(number: str, forms: Iterable[str]) -> bool:
    """Whether ``number``, as the trunk gave it, has one of the forms: what the dialplan asks too."""
    return any(re.fullmatch(re.escape(form).replace("X", "[0-9]"), number, re.ASCII) for form in forms)
