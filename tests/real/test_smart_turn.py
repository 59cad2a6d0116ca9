"""Smart Turn on a real voice, over a telephone line."""

import numpy as np
import pytest

from warmline.audio import g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.errors import ModelError
from warmline.hearing.turn_model import MODEL, SmartTurn
from warmline.modelstore import ModelStore

ENDS_S = (1.3, 3.0, 9.1)
"""A moment behind "Ever tried.", "Ever failed." and "Fail better." """
WITHIN_S = (2.0, 3.7, 8.5)
"""Within "Ever", "No", "Fail"."""


@pytest.fixture(scope="module")
def smart_turn() -> SmartTurn:
    try:
        return SmartTurn(ModelStore().path(MODEL))
    except ModelError as error:
        pytest.skip(str(error))


def by_phone(pcm: Pcm) -> Pcm:
    return resample(g711.decode(g711.encode(resample(pcm, RATE, 8_000))), 8_000, RATE)


@pytest.mark.parametrize(("moments_s", "over"), [(ENDS_S, True), (WITHIN_S, False)])
def test_it_tells_the_end_of_a_sentence_from_its_middle(
    smart_turn: SmartTurn, beckett: Pcm, moments_s: tuple[float, ...], over: bool
) -> None:
    line = by_phone(beckett)
    heard = [smart_turn.finished(line[: int(at * RATE)]) for at in moments_s]
    assert [finished > 0.5 for finished in heard] == [over] * len(moments_s)


def test_nothing_at_all_is_answered_too(smart_turn: SmartTurn) -> None:
    assert 0.0 <= smart_turn.finished(np.zeros(0, dtype=np.int16)) <= 1.0
