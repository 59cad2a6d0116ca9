from dataclasses import dataclass, field
from math import log
from typing import Any

import pytest

from warmline.hearing.digit_decoder import DigitDecoder, DigitEar
from warmline.hearing.number import STYLE

PROMPT = [7, 8]
STOP = 10
EOT = 90
NO_TIMESTAMPS = 99
TIMESTAMPS = 100


class Letters:
    """A tokenizer: a digit is its own token, a full stop is 10, "x" any other."""

    timestamp_begin = TIMESTAMPS
    no_timestamps = NO_TIMESTAMPS
    eot = EOT

    def encode(self, text: str) -> list[int]:
        return [STOP] if text == "." else [int(text)]

    def decode(self, tokens: list[int]) -> str:
        return "".join({STOP: "."}.get(token, f" {token}") for token in tokens)


@dataclass
class Result:
    sequences_ids: list[list[int]]
    scores: list[float]


@dataclass
class Aligned:
    text_token_probs: list[float]
    alignments: list[tuple[int, int]]


@dataclass
class Model:
    result: Result = field(default_factory=lambda: Result([], []))
    aligned: Aligned = field(default_factory=lambda: Aligned([], []))
    asked: dict[str, Any] = field(default_factory=dict)

    def generate(self, encoded: Any, prompts: list[list[int]], **options: Any) -> list[Result]:
        self.asked = {"prompts": prompts, **options}
        return [self.result]

    def align(
        self, encoded: Any, start: list[int], texts: list[list[int]], frames: list[int]
    ) -> list[Aligned]:
        self.asked = {"start": start, "texts": texts, "frames": frames}
        return [self.aligned]


def ear(model: Model) -> DigitEar:
    return DigitEar(DigitDecoder(model, Letters()), {STYLE: PROMPT, "": []}, None, 250)


def test_free_writing_ends_at_a_stop_and_tells_each_string_once() -> None:
    model = Model(Result([[4, 5, 2, 7, STOP, 9], [4, 5, 2, 7], [STOP], [4, 5]], [-0.1, -1, -1, -2]))
    written = ear(model).write(STYLE, 4, exactly=False)
    assert written == [("4527", pytest.approx(-0.6)), ("45", -4)]
    assert model.asked["prompts"] == [[*PROMPT, NO_TIMESTAMPS]]


@pytest.mark.parametrize(("exactly", "ends"), [(True, set[int]()), (False, {STOP, EOT})])
def test_nothing_but_digits_can_be_written(exactly: bool, ends: set[int]) -> None:
    model = Model()
    ear(model).write("", 4, exactly=exactly)
    forbidden = set(model.asked["suppress_tokens"])
    assert set(range(TIMESTAMPS + 1501)) - forbidden == set(range(10)) | ends


@pytest.mark.parametrize("style", [STYLE, ""])
@pytest.mark.parametrize("size", [1, 4, 20])
@pytest.mark.parametrize("exactly", [True, False])
def test_there_is_room_for_the_digits(style: str, size: int, exactly: bool) -> None:
    model = Model()
    ear(model).write(style, size, exactly=exactly)
    most, prompt = model.asked["max_length"], len(model.asked["prompts"][0])
    # CTranslate2 writes this many tokens: half at most, and what the prompt leaves.
    assert min(most // 2, most - (prompt - 1)) >= size + (not exactly)


def test_digits_are_weighed_with_their_end_and_what_is_said_behind_it() -> None:
    model = Model(
        aligned=Aligned([0.5, 0.0, 0.25], [(0, 0), (0, 9), (1, 10), (1, 30), (2, 31), (2, 81)])
    )
    weight = ear(model).weigh(STYLE, "45")
    assert list(weight.digits) == pytest.approx([log(0.5), log(1e-5)])
    assert weight.end == log(0.25)
    assert weight.rest_s == pytest.approx(1.0)
    assert weight.total == pytest.approx(log(0.5) + log(1e-5) + log(0.25))
    assert model.asked == {"start": PROMPT, "texts": [[4, 5, STOP]], "frames": [250]}
