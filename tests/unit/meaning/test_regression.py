"""Logistic regression on similarities: against what must hold at its optimum."""

import numpy as np
import pytest

from warmline.meaning.regression import Regression
from warmline.meaning.vectors import sigmoid, softmax


def test_it_separates_what_can_be_separated() -> None:
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(4, 20))
    classes = np.repeat(np.arange(4), 6)
    points = centres[classes] + chance.normal(scale=0.3, size=(24, 20))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    alike = points @ points.T
    fitted = Regression(alike, classes, 4)
    shares = np.array([fitted.probabilities(row) for row in alike])
    assert shares.sum(axis=1) == pytest.approx(np.ones(24))
    assert (shares.argmax(axis=1) == classes).all()
    # At the optimum the slope is nought: each class is expected as often as it is there.
    assert shares.sum(axis=0) == pytest.approx(np.full(4, 6.0), abs=0.1)


def test_it_is_the_minimum() -> None:
    """One point in each of two classes: p / (1 - p) = exp(C * (1 - p) * |x - y|^2)."""
    share = Regression(np.array([[1.0, 0.2], [0.2, 1.0]]), np.array([0, 1]), 2).probabilities(
        np.array([1.0, 0.2])
    )[0]
    assert np.log(share / (1 - share)) == pytest.approx(30 * (1 - share) * 1.6, rel=1e-3)


def test_one_class_is_certain() -> None:
    fitted = Regression(np.array([[1.0]]), np.array([0]), 1)
    assert fitted.probabilities(np.array([0.1])) == pytest.approx([1.0])


def test_functions_that_make_probabilities() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])) == pytest.approx([0.0, 0.5, 1.0])
    assert softmax(np.array([1e9, 1e9])) == pytest.approx([0.5, 0.5])
