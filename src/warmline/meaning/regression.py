"""Multinomial logistic regression on similarities (kernel form). Pure; numpy only.

Knows no texts. With few examples the weights lie in the span of the examples, so an n x n
matrix of similarities is all it needs.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.meaning.vectors import Floats, softmax

_C: Final = 30.0
"""Inverse of the penalty, as in scikit-learn; measured best on two sets of intents."""
_STEPS: Final = 300
"""Until the probabilities move by less than .001."""


class Regression:
    """Fitted on a positive semidefinite matrix of similarities and a class for each row."""

    def __init__(self, similarities: Floats, classes: npt.NDArray[np.intp], count: int) -> None:
        """`similarities` (n, n), `classes` (n,) from 0 to `count` - 1.

        Fixed steps downhill with Nesterov's momentum: in the eigenvectors' frame the bound of
        Böhning (1992) on the curvature is diagonal, so that each direction has its own step and
        none can overshoot.
        """
        # A constant added to all similarities makes the intercept one of the weights.
        values, vectors = np.linalg.eigh(similarities + 1.0)
        kept = values > 1e-9 * values[-1]
        values, vectors = values[kept], vectors[:, kept]
        features = vectors * np.sqrt(values)
        wanted = np.eye(count)[classes]
        step = 1.0 / (values / 2 + 1 / _C)[:, None]
        weights = ahead = np.zeros((values.size, count))
        for number in range(_STEPS):
            slope = features.T @ (softmax(features @ ahead) - wanted) + ahead / _C
            following = ahead - step * slope
            ahead = following + number / (number + 3) * (following - weights)
            weights = following
        self._weights: Floats = (vectors / np.sqrt(values)) @ weights

    def probabilities(self, similarities: Floats) -> Floats:
        """Of each class (count,), for the similarities (n,) of a text to the examples."""
        return softmax((similarities + 1.0) @ self._weights)
