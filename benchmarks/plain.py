"""Plain faster-whisper, the way it is usually used: what the short window is compared with."""

from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from warmline.audio.frame import Pcm


class PlainWhisper:
    """30 s windows, int8, one thread."""

    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def transcribe(self, samples: Pcm) -> str:
        """Greedy, at temperature 0 and without its fallback: the quickest that it does."""
        segments, _ = self._model.transcribe(
            samples.astype(np.float32) / 32_768,
            language="en",
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
        )
        return "".join(segment.text for segment in segments).strip()
