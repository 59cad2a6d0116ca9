"""Whole calls in virtual time with a slow voice: what was foreseen is on the line at once."""

import pytest

from fakes import ToneSynthesizer, silence, voice
from warmline.events import SpeakingStarted, UtteranceHeard
from whole import Log, call

SLOW_S = 0.15
"""Seconds for each clause; the longest pause that ends a turn leaves time for two."""
AT_ONCE_S = 0.006
"""The fake line looks at its playout each 5 ms."""


def waits(log: Log) -> list[float]:
    """From each turn's words to the reply's first sample."""
    started = [log.at(fact) for fact in log.all(SpeakingStarted)]
    heard = [log.at(fact) for fact in log.all(UtteranceHeard)]
    return [next(at for at in started if at >= words) - words for words in heard]


@pytest.mark.parametrize("words", ["Where is my order?", "I want to change my address."])
def test_the_reply_to_an_open_question_was_made_while_the_silence_ran(words: str) -> None:
    log = call(
        [silence(25), voice(2.0, 0), silence(9)],
        [words],
        synthesizer=ToneSynthesizer(takes_s=SLOW_S),
    )
    assert waits(log) == [pytest.approx(0.0, abs=AT_ONCE_S)]


def test_both_ways_after_a_read_back_were_made_while_it_was_spoken() -> None:
    log = call(
        [silence(25), voice(2.0, 0), silence(9), voice(2.0, 1), silence(9), voice(0.5, 2)]
        + [silence(12)],
        ["Where is my order?", "4 5 2 7", "Yes."],
        synthesizer=ToneSynthesizer(takes_s=SLOW_S),
    )
    assert "Order 4 5 2 7 is on its way" in log.said
    assert waits(log)[2] == pytest.approx(0.0, abs=AT_ONCE_S)
