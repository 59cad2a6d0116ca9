"""Does the voice sound finished? Smart Turn v3.2, and both ends of the wire to its worker.

The model hears only how something is said (melody, tempo, a drawn-out "um"); what is said and what
the flow waits for is weighed in `patience`. Knows samples; no words, no turn.

Its input is the log-mel of Whisper over eight seconds that end with the audio, made as the
model's authors do: silence before what is shorter, the padded samples scaled to zero mean and unit
variance (epsilon 1e-7), Hann window of 400, hop 160, 80 mel filters of the Slaney scale, log10
clamped to 8 below its maximum, then (x + 4) / 4. Its output is a probability already.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from warmline.audio.frame import RATE, Pcm
from warmline.inference import onnx
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.worker import Engine
from warmline.ports import Priority

MODEL: Final = "smart-turn-v3.2"
"""Its name in the catalogue of models."""
FILE: Final = "smart-turn-v3.2-cpu.onnx"
WINDOW_S: Final = 8
_SAMPLES: Final = WINDOW_S * RATE
_FFT: Final = 400
_HOP: Final = 160
_MELS: Final = 80
_VARIANCE: Final = 1e-7
_FLOOR: Final = 1e-10
_RANGE: Final = 8.0
_LINEAR_HZ: Final = 1000.0
"""Up to here the Slaney mel scale is linear, 200/3 Hz a mel; above, 27 mels are a factor of 6.4."""

_Floats = npt.NDArray[np.float32]
_Doubles = npt.NDArray[np.float64]


def log_mel(samples: Pcm) -> _Floats:
    """The model's input, shape (80, 800), for the last 8 s of `samples` (16 kHz)."""
    audio = np.zeros(_SAMPLES, dtype=np.float32)
    last = samples[-_SAMPLES:]
    if last.size:
        audio[-last.size :] = last.astype(np.float32) / 32_768
    audio = (audio - audio.mean()) / np.sqrt(audio.var() + _VARIANCE)
    padded = np.pad(audio, _FFT // 2, mode="reflect")
    frames = sliding_window_view(padded, _FFT)[:-_HOP:_HOP] * _WINDOW
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    log = np.log10(np.maximum(_FILTERS @ power.T, _FLOOR))
    scaled: _Floats = ((np.maximum(log, log.max() - _RANGE) + 4) / 4).astype(np.float32)
    return scaled


class SmartTurn:
    """The weights, on one thread."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds `FILE`."""
        self._session: Any = onnx.session(folder / FILE)

    def finished(self, samples: Pcm) -> float:
        """0 to 1: how likely whoever speaks in `samples` (16 kHz) has finished."""
        (output,) = self._session.run(None, {"input_features": log_mel(samples)[None]})
        return float(output.reshape(-1)[0])


WITHIN_S: Final = 0.15
"""An answer that is begun later helps nobody: the words have decided by then."""


class RemoteTurnModel:
    """A `TurnModel` in worker processes."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def finished(self, samples: Pcm) -> float:
        """See `ports.TurnModel`; sends the last 8 s only."""
        body = samples[-_SAMPLES:].tobytes()
        answer = await self._pool.ask({}, body, priority=Priority.BARGE_IN, within_s=WITHIN_S)
        return float(answer.head["finished"])


def load(folder: str) -> Engine:
    """The engine in the worker process."""
    model = SmartTurn(Path(folder))
    model.finished(np.zeros(RATE, dtype=np.int16))  # the first run is slow

    def finished(request: Message) -> Message:
        samples = np.frombuffer(request.body, dtype=np.int16)
        return Message({"finished": model.finished(samples)})

    return finished


def _hz(mel: _Doubles) -> _Doubles:
    knee = _LINEAR_HZ * 3 / 200
    above = _LINEAR_HZ * np.exp(np.log(6.4) / 27 * (mel - knee))
    return np.where(mel < knee, mel * 200 / 3, above)


def _filters() -> _Doubles:
    """Triangles of equal area, shape (80, 201)."""
    highest = _LINEAR_HZ * 3 / 200 + np.log(RATE / 2 / _LINEAR_HZ) * 27 / np.log(6.4)
    corners = _hz(np.linspace(0.0, highest, _MELS + 2))[:, None]
    bins = np.linspace(0.0, RATE / 2, _FFT // 2 + 1)[None]
    rising = (bins - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - bins) / (corners[2:] - corners[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * 2 / (corners[2:] - corners[:-2]))


_WINDOW: Final[_Doubles] = np.hanning(_FFT + 1)[:-1]
_FILTERS: Final = _filters()
