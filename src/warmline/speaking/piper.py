"""Piper, the voice. Runs in a worker process; knows no call. Only importer of piper."""

import json
from pathlib import Path

import numpy as np
import piper
from piper.config import PiperConfig

from warmline.audio.frame import Pcm
from warmline.inference import onnx
from warmline.speaking.shape import shape


class Voice:
    """One voice in memory; `speak` is not reentrant (espeak-ng is not either)."""

    def __init__(self, folder: Path, name: str, *, steady: bool = False) -> None:
        """`folder` holds `name`.onnx and `name`.onnx.json.

        A `steady` voice says the same text always alike, and a little flatter; by itself Piper
        varies melody and pace by chance.
        """
        settings = json.loads((folder / f"{name}.onnx.json").read_text(encoding="utf-8"))
        self._chance = 0.0 if steady else None
        """Piper's scales of chance; None for the voice's own."""
        self._voice = piper.PiperVoice(
            session=onnx.session(folder / f"{name}.onnx"), config=PiperConfig.from_dict(settings)
        )

    @property
    def rate(self) -> int:
        """Samples a second (Hz) of what `speak` gives."""
        return int(self._voice.config.sample_rate)

    def speak(self, text: str, pace: float) -> Pcm:
        """The text as mono int16, shaped to be joined with others; `pace` 1.2 is a fifth faster."""
        config = piper.SynthesisConfig(
            length_scale=self._voice.config.length_scale / pace,
            noise_scale=self._chance,
            noise_w_scale=self._chance,
            normalize_audio=False,  # equal peaks are not equal levels
        )
        chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, config)]
        if not chunks:
            return np.zeros(0, dtype=np.int16)
        return shape(np.concatenate(chunks), self.rate)
