"""What callers ask for everywhere is told from answers."""

import pytest

from warmline.dialogue.wishes import Wish, wish


@pytest.mark.parametrize(
    "text",
    ["human " * 400 + "x", "talk " + "to a " * 2000, "what sorry " * 800 + "x", "no " * 3000],
)
def test_no_sentence_makes_the_search_slow(text: str) -> None:
    assert wish(text, free=False) in (None, Wish.PERSON)


_PERSON = [
    "agent",
    "An agent, please.",
    "operator operator",
    "real person",
    "representative!",
    "customer service",
    "Can I speak to someone?",
    "I want to talk to a real person",
    "put me through to an operator",
    "let me talk to your manager",
    "I'd like an agent",
    "I need a human now",
    "connect me with a representative",
    "I don't want a machine, get me a person",
]
_ROBOT = [
    "are you a robot",
    "Are you human?",
    "is this a machine",
    "am I talking to a real person?",
]
_REPEAT = [
    "repeat that please",
    "say that again",
    "Sorry, what was that?",
    "pardon?",
    "I beg your pardon",
    "What?",
    "could you repeat the question",
    "sorry, I didn't catch that",
    "can you say that one more time",
]
_NOTHING = [
    "I don't want to talk to an agent",
    "I need a person to sign for it",
    "the agent told me to call",
    "I spoke to a person yesterday",
    "what is my order",
    "no",
    "help me with my order",
    "I want to send it back",
    "my order is slow",
    "",
]


_WISHES: dict[Wish | None, list[str]] = {
    Wish.PERSON: _PERSON,
    Wish.ROBOT: _ROBOT,
    Wish.REPEAT: _REPEAT,
    Wish.SLOWER: ["slower please", "Could you speak a bit more slowly?", "too fast", "slow down"],
    Wish.LOUDER: [
        "louder",
        "speak up, please",
        "Can you speak a little louder?",
        "I can't hear you",
    ],
    Wish.BACK: ["go back", "Can we go back, please?", "previous question"],
    Wish.RESTART: ["start over", "Let's start again.", "main menu"],
    Wish.HELP: ["help", "what can I say", "I don't know what to do", "what are my options?"],
    None: _NOTHING,
}


@pytest.mark.parametrize(
    ("text", "expected"), [(text, wanted) for wanted, texts in _WISHES.items() for text in texts]
)
def test_wish(text: str, expected: Wish | None) -> None:
    assert wish(text, free=False) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can I speak to someone?", Wish.PERSON),
        ("I have called four times about this and nobody helps. Get me a human.", Wish.PERSON),
        ("say that again", Wish.REPEAT),
        ("I saw him fall. What?", None),
        ("I was told that I should speak to an agent about it and then nothing happened", None),
        ("Tell that person at the desk that I will come on Monday with the papers", None),
    ],
)
def test_wish_in_a_free_answer(text: str, expected: Wish | None) -> None:
    assert wish(text, free=True) == expected


@pytest.mark.parametrize("text", ["Uh-huh.", "uh huh", "Uh-huh, yes."])
def test_an_assent_asks_for_nothing(text: str) -> None:
    assert wish(text, free=False) is None
    assert wish("Huh?", free=False) is Wish.REPEAT
