"""The waits of a turn, on calls made of known delays."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.call.timing import TurnTimer
from warmline.events import (
    CallEnded,
    Entry,
    Escalated,
    Fact,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechStarted,
    TurnMeasured,
    UtteranceHeard,
)


class Call:
    """Feeds a timer with facts at given times; audio arrives `epoch` after its position."""

    def __init__(self, epoch: float = 0.0) -> None:
        self.timer = TurnTimer()
        self.measured: list[TurnMeasured] = []
        self._numbers = count(1)
        self.timer.observe_audio(0.0, epoch)

    def at(self, at: float, *facts: Fact) -> None:
        for fact in facts:
            entry = Entry(call_id="c", seq=next(self._numbers), at=at, fact=fact)
            self.measured += self.timer.handle(entry)


def ended(audio_at: float, turn: int = 1) -> SpeechEnded:
    return SpeechEnded(turn=turn, audio_at=audio_at, reason="silence")


def heard(turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text="yes", confidence=0.9, started_at=0.0, audio_at=1.0)


def nothing(turn: int = 1) -> NothingHeard:
    return NothingHeard(turn=turn, audio_at=1.0, reason="no_words")


SPEAKS = SpeakingStarted(say_id="s", node="n", text="Thank you.")
SPOKE = SpeakingFinished(say_id="s", text="Thank you.", played_s=1.0, interrupted=False)
NODE = NodeEntered(node="n")
SLOT = SlotFilled(slot="order", value="4017", confidence=0.9)

delays = st.floats(min_value=0, max_value=10, allow_subnormal=False)


@given(
    epoch=delays,
    jitters=st.lists(delays, max_size=20),
    turns=st.lists(st.tuples(delays, delays, delays, delays, st.booleans()), max_size=5),
)
def test_measures_the_delays_that_a_call_was_made_of(
    epoch: float, jitters: list[float], turns: list[tuple[float, float, float, float, bool]]
) -> None:
    call = Call(epoch)
    for number, jitter in enumerate(jitters):
        call.timer.observe_audio(number * 0.02, epoch + number * 0.02 + jitter)
    voice_end = 1.0
    for turn, (endpoint, transcript, decision, first_audio, notes) in enumerate(turns, start=1):
        at = epoch + voice_end + endpoint
        call.at(at, ended(voice_end, turn))
        call.at(at := at + transcript, heard(turn))
        if notes:
            call.at(at := at + decision, NODE, SLOT)
        call.at(at := at + first_audio, SPEAKS)
        call.at(at + 1, SPOKE)
        m = call.measured[-1]
        parts = (m.endpoint_ms, m.transcript_ms, m.decision_ms, m.first_audio_ms)
        wanted = (endpoint, transcript, decision if notes else 0.0, first_audio)
        assert parts == pytest.approx([1000 * s for s in wanted], abs=1e-6)
        assert m.total_ms == pytest.approx(sum(parts), abs=1e-6)
        voice_end += 30.0
    assert [m.turn for m in call.measured] == list(range(1, len(turns) + 1))


def test_the_least_delayed_frame_counts_whenever_it_comes() -> None:
    call = Call(epoch=0.5)
    call.timer.observe_audio(1.0, 1.1)
    call.timer.observe_audio(2.0, 2.9)
    call.at(3.3, ended(3.0), heard(), SPEAKS)
    assert call.measured[0].endpoint_ms == pytest.approx(200)


def test_the_decision_lasts_until_its_last_note() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard())
    call.at(1.25, NODE, SLOT, Escalated(queue="q", reason="asked"))
    call.at(1.5, SPEAKS)
    assert (call.measured[0].decision_ms, call.measured[0].first_audio_ms) == (250, 250)


def test_only_the_first_reply_is_measured() -> None:
    call = Call()
    call.at(1.0, ended(1.0), heard(), SPEAKS, SPOKE, SPEAKS)
    assert len(call.measured) == 1


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([SPEAKS], id="a greeting"),
        pytest.param([heard(), SPEAKS], id="text without an end"),
        pytest.param([ended(1.0), SPEAKS], id="speaking before the text"),
        pytest.param([ended(1.0), nothing(), SPEAKS], id="no words"),
        pytest.param([ended(1.0, 1), heard(2), SPEAKS], id="another turn's text"),
        pytest.param([ended(1.0), heard(), ended(2.0), SPEAKS], id="undone, not heard again"),
        pytest.param([ended(1.0), heard(), CallEnded(reason="failed")], id="no reply"),
    ],
)
def test_no_measurement(facts: list[Fact]) -> None:
    call = Call()
    call.at(2.0, *facts)
    assert call.measured == []


def test_an_undone_turn_is_measured_once_from_its_last_end() -> None:
    call = Call()
    call.at(1.2, ended(1.0))
    call.at(1.3, heard())
    call.at(1.4, SpeechStarted(audio_at=1.4))
    call.at(2.5, ended(2.0))
    call.at(2.6, heard())
    call.at(3.0, SPEAKS)
    assert [round(m.total_ms) for m in call.measured] == [1000]


def test_an_earlier_turns_noise_does_not_take_the_measurement_away() -> None:
    call = Call()
    call.at(1.5, ended(1.0, 2), nothing(1), heard(2), SPEAKS)
    assert len(call.measured) == 1


def test_without_audio_nothing_can_be_said() -> None:
    call = Call()
    call.timer = TurnTimer()
    call.at(1.0, ended(0.5), heard(), SPEAKS)
    assert call.measured == []
