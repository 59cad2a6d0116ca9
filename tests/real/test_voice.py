"""Piper's voice, and that it can be understood."""

import numpy as np

from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.hearing.whisper import Whisper
from warmline.speaking.piper import Voice
from warmline.spoken import digits, words


def test_what_is_said_can_be_understood(joe: Voice, base: Whisper) -> None:
    text = "Your order is on its way. It should arrive on Tuesday."
    clip = resample(joe.speak(text, 1.0), joe.rate, RATE)
    assert words(base.transcribe(clip).text) == words(text)


def test_speech_begins_at_once_and_ends_with_a_breath(joe: Voice) -> None:
    clip = np.abs(joe.speak("Is that right?", 1.0).astype(float))
    loud = np.flatnonzero(clip > 300)
    assert loud[0] < 0.05 * joe.rate
    assert 0.05 * joe.rate < clip.size - loud[-1] < 0.25 * joe.rate


def test_clauses_join_without_a_click_and_at_one_level(joe: Voice, base: Whisper) -> None:
    clips = [joe.speak(text, 1.0) for text in ("I have,", "4 5 2 7.", "Is that right?")]
    joined = np.concatenate(clips)
    steps = [int(np.abs(np.diff(clip.astype(int))).max()) for clip in (joined, *clips)]
    assert steps[0] <= max(steps[1:])
    assert max(abs(int(clip[end])) for clip in clips for end in (0, -1)) < 100
    levels = [_level_db(clip) for clip in clips]
    assert max(levels) - min(levels) < 1.0
    heard = base.transcribe(resample(joined, joe.rate, RATE)).text
    assert digits(heard) == "4527" and words(heard)[-3:] == ["is", "that", "right"]


def _level_db(clip: Pcm) -> float:
    """Of the frames of 20 ms that hold a voice."""
    frames = clip[: clip.size // 441 * 441].reshape(-1, 441).astype(float)
    power = np.mean(frames**2, axis=1)
    return float(10 * np.log10(power[power > power.max() / 300].mean()))


def test_pace_changes_the_length(joe: Voice) -> None:
    text = "Thanks for calling, how can I help you today?"
    assert joe.speak(text, 1.4).size < 0.85 * joe.speak(text, 1.0).size


def test_nothing_to_say_is_no_audio(joe: Voice) -> None:
    assert joe.speak("", 1.0).size == 0
    assert joe.speak("...", 1.0).size >= 0
