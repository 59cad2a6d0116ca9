"""The mood of made calls: calm stays at 0, anger shows, doubt abstains; and no agent comes in."""

import ast
import inspect
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import warmline.assist.mood
from made_voices import voice
from warmline.assist.mood import MoodMeter
from warmline.audio.frame import RATE, Pcm
from warmline.events import SentimentChanged, UtteranceHeard

PLAIN = "could you please tell me where my order is"
ANGRY = "this is ridiculous, I have been waiting for an hour"
HEARING = [
    "mood", "arousal", "baseline", "quality", "prosody", "f0", "frames", "words", "service_words",
]  # fmt: skip


class Call:
    """Turns of one caller, each spoken for `seconds` somewhere in the call."""

    def __init__(self) -> None:
        self.meter = MoodMeter()
        self._turns = count(1)
        self._at = 0.0

    def says(
        self,
        samples: Pcm,
        text: str = PLAIN,
        *,
        others: tuple[tuple[float, float], ...] = (),
        confidence: float = 0.9,
    ) -> SentimentChanged:
        """`others`: seconds from the beginning of this turn."""
        begin, self._at = self._at + 5, self._at + 5 + samples.size / RATE
        fact = UtteranceHeard(
            turn=next(self._turns),
            text=text,
            confidence=confidence,
            started_at=begin,
            audio_at=self._at,
        )
        overlaps = [(begin + start, begin + end) for start, end in others]
        return self.meter.utterance(samples, fact, overlaps)


@cache
def calm(seed: int = 1) -> Pcm:
    return voice(3.0, 120, glide=1.1, seed=seed)


@cache
def raised(seed: int = 1) -> Pcm:
    return voice(2.4, 160, glide=1.25, level_db=-15, tilt=0.4, seed=seed)


def known() -> Call:
    """A call whose caller has been calm for three turns."""
    call = Call()
    for seed in range(3):
        call.says(calm(seed))
    return call


def test_calm_stays_at_zero() -> None:
    call = Call()
    heard = [call.says(calm(seed)) for seed in range(12)]
    assert [turn.abstained for turn in heard[:2]] == ["baseline"] * 2
    assert not any(turn.abstained for turn in heard[2:])
    assert all(abs(turn.mood) < 0.05 for turn in heard)
    assert all(turn.trend == "steady" and turn.reasons == () for turn in heard)


def test_anger_of_voice_and_words_shows_within_two_turns() -> None:
    call = known()
    first, second = call.says(raised(1), ANGRY), call.says(raised(2), ANGRY)
    assert first.mood < -0.4
    assert second.mood < -0.6
    assert second.trend == "falling"
    assert second.reasons[0].startswith("words: 'ridiculous'")
    assert "pitch +5 semitones" in second.reasons


def test_a_raised_voice_alone_is_not_enough_in_one_turn_but_is_when_it_lasts() -> None:
    call = known()
    first = call.says(raised(1))
    assert -0.45 < first.mood < -0.1
    assert call.says(raised(2)).mood < first.mood
    assert call.says(raised(3)).mood < -0.5


def test_joy_is_no_anger() -> None:
    happy = known().says(raised(), "oh that is wonderful, thank you so much")
    assert happy.mood > 0.3
    assert happy.voice == 0
    assert happy.reasons == ()


def test_bad_words_in_a_calm_voice_count() -> None:
    call = known()
    call.says(calm(7), ANGRY)
    told = call.says(calm(8), ANGRY)
    assert told.voice == 0
    assert -0.7 < told.mood < -0.35
    assert told.reasons == ("words: 'ridiculous', 'been waiting'",)


def test_the_mood_recovers() -> None:
    call = known()
    worst = call.says(raised(), ANGRY).mood
    after = [call.says(calm(seed)) for seed in range(3)]
    assert after[0].mood > worst / 2
    assert after[-1].mood > -0.1
    assert after[0].trend != "rising" or after[0].mood > worst


def test_anger_from_the_first_word_does_not_become_the_calm() -> None:
    call = Call()
    for seed in range(4):
        heard = call.says(raised(seed), ANGRY)
        assert heard.abstained == "baseline"
    assert heard.mood < -0.4


def test_a_yes_changes_little() -> None:
    call = known()
    before = call.says(raised(), ANGRY).mood
    after = call.says(voice(0.3), "Yes.")
    assert after.abstained == "short"
    assert after.mood == pytest.approx(before, abs=0.2 * abs(before))


def test_doubt_is_told_and_only_words_count() -> None:
    call = known()
    loud = np.clip(raised().astype(np.int32) * 20, -32_768, 32_767).astype(np.int16)
    clipped = call.says(loud, PLAIN)
    assert clipped.abstained == "clipped"
    assert clipped.voice == 0
    crossed = call.says(raised(), ANGRY, others=((0.0, 2.4),))
    assert crossed.abstained == "overlap"
    assert crossed.words < -0.4
    assert crossed.mood < -0.3


def test_words_that_were_hardly_heard_hardly_count() -> None:
    sure = known().says(calm(5), ANGRY).words
    assert known().says(calm(5), ANGRY, confidence=0.1).words == pytest.approx(sure / 5, abs=0.001)


def test_interruptions_alone_are_no_anger_and_worsen_it() -> None:
    over = ((0.0, 0.5),)  # somebody else was speaking when the caller began
    call = known()
    for seed in range(3):
        assert call.says(calm(seed), others=over).mood == pytest.approx(0, abs=0.05)
    often = call.says(calm(5), ANGRY, others=over)
    assert "interrupted us 4 times" in often.reasons
    assert often.voice < known().says(calm(5), ANGRY).voice


def test_a_turn_that_went_on_counts_once() -> None:
    once, twice = known(), known()
    facts = [
        UtteranceHeard(turn=4, text=text, confidence=0.9, started_at=50, audio_at=50 + seconds)
        for text, seconds in (("this is ridiculous", 1.0), (ANGRY, 2.4))
    ]
    twice.meter.utterance(raised()[:RATE], facts[0])
    assert twice.meter.utterance(raised(), facts[1]) == once.meter.utterance(raised(), facts[1])


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 0.5, 3.0, 29.0])
@pytest.mark.parametrize("kind", ["silence", "tone", "hiss", "square", "voice"])
def test_any_sound_gives_figures(kind: str, seconds: float) -> None:
    size = round(seconds * RATE)
    at = np.arange(size) / RATE
    sound = {
        "silence": np.zeros(size),
        "tone": 8_000 * np.sin(2 * np.pi * 440 * at),
        "hiss": np.random.default_rng(0).normal(0, 4_000, size),
        "square": np.where(np.sin(2 * np.pi * 150 * at) >= 0, 32_767, -32_768),
        "voice": voice(seconds).astype(np.float64),
    }[kind]
    check(known().says(np.clip(sound, -32_768, 32_767).astype(np.int16)))


turns = st.tuples(
    st.floats(0, 2.0),
    st.floats(60, 600),
    st.floats(-60, 0),
    st.sampled_from([PLAIN, ANGRY, "", "thank you so much", "no", "0123456789"]),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=2),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(turns, min_size=1, max_size=6))
def test_any_call_gives_figures(
    said: list[tuple[float, float, float, str, float, list[tuple[float, float]]]],
) -> None:
    call = Call()
    for seconds, hertz, level, text, confidence, others in said:
        samples = voice(seconds, hertz, level_db=level)
        check(call.says(samples, text, others=tuple(others), confidence=confidence))


def check(heard: SentimentChanged) -> None:
    assert -1 <= heard.mood <= 1
    assert -1 <= heard.voice <= 0
    assert -1 <= heard.words <= 1
    assert heard.trend in {"rising", "steady", "falling"}
    assert heard.abstained in {"", "short", "noisy", "clipped", "overlap", "baseline"}
    assert len(heard.reasons) <= 4
    assert not (heard.abstained and heard.voice)


def test_nothing_here_knows_an_agent() -> None:
    """The only fact that is judged is a caller's, and no module here could name another."""
    parameters = inspect.signature(MoodMeter.utterance, eval_str=True).parameters
    assert parameters["fact"].annotation is UtteranceHeard
    folder = Path(warmline.assist.mood.__file__).parent
    for name in HEARING:
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("warmline"):
                allowed = {f"warmline.assist.{other}" for other in HEARING} | {
                    *("warmline.assist", "warmline.audio", "warmline.audio.frame"),
                    *("warmline.audio.resample", "warmline.events"),
                }
                assert node.module in allowed, f"{name}: {node.module}"
                if node.module == "warmline.events":
                    assert {a.name for a in node.names} <= {"SentimentChanged", "UtteranceHeard"}
