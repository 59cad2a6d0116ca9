"""Our own voice on the caller's line: found, told from the caller's, and never invented."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.call.echo import HISTORY, Echo, repeats

NOTHING = np.zeros(0, dtype=np.int16)


def speech(seed: int, seconds: float, level_db: float = -20.0) -> Pcm:
    """Noise with the rhythm of syllables and sentences, at this mean loudness (dBFS)."""
    dice = np.random.default_rng(seed)
    size = int(seconds * RATE)
    syllables = dice.uniform(0, 1, size // 2000 + 2) ** 2 * (dice.random(size // 2000 + 2) > 0.2)
    sound = dice.normal(0, 1, size) * np.interp(
        np.arange(size) / 2000, np.arange(syllables.size), syllables
    )
    scaled = sound / np.sqrt(np.mean(sound**2)) * 32_768 * 10 ** (level_db / 20)
    clipped: Pcm = np.clip(scaled, -32_768, 32_767).astype(np.int16)
    return clipped


def hiss(seed: int, size: int, level_db: float = -65.0) -> Pcm:
    noise = np.random.default_rng(seed).normal(0, 32_768 * 10 ** (level_db / 20), size)
    return noise.astype(np.int16)


def room(ours: Pcm, delay_s: float, loss_db: float, seed: int = 0) -> Pcm:
    """What comes back of us: later, quieter, with the room's tail (0.3 s) and noise."""
    dice = np.random.default_rng(seed)
    tail = dice.normal(0, 0.15, int(0.3 * RATE)) * 10 ** (-3 * np.linspace(0, 1, int(0.3 * RATE)))
    tail[0] = 1.0
    wet = np.convolve(ours, tail / np.sqrt(np.sum(tail**2)))[: ours.size]
    late = np.concatenate([np.zeros(int(delay_s * RATE)), wet])[: ours.size]
    return (late * 10 ** (-loss_db / 20) + hiss(seed, ours.size)).astype(np.int16)


def frames(heard: Pcm, ours: Pcm, begin: int = 0) -> Iterator[tuple[Frame, Pcm]]:
    for at in range(0, heard.size - FRAME + 1, FRAME):
        yield Frame(heard[at : at + FRAME], begin + at), ours[at : at + FRAME]


def after(heard: Pcm, ours: Pcm) -> Echo:
    echo = Echo()
    for frame, played in frames(heard, ours):
        echo.hear(frame, played)
    return echo


OURS = speech(1, 6)


@pytest.mark.parametrize("delay_s", [0.0, 0.06, 0.17, 0.3, 0.45])
@pytest.mark.parametrize("loss_db", [6.0, 10.0, 18.0, 25.0])
def test_an_echo_is_found_within_two_seconds_and_then_not_heard(
    delay_s: float, loss_db: float
) -> None:
    heard = room(OURS, delay_s, loss_db)
    echo = after(heard[: 2 * RATE], OURS[: 2 * RATE])
    assert echo.known and not echo.unknown
    voiced = []
    for frame, played in frames(heard[2 * RATE :], OURS[2 * RATE :], 2 * RATE):
        hushed = echo.hear(frame, played)
        voiced.append(echo.voiced > 0)
        assert hushed.position == frame.position
        assert np.sqrt(np.mean(hushed.samples.astype(float) ** 2)) < 50  # no more than the hiss
    assert np.mean(voiced) < 0.02


def test_a_caller_is_heard_through_the_echo() -> None:
    heard = room(OURS, 0.17, 18)
    echo = after(heard[: 3 * RATE], OURS[: 3 * RATE])
    caller = speech(7, 1, -22) + heard[3 * RATE : 4 * RATE]
    passed = [
        echo.hear(frame, played) is frame
        for frame, played in frames(caller, OURS[3 * RATE :], 3 * RATE)
    ]
    assert np.mean(passed) > 0.85


def test_a_stall_of_the_network_is_not_taken_for_a_delay() -> None:
    echo = Echo()
    lates = []
    for number, arrival in enumerate([0.02, 0.04, 0.26, 0.26, 0.26, 0.12, 0.14, 9.0]):
        frame = Frame(np.zeros(FRAME, dtype=np.int16), number * FRAME)
        lates.append(round(echo.late_s(frame, 100 + arrival), 3))
    assert lates == [0.0, 0.0, 0.2, 0.18, 0.16, 0.0, 0.0, 0.5]


@pytest.mark.parametrize("level_db", [-90.0, -45.0])
def test_a_quiet_line_has_no_echo(level_db: float) -> None:
    echo = after(hiss(3, OURS.size, level_db), OURS)
    assert not echo.known and not echo.unknown
    assert echo.voiced == 0


@pytest.mark.parametrize("seed", range(10, 20))
def test_a_caller_who_speaks_with_us_is_no_echo(seed: int) -> None:
    heard = speech(seed, 6) + hiss(seed, OURS.size)
    echo = Echo()
    for frame, played in frames(heard, OURS):
        assert echo.hear(frame, played) is frame
    assert not echo.known


def test_while_we_are_silent_nothing_is_learnt() -> None:
    echo = after(speech(3, 4), np.zeros(4 * RATE, dtype=np.int16))
    assert echo.unknown and not echo.known
    assert not Echo().unknown  # no audio at all: nothing to wait for


def test_an_echo_that_no_longer_comes_is_forgotten() -> None:
    """The caller has taken up the handset."""
    echo = after(room(OURS, 0.1, 12), OURS)
    assert echo.known
    for frame, played in frames(hiss(5, OURS.size), speech(2, 6), OURS.size):
        echo.hear(frame, played)
    assert not echo.known and not echo.unknown


def test_our_own_fall_is_expected_in_the_echo() -> None:
    heard = room(OURS, 0.1, 12)
    echo = after(heard[: 4 * RATE], OURS[: 4 * RATE])
    fallen = (OURS[4 * RATE :] * 10 ** (-18 / 20)).astype(np.int16)
    caller = speech(8, 2, -38)  # quieter than the echo was, louder than it is now
    passed = []
    mixed = room(fallen, 0.1, 12) + caller
    for frame, _ in frames(mixed, fallen, 4 * RATE):
        at = frame.position - 4 * RATE
        ours = OURS[frame.position : frame.position + FRAME]
        passed.append(echo.hear(frame, ours, -18.0) is frame and at > RATE)
    assert np.mean(passed[55:]) > 0.5


# --- words ------------------------------------------------------------------------------------

SAID = "I have 4 5 2 7. Is that right?"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("I have 4527. Is that right?", 1.0),
        ("have four five two seven is that", 1.0),
        ("is that right", 1.0),
        ("is that wrong", 2 / 3),
        ("right that is", 1 / 3),
        ("An agent, please.", 0.0),
        ("", 0.0),
    ],
)
def test_words_that_repeat_ours(text: str, share: float) -> None:
    assert repeats(text, SAID) == pytest.approx(share)


def test_an_echo_is_ours_by_words_and_by_sound() -> None:
    heard = room(OURS, 0.17, 15)
    echo = after(heard, OURS)
    echo.say(SAID)
    assert echo.is_us("Is that right?", 4.0, 5.0)
    assert echo.is_us("Is Matt Wright?", 4.0, 5.0)  # by its sound
    for frame, played in frames(speech(9, 0.3, -22), np.zeros(RATE, dtype=np.int16), OURS.size):
        echo.hear(frame, played)  # a short word of the caller behind it
    assert echo.is_us("Is that right?", 4.5, 6.2)
    assert not echo.is_us("Is that right? No, where is my order?", 4.5, 6.2)
    assert echo.may_be_us("is that")
    assert not echo.may_be_us("where")
    assert after(heard[:RATE], OURS[:RATE]).may_be_us("where")  # too early to tell


def test_a_caller_who_repeats_our_words_is_no_echo() -> None:
    """Reading the number back while we say it, or choosing one of the options."""
    echo = after(speech(9, 6), OURS)
    echo.say(SAID)
    assert not echo.is_us("4 5 2 7", 4.0, 5.4)
    assert not echo.may_be_us("4 5 2 7")
    known = after(room(OURS, 0.17, 15), OURS)
    known.say(SAID)
    for frame, played in frames(speech(9, 1.2, -22), speech(2, 1.2), OURS.size):
        known.hear(frame, played)
    assert not known.is_us("4 5 2 7", 6.1, 7.1)


def test_an_early_echo_is_told_by_its_curve() -> None:
    """The line is not known yet, but a second is enough with the words."""
    size = int(1.2 * RATE)
    echo = after(room(OURS, 0.1, 15)[:size], OURS[:size])
    assert not echo.known
    echo.say(SAID)
    assert echo.is_us("Is that right?", 0.1, 1.2)
    assert not echo.is_us("Is that right?", 0.7, 1.1)  # too short to compare


@given(
    begin=st.floats(-5, 40),
    length=st.floats(0, 40),
    heard_s=st.sampled_from([0.1, 1.0, 6.0]),
)
@settings(max_examples=30, deadline=None)
def test_any_stretch_may_be_asked_about(begin: float, length: float, heard_s: float) -> None:
    size = int(heard_s * RATE)
    echo = after(OURS[:size], OURS[:size])
    echo.say(SAID)
    assert echo.is_us("is that right", begin, begin + length) in (True, False)


@given(level=st.integers(0, 32_767), gap=st.integers(0, HISTORY * 2))
@settings(max_examples=30, deadline=None)
def test_any_frame_is_heard(level: int, gap: int) -> None:
    echo = Echo()
    for number in (0, 1, gap, gap + 1):
        frame = Frame(np.full(FRAME, level, dtype=np.int16), number * FRAME)
        assert echo.hear(frame, NOTHING) is frame
    assert echo.end_s == pytest.approx((gap + 2) * FRAME_S)
    assert echo.level_db <= 0
