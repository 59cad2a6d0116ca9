"""What is decoded together is what is decoded alone."""

from collections.abc import Callable

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.events import AnswerKind, Expectation
from warmline.hearing import decoding
from warmline.hearing.whisper import Request, Whisper

DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)
DRINK = Expectation(kind=AnswerKind.CHOICE, words=("latte", "mocha", "oat milk"), alternatives=2)


@pytest.mark.parametrize("small", [False, True])
def test_a_batch_gives_the_words_of_single_decodes(
    base: Whisper,
    tiny: Whisper,
    beckett: Pcm,
    say: Callable[[str], Pcm],
    spell: Callable[[str], Pcm],
    small: bool,
) -> None:
    whisper = tiny if small else base
    requests = [
        Request(samples=say("Where is my order?")),
        Request(samples=beckett),
        Request(samples=np.zeros(2 * RATE, dtype=np.int16), guard=False),
        Request(samples=spell("4527"), expect=DIGITS),
        Request(samples=say("I want a latte with oat milk."), expect=DRINK),
        Request(samples=say("A small mocha, please."), expect=DRINK, tail_s=0.1),
        Request(samples=beckett[: 4 * RATE], prompt="And then he said"),
        Request(samples=say("Please put me through to a person."), guard=False),
        Request(samples=np.zeros(0, dtype=np.int16)),
    ]
    together = whisper.transcribe_many(requests)
    alone = [
        whisper.transcribe(
            one.samples,
            expect=one.expect,
            prompt=one.prompt,
            tail_s=one.tail_s,
            guard=one.guard,
        )
        for one in requests
    ]
    assert together == alone
    assert "order" in together[0].text
    assert "person" in together[7].text


def test_no_requests_are_no_words(tiny: Whisper) -> None:
    assert tiny.transcribe_many([]) == []


@pytest.mark.parametrize("together", [False, True])
def test_words_that_need_more_tokens_than_are_likely_are_all_there(
    base: Whisper, beckett: Pcm, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    requests = [Request(samples=beckett)] * (1 + together)
    usual = base.transcribe_many(requests)
    monkeypatch.setattr(decoding, "likely_tokens", lambda speech_s: 3)
    assert [one.text for one in base.transcribe_many(requests)] == [one.text for one in usual]
