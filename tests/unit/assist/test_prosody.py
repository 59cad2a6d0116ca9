"""Measures of known voices, the same at every door; reasons not to judge; a caller's calm."""

import numpy as np
import pytest

from made_voices import voice
from warmline.assist import prosody
from warmline.assist.arousal import Arousal, arousal
from warmline.assist.baseline import Baseline
from warmline.assist.frames import frames
from warmline.assist.prosody import Prosody, count_syllables
from warmline.assist.quality import doubt
from warmline.audio import g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample

SENTENCE = "could you please tell me where my order is"


def measure(samples: Pcm, text: str = "") -> Prosody:
    return prosody.measure(frames(samples), text)


def telephone(samples: Pcm) -> Pcm:
    return resample(g711.decode(g711.encode(resample(samples, RATE, 8_000))), 8_000, RATE)


def louder(samples: Pcm, decibels: float) -> Pcm:
    return np.asarray(np.rint(samples * 10 ** (decibels / 20)), dtype=np.int16)


def test_measures_in_units() -> None:
    measured = measure(voice(3.0, 200, level_db=-20))
    assert measured.pitch == pytest.approx(12, abs=0.3)
    assert measured.level == pytest.approx(-20, abs=2.5)
    assert measured.pitch_range < 1
    assert measured.voiced_s == pytest.approx(2.2, abs=0.4)
    assert measured.pauses == 0


def test_a_louder_voice_is_so_much_louder_and_nothing_else() -> None:
    before, after = measure(voice(2.0)), measure(louder(voice(2.0), 8))
    assert after.level - before.level == pytest.approx(8, abs=0.2)
    assert after.pitch == pytest.approx(before.pitch, abs=0.1)
    assert after.balance == pytest.approx(before.balance, abs=0.2)


def test_a_brighter_voice_has_another_balance() -> None:
    assert measure(voice(2.0, tilt=0.4)).balance > measure(voice(2.0, tilt=1.2)).balance + 4


def test_pauses_are_told_from_closures() -> None:
    assert measure(voice(4.0, pause_s=0.12)).pauses == 0
    assert measure(voice(4.0, pause_s=0.5)).pauses == pytest.approx(0.55, abs=0.1)


def test_tempo_is_of_speech_without_its_pauses() -> None:
    slow, fast = measure(voice(4.0), SENTENCE), measure(voice(2.0), SENTENCE)
    assert slow.tempo is not None and fast.tempo is not None
    assert fast.tempo - slow.tempo == pytest.approx(1.0, abs=0.15)
    assert measure(voice(2.0), "yes please").tempo is None


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("", 0),
        ("yes", 1),
        ("please", 1),
        ("ridiculous", 4),
        ("I have been waiting", 5),
        ("table", 2),
        ("4527", 6),
    ],
)
def test_syllables(text: str, syllables: int) -> None:
    assert count_syllables(text) == syllables


def test_the_telephone_changes_no_measure() -> None:
    wide, narrow = (
        measure(voice(3.0, 150, glide=1.1)),
        measure(telephone(voice(3.0, 150, glide=1.1))),
    )
    for name in ("pitch", "pitch_high", "pitch_range", "level", "balance"):
        assert getattr(wide, name) == pytest.approx(getattr(narrow, name), abs=0.5), name


def test_frames_in_which_others_spoke_do_not_count() -> None:
    mixed = np.concatenate([voice(2.0, 100), voice(2.0, 300, level_db=-10)])
    measured = prosody.measure(frames(mixed, [(2.0, 4.0)]), SENTENCE)
    assert measured.pitch == pytest.approx(0, abs=0.5)
    assert measured.tempo is None


def judge(samples: Pcm, others: tuple[tuple[float, float], ...] = ()) -> str:
    view = frames(samples, others)
    return doubt(samples, view, prosody.measure(view, ""))


def test_good_audio_is_judged() -> None:
    assert judge(voice(3.0)) == ""
    assert judge(telephone(voice(3.0))) == ""


def test_bad_audio_is_not() -> None:
    hiss = np.random.default_rng(0).normal(0, 900, 3 * RATE)
    clipped = np.clip(voice(3.0).astype(np.int32) * 30, -32_768, 32_767).astype(np.int16)
    assert judge(voice(0.5)) == "short"
    assert judge(np.zeros(RATE, dtype=np.int16)) == "short"
    assert judge(clipped) == "clipped"
    assert judge((voice(3.0, level_db=-28) + hiss).astype(np.int16)) in {"noisy", "short"}
    assert judge(voice(3.0), ((0.0, 1.2),)) == "overlap"


def learned(*turns: Pcm) -> Baseline:
    baseline = Baseline()
    for turn in turns:
        baseline.learn(measure(turn, SENTENCE))
    return baseline


CALM = (voice(3.0, 120, seed=1, glide=1.1), voice(3.0, 122, seed=2, glide=1.1))


def told(samples: Pcm) -> Arousal:
    return arousal(measure(samples, SENTENCE), learned(*CALM))


def test_a_baseline_takes_two_turns_and_three_seconds_of_voice() -> None:
    assert not learned(voice(10.0)).ready
    assert not learned(voice(1.0), voice(1.0)).ready
    assert not learned(*[voice(0.15)] * 30).ready
    assert learned(*CALM).ready


def test_a_calm_turn_is_near_the_baseline() -> None:
    calm = told(voice(3.0, 121, seed=3, glide=1.1))
    assert abs(calm.score) < 0.5
    assert calm.raised == 0
    assert calm.reasons == ()


def test_a_raised_voice_is_told_with_its_units() -> None:
    raised = told(voice(2.4, 120 * 2 ** (5 / 12), level_db=-16, tilt=0.4, glide=1.2, seed=3))
    assert raised.raised > 0.5
    assert "pitch +5 semitones" in raised.reasons
    assert any(reason.endswith(" dB louder") for reason in raised.reasons)


def test_a_telephone_that_was_moved_is_no_raised_voice() -> None:
    assert told(louder(voice(3.0, 121, seed=3, glide=1.1), 15)).raised == 0


def test_a_quiet_low_voice_is_not_raised() -> None:
    assert told(voice(3.0, 100, level_db=-34, seed=3)).raised == 0


def test_the_baseline_follows_calm_turns_slowly() -> None:
    baseline, moved = learned(*CALM), measure(louder(voice(3.0, 121, glide=1.1), 6), SENTENCE)
    before = baseline.differences(moved)[3]
    baseline.adapt(moved)
    after = baseline.differences(moved)[3]
    assert 0.85 * before < after < before
    for _ in range(40):
        baseline.adapt(moved)
    assert abs(baseline.differences(moved)[3]) < 0.5


def test_without_a_tempo_the_others_decide() -> None:
    baseline = Baseline()
    for turn in CALM:
        baseline.learn(measure(turn))
    judged = arousal(measure(voice(2.0, 160, level_db=-16, tilt=0.4)), baseline)
    assert np.isfinite(judged.score)
    assert judged.raised > 0
