"""What a caller who waits for a person is told, and may choose meanwhile. Pure.

Laws
    The place in line is told at first, when it changes, and again after `AGAIN_S`; nobody waits
    a minute without a word.
    A caller can always go back to the assistant, or ask to be called back: by key or in words.
"""

from typing import Final, Literal

from warmline.answers.phrases import exact_option
from warmline.events import DigitPressed, Fact, QueueMoved, UtteranceHeard

AGAIN_S: Final = 45.0
"""Between two announcements at most; at most a minute of music alone (COPC and others)."""
SELDOM_S: Final = 20.0
"""... and at least, however often the place changes."""
Choice = Literal["back", "callback"]

CHOICES: Final = (
    "To go back to the automated assistant, press 1. To be called back instead, press 2."
)
STILL: Final = "Thank you for waiting. Somebody will be with you as soon as possible."
BACK: Final = "All right."
MOMENT: Final = "One moment, please."
NOBODY: Final = (
    "All our people are busy right now. We will call you back as soon as we can. Goodbye."
)
CALLBACK: Final = "All right, we will call you back as soon as we can. Goodbye."
LOST: Final = "I'm sorry, the line to my colleague was lost. I'm getting you somebody again."
_OPTIONS: Final = {
    "back": ("go back", "back to the assistant", "back to the bot", "the assistant", "the machine"),
    "callback": ("call me back", "call back", "a call back", "please call me back", "ring me back"),
}
_WORDS: Final[dict[str, Choice]] = {"back": "back", "callback": "callback"}
_KEYS: Final[dict[str, Choice]] = {"1": "back", "2": "callback"}


def place(position: int, wait_s: float) -> list[str]:
    """The caller's place in line, in sentences of which few different ones exist."""
    first = "You are next in line." if position <= 1 else f"You are number {position} in line."
    if wait_s < 0:
        return [first]
    minutes = round(wait_s / 60)
    if minutes <= 1:
        return [first, "It should take about a minute."]
    return [first, f"It should take about {min(minutes, 60)} minutes."]


def sentences() -> list[str]:
    """What can be rendered ahead."""
    waits = [f"It should take about {minutes} minutes." for minutes in range(2, 11)]
    places = [place(position, 0.0)[0] for position in range(1, 11)]
    return [*places, *waits, place(1, 0.0)[1], CHOICES, STILL, BACK, MOMENT, NOBODY, CALLBACK, LOST]


def choice(fact: Fact) -> Choice | None:
    """What a caller who waits wants instead."""
    match fact:
        case DigitPressed(digit=digit):
            return _KEYS.get(digit)
        case UtteranceHeard(text=text):
            return _WORDS.get(exact_option(text, _OPTIONS) or "")
        case _:
            return None


class Announcer:
    """Decides what to say when; times are seconds on the call's clock."""

    def __init__(self, choices: str = CHOICES) -> None:
        """`choices` tells what the caller may do instead of waiting; empty: nothing."""
        self._choices = choices
        self._place: tuple[int, float] = (0, -1.0)
        self._told: tuple[int, float] | None = None
        self._told_at = float("-inf")
        self._times = 0

    def moved(self, fact: QueueMoved) -> None:
        self._place = (fact.position, fact.wait_s)

    @property
    def next_at(self) -> float:
        """When there will be something to say."""
        if not self._place[0]:
            return float("inf")
        changed = self._told is None or self._told[0] != self._place[0]
        return self._told_at + (SELDOM_S if changed else AGAIN_S)

    def due(self, now: float) -> list[str]:
        """The sentences to say now."""
        if now < self.next_at:
            return []
        changed = self._told is None or self._told[0] != self._place[0]
        self._told, self._told_at = self._place, now
        self._times += 1
        said = place(*self._place) if changed else [STILL]
        return [*said, self._choices] if self._choices and self._times % 3 == 1 else said
