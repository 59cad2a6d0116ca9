"""The English sentences that every flow has. Pure; knows no nodes and no call."""

from collections.abc import Mapping, Sequence
from typing import Final

NO_MATCH: Final = (
    "Sorry, I didn't catch that.",
    "Sorry, I still didn't understand.",
    "I'm sorry, I'm having trouble understanding you.",
)
NO_INPUT: Final = (
    "I didn't hear anything.",
    "Are you still there?",
    "I still can't hear you.",
)
REJECTED: Final = ("Sorry about that.", "Sorry, let's try that once more.")
"""The caller said that what was read back is wrong."""
FAILED: Final = "Sorry, I couldn't make that out."
"""The recogniser gave up."""
WRONG_LENGTH: Final = "I need {needed}."
"""More or fewer digits than the flow asked for; {needed} is the number of them."""
IMPLAUSIBLE: Final = "That can't be right. I need {needed}."
"""What was understood cannot be meant: out of bounds, or a wrong check digit."""
ESCAPE: Final = "I'll pass you on to a person. Thank you for your patience."
CLOSED: Final = (
    "I'm sorry, nobody is there at the moment. Please call again in business hours. Goodbye."
)
ROBOT: Final = "I'm an automated assistant, not a person. You can ask for a person at any time."
"""The answer to "are you a robot?", whatever the flow says."""
HELP: Final = (
    "You can simply speak, or use your keypad. "
    'Say "repeat" to hear something again, "go back", or "start over". '
    "For a person, say agent or press star."
)
BUSY: Final = "I'm still looking that up. One moment, please."
MORE_SLOWLY: Final = "Of course, I'll speak more slowly."
LOUDER: Final = "Of course, I'll speak louder."
NO_WAY_BACK: Final = "There is nothing to go back to."
BACK: Final = "Okay, let's go back."
RESTART: Final = "Okay, let's start over."
CHANGE: Final = "What should I change?"
CONSENT_AGAIN: Final = "I have to ask you this in full."
CALLBACK: Final = "We will call you back. Goodbye."
HINT_FREE: Final = "For a person, press star."
HINT_YES_NO: Final = "You can press 1 for yes, or 2 for no."
HINT_DIGITS: Final = "You can also type it on your keypad."


def keypad_hint(labels: Mapping[str, str]) -> str:
    """How the awaited answer is given by keys; `labels` tell what each key means."""
    if not labels:
        return HINT_FREE
    return f"You can press {', '.join(f'{key} for {label}' for key, label in labels.items())}."


def menu(labels: Mapping[str, str]) -> str:
    """A menu read out; `labels` tell what each key means."""
    return " ".join(f"For {label}, press {key}." for key, label in labels.items())


def did_you_mean(labels: Sequence[str]) -> str:
    return f"Did you mean: {', or '.join(labels)}?"


def heard(value: str) -> str:
    """A read-back where the author wrote none."""
    return f"I heard: {value}. Is that right?"
