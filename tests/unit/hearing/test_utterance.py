import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import RATE, Frame
from warmline.hearing.utterance import PRE_ROLL_S, Utterance, quietest

CHUNK = 512


def chunk(number: int) -> Frame:
    return Frame(np.full(CHUNK, number, dtype=np.int16), number * CHUNK)


def test_the_pre_roll_holds_the_moment_before_the_voice() -> None:
    utterance = Utterance(CHUNK)
    for number in range(50):
        utterance.push(chunk(number))
    assert utterance.size == 0
    utterance.begin()
    utterance.push(chunk(50))
    audio = utterance.audio()
    assert audio[-1] == 50
    assert PRE_ROLL_S - 0.032 <= (audio.size - CHUNK) / RATE <= PRE_ROLL_S
    assert audio.size == utterance.size


def test_after_its_end_it_is_a_ring_again_that_reaches_back_into_the_turn() -> None:
    utterance = Utterance(CHUNK)
    utterance.begin()
    for number in range(100):
        utterance.push(chunk(number))
    utterance.end()
    utterance.begin()
    assert utterance.audio()[0] == 90


@given(st.integers(min_value=40, max_value=200), st.integers(min_value=0, max_value=200))
def test_a_split_loses_no_sample(chunks: int, quiet: int) -> None:
    utterance = Utterance(CHUNK)
    utterance.begin()
    for number in range(chunks):
        level = 1 if number == quiet else 9_000
        utterance.push(Frame(np.full(CHUNK, level, dtype=np.int16), number * CHUNK))
    whole = utterance.audio()
    before = utterance.split()
    np.testing.assert_array_equal(np.concatenate([before, utterance.audio()]), whole)
    assert whole.size - before.size <= 2 * RATE
    assert utterance.size == utterance.audio().size


@given(st.integers(min_value=0, max_value=120 * CHUNK))
def test_a_split_does_not_part_what_is_settled(settled: int) -> None:
    utterance = Utterance(CHUNK)
    utterance.begin()
    for number in range(120):
        utterance.push(chunk(number))
    size = utterance.size
    before = utterance.split(settled)
    assert before.size >= settled and before.size + utterance.size == size
    assert before.size == settled or settled <= size - 2 * RATE


def test_the_cut_lies_in_the_quietest_moment() -> None:
    audio = np.full(3 * RATE, 5_000, dtype=np.int16)
    audio[40_000:42_000] = 3
    assert 40_000 < quietest(audio, 2 * RATE) < 42_000
