"""G.711 A-law against the tables of the standard."""

import numpy as np

from warmline.audio import alaw


def test_known_codes() -> None:
    pcm = np.array([0, 1000, -1000, 32_767, -32_768], dtype=np.int16)
    assert alaw.encode(pcm) == bytes.fromhex("d5fa7aaa2a")
    assert alaw.decode(bytes.fromhex("005580d5aa")).tolist() == [-5504, -8, 5504, 8, 32_256]


def test_every_code_comes_back() -> None:
    codes = bytes(range(256))
    assert alaw.encode(alaw.decode(codes)) == codes


def test_no_sample_is_far_from_its_code() -> None:
    pcm = np.arange(-32_768, 32_768, dtype=np.int32)
    back = alaw.decode(alaw.encode(pcm.astype(np.int16))).astype(np.int32)
    # Half a step of the segment: 8 for the small ones, a 32nd of the value above.
    assert (np.abs(back - pcm) <= np.maximum(16, np.abs(pcm) / 32 + 16)).all()
    assert (np.diff(back) >= 0).all()
