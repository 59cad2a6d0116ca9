"""Piper, the voice. Runs in a worker process; knows no call. Only importer of piper."""

import json
from pathlib import Path

import numpy as np
import piper
from piper.config import PiperConfig

from warmline.audio.frame import Pcm
from warmline.inference import onnx

SILENCE = 0.004
"""Amplitude (full scale 1.0) below which the start and the end of a clip are silence."""
KEEP_BEFORE_S = 0.01
KEEP_AFTER_S = 0.12
"""Silence kept at the ends: no click before, a breath between clauses."""


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
        """The text as mono int16, without silence at its ends; `pace` 1.2 is a fifth faster."""
        config = piper.SynthesisConfig(
            length_scale=self._voice.config.length_scale / pace,
            noise_scale=self._chance,
            noise_w_scale=self._chance,
        )
        chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, config)]
        if not chunks:
            return np.zeros(0, dtype=np.int16)
        audio = np.concatenate(chunks)
        loud = np.flatnonzero(np.abs(audio) > SILENCE)
        if loud.size == 0:
            return np.zeros(0, dtype=np.int16)
        first = max(0, loud[0] - int(KEEP_BEFORE_S * self.rate))
        audio = audio[first : loud[-1] + int(KEEP_AFTER_S * self.rate)]
        pcm: Pcm = (np.clip(audio, -1.0, 1.0) * 32_767).astype(np.int16)
        return pcm
