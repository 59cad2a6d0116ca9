import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.matching import Wish, exact_option, match_choice, wish

OPTIONS = {
    "where": ["where is my order", "track my order", "when will my order arrive"],
    "address": ["change my address", "I moved"],
    "cancel": ["cancel my order"],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my order?", "where"),
        ("Hi, um, where is my order please?", "where"),
        ("I would like to know where is my order", "where"),
        ("wear is my order", "where"),
        ("I want to track an order", "where"),
        ("cancel that order", "cancel"),
        ("change the addresses", "address"),
        ("I moved last week", "address"),
        ("my order", None),
        ("where is my order, cancel my order", None),
        ("what is the weather like", None),
        ("hello", None),
        ("", None),
    ],
)
def test_match_choice(text: str, expected: str | None) -> None:
    found = match_choice(text, OPTIONS)
    assert (found and found[0]) == expected


def test_confidence_falls_with_distance() -> None:
    texts = ["where is my order", "yes but where is my order then", "wear is my order"]
    scores = [found[1] for text in texts if (found := match_choice(text, OPTIONS))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0
    assert len(set(scores)) == 3


def test_without_options_nothing_matches() -> None:
    assert match_choice("where", {}) is None


def test_exact_option_is_the_whole_utterance() -> None:
    assert exact_option("Um, I moved.", OPTIONS) == "address"
    assert exact_option("I moved house", OPTIONS) is None
    assert exact_option("hello", {"greet": ["hello"]}) == "greet"
    assert exact_option("um", {"greet": ["hello"]}) is None


@given(st.text(), st.booleans())
def test_any_text_is_safe(text: str, free: bool) -> None:
    match_choice(text, OPTIONS)
    wish(text, free=free)


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
    "",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Wish.PERSON) for text in _PERSON),
        *((text, Wish.ROBOT) for text in _ROBOT),
        *((text, Wish.REPEAT) for text in _REPEAT),
        *((text, None) for text in _NOTHING),
    ],
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
