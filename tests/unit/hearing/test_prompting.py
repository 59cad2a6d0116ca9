from warmline.events import AnswerKind
from warmline.hearing.prompting import MAX_PROMPT, Prompts


class Letters:
    """A tokenizer whose tokens are letters."""

    sot_prev = 1_000
    sot_sequence = (1_001, 1_002)
    timestamp_begin = 2_000

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]


def written(tokens: list[int]) -> str:
    return "".join(chr(token) if token < 1_000 else "|" for token in tokens)


prompts = Prompts(Letters())


def test_nothing_before_is_no_context() -> None:
    assert prompts.context(["", ""]) == []
    assert prompts.before("") == [1_001, 1_002]


def test_phrases_are_shown_as_sentences() -> None:
    assert written(prompts.context(["an oat milk", "Latte?"])) == "| An oat milk. Latte?"
    assert written(prompts.before("yes")) == "| Yes.||"


def test_a_long_context_is_cut_at_its_front() -> None:
    shown = prompts.context(["x" * 300 + " end"])
    assert len(shown) == 1 + MAX_PROMPT
    assert written(shown).endswith("x end.")


def test_choices_stand_between_their_times_and_whole() -> None:
    shown = prompts.context(["a " * 70 + "a", "b" * 60, "c" * 90], AnswerKind.CHOICE)
    assert written(shown) == f"|| B{'b' * 59}.|| C{'c' * 89}.|"
    assert shown[1] == 2_000 + 25  # half a second of air, in steps of 20 ms
