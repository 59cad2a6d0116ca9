"""G.711 mu-law, the sound of the telephone network (ITU-T G.711, table 2a/2b)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from warmline.audio.frame import Pcm

_BIAS: Final = 0x84
_CLIP: Final = 32_635


def _decode_table() -> Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << ((code & 0x70) >> 4)) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> npt.NDArray[np.uint8]:
    sample = np.arange(65_536, dtype=np.int32).astype(np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(sample < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: npt.NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


_DECODE: Final = _decode_table()
_ENCODE: Final = _encode_table()


def decode(data: bytes) -> Pcm:
    """One byte a sample to 16 bit PCM at the same rate."""
    return _DECODE[np.frombuffer(data, dtype=np.uint8)]


def encode(pcm: Pcm) -> bytes:
    """16 bit PCM to one byte a sample at the same rate."""
    return _ENCODE[pcm.view(np.uint16)].tobytes()
