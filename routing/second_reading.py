"""The second reading: a few small networks weigh what both voices counted. Pure; numpy alone.

They see ``Reading.signs`` (routing/reading.py) and tell how surely an utterance is an emergency, how surely a question.
Several, because one alone is sure by chance here and there; their mean is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from line102.words import Label

KINDS = (Label.EMERGENCY, Label.INFORMATIONAL, Label.NON_URGENT, None)  # what they tell apart; None: anything else
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """``count`` networks of one hidden layer (ReLU), softmax over KINDS. Fitted by routing/second_training.py."""

    even: Array  # (2, signs): centre, scale
    hidden: Array  # (count, signs, units)
    hidden_bias: Array  # (count, units)
    out: Array  # (count, units, kinds)
    out_bias: Array  # (count, kinds)

    def weigh(self, signs: Array) -> tuple[float, float]:
        """How surely an emergency, how surely a question; 0.0-1.0 each. ``signs``: (signs,)."""
        centre, scale = self.even
        units = np.maximum(((signs - centre) / scale) @ self.hidden + self.hidden_bias, 0.0)
        margins = np.einsum("cu,cuk->ck", units, self.out) + self.out_bias
        raised = np.exp(margins - margins.max(axis=1, keepdims=True))
        sure = (raised / raised.sum(axis=1, keepdims=True)).mean(axis=0)
        return float(sure[0]), float(sure[1])


def no_networks() -> Networks:
    """Of a model whose second reading is not fitted yet: it must not be asked."""
    return Networks(
        even=np.zeros((2, 0)),
        hidden=np.zeros((0, 0, 0)),
        hidden_bias=np.zeros((0, 0)),
        out=np.zeros((0, 0, len(KINDS))),
        out_bias=np.zeros((0, len(KINDS))),
    )
