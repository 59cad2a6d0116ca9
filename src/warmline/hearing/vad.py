"""Is this a voice? Silero decides; webrtcvad spares it the silence. One detector per call.

The Silero model lies inside faster-whisper's package (MIT); the package is not imported here.
"""

from collections import deque
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import webrtcvad

from warmline.audio.frame import RATE, Pcm
from warmline.inference import onnx

_Floats = npt.NDArray[np.float32]

CHUNK: Final = 512
"""Samples that Silero takes at a time at 16 kHz: 32 ms."""
_CONTEXT: Final = 64
"""Samples of the chunk before that go in front."""
_GATE_FRAME: Final = 480
"""webrtcvad takes 10, 20 or 30 ms; 30 ms fits into a chunk."""
_HOLD: Final = 16
"""Chunks (0.5 s) that Silero goes on after webrtcvad heard something last."""
_LOOK_BACK: Final = 6
"""Chunks (0.2 s) of silence that Silero hears first when the gate opens, as its context."""


class SileroModel:
    """The weights, shared by all calls (they keep no state)."""

    def __init__(self) -> None:
        self.session: Any = onnx.session(_model_file())


class SileroDetector:
    """A `VoiceDetector`: feed it chunk after chunk of one call."""

    def __init__(self, model: SileroModel) -> None:
        self._session = model.session
        self._gate = webrtcvad.Vad(0)
        self._hold = 0
        self._before: deque[Pcm] = deque(maxlen=_LOOK_BACK)
        self._reset()

    def probability(self, samples: Pcm) -> float:
        """0 to 1: how likely these 512 samples (16 kHz) hold a voice."""
        if self._gate.is_speech(samples[:_GATE_FRAME].tobytes(), RATE):
            if self._hold == 0:
                self._reset()
                for chunk in self._before:
                    self._run(chunk)
            self._hold = _HOLD
        self._before.append(samples)
        if self._hold == 0:
            return 0.0
        self._hold -= 1
        return self._run(samples)

    def _reset(self) -> None:
        """Forget the past: Silero drifts after long silence or music."""
        self._h: _Floats = np.zeros((1, 1, 128), dtype=np.float32)
        self._c: _Floats = np.zeros((1, 1, 128), dtype=np.float32)
        self._context: _Floats = np.zeros(_CONTEXT, dtype=np.float32)

    def _run(self, samples: Pcm) -> float:
        audio: _Floats = samples.astype(np.float32) / np.float32(32_768)
        chunk = np.concatenate([self._context, audio])[None]
        self._context = audio[-_CONTEXT:]
        output, self._h, self._c = self._session.run(
            None, {"input": chunk, "h": self._h, "c": self._c}
        )
        return float(output.reshape(-1)[0])


def _model_file() -> Path:
    spec = find_spec("faster_whisper")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "assets" / "silero_vad_v6.onnx"
