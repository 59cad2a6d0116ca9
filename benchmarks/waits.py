"""The waits of one call, measured in the caller's two tracks. Pure.

The server's log only tells which turns it made of the clip, and when it decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from warmline.audio.frame import Pcm
from warmline.caller.client import Recording
from warmline.caller.tracks import AUDIBLE, BLOCK_S, Track, first_audible, onset

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Words that were to be read while the caller spoke, or their final form."""

    at_s: float
    """When, in seconds from the clip's first sample."""
    turn: int
    stable: str
    unstable: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One clip. Times in milliseconds; None where there was nothing to measure."""

    clip: str
    call_id: str = ""
    failure: str = ""
    """Why there is no answer; empty when there is one."""
    heard: str = ""
    greeting_ms: float | None = None
    """Only of the first clip of a call."""
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
    partials: tuple[Partial, ...] = ()


def measure(
    clip: str, samples: Pcm, voice_s: float, recording: Recording, events: Sequence[Event]
) -> Answered:
    """`samples` were spoken last in the call, with a voice until `voice_s` seconds from their
    first; `events` is the server's log of the call."""
    begin = _begin(recording.sent, samples)
    return _measured(clip, begin, voice_s, recording, events, recording.received.end)


def measure_all(
    spoken: Sequence[tuple[str, Pcm, float]], recording: Recording, events: Sequence[Event]
) -> list[Answered]:
    """The same of several clips that were spoken one after the other in one call: name,
    samples, seconds until the voice is over."""
    sent = recording.sent
    begins: list[float | None] = []
    behind = 0
    for _, samples, _ in spoken:
        first = _find(sent.samples(), samples, behind)
        begins.append(None if first is None else sent.zero + first / sent.rate)
        behind = behind if first is None else first + samples.size
    answered = []
    for number, ((clip, _, voice_s), begin) in enumerate(zip(spoken, begins, strict=True)):
        later = [moment for moment in begins[number + 1 :] if moment is not None]
        end = later[0] if later else max(recording.received.end, sent.end)
        one = _measured(clip, begin, voice_s, recording, events, end)
        answered.append(replace(one, greeting_ms=one.greeting_ms if number == 0 else None))
    return answered


def _measured(
    clip: str,
    begin: float | None,
    voice_s: float,
    recording: Recording,
    events: Sequence[Event],
    end: float,
) -> Answered:
    """`begin` is the moment of its first sample, `end` that at which the next clip begins."""
    call: dict[str, Any] = {"clip": clip, "call_id": recording.call_id}
    sent, received = recording.sent, recording.received
    if begin is None:
        return Answered(**call, failure=f"{recording.ended} before all was spoken")
    voice = begin + voice_s
    greeting = first_audible(received, recording.connected_at, received.end)
    answer = onset(received, voice)
    answer = answer if answer is None or answer < end else None

    def within(event: Event) -> bool:
        return bool(begin < sent.zero + event["audio_at"] < end)

    turns = [e for e in events if _is(e, "SpeechEnded") and within(e)]
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
        resumed=sum(_is(e, "TurnResumed") and within(e) for e in events),
        over_ms=round(float(over.sum()) * BLOCK_S * 1000),
        partials=tuple(
            Partial(
                at_s=round(recording.started_at + e["at"] - begin, 3),
                turn=e["turn"],
                stable=str(e.get("stable", e.get("text", ""))),
                unstable=e.get("unstable", ""),
                final=_is(e, "UtteranceHeard"),
            )
            for e in events
            if _is(e, "PartialTranscript", "UtteranceHeard") and within(e)
        ),
    )


def _begin(sent: Track, samples: Pcm) -> float | None:
    """The moment of the first of these samples: they are the last that were not silence."""
    track = sent.samples()
    if not samples.any() or not track.any():
        return None
    first = int(np.flatnonzero(track)[-1] - np.flatnonzero(samples)[-1])
    whole = first >= 0 and np.array_equal(track[first : first + samples.size], samples)
    return sent.zero + first / sent.rate if whole else None


def _find(track: Pcm, samples: Pcm, behind: int) -> int | None:
    """Where these samples stand in the track, from `behind` on."""
    loud = np.flatnonzero(samples)
    if not loud.size:
        return None
    mark = int(loud[0])
    for at in np.flatnonzero(track[behind + mark :] == samples[mark]):
        first = behind + int(at)
        if np.array_equal(track[first : first + samples.size], samples):
            return first
    return None


def _is(event: Event, *types: str) -> bool:
    return event["type"] in types


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
