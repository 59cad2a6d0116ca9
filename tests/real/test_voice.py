"""Piper's voice, and that it can be understood."""

import numpy as np

from warmline.audio.frame import RATE
from warmline.audio.resample import resample
from warmline.hearing.whisper import Whisper
from warmline.speaking.piper import Voice
from warmline.spoken import words


def test_what_is_said_can_be_understood(joe: Voice, base: Whisper) -> None:
    text = "Your order is on its way. It should arrive on Tuesday."
    clip = resample(joe.speak(text, 1.0), joe.rate, RATE)
    assert words(base.transcribe(clip).text) == words(text)


def test_speech_begins_at_once_and_ends_with_a_breath(joe: Voice) -> None:
    clip = np.abs(joe.speak("Is that right?", 1.0).astype(float))
    loud = np.flatnonzero(clip > 300)
    assert loud[0] < 0.05 * joe.rate
    assert 0.05 * joe.rate < clip.size - loud[-1] < 0.25 * joe.rate


def test_pace_changes_the_length(joe: Voice) -> None:
    text = "Thanks for calling, how can I help you today?"
    assert joe.speak(text, 1.4).size < 0.85 * joe.speak(text, 1.0).size


def test_nothing_to_say_is_no_audio(joe: Voice) -> None:
    assert joe.speak("", 1.0).size == 0
    assert joe.speak("...", 1.0).size >= 0
