import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.closed import MAX_PHRASES, MAX_WORDS, ClosedSet, expand
from warmline.answers.sounds import spoken_words
from warmline.spoken import words

PHRASES = ("light roast", "dark roast", "mocha", "iced mocha", "sixteen ounce", "skim milk")
SET = ClosedSet(PHRASES)


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("milk", ["milk"]),
        ("(soy|oat) milk", ["soy milk", "oat milk"]),
        ("(|some )milk", ["milk", "some milk"]),
        ("ounce(|s)", ["ounce", "ounces"]),
        ("(a|b) (c|d)", ["a c", "a d", "b c", "b d"]),
        ("(a|b)(|c)", ["a", "ac", "b", "bc"]),
    ],
)
def test_alternatives_are_multiplied_out(pattern: str, phrases: list[str]) -> None:
    assert expand(pattern) == phrases


@pytest.mark.parametrize("pattern", ["(a", "a)", "(a|(b|c))", "a) (b", ")(", "(a|b) c)"])
def test_brackets_must_match(pattern: str) -> None:
    with pytest.raises(ValueError, match="expected matching brackets"):
        expand(pattern)


def test_alternatives_are_bounded_before_they_are_made() -> None:
    with pytest.raises(ValueError, match="at most"):
        expand("(a|b)" * 60)


@pytest.mark.parametrize("phrases", [[], [""], ["milk", "..."], ["a"] * (MAX_PHRASES + 1)])
def test_a_set_needs_phrases_with_words(phrases: list[str]) -> None:
    with pytest.raises(ValueError, match="phrases, each with words"):
        ClosedSet(phrases)


def places(text: str) -> dict[tuple[str, str], float]:
    said = spoken_words(text)
    return {(" ".join(said[s.start : s.end]), PHRASES[s.phrase]): s.cost for s in SET.spans(said)}


def test_what_is_said_as_it_is_written_costs_nothing() -> None:
    found = places("a dark roast 16 ounce mocha")
    assert found[("dark roast", "dark roast")] == 0
    assert found[("sixteen ounce", "sixteen ounce")] == 0
    assert found[("mocha", "mocha")] == 0
    assert ("mocha", "skim milk") not in found


@pytest.mark.parametrize(
    ("text", "heard", "phrase"),
    [
        ("a light rose latte", "light rose", "light roast"),
        ("one ice mocha", "ice mocha", "iced mocha"),
        ("with skin milk", "skin milk", "skim milk"),
        ("star croast please", "star croast", "dark roast"),
        ("six teen ounce", "six teen ounce", "sixteen ounce"),
    ],
)
def test_what_was_misheard_is_found_by_its_sounds(text: str, heard: str, phrase: str) -> None:
    found = places(text)
    assert 0 < found[(heard, phrase)] + 1e-9 < 2
    assert found[(heard, phrase)] == min(cost for (said, _), cost in found.items() if said == heard)


@given(st.lists(st.sampled_from(words("a b ounce milk mocha iced light roast x 7"))))
def test_spans_lie_within_the_sentence(said: list[str]) -> None:
    for span in SET.spans(said):
        assert 0 <= span.start < span.end <= min(len(said), MAX_WORDS)
        assert 0 <= span.phrase < len(PHRASES)
        assert span.cost >= 0


def test_long_sentences_are_cut() -> None:
    assert not SET.spans([*["well"] * MAX_WORDS, "mocha"])
