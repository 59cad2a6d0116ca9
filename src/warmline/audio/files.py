"""Sound files in and out. Only importer of soundfile (libsndfile)."""

from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from warmline.audio.frame import Pcm
from warmline.audio.resample import resample
from warmline.errors import AudioError


def read(path: Path, rate: int) -> Pcm:
    """A file of any rate and channel count as mono int16 at `rate` Hz.

    Raises AudioError: no such file, or nothing that libsndfile can read.
    """
    samples, source = _floats(path)
    return _mono(samples.mean(axis=1), source, rate)


def read_channel(path: Path, rate: int, channel: int = 0) -> Pcm:
    """One channel of a file (the caller's is the first of a recorded call) as int16 at `rate` Hz.

    Raises AudioError as `read`.
    """
    samples, source = _floats(path)
    return _mono(samples[:, min(channel, samples.shape[1] - 1)], source, rate)


def _floats(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Shape (n, channels), and Hz."""
    try:
        samples, source = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        why = "there is no such file" if not path.exists() else _reason(error)
        raise AudioError(
            f"{path}: {why}; expected a sound file that libsndfile reads (WAV, FLAC, OGG, MP3 …)"
        ) from None
    if samples.size == 0:
        raise AudioError(f"{path}: the file holds no samples")
    return samples, source


def _mono(samples: npt.NDArray[np.float32], source: int, rate: int) -> Pcm:
    return resample((np.clip(samples, -1.0, 1.0) * 32_767).astype(np.int16), source, rate)


def write_wav(path: Path, samples: Pcm, rate: int) -> None:
    """Shape (n,) is mono, (n, 2) stereo. Raises AudioError when the file cannot be written."""
    try:
        soundfile.write(str(path), samples, rate, format="WAV", subtype="PCM_16")
    except (OSError, RuntimeError) as error:
        raise AudioError(f"{path}: cannot be written: {_reason(error)}") from None


class FlacWriter:
    """A FLAC file that grows. All methods block, and raise AudioError when the disk does not
    take it."""

    def __init__(self, path: Path, rate: int, channels: int) -> None:
        self._path = path
        self._channels = channels
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = soundfile.SoundFile(
                str(path), "w", rate, channels, subtype="PCM_16", format="FLAC"
            )
        except (OSError, RuntimeError) as error:
            raise AudioError(f"{path}: cannot be written: {_reason(error)}") from None

    def write(self, samples: Pcm) -> None:
        """Shape (n, channels)."""
        try:
            self._file.write(samples)
            self._file.flush()
        except (OSError, RuntimeError) as error:
            raise AudioError(f"{self._path}: cannot be written: {_reason(error)}") from None

    def silence(self, samples: int) -> None:
        """So many samples of nothing, in pieces of a second."""
        for at in range(0, samples, self._file.samplerate):
            size = min(self._file.samplerate, samples - at)
            self.write(np.zeros((size, self._channels), dtype=np.int16))

    def close(self) -> None:
        try:
            self._file.close()
        except (OSError, RuntimeError) as error:
            raise AudioError(f"{self._path}: cannot be ended: {_reason(error)}") from None


def wav(samples: Pcm, rate: int) -> bytes:
    """Shape (n,) or (n, channels) as the bytes of a WAV file."""
    buffer = BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _reason(error: Exception) -> str:
    return str(error).rpartition(": ")[2].strip().rstrip(".") or type(error).__name__
