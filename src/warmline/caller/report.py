"""What a call was like, seen from the caller: its turns and their waits. Pure.

The waits are measured in the caller's own two tracks; the server's log only tells which
stretch of audio was a turn and what was understood.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from warmline.caller.client import Recording
from warmline.caller.tracks import first_audible, voice_end

_MARGIN_S = 0.5
"""The voice's end is searched this far beyond where the server thinks it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    heard: str
    """What the server understood, or the keys that were pressed."""
    said: str
    """What the bot answered, as far as it was played."""
    node: str
    """Where in the flow the answer came from."""
    v2v_ms: float | None
    """Caller's last sample to first audible sample of the answer."""
    ttfs_ms: float | None
    """Caller's last sample to final text."""
    by: str = "voice"
    """voice | keypad"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    call_id: str
    ended: str
    greeting_ms: float | None
    """Connection begun to first audible sample."""
    turns: list[Turn]
    pacing_p95_ms: float
    """How late our own frames were sent: the error of these figures."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def report(recording: Recording, events: Sequence[dict[str, Any]]) -> Report:
    """`events` is the call's log as the API gives it, in order."""
    events = _in_force(events)
    voiced = [_Heard(recording, event, events) for event in events if event["type"] == _UTTERANCE]
    keyed = _keyed(recording, events)
    heard: list[_Heard | _Keyed] = [*voiced, *keyed]
    heard.sort(key=lambda turn: turn.seq)
    greeting = first_audible(recording.received, recording.connected_at, recording.received.end)
    lateness = np.array(recording.lateness or [0.0])
    return Report(
        call_id=recording.call_id,
        ended=recording.ended,
        greeting_ms=_ms(recording.connected_at, greeting),
        turns=[
            _turn(recording, turn, heard[number + 1 :], events) for number, turn in enumerate(heard)
        ],
        pacing_p95_ms=round(float(np.percentile(lateness, 95)) * 1000, 1),
    )


_UTTERANCE = "UtteranceHeard"
_DECISIONS = ("NodeEntered", "SlotFilled", "Escalated", "SpeakingStarted")


def _in_force(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what was decided on the first words of turns that were taken up again."""
    kept: list[dict[str, Any]] = []
    for event in events:
        if event["type"] == "TurnResumed":
            voided = [e for e in kept if e["type"] == _UTTERANCE and e["turn"] == event["turn"]]
            since = voided[0]["seq"] if voided else event["seq"]
            kept = [
                e for e in kept if e["seq"] < since or e["type"] not in (_UTTERANCE, *_DECISIONS)
            ]
        kept.append(event)
    return kept


class _Heard:
    """One turn of the caller, placed on the caller's clock."""

    def __init__(
        self, recording: Recording, event: dict[str, Any], events: Sequence[dict[str, Any]]
    ) -> None:
        self.seq: int = event["seq"]
        self.by = "voice"
        self.text: str = event["text"]
        self.text_at: float | None = recording.started_at + event["at"]
        zero = recording.sent.zero
        self.begin: float = zero + event["started_at"]
        stop = zero + event["audio_at"] + _MARGIN_S
        following = [e["audio_at"] for e in events if e["type"] == "SpeechStarted"]
        later = [zero + at for at in following if zero + at > zero + event["audio_at"]]
        self.end = voice_end(recording.sent, self.begin, min([stop, *later]))


class _Keyed:
    """Keys in a row, placed on the caller's clock."""

    def __init__(self, seq: int, text: str, begin: float, end: float) -> None:
        self.seq, self.text, self.begin, self.end = seq, text, begin, end
        self.by = "keypad"
        self.text_at: float | None = None


def _keyed(recording: Recording, events: Sequence[dict[str, Any]]) -> list[_Keyed]:
    runs: list[_Keyed] = []
    pressed = [event for event in events if event["type"] == "DigitPressed"]
    for event, (moment, key) in zip(pressed, recording.keys, strict=False):
        between = [e for e in events if runs and runs[-1].seq < e["seq"] < event["seq"]]
        if runs and not any(e["type"] in ("SpeakingStarted", _UTTERANCE) for e in between):
            runs[-1] = _Keyed(event["seq"], runs[-1].text + key, runs[-1].begin, moment)
        else:
            runs.append(_Keyed(event["seq"], key, moment, moment))
    return runs


def _turn(
    recording: Recording,
    heard: _Heard | _Keyed,
    later: Sequence[_Heard | _Keyed],
    events: Sequence[dict[str, Any]],
) -> Turn:
    next_seq = later[0].seq if later else float("inf")
    next_begin = later[0].begin if later else recording.received.end
    mine = [event for event in events if heard.seq < event["seq"] < next_seq]
    said = [event["text"] for event in mine if event["type"] == "SpeakingFinished"]
    nodes = [event["node"] for event in mine if event["type"] in ("NodeEntered", "SpeakingStarted")]
    audible = heard.end and first_audible(recording.received, heard.end, next_begin)
    return Turn(
        heard=heard.text,
        said=" ".join(text for text in said if text),
        node=nodes[-1] if nodes else "",
        v2v_ms=_ms(heard.end, audible),
        ttfs_ms=_ms(heard.end, heard.text_at),
        by=heard.by,
    )


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
