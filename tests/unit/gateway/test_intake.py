"""Intake: exact frames at every rate, who loses when, and that nothing grows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import FRAME, Frame, Pcm
from warmline.gateway.intake import MAX_DIGITS, Intake
from warmline.gateway.wire import WireError
from warmline.ports import Digit, Dropped, LineEvent, MarkPlayed


def intake(rate: int = 16_000, ring_s: float = 30.0, burst_s: float = 5.0) -> Intake:
    return Intake(rate, ring_s=ring_s, burst_s=burst_s)


def silence(seconds: float, rate: int = 16_000) -> Pcm:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def everything(source: Intake) -> list[LineEvent]:
    events = []
    while (event := source.pop()) is not None:
        events.append(event)
    return events


def positions(events: list[LineEvent]) -> list[int]:
    return [event.position for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_a_second_is_fifty_frames_at_every_rate(rate: int) -> None:
    source = intake(rate)
    source.audio(silence(1.0, rate), 0.0)
    events = everything(source)
    assert positions(events) == list(range(0, 16_000, FRAME))
    assert all(isinstance(e, Frame) and e.samples.shape == (FRAME,) for e in events)


@given(st.lists(st.integers(0, 700), max_size=30), st.sampled_from([8000, 24000]))
def test_how_the_audio_is_cut_makes_no_difference(sizes: list[int], rate: int) -> None:
    clip = np.random.default_rng(1).integers(-9000, 9000, sum(sizes)).astype(np.int16)
    whole, cut = intake(rate), intake(rate)
    whole.audio(clip, 0.0)
    for piece in np.split(clip, np.cumsum(sizes)):
        cut.audio(piece, 0.0)
    a = [e.samples.tolist() for e in everything(whole) if isinstance(e, Frame)]
    assert a == [e.samples.tolist() for e in everything(cut) if isinstance(e, Frame)]


def test_digits_and_marks_keep_their_place() -> None:
    source = intake()
    source.audio(silence(0.02), 0.0)
    source.digit("5")
    source.mark_played("m")
    source.audio(silence(0.02), 0.02)
    kinds = [type(event) for event in everything(source)]
    assert kinds == [Frame, Digit, MarkPlayed, Frame]


def test_the_ring_drops_the_oldest_frames_and_nothing_else() -> None:
    source = intake(ring_s=1.0)
    source.digit("5")
    for i in range(100):
        source.audio(silence(0.02), i * 0.02)
    source.mark_played("m")
    events = everything(source)
    assert events[:2] == [Dropped(50), Digit("5")]
    assert positions(events) == [i * FRAME for i in range(50, 100)]
    assert events[-1] == MarkPlayed("m")


def test_a_stall_of_the_network_costs_nothing() -> None:
    source = intake()
    source.audio(silence(0.02), 0.0)
    source.audio(silence(3.0), 3.0)
    assert positions(everything(source)) == [i * FRAME for i in range(151)]


def test_audio_above_real_time_and_the_burst_is_dropped_and_told() -> None:
    source = intake()
    source.audio(silence(7.0), 0.0)
    source.audio(silence(1.0), 1.0)
    events = everything(source)
    kept = list(range(250)) + list(range(350, 400))
    assert positions(events) == [i * FRAME for i in kept]
    assert events[250] == Dropped(100)


def test_real_time_is_never_too_fast() -> None:
    source = intake()
    for i in range(10_000):
        source.audio(silence(0.02), i * 0.02 + (i % 7) * 0.003)
        assert not isinstance(source.pop(), Dropped)


def test_a_flood_ends_the_call() -> None:
    source = intake()
    with pytest.raises(WireError, match="real time") as raised:
        for _ in range(400):
            source.audio(silence(0.2), 0.0)
    assert (raised.value.code, raised.value.close_code) == ("too_fast", 1008)


def test_a_flood_of_digits_ends_the_call() -> None:
    source = intake()
    for _ in range(MAX_DIGITS):
        source.digit("5")
    source.pop()
    source.digit("5")
    with pytest.raises(WireError, match="digits") as raised:
        source.digit("5")
    assert (raised.value.code, raised.value.close_code) == ("too_fast", 1008)


def test_a_stalled_call_and_a_fast_client_do_not_grow() -> None:
    source = intake(ring_s=1.0, burst_s=0.1)
    for i in range(1000):
        source.audio(silence(0.04), i * 0.025)
    events = everything(source)
    assert len(events) <= 2 * 50 + 2
    lost = sum(event.frames for event in events if isinstance(event, Dropped))
    assert lost + len(positions(events)) == 2000
