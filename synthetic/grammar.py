"""Sentences that the demo model knows: the grammar of its recipe, loaded from its file (it is no package)."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from types import ModuleType

from line102.errors import BadSetting

MAX_WORDS = 13  # per sentence: what the demo model was trained on


class Matter(IntEnum):
    """What a sentence is about; the order of the grammar's groups."""

    EMERGENCY = 0  # also disputes, addresses and descriptions
    QUESTION = 1
    NUISANCE = 2
    APPLICATION = 3
    OPERATOR = 4  # what operators say
    GREETING = 5  # how operators begin: the first two templates of OPERATOR
    ADDRESS = 6  # the templates of EMERGENCY that name an address


class Grammar:
    """Draws sentences with the caller's own dice: the same dice give the same sentence."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def sentence(self, language: str, matter: Matter, dice: random.Random) -> str:
        """One sentence in "ru" or "kk", words as spoken, at most 13, first letter capital."""
        groups: Sequence[Sequence[str]] = self._module.SETS[language][2]
        match matter:
            case Matter.GREETING:
                templates = groups[Matter.OPERATOR][:2]
            case Matter.ADDRESS:
                templates = [template for template in groups[Matter.EMERGENCY] if "{addr}" in template]
            case _:
                templates = groups[matter]
        words = str(self._module.expand(dice.choice(templates), language, dice)).split()
        return str(self._module.finish(words[:MAX_WORDS], language))


def load_grammar(path: Path) -> Grammar:
    """Load ``grammar.py`` of the demo model's recipe. Raises BadSetting."""
    spec = importlib.util.spec_from_file_location("line102_demo_grammar", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BadSetting(str(path), "no grammar there", "Point to transcription/demo_model/recipe/grammar.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Grammar(module)
