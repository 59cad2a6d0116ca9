"""Who hears whom as a table; adding voices and catching up on any course of a conversation."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.audio.frame import FRAME, Pcm
from warmline.call.mixing import (
    EVERYONE,
    HARD_LIMIT_S,
    LIMIT_S,
    MUSIC,
    PATIENCE,
    TARGET_S,
    CatchUp,
    Hears,
    Mixer,
    Place,
    who_hears_whom,
)

ALL = Place()
MUTED = Place(muted=True)
HELD = Place(held=True)
HELD_TO_MUSIC = Place(held=True, music=True)
LISTENS = Place(audience=frozenset())
WHISPERS = Place(audience=frozenset({"agent"}))

NOBODY: frozenset[str] = frozenset()
CALLER = frozenset({"caller"})
AGENT = frozenset({"agent"})
BOSS = frozenset({"boss"})


@pytest.mark.parametrize(
    ("places", "hears"),
    [
        ({}, {}),
        ({"caller": ALL}, {"caller": NOBODY}),
        ({"caller": HELD}, {"caller": NOBODY}),
        ({"caller": HELD_TO_MUSIC}, {"caller": MUSIC}),
        ({"caller": ALL, "agent": ALL}, {"caller": AGENT, "agent": CALLER}),
        ({"caller": ALL, "agent": MUTED}, {"caller": NOBODY, "agent": CALLER}),
        ({"caller": ALL, "agent": HELD}, {"caller": MUSIC, "agent": NOBODY}),
        ({"caller": MUTED, "agent": HELD}, {"caller": MUSIC, "agent": NOBODY}),
        ({"caller": HELD_TO_MUSIC, "agent": ALL}, {"caller": MUSIC, "agent": MUSIC}),
        ({"caller": HELD, "agent": HELD}, {"caller": NOBODY, "agent": NOBODY}),
        (
            {"caller": ALL, "agent": ALL, "boss": LISTENS},
            {"caller": AGENT, "agent": CALLER, "boss": CALLER | AGENT},
        ),
        (
            {"caller": ALL, "agent": ALL, "boss": WHISPERS},
            {"caller": AGENT, "agent": CALLER | BOSS, "boss": CALLER | AGENT},
        ),
        (
            {"caller": ALL, "agent": ALL, "boss": ALL},
            {"caller": AGENT | BOSS, "agent": CALLER | BOSS, "boss": CALLER | AGENT},
        ),
        (
            {"caller": ALL, "agent": HELD, "boss": LISTENS},
            {"caller": MUSIC, "agent": NOBODY, "boss": CALLER},
        ),
        (
            {"caller": ALL, "agent": HELD, "boss": ALL},
            {"caller": BOSS, "agent": NOBODY, "boss": CALLER},
        ),
        (
            {"caller": HELD_TO_MUSIC, "agent": ALL, "boss": WHISPERS},
            {"caller": MUSIC, "agent": BOSS, "boss": AGENT},
        ),
    ],
)
def test_who_hears_whom(places: Mapping[str, Place], hears: Mapping[str, Hears]) -> None:
    assert who_hears_whom(places) == hears


a_place = st.builds(
    Place,
    audience=st.just(EVERYONE) | st.frozensets(st.sampled_from("abcd")),
    muted=st.booleans(),
    held=st.booleans(),
    music=st.booleans(),
)


@given(st.dictionaries(st.sampled_from("abcd"), a_place))
def test_the_laws(places: dict[str, Place]) -> None:
    for name, hears in who_hears_whom(places).items():
        place = places[name]
        if hears is MUSIC:
            assert (place.held and place.music) or any(its.held for its in places.values())
            continue
        assert name not in hears
        assert hears <= places.keys()
        assert not hears or not place.held
        for other in hears:
            assert not places[other].muted
            assert not places[other].held
            assert places[other].may_be_heard_by(name)


def frame(level: int) -> Pcm:
    return np.full(FRAME, level, dtype=np.int16)


def push(mixer: Mixer, name: str, level: int) -> list[int]:
    """The levels of the frames that come out."""
    return [int(out[0]) for out in mixer.push(name, frame(level))]


def test_one_voice_passes_at_once() -> None:
    mixer = Mixer()
    mixer.hear(frozenset("a"))
    assert push(mixer, "a", 5) == [5]
    assert push(mixer, "b", 7) == [], "it is not meant for this leg"


def test_two_voices_are_added_and_saturate() -> None:
    mixer = Mixer()
    mixer.hear(frozenset("ab"))
    assert push(mixer, "a", 20_000) == []
    assert push(mixer, "b", 20_000) == [32_767]
    assert push(mixer, "b", -20_000) == []
    assert push(mixer, "a", -20_000) == [-32_768]


def test_a_voice_does_not_wait_long_for_a_silent_one() -> None:
    mixer = Mixer()
    mixer.hear(frozenset("ab"))
    assert [push(mixer, "a", n) for n in range(1, 6)] == [[], [], [1], [2], [3]]
    assert push(mixer, "b", 100) == [104]
    mixer.hear(frozenset("a"))
    assert push(mixer, "a", 6) == [5, 6], "alone again, nothing is kept back"


@given(st.lists(st.sampled_from("abc"), max_size=200))
def test_nothing_is_lost_and_little_waits(order: list[str]) -> None:
    mixer = Mixer()
    mixer.hear(frozenset("abc"))
    value = {"a": 1, "b": 100, "c": 10_000}
    total = sum(sum(push(mixer, name, value[name])) for name in order)
    pushed = sum(value[name] for name in order)
    assert 0 <= pushed - total <= PATIENCE * sum(value.values())


LOUD, PAUSE = frame(8000), frame(300)
"""The pause is one beside the voice only; alone it might be a soft voice."""


def test_a_line_in_time_gets_everything() -> None:
    catch_up = CatchUp()
    assert all(catch_up.keeps(PAUSE, 0.02) for _ in range(500))
    assert catch_up.left_out == 0


def test_a_line_behind_leaves_out_pauses_first() -> None:
    catch_up = CatchUp()
    assert catch_up.keeps(LOUD, LIMIT_S + 0.01)
    assert not catch_up.keeps(PAUSE, LIMIT_S + 0.01)
    assert catch_up.keeps(LOUD, LIMIT_S - 0.01)
    assert not catch_up.keeps(PAUSE, LIMIT_S - 0.01), "until it is near again"
    assert catch_up.keeps(PAUSE, TARGET_S)
    assert catch_up.keeps(PAUSE, LIMIT_S - 0.01)
    assert catch_up.left_out == 2


def test_far_behind_voices_are_left_out_too() -> None:
    catch_up = CatchUp()
    assert not catch_up.keeps(LOUD, HARD_LIMIT_S + 0.01)
    assert catch_up.left_out == 1


def test_a_delay_that_nobody_needs_is_given_back() -> None:
    catch_up = CatchUp()
    needed = [catch_up.keeps(frame(0), 0.1 if n % 50 else 0.0) for n in range(1000)]
    assert all(needed), "once a second the line ran dry: the delay is jitter"
    assert not all(catch_up.keeps(frame(0), 0.1) for _ in range(200))


def follow(voice: list[bool], burst: int, drift: float) -> tuple[CatchUp, list[float], int]:
    """A line that plays in real time; the far clock is `drift` too fast, and `burst` frames
    come at once in the beginning. Gives how far it was behind before each frame, and how many
    frames of a voice were left out."""
    catch_up, behind, seen, lost = CatchUp(), burst * 0.02, [], 0
    for speaks in voice:
        behind = max(0.0, behind - 0.02 * (1 - drift))
        seen.append(behind)
        if catch_up.keeps(LOUD if speaks else PAUSE, behind):
            behind += 0.02
        else:
            lost += speaks
    return catch_up, seen, lost


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=20, max_size=60),
    st.integers(0, 150),
    st.floats(0, 0.01),
)
def test_a_line_never_stays_behind(turns: list[tuple[int, bool]], burst: int, drift: float) -> None:
    voice = [speaks for frames, speaks in turns for _ in range(frames)]
    _, behind, _ = follow(voice, burst, drift)
    assert all(late <= HARD_LIMIT_S + 0.02 for late in behind[burst + 1 :])


def test_a_fast_clock_costs_no_word() -> None:
    """1,000 ppm for ten minutes of speech with pauses: 30 frames too many."""
    speech = ([True] * 40 + [False] * 10) * 600
    catch_up, behind, lost = follow(speech, 0, 1000e-6)
    assert 25 <= catch_up.left_out <= 31
    assert lost == 0
    assert max(behind) <= LIMIT_S
