"""Whether a turn's audio is good enough to say anything about the voice. Pure."""

from typing import Final, Literal

import numpy as np

from warmline.assist.frames import Frames
from warmline.assist.prosody import Prosody
from warmline.audio.frame import Pcm

Doubt = Literal["short", "noisy", "clipped", "overlap", "baseline", ""]
"""Why the voice is not judged, as in SentimentChanged.abstained; empty when it is."""

VOICED_LEAST_S: Final = 0.6
"""Less voice than that: the median pitch of a calm caller's pieces is spread by over two
semitones (LibriSpeech)."""
OVERLAP_MOST: Final = 0.3
"""Share of the turn in which others spoke: what is left is cut up, and their echo is in it."""
_CLIPPED_AT: Final = 31_500
"""Of 32,767; G.711's loudest step is 32,124 (mu-law) or 32,256 (A-law)."""
_CLIPPED_MOST: Final = 0.005
"""Share of all samples: half a per cent is heard as a rattle and flattens the spectrum."""
_SNR_LEAST_DB: Final = 12.0
"""Between the loud frames (95th percentile) and the quiet ones (5th), both of 300-3,400 Hz. Read
sentences with hardly a pause have 20 and more."""


def doubt(samples: Pcm, frames: Frames, prosody: Prosody) -> Doubt:
    """The first reason not to judge this voice, or an empty text."""
    if frames.size and np.mean(~frames.alone) > OVERLAP_MOST:
        return "overlap"
    if prosody.voiced_s < VOICED_LEAST_S:
        return "short"
    if np.mean(np.abs(samples.astype(np.int32)) >= _CLIPPED_AT) > _CLIPPED_MOST:
        return "clipped"
    quiet, loud = np.percentile(frames.level[frames.alone], [5, 95])
    return "noisy" if loud - quiet < _SNR_LEAST_DB else ""
