"""Reads tensors from a safetensors file into numpy, without the library of that name.

Format: eight bytes with the header's length (little endian), a JSON header with type, shape
and place of each tensor, then the bytes. Knows no model.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from warmline.errors import ModelError

Array = npt.NDArray[np.float32]

_MAX_HEADER: Final = 100_000_000
"""Bytes; the limit that the format itself sets."""


class Tensors:
    """The float32 tensors of one file, read from disk when they are asked for."""

    def __init__(self, path: Path) -> None:
        """Raises ModelError when the file is missing or no safetensors file."""
        self._path = path
        try:
            with path.open("rb") as file:
                size = int.from_bytes(file.read(8), "little")
                if size > _MAX_HEADER:
                    raise ValueError
                self._header: Mapping[str, Any] = json.loads(file.read(size))
            self._bytes = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}: pull the model again") from error
        except ValueError as error:
            raise ModelError(f"{path}: not a safetensors file: pull the model again") from error

    def __getitem__(self, name: str) -> Array:
        """A copy of the tensor. Raises ModelError when it is not there as float32."""
        try:
            entry = self._header[name]
            begin, end = entry["data_offsets"]
            if entry["dtype"] != "F32":
                raise ValueError
            flat = self._bytes[begin:end].view(np.float32)
            return np.array(flat.reshape(entry["shape"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{self._path}: no float32 tensor {name}: this needs all-MiniLM-L6-v2"
            ) from error
