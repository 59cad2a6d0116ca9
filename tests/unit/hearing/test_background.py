"""What counts and what does not: verdicts as tables, doubt and din on made sounds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.audio.frame import RATE
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing.background import DOUBT_S, Background, Scene
from warmline.hearing.soundtrack import SILENCE, Sound
from warmline.ports import Transcript

CHUNK = 512
CHUNK_S = CHUNK / RATE
YES_NO = Expectation(kind=AnswerKind.YES_NO)
VOICE = Sound(seconds=3.0, level_db=-25.0, loud_db=-20.0, depth_db=25.0, tonality=0.1)
MUSIC = Sound(seconds=3.0, level_db=-27.0, loud_db=-24.0, depth_db=8.0, tonality=0.5)
SENTENCE = "My parcel has not come, and I want to know where it is."


def scene(
    turn: Sound = VOICE,
    before: Sound = SILENCE,
    *,
    drags: bool = False,
    seconds: float = 3.0,
    tonality: float | None = None,
    level_db: float = -25.0,
    depth_db: float = 25.0,
) -> Scene:
    tonal = turn.tonality if tonality is None else tonality
    turn = replace(turn, seconds=seconds, tonality=tonal, level_db=level_db, depth_db=depth_db)
    return Scene(start=10.0, end=10.0 + seconds, turn=turn, before=before, drags=drags)


def said(text: str, confidence: float = 0.7) -> Transcript:
    return Transcript(text=text, confidence=confidence, reason="" if text else "not_speech")


def verdict(at: Scene, words: Transcript, expect: Expectation = ANYTHING) -> str:
    return Background().why_not(at, words, expect)


@pytest.mark.parametrize(
    ("at", "words", "why"),
    [
        (scene(), said(SENTENCE), ""),
        (scene(), said(SENTENCE, 0.2), ""),
        (scene(), said(""), ""),
        (scene(tonality=0.4), said(SENTENCE), ""),  # an echoing room, a long vowel
        (scene(tonality=0.5), said(SENTENCE), "music"),
        (scene(tonality=0.5), said(""), "music"),
        (scene(tonality=0.5, seconds=0.6), said("Yeah."), ""),  # so short is no evidence
        (scene(before=MUSIC), said(SENTENCE), ""),
        (scene(before=MUSIC, tonality=0.3), said(SENTENCE), "music"),
        (scene(before=MUSIC, tonality=0.21), said(SENTENCE), "music"),  # no louder than the music
        (scene(before=MUSIC, tonality=0.21, level_db=-19), said(SENTENCE), ""),
        (scene(before=MUSIC, tonality=0.3, level_db=-10), said(SENTENCE), ""),  # stands out
        (scene(before=MUSIC, seconds=0.5), said("Yes."), ""),
        (scene(before=MUSIC, seconds=0.5), said("Yes.", 0.3), "music"),
        (scene(before=MUSIC, seconds=0.5, level_db=-19), said("Yes.", 0.3), ""),
        (scene(depth_db=8), said(SENTENCE), ""),
        (scene(depth_db=8, seconds=5), said(SENTENCE), "background"),
        (scene(depth_db=0, seconds=5), said(SENTENCE), ""),
        (scene(seconds=20), said("Yes."), ""),
        (scene(seconds=20), said(""), "background"),
        (scene(drags=True, seconds=8), said(SENTENCE), ""),
        (scene(drags=True, seconds=8), said(SENTENCE, 0.4), "background"),
        (scene(drags=True, seconds=8, depth_db=11), said(SENTENCE), "background"),
        (scene(drags=True, seconds=8), said("Thank you."), "background"),
        (scene(drags=True, seconds=8), said("I am going to be " * 6), "background"),
        (scene(), said("Please leave a message after the tone."), "voicemail"),
        (scene(), said("Your call is important to us."), "announcement"),
    ],
)
def test_why_words_do_not_count(at: Scene, words: Transcript, why: str) -> None:
    assert verdict(at, words) == why


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (scene(tonality=0.6, seconds=2), ""),
        (scene(before=MUSIC, tonality=0.6, seconds=0.5), ""),
        (scene(tonality=0.6, seconds=6), "music"),  # nobody says "yes" for so long
        (scene(drags=True, seconds=8, depth_db=5), ""),  # said once, over a crowd
    ],
)
def test_a_complete_answer_counts(at: Scene, why: str) -> None:
    assert verdict(at, said("Yes.", 0.3), YES_NO) == why


def test_a_menu_that_is_played_again_and_again() -> None:
    rng = np.random.default_rng(1)
    menu = rng.normal(0, 1, 3 * RATE) * np.repeat(rng.uniform(100, 8_000, 30), RATE // 10)
    surroundings, now, why = Background(), 0.0, []
    for _ in range(4):
        for _ in range(30):
            now += CHUNK_S
            surroundings.voice(np.zeros(CHUNK, dtype=np.int16), now, 0.0)
        begin = now
        for chunk in menu.astype(np.int16)[: 90 * CHUNK].reshape(-1, CHUNK):
            now += CHUNK_S
            surroundings.voice(chunk, now, 0.9)
        heard = surroundings.scene(begin, now)
        why.append(surroundings.why_not(heard, said("Press one for messages."), ANYTHING))
        surroundings.told(heard, counts=not why[-1])
    assert why == ["", "", "repetition", "repetition"]


def test_doubt_lasts_a_while_and_ends_with_words() -> None:
    surroundings = Background()
    assert not surroundings.doubts(0.0)
    surroundings.told(scene(), counts=False)
    assert surroundings.doubts(13.0 + DOUBT_S - 0.1) and not surroundings.doubts(13.0 + DOUBT_S)
    surroundings.told(scene(), counts=True)
    assert not surroundings.doubts(13.5)


@pytest.mark.parametrize(
    ("at", "words", "why"),
    [
        (scene(), said("Hello?", 0.3), "background"),
        (scene(level_db=-18), said("Hello?", 0.3), ""),
        (scene(), said("Hello?"), ""),
        (scene(), said(""), ""),
    ],
)
def test_in_doubt_words_must_be_clear_or_louder(at: Scene, words: Transcript, why: str) -> None:
    surroundings = Background()
    surroundings.told(scene(), counts=False)
    assert surroundings.why_not(at, words, ANYTHING) == why


# --- din ------------------------------------------------------------------------------------------


class Surrounded:
    def __init__(self) -> None:
        self.background = Background()
        self.now = 0.0

    def hear(self, level: int, seconds: float, probability: float = 0.9) -> list[float]:
        """What is left of the detector's probability, chunk by chunk."""
        found = []
        for _ in range(round(seconds / CHUNK_S)):
            self.now += CHUNK_S
            samples = np.full(CHUNK, level, dtype=np.int16)
            found.append(self.background.voice(samples, self.now, probability))
        return found

    def drown(self) -> None:
        self.background.drown(self.background.scene(self.now - 2, self.now, drags=True))


def test_over_a_din_only_what_is_louder_is_a_voice() -> None:
    crowd = Surrounded()
    assert set(crowd.hear(1_000, 3)) == {0.9}
    crowd.drown()
    assert set(crowd.hear(1_000, 20)) == {0.0}
    assert set(crowd.hear(1_500, 1)) == {0.0}
    assert set(crowd.hear(3_000, 0.3)) == {0.9}
    after = crowd.hear(1_000, 1)
    assert 0 < after.count(0.9) <= 6, "the quiet parts of a word belong to it"
    assert set(after[6:]) == {0.0}


def test_a_din_is_over_when_it_pauses() -> None:
    crowd = Surrounded()
    crowd.hear(1_000, 3)
    crowd.drown()
    crowd.hear(1_000, 1)
    crowd.hear(0, 0.4, probability=0.1)
    assert set(crowd.hear(1_000, 1)) == {0.0}, "a breath ends nothing"
    crowd.hear(0, 0.6, probability=0.1)
    assert set(crowd.hear(500, 1)) == {0.9}


@given(st.lists(st.tuples(st.integers(0, 30_000), st.floats(0, 1)), max_size=60), st.booleans())
def test_a_probability_is_kept_or_dropped_and_never_raised(
    chunks: list[tuple[int, float]], din: bool
) -> None:
    crowd = Surrounded()
    crowd.hear(5_000, 2.5)
    if din:
        crowd.drown()
    for level, probability in chunks:
        assert crowd.hear(level, CHUNK_S, probability)[0] in (0.0, probability)
