"""Louder, but never clipped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.loudness import louder


def test_a_quiet_voice_gains_as_many_decibels_as_asked() -> None:
    clip = np.array([1000, -1000, 0], dtype=np.int16)
    assert louder(clip, 6.0) == pytest.approx([1995, -1995, 0], abs=2)


def test_without_gain_it_is_the_same_clip() -> None:
    clip = np.array([1, 2], dtype=np.int16)
    assert louder(clip, 0.0) is clip


@given(st.lists(st.integers(-32_768, 32_767), max_size=50), st.floats(0.1, 20))
def test_no_sample_changes_its_sign_or_its_rank(samples: list[int], gain_db: float) -> None:
    clip = np.array(sorted(samples), dtype=np.int16)
    loud = louder(clip, gain_db).astype(int)
    assert loud.dtype == int and (np.diff(loud) >= 0).all()
    assert (np.sign(loud) == np.sign(clip)).all()
