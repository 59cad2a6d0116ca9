import numpy as np
import pytest

from warmline.hearing.recordings import ANNOUNCEMENT, MIN_PRINT_S, VOICEMAIL, Repeats, machine


@pytest.mark.parametrize(
    "text",
    [
        "Please leave your message after the tone, when done hang up or press the pound key.",
        "You have reached the voicemail of John Miller.",
        "You've reached my mailbox.",
        "Your call has been forwarded to an automatic voice message system.",
        "I can't come to the phone. Leave me a short message after the beep, and I'll call back.",
        "At the tone, please record your message.",
        "Sorry, but the user's mailbox can't accept more messages.",
        "Hi, it's Ann. Please leave a message after the tone.",
    ],
)
def test_a_voicemail_greeting(text: str) -> None:
    assert machine(text) == VOICEMAIL


@pytest.mark.parametrize(
    "text",
    [
        "Your call is important to us.",
        "All of our representatives are currently busy.",
        "Please stay on the line and your call will be answered by the next available agent.",
        "Your call is now first in line and will be answered by the next available representative.",
        "Calls will be answered in the order they were received.",
        "Thank you for your patience.",
        "This call may be recorded. Calls may be recorded for training.",
    ],
)
def test_a_queue_s_announcement(text: str) -> None:
    assert machine(text) == ANNOUNCEMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes.",
        "I want to leave a message.",
        "Can I leave a message for the manager?",
        "I left a message on your voicemail yesterday.",
        "Nobody answers, I am always on hold.",
        "Please hold on a second.",
        "Thank you for your patience, my number is four five two seven.",
        "My mailbox was damaged by your driver.",
        "I would like to speak to the next available representative.",
        "Is this call important? All your agents are busy all the time.",
        "I am calling about my call from yesterday.",
        "The tone of your letter was rude.",
    ],
)
def test_what_callers_say_is_no_recording(text: str) -> None:
    assert machine(text) == ""


def print_of(seed: int, length: int = 100) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    return np.random.default_rng(seed).normal(0, 1, (length, 16)).astype(np.float32)


def test_the_third_time_the_same_recording_is_known() -> None:
    repeats, heard = Repeats(), print_of(1)
    known = []
    for shift in (0, 3, 5):
        again = np.concatenate([print_of(9, shift), heard])[:100]
        known.append(repeats.known(again, 3.0))
        repeats.remember(again, 3.0)
    assert known == [False, False, True]


def test_other_sounds_between_do_not_matter_and_are_not_known() -> None:
    repeats = Repeats()
    for seed in (1, 2, 1, 3):
        repeats.remember(print_of(seed), 3.0)
    assert repeats.known(print_of(1), 3.0)
    assert not repeats.known(print_of(2), 3.0)


@pytest.mark.parametrize("seconds", [0.5, MIN_PRINT_S - 0.1])
def test_a_short_word_may_be_said_the_same_again(seconds: float) -> None:
    repeats = Repeats()
    for _ in range(5):
        repeats.remember(print_of(1), seconds)
    assert not repeats.known(print_of(1), seconds)
