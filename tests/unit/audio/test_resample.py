import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.audio.resample import StreamResampler, resample

RATES = [8_000, 16_000, 24_000, 48_000]


def tone(frequency: float, rate: int, seconds: float = 1.0) -> Pcm:
    t = np.arange(int(rate * seconds)) / rate
    return (8_000 * np.sin(2 * np.pi * frequency * t)).astype(np.int16)


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("frequency", [300.0, 1_000.0, 3_000.0])
def test_a_tone_stays_a_pure_tone(source: int, frequency: float) -> None:
    out = StreamResampler(source, 16_000).push(tone(frequency, source)).astype(float)
    middle = out[4_000:12_000] * np.hanning(8_000)
    spectrum = np.abs(np.fft.rfft(middle))
    at = np.abs(np.fft.rfftfreq(8_000, 1 / 16_000) - frequency) < 20
    assert 20 * np.log10(spectrum[at].max() / spectrum[~at].max()) > 70
    assert out[4_000:12_000].std() == pytest.approx(tone(frequency, source).std(), rel=0.02)


def test_what_does_not_fit_the_new_rate_is_filtered_out() -> None:
    out = StreamResampler(48_000, 16_000).push(tone(12_000, 48_000))
    assert out[1_000:].astype(float).std() < 5


@given(
    source=st.sampled_from(RATES),
    cuts=st.lists(st.integers(min_value=0, max_value=4_000), max_size=12),
)
@settings(max_examples=50, deadline=None)
def test_how_a_stream_is_cut_makes_no_difference(source: int, cuts: list[int]) -> None:
    signal = np.random.default_rng(1).integers(-9_000, 9_000, 4_000).astype(np.int16)
    stream = StreamResampler(source, 16_000)
    pieces = [stream.push(piece) for piece in np.split(signal, sorted(cuts))]
    whole = StreamResampler(source, 16_000).push(signal)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert 0 <= 4_000 * 16_000 / source - whole.size < 320 or source == 16_000


def test_every_frame_comes_out_at_once() -> None:
    stream = StreamResampler(8_000, 16_000)
    frame = np.zeros(160, dtype=np.int16)
    assert [stream.push(frame).size for _ in range(5)] == [320] * 5


def test_a_whole_clip_keeps_its_length() -> None:
    assert resample(tone(440, 22_050), 22_050, 8_000).size == 8_000
    clip = tone(440, 16_000)
    assert resample(clip, 16_000, 16_000) is clip
