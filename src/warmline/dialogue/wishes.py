"""What callers ask for in every flow: a person, the last words again, help … Pure.

Knows no call and no flow, only texts. Exact sentences, so that no answer is taken for a wish.
"""

import re
from enum import StrEnum
from typing import Final

from warmline.spoken import FILLERS, words

_POLITE: Final = FILLERS | frozenset(words("hi hello hey yes yeah thanks thank you please oh"))


class Wish(StrEnum):
    PERSON = "person"
    REPEAT = "repeat"
    ROBOT = "robot"
    HELP = "help"
    SLOWER = "slower"
    LOUDER = "louder"
    BACK = "back"
    RESTART = "restart"


# All repetitions are bounded: no sentence makes a search slow.
_WHO: Final = (
    r"(?:(?:human )?(?:person|being|agent|representative|rep|operator)|human|someone|somebody|"
    r"anyone|people|manager|supervisor|colleague|advisor|adviser|assistant|staff|"
    r"customer (?:service|care|support))"
)
_A: Final = r"(?:(?:to|with|for|me|a|an|the|your|some|real|live|actual|another) ){0,4}"
_REQUEST: Final = re.compile(
    r"\b(?:speak|talk|chat|transfer|connect|forward|put|get|pass|switch)"
    rf" {_A}(?:through |over )?{_A}{_WHO}\b"
    rf"|\b(?:want|need|give me|get me|prefer|like) {_A}{_WHO}(?: now)?$"
)
_BARE_REQUEST: Final = re.compile(rf"(?:no )?(?:{_A}{_WHO}(?: now| again)? ?){{1,3}}")
_REFUSAL: Final = re.compile(
    r"\b(?:don't|do not|not|never|no(?! i\b)|without|rather than|instead of)(?: \S+){0,3} $"
)
"""Just before a request it turns it round: "I don't want to talk to an agent"."""
_ROBOT: Final = re.compile(
    rf"\b(?:are you|is this|am i (?:speaking|talking)|is that) {_A}"
    r"(?:robot|machine|human|person|bot|computer|ai|recording|automated|real|answering machine)\b"
)
_REPEAT: Final = re.compile(
    r"(?:(?:i'm )?sorry ?|(?:(?:i )?beg your )?pardon(?: me)? ?|excuse me ?|what ?|huh ?){1,2}"
    r"|(?:(?:i'm )?sorry |pardon(?: me)? |excuse me )?(?:"
    r"(?:come |say )?again|one more time|once more|what was (?:that|the question)|"
    r"what did you (?:just )?(?:say|ask)|i (?:didn't|did not|couldn't) (?:catch|hear)"
    r" (?:that|you|it)|(?:(?:can|could|would|will) you )?(?:repeat|say)"
    r"(?: that| it| this| the question)?(?: one more time| once more| again| for me){0,2})"
)
_MORE: Final = r"(?:a (?:little )?bit |a little |much |even |please |more ){0,2}"
_OTHERS: Final = (
    (
        Wish.SLOWER,
        rf"(?:(?:can|could|would|will) you )?(?:speak |talk |go |say it |say that )?{_MORE}"
        r"(?:slower|slowly|slow down|less fast)|(?:you(?:'re| are) )?(?:speaking |talking )?"
        r"too (?:fast|quick)(?: for me)?|not so fast",
    ),
    (
        Wish.LOUDER,
        rf"(?:(?:can|could|would|will) you )?(?:speak |talk )?{_MORE}(?:louder|up)"
        r"|speak up|(?:you(?:'re| are) )?too quiet|i can(?:'t|not| not) hear you"
        r"(?: well| very well)?",
    ),
    (
        Wish.BACK,
        r"(?:(?:can|could|may) (?:i|we|you) |let's |i want to )?go back"
        r"(?: one step| to the last question)?"
        r"|(?:the )?previous (?:question|step)|back up|one step back",
    ),
    (
        Wish.RESTART,
        r"(?:(?:can|could|may) (?:i|we|you) |let's |i want to )?"
        r"(?:start (?:over|again|from the (?:beginning|start))|restart|begin again)|main menu",
    ),
    (
        Wish.HELP,
        r"(?:i need |can you |could you )?help(?: me)?|what can (?:i|you) (?:say|do)(?: here)?"
        r"|what are my (?:options|choices)|how does (?:this|that|it) work|i (?:don't|do not) "
        r"(?:know what to (?:say|do)|understand(?: the question)?)",
    ),
)
_EXACT: Final = tuple((found, re.compile(pattern)) for found, pattern in _OTHERS)
_ASIDE: Final = _POLITE - {"you", "like"}
_ASSENT: Final = re.compile(r"\buh huh\b")
"""Nobody who says so asks for anything: only a "huh" alone does."""
_SHORT: Final = 10
"""Words of a free answer's last sentence that can be a request of its own."""


def wish(text: str, *, free: bool) -> Wish | None:
    """What the caller asks for that has nothing to do with the question.

    Words for a person count when they are a request ("can I talk to someone") or all that was
    said ("agent, please"), unless they are refused ("I don't want to talk to an agent"). In a
    `free` answer only its last sentence counts, if it is short: a long message that tells of a
    talk with an agent goes on.
    """
    whole = _without_asides(text)
    last = _without_asides(re.split(r"[.!?]+\s+", text.strip())[-1]) if free else whole
    if free and len(last.split()) > _SHORT:
        return None
    if _ROBOT.search(last):
        return Wish.ROBOT
    clauses = map(_without_asides, re.split(r"[,.;:!?]", text)) if not free else ()
    if _BARE_REQUEST.fullmatch(last) or any(map(_requests_person, [last, *clauses])):
        return Wish.PERSON
    if _REPEAT.fullmatch(whole):
        return Wish.REPEAT
    return next((found for found, pattern in _EXACT if pattern.fullmatch(whole)), None)


def _without_asides(text: str) -> str:
    said = _ASSENT.sub("", " ".join(words(text)))
    return " ".join(word for word in said.split() if word not in _ASIDE)


def _requests_person(said: str) -> bool:
    before = (said[: match.start()] for match in _REQUEST.finditer(said))
    return any(_REFUSAL.search(words_before) is None for words_before in before)
