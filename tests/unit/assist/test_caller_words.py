"""Which of a caller's words are of use, and how they are told back."""

import pytest

from warmline.assist.caller_words import (
    is_bare,
    is_vague,
    tells,
    their,
    told_back,
    wants_person,
    without_greeting,
)
from warmline.assist.sentences import lasting, listed, question_in, quoted, sentence, small, times


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("I was charged twice for the same thing", "you were charged twice for the same thing"),
        ("Hi, um, I'm still waiting for my parcel.", "you're still waiting for your parcel"),
        ("I lost my card", "you lost your card"),
        ("my card was stolen", "your card was stolen"),
        ("We've been waiting since Monday", "you've been waiting since Monday"),
        ("it arrived broken", "it arrived broken"),
        ("The heating isn't working", "the heating isn't working"),
        ("My ISP is down", "your ISP is down"),
        ("I don’t recognize a transaction", "you don't recognize a transaction"),
        ("where is my order", ""),
        ("could you block my card", ""),
        ("you sent me the wrong item", ""),
        ("I want to speak to an agent", ""),
        ("I'm angry. Give me my money back", ""),
        ("my order", ""),
        ("I " + "really " * 14 + "want it", ""),
        ("", ""),
    ],
)
def test_what_a_caller_told_is_told_back_only_where_that_is_safe(said: str, told: str) -> None:
    assert told_back(said) == told


@pytest.mark.parametrize(
    ("label", "about"),
    [
        ("the status of your order", "the status of their order"),
        ("fraud on your account", "fraud on their account"),
        ("a change of address", "a change of address"),
        ("something else", "something else"),
    ],
)
def test_an_intent_is_about_the_caller(label: str, about: str) -> None:
    assert their(label) == about


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("yes", True),
        ("Yes, that's right.", True),
        ("no", True),
        ("No, thank you.", True),
        ("no, two seven at the end", False),
        ("the fridge isn't cold", False),
        ("where is my order", False),
        ("", False),
    ],
)
def test_a_mere_yes_or_no(text: str, bare: bool) -> None:
    assert is_bare(text) == bare


@pytest.mark.parametrize(
    ("text", "useful"),
    [
        ("my laptop is slow", True),
        ("123455", False),
        ("four five two seven", False),
        ("yes please", False),
        ("help", False),
        ("representative, please", False),
        ("Can I talk to somebody, please?", False),
        ("[secret]", False),
        ("", False),
    ],
)
def test_which_words_say_what_a_call_is_about(text: str, useful: bool) -> None:
    assert tells(text) == useful


def test_a_long_story_with_an_agent_in_it_is_no_wish_for_one() -> None:
    assert wants_person("get me a manager")
    assert not wants_person("the agent who came on Monday said that you would send me a new one")


def test_vague_labels() -> None:
    assert is_vague("Something else")
    assert is_vague("another repair")
    assert not is_vague("a repair")


def test_a_greeting_says_nothing() -> None:
    assert without_greeting("Hello, uh, so my card is gone") == "my card is gone"
    assert without_greeting("hi") == ""


def test_small_english() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert [times(n) for n in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert [lasting(s) for s in (5.4, 89, 240)] == ["5 s", "89 s", "4 min"]
    assert sentence("the caller waits") == "The caller waits."
    assert sentence('they said "no."') == 'They said "no."'
    assert small("Nothing") == "nothing"
    assert small("PIN did not match") == "PIN did not match"
    assert quoted('say "a"\nnow') == "\"say 'a' now\""
    assert quoted("one two three", 9) == '"one two …"'
    assert question_in("Now, please. May we record this?") == "May we record this?"
    assert question_in("Thank you. Go on, or hang up.") == "Go on, or hang up."
