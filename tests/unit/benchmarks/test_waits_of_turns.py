"""Turns found and measured in the two tracks of one call."""

import numpy as np

from desk_words import Word
from emission import emitted, revisions
from waits import Partial, measure_all
from warmline.audio.frame import RATE, Pcm
from warmline.caller.client import Recording
from warmline.caller.tracks import Track


def noise(seconds: float, seed: int) -> Pcm:
    size = int(seconds * RATE)
    return np.random.default_rng(seed).integers(-8_000, 8_000, size).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def recording(sent: list[Pcm], received: list[Pcm]) -> Recording:
    tracks = [Track(RATE, 100.0), Track(RATE, 100.0)]
    for track, parts in zip(tracks, (sent, received), strict=True):
        for part in parts:
            track.append(part)
    made = Recording(sent=tracks[0], received=tracks[1], connected_at=99.9)
    made.started_at, made.ended = 100.0, "caller_hung_up"
    return made


def test_each_clip_of_a_call_has_its_own_wait() -> None:
    one, two = noise(1.0, 1), noise(1.0, 2)
    sent = [silence(2), one, silence(3), two, silence(3)]
    received = [noise(1, 3), silence(2.4), noise(1, 4), silence(3.3), noise(1, 5), silence(1.3)]
    events = [
        {"type": "SpeechEnded", "turn": 1, "at": 3.3, "audio_at": 3.0},
        {"type": "UtteranceHeard", "turn": 1, "at": 3.35, "audio_at": 3.0, "text": "yes"},
        {"type": "SpeechEnded", "turn": 2, "at": 7.5, "audio_at": 7.0},
    ]
    first, second = measure_all(
        [("one", one, 1.0), ("two", two, 1.0)], recording(sent, received), events
    )
    assert (first.v2v_ms, first.endpoint_ms, first.heard, first.turns) == (400, 300, "yes", 1)
    assert (second.v2v_ms, second.endpoint_ms, second.heard, second.turns) == (700, 500, "", 1)
    assert first.greeting_ms == 100 and second.greeting_ms is None


def test_an_answer_to_the_next_clip_is_none_to_this_one() -> None:
    one, two = noise(1.0, 1), noise(1.0, 2)
    sent = [one, silence(2), two, silence(3)]
    received = [silence(4.5), noise(1, 4)]
    first, second = measure_all(
        [("one", one, 1.0), ("two", two, 1.0)], recording(sent, received), []
    )
    assert first.failure == "no answer"
    assert second.v2v_ms == 500


def test_a_clip_that_was_never_spoken_is_a_failure() -> None:
    one, two = noise(1.0, 1), noise(1.0, 2)
    made = recording([one, silence(1)], [silence(2)])
    _, second = measure_all([("one", one, 1.0), ("two", two, 1.0)], made, [])
    assert second.failure == "caller_hung_up before all was spoken"


def partial(at: float, text: str, *, final: bool = False) -> Partial:
    return Partial(at_s=at, turn=1, stable=text, final=final)


def test_words_are_timed_from_their_ends() -> None:
    spoken = [Word("my", 0.5), Word("order", 1.0), Word("please", 1.6)]
    shown = [
        partial(0.9, "my"),
        partial(1.5, "my order"),
        partial(2.4, "my order please", final=True),
    ]
    one = emitted(spoken, shown)
    assert one.first_ms == 400
    assert one.words_ms == (400, 500)
    assert one.only_final == 1
    assert one.cadence_s == (0.6,)


def test_words_that_change_are_revised() -> None:
    shown = [partial(1, "my older"), partial(2, "my order is"), partial(3, "my order", final=True)]
    assert revisions(shown) == (4, 2)
