from hypothesis import given
from hypothesis import strategies as st

from warmline.hearing.agreement import Agreement


def test_words_are_stable_when_two_decodes_agree() -> None:
    agreement = Agreement()
    agreement.update("I want")
    assert (agreement.stable, agreement.unstable) == ("", "I want")
    agreement.update("I want to go")
    assert (agreement.stable, agreement.unstable) == ("I want", "to go")
    agreement.update("I want two goats please")
    assert (agreement.stable, agreement.unstable) == ("I want", "two goats please")


def test_case_and_punctuation_do_not_disagree() -> None:
    agreement = Agreement()
    agreement.update("Hello.")
    agreement.update("hello, my name")
    assert agreement.stable == "hello,"


def test_a_closed_window_stays_and_the_next_begins_behind_it() -> None:
    agreement = Agreement()
    agreement.update("one two three")
    agreement.close_window()
    assert agreement.settled == agreement.stable == "one two three"
    agreement.update("four")
    assert (agreement.stable, agreement.unstable) == ("one two three", "four")


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6), max_size=12))
def test_stable_words_are_never_taken_back(hypotheses: list[list[str]]) -> None:
    agreement = Agreement()
    stable: list[str] = []
    for hypothesis in hypotheses:
        agreement.update(" ".join(hypothesis))
        now = agreement.stable.split()
        assert now[: len(stable)] == stable
        assert len(agreement.unstable.split()) + len(now) == max(len(hypothesis), len(now))
        stable = now
