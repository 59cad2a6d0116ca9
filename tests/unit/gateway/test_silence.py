"""What it means that a far end sends no audio."""

from math import inf

import pytest

from warmline.gateway.far_end import LegSettings
from warmline.gateway.silence import SilenceWatch


def test_more_patience_before_the_first_audio_than_after() -> None:
    watch = SilenceWatch(LegSettings(), 100.0)
    assert watch.next() == watch.gives_up() == 130.0
    watch.heard(105.0)
    assert watch.next() == watch.gives_up() == 120.0
    assert watch.frames(119.0) == 0


def test_silence_passes_at_the_pace_of_real_time_until_audio_comes() -> None:
    watch = SilenceWatch(LegSettings(fill_after_s=0.5), 0.0)
    watch.heard(10.0)
    assert watch.frames(10.49) == 0
    assert watch.next() == pytest.approx(10.5)
    assert watch.frames(10.5) == 5
    assert watch.frames(10.55) == 0
    assert watch.frames(11.0) == 25
    assert watch.next() == pytest.approx(11.1)
    watch.heard(11.05)
    assert watch.next() == pytest.approx(11.55)


@pytest.mark.parametrize("fill_after_s", [inf, 0.5])
def test_nothing_is_filled_in_before_the_first_audio(fill_after_s: float) -> None:
    watch = SilenceWatch(LegSettings(fill_after_s=fill_after_s), 0.0)
    assert watch.frames(29.9) == 0
