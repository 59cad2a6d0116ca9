"""The last minute of a call: two tracks on one clock."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.call.memory import AudioMemory


def frame(number: int, value: int = 0) -> Frame:
    return Frame(np.full(FRAME, value or number % 1000 + 1, dtype=np.int16), number * FRAME)


def filled(frames: int, kept_s: float = 4.0) -> AudioMemory:
    memory = AudioMemory(kept_s)
    for number in range(frames):
        memory.caller(frame(number))
    return memory


def test_what_was_heard_is_found_by_its_time() -> None:
    memory = filled(50)
    caller, others = memory.heard(0.2, 0.24)
    assert caller.tolist() == [11] * FRAME + [12] * FRAME
    assert not others.any()


def test_a_hole_is_silence() -> None:
    memory = AudioMemory()
    memory.caller(frame(0, 5))
    memory.caller(frame(3, 7))
    caller, _ = memory.heard(0.0, 0.08)
    assert [caller[at] for at in range(0, 4 * FRAME, FRAME)] == [5, 0, 0, 7]


def test_a_secret_is_silence() -> None:
    memory = AudioMemory()
    memory.caller(frame(0, 5), secret=True)
    assert not memory.heard(0.0, 1.0)[0].any()
    assert memory.end == FRAME


def test_others_are_added_where_they_belong_even_late_or_early() -> None:
    memory = filled(60)
    voice: Pcm = np.full(FRAME, 100, dtype=np.int16)
    memory.others(voice, 40 * FRAME)
    memory.others(voice, 40 * FRAME)
    memory.others(voice, 61 * FRAME)  # two frames ahead of the caller
    for number in range(60, 65):
        memory.caller(frame(number))
    _, others = memory.heard(0.0, 2.0)
    assert {int(at) // FRAME: int(others[at]) for at in np.flatnonzero(others)} == {
        40: 200,
        61: 100,
    }


def test_what_is_forgotten_or_far_ahead_has_no_place() -> None:
    memory = filled(500)
    voice: Pcm = np.full(FRAME, 100, dtype=np.int16)
    memory.others(voice, 0)
    memory.others(voice, memory.end + RATE)
    assert not memory.heard(0.0, 60.0)[1].any()
    caller, _ = memory.heard(0.0, 60.0)
    assert caller.size == 3 * RATE, "a second of the four is room for who is ahead"


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40))
def test_nothing_breaks_it_and_both_tracks_are_of_one_length(
    moves: list[tuple[int, bool]],
) -> None:
    memory = AudioMemory(2.0)
    for number, is_caller in moves:
        if is_caller:
            memory.caller(frame(number))
        else:
            memory.others(frame(number).samples, number * FRAME)
    caller, others = memory.heard(-1.0, 100.0)
    assert caller.size == others.size <= 2 * RATE
