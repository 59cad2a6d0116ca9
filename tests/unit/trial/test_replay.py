"""A recorded call once more: the same caller, the same log, and what settings change."""

from pathlib import Path

import numpy as np
import pytest

from fakes import LoudnessDetector, silence, voice
from warmline.audio.frame import FRAME, RATE, Pcm
from warmline.call.session import Services
from warmline.events import (
    CallEnded,
    CallStarted,
    DigitPressed,
    Entry,
    Expectation,
    Fetch,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    SlotFilled,
    SpeechEnded,
    SpeechStarted,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.loader import load_flow
from warmline.ports import Transcript
from warmline.trial.comparison import compare, figures, turns
from warmline.trial.recording import RecordedEndpoints, Recording
from warmline.trial.replay import Costs, Engines, replay

ORDER = load_flow(Path(__file__).parents[3] / "voice_flows" / "order_status")


class Words:
    """Hears the words that a voice's first sample names."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.decodes = 0

    def transcribe(
        self, samples: Pcm, *, expect: Expectation, prompt: str, tail_s: float, guard: bool
    ) -> Transcript:
        self.decodes += 1
        loud = samples[samples >= 10_000] - 10_000
        text = self._words[int(loud[0])] if loud.size else ""
        return Transcript(text=text, confidence=0.9, reason="" if text else "no_words")


class Tone:
    rate = RATE

    def speak(self, text: str, pace: float) -> Pcm:
        return np.full(int(len(text) * 0.05 * RATE), 1000, dtype=np.int16)


def engines(*words: str) -> Engines:
    ears = Words(*words)
    return Engines(final=ears, partial=ears, voice=Tone(), new_detector=LoudnessDetector)


def same(services: Services) -> Services:
    return services


def log(*facts: tuple[float, object]) -> tuple[Entry, ...]:
    return tuple(
        Entry(call_id="c", seq=n, at=at, fact=fact)  # type: ignore[arg-type]
        for n, (at, fact) in enumerate(facts, 1)
    )


SPOKEN = [silence(9.0), voice(1.2, 0), silence(12.0), voice(2.0, 1), silence(8.0)]
"""The reason after the greeting, the number after its question."""


def spoken_call() -> Recording:
    return Recording(audio=np.concatenate(SPOKEN))


def test_a_call_goes_as_it_would_have_gone() -> None:
    entries = replay(spoken_call(), ORDER, engines("where is my order", "4 5 2 7"), same)
    assert [turn.text for turn in turns(entries)] == ["where is my order", "4 5 2 7"]
    assert "order_number" in turns(entries)[0].nodes
    assert turns(entries)[0].wait_ms is not None
    assert isinstance(entries[-1].fact, CallEnded)


def test_two_replays_with_the_same_settings_are_the_same() -> None:
    used = engines("where is my order", "4 5 2 7")
    first, second = (replay(spoken_call(), ORDER, used, same) for _ in range(2))
    assert [(e.at, e.fact) for e in first] == [(e.at, e.fact) for e in second]
    assert all(not pair.changes for pair in compare(first, second))


def test_what_was_heard_once_is_not_decoded_again() -> None:
    used = engines("where is my order", "4 5 2 7")
    replay(spoken_call(), ORDER, used, same)
    ears = used.final
    assert isinstance(ears, Words)
    before = ears.decodes
    replay(spoken_call(), ORDER, used, same)
    assert ears.decodes == before


def test_slower_engines_make_longer_waits_and_nothing_else() -> None:
    quick = engines("where is my order", "4 5 2 7")
    slow = Engines(
        final=quick.final,
        partial=quick.partial,
        voice=quick.voice,
        new_detector=LoudnessDetector,
        costs=Costs(final_s=1.5),
    )
    first = replay(spoken_call(), ORDER, quick, same)
    second = replay(spoken_call(), ORDER, slow, same)
    changed = {change for pair in compare(first, second) for change in pair.changes}
    assert changed == {"wait"}
    quick_ms, slow_ms = figures(first).p50_ms, figures(second).p50_ms
    assert quick_ms is not None and slow_ms is not None and slow_ms > quick_ms


def test_keys_are_pressed_at_their_times() -> None:
    started = CallStarted(door="t", caller="", flow="order_status", flow_version="1")
    entries = log((0.0, started), (9.0, DigitPressed(digit="1")), (20.0, DigitPressed(digit="x")))
    recording = Recording(audio=silence(30.0), entries=entries)
    assert recording.keys == ((9.0, "1"),)
    assert recording.secret
    replayed = replay(recording, ORDER, engines(), same)
    [pressed] = [e for e in replayed if isinstance(e.fact, DigitPressed)]
    assert pressed.at == pytest.approx(9.0, abs=0.02)


def test_the_audio_begins_when_it_began() -> None:
    entries = log(
        (3.5, SpeechStarted(audio_at=3.0)),
        (6.0, SpeechEnded(turn=1, audio_at=5.4, reason="silence")),
    )
    assert Recording(audio=silence(1), entries=entries).begins_s == pytest.approx(0.3)
    assert Recording(audio=silence(1)).begins_s == 0.0


def test_endpoints_answer_as_they_did() -> None:
    def asked(n: int, took: float, outcome: str) -> list[tuple[float, object]]:
        answer = FetchFinished(request_id=f"r{n}", endpoint="orders", outcome=outcome, code="")
        return [(n, FetchStarted(request_id=f"r{n}", endpoint="orders")), (n + took, answer)]

    endpoints = RecordedEndpoints(log(*asked(1, 0.5, "ok"), *asked(4, 0.25, "not_found")))
    fetch = Fetch(request_id="new", endpoint="orders", values=(), save=())
    answers = [endpoints.next(fetch) for _ in range(3)]
    assert [(took, a.outcome) for took, a in answers] == [
        (0.5, "ok"),
        (0.25, "not_found"),
        (0.25, "not_found"),
    ]
    assert {a.request_id for _, a in answers} == {"new"}
    other = Fetch(request_id="x", endpoint="other", values=(), save=())
    assert endpoints.next(other)[1].code == "not_recorded"


def heard(turn: int, began: float, ended: float, text: str) -> list[tuple[float, object]]:
    return [
        (began, SpeechStarted(audio_at=began)),
        (ended + 0.4, SpeechEnded(turn=turn, audio_at=ended, reason="silence")),
        (
            ended + 0.4,
            UtteranceHeard(turn=turn, text=text, confidence=0.9, started_at=began, audio_at=ended),
        ),
    ]


def measured(turn: int, at: float, ms: float) -> tuple[float, object]:
    return at, TurnMeasured(
        turn=turn,
        endpoint_ms=ms,
        transcript_ms=0,
        decision_ms=0,
        first_audio_ms=0,
        total_ms=ms,
    )


def test_a_turn_in_two_halves_is_a_change_of_turns() -> None:
    whole = log(*heard(1, 1.0, 4.0, "one two three four"), (4.5, NodeEntered(node="next")))
    halves = log(*heard(1, 1.0, 2.0, "one two"), *heard(2, 3.0, 4.0, "three four"))
    first, second = compare(whole, halves)
    assert set(first.changes) == {"text", "nodes"}
    assert (second.before, second.changes) == (None, ("turns",))


def test_an_undone_turn_counts_with_its_last_words() -> None:
    entries = log(
        *heard(1, 1.0, 2.0, "one two"),
        (2.5, NodeEntered(node="wrong")),
        (2.9, TurnResumed(turn=1, audio_at=2.8)),
        *heard(1, 1.0, 4.0, "one two three"),
        (4.6, SlotFilled(slot="order", value="123", confidence=0.9)),
        measured(1, 4.7, 600.0),
    )
    [turn] = turns(entries)
    assert (turn.text, turn.undone, turn.nodes, turn.slots) == (
        "one two three",
        1,
        [],
        {"order": "123"},
    )
    assert figures(entries).undone == 1
    assert figures(entries).p95_ms == 600.0


def test_waits_that_hardly_differ_are_the_same() -> None:
    def one(ms: float) -> tuple[Entry, ...]:
        return log(*heard(1, 1.0, 2.0, "yes"), measured(1, 2.6, ms))

    assert [pair.changes for pair in compare(one(500), one(540))] == [()]
    assert [pair.changes for pair in compare(one(500), one(560))] == [("wait",)]


def test_a_recording_is_whole_frames() -> None:
    entries = replay(Recording(audio=silence(1.0)[: FRAME * 3 + 5]), ORDER, engines(), same)
    assert isinstance(entries[-1].fact, CallEnded)
