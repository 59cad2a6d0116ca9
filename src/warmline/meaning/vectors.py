"""The number types of this room, and the two functions that make probabilities. Pure."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]
"""One embedding a row, each of length 1."""
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to embeddings: (n,) to (n, dimensions)."""


def sigmoid(scores: Floats) -> Floats:
    """The probabilities that belong to log odds."""
    shares: Floats = 1 / (1 + np.exp(-np.clip(scores, -50, 50)))
    return shares


def softmax(scores: Floats) -> Floats:
    """Shares of 1 along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares
