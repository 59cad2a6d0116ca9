"""The waits of one call, measured in the caller's two tracks. Pure.

The server's log only tells which turns it made of the clip, and when it decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from warmline.audio.frame import Pcm
from warmline.caller.client import Recording
from warmline.caller.tracks import AUDIBLE, BLOCK_S, Track, first_audible

Event = dict[str, Any]

ONSET_S: Final = 0.1
"""So long the bot must have been silent for a sound to be the beginning of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One clip's call. Times in milliseconds; None where there was nothing to measure."""

    clip: str
    call_id: str = ""
    failure: str = ""
    """Why there is no answer; empty when there is one."""
    heard: str = ""
    greeting_ms: float | None = None
    v2v_ms: float | None = None
    endpoint_ms: float | None = None
    text_ms: float | None = None
    ttfs_ms: float | None = None
    turns: int = 0
    """Turns that the server made of the clip; more than one: the caller was cut off."""
    resumed: int = 0
    """How often the server took an early end back."""
    over_ms: float = 0.0
    """How long the bot was audible before the caller's voice was over."""


def measure(
    clip: str, samples: Pcm, voice_s: float, recording: Recording, events: Sequence[Event]
) -> Answered:
    """`samples` were spoken last in the call, with a voice until `voice_s` seconds from their
    first; `events` is the server's log of the call."""
    call: dict[str, Any] = {"clip": clip, "call_id": recording.call_id}
    sent, received = recording.sent, recording.received
    begin = _begin(sent, samples)
    if begin is None:
        return Answered(**call, failure=f"{recording.ended} before all was spoken")
    voice = begin + voice_s
    greeting = first_audible(received, recording.connected_at, received.end)
    answer = onset(received, voice)
    turns = [e for e in events if _is(e, "SpeechEnded") and sent.zero + e["audio_at"] > begin]
    final = {e["turn"]: e for e in events if _is(e, "UtteranceHeard", "NothingHeard")}
    words = [final[n] for n in sorted({turn["turn"] for turn in turns}) if n in final]
    over = received.loudness(begin, voice) > AUDIBLE
    decided = recording.started_at + turns[-1]["at"] if turns else None
    text = recording.started_at + words[-1]["at"] if words else None
    return Answered(
        **call,
        failure="" if answer else "no answer",
        heard=" ".join(word.get("text", "") for word in words).strip(),
        greeting_ms=_ms(recording.connected_at, greeting),
        v2v_ms=_ms(voice, answer),
        endpoint_ms=_ms(voice, decided),
        text_ms=_ms(decided, text),
        ttfs_ms=_ms(voice, text),
        turns=len({turn["turn"] for turn in turns}),
        resumed=sum(_is(e, "TurnResumed") and sent.zero + e["audio_at"] > begin for e in events),
        over_ms=round(float(over.sum()) * BLOCK_S * 1000),
    )


def onset(track: Track, after: float) -> float | None:
    """Where the first sound behind `after` begins; earlier when it was audible there already.

    A sound begins after `ONSET_S` of silence.
    """
    loud = np.flatnonzero(track.loudness(track.zero, track.end) > AUDIBLE)
    starts = loud[np.diff(loud, prepend=-np.inf) > ONSET_S / BLOCK_S]
    now = (after - track.zero) / BLOCK_S
    behind = loud[loud >= now]
    return track.zero + float(starts[starts <= behind[0]][-1]) * BLOCK_S if behind.size else None


def _begin(sent: Track, samples: Pcm) -> float | None:
    """The moment of the first of these samples: they are the last that were not silence."""
    track = sent.samples()
    if not samples.any() or not track.any():
        return None
    first = int(np.flatnonzero(track)[-1] - np.flatnonzero(samples)[-1])
    whole = first >= 0 and np.array_equal(track[first : first + samples.size], samples)
    return sent.zero + first / sent.rate if whole else None


def _is(event: Event, *types: str) -> bool:
    return event["type"] in types


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
