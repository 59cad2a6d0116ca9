"""G.711 A-law, the sound of the telephone network outside North America and Japan.

ITU-T G.711, table 1a/1b. Pure.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import Pcm

_EVEN_BITS: Final = 0x55
"""Every other bit goes inverted, so that silence has edges for old lines' clocks."""


def _decode_table() -> Pcm:
    code = np.arange(256, dtype=np.int32) ^ _EVEN_BITS
    mantissa, exponent = code & 0x0F, (code & 0x70) >> 4
    # The middle of each step; from the second segment on a leading one is implied.
    step = np.where(exponent == 0, mantissa * 2 + 1, mantissa * 2 + 33) << 3
    magnitude = step << np.maximum(exponent - 1, 0)
    samples: Pcm = np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
    return samples


def _encode_table() -> npt.NDArray[np.uint8]:
    sample = np.arange(65_536, dtype=np.int32).astype(np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(sample >= 0, 0x80, 0)
    magnitude = np.where(sample >= 0, sample, ~sample) >> 4  # 11 bits
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0) + 1
    exponent = np.where(magnitude < 16, 0, exponent)
    mantissa = (magnitude >> np.maximum(exponent - 1, 0)) & 0x0F
    code: npt.NDArray[np.int32] = (sign | (exponent << 4) | mantissa) ^ _EVEN_BITS
    return code.astype(np.uint8)


_DECODE: Final = _decode_table()
_ENCODE: Final = _encode_table()


def decode(data: bytes) -> Pcm:
    """One byte a sample to 16 bit PCM at the same rate."""
    return _DECODE[np.frombuffer(data, dtype=np.uint8)]


def encode(pcm: Pcm) -> bytes:
    """16 bit PCM to one byte a sample at the same rate."""
    return _ENCODE[pcm.view(np.uint16)].tobytes()
