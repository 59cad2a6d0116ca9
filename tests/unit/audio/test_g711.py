import numpy as np
import pytest

from warmline.audio import g711


@pytest.mark.parametrize(
    ("code", "sample"),
    # ITU-T G.711, table 2a: both ends of the scale, the smallest steps, and both zeros.
    [(0x80, 32_124), (0x00, -32_124), (0xFF, 0), (0x7F, 0), (0xFE, 8), (0x7E, -8), (0xF0, 120)],
)
def test_codes_of_the_standard(code: int, sample: int) -> None:
    assert g711.decode(bytes([code]))[0] == sample


def test_every_code_survives_a_round_trip_but_negative_zero() -> None:
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes))
    assert [a for a, b in zip(codes, again, strict=True) if a != b] == [0x7F]


def test_error_is_at_most_half_a_step() -> None:
    samples = np.arange(-32_635, 32_636, dtype=np.int16)
    error = np.abs(g711.decode(g711.encode(samples)).astype(int) - samples.astype(int))
    assert np.all(error <= (np.abs(samples.astype(int)) + 132) / 32 + 1)


def test_full_scale_is_clipped_not_wrapped() -> None:
    loudest = np.array([32_767, -32_768], dtype=np.int16)
    assert g711.decode(g711.encode(loudest)).tolist() == [32_124, -32_124]
