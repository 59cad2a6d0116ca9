"""A call in virtual time: speech takes time, timers fire, turns are taken up again."""

from collections.abc import Iterator

import pytest

from warmline.events import (
    Fact,
    Fetch,
    FetchFinished,
    NothingHeard,
    Say,
    SpeakingFinished,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.trial.acting import Caller
from warmline.trial.call import LETTER_S, Endless, TrialCall
from warmline.trial.conversation import Interrupts, KeepsSilent, Speaks, Types


def broken(fetch: Fetch) -> tuple[float, FetchFinished]:
    failed = FetchFinished(
        request_id=fetch.request_id, endpoint=fetch.endpoint, outcome="error", code="timeout"
    )
    return 3.0, failed


@pytest.fixture
def call(flow: Flow) -> TrialCall:
    call = TrialCall(flow, broken)
    call.begin()
    return call


def says(call: TrialCall) -> list[str]:
    return [item.text for _, item in call.log if isinstance(item, Say)]


def finished(call: TrialCall) -> list[SpeakingFinished]:
    return [item for _, item in call.log if isinstance(item, SpeakingFinished)]


def test_speech_takes_its_time_one_after_the_other(call: TrialCall) -> None:
    assert call.speaking and not finished(call)
    first = len(says(call)[0]) * LETTER_S
    assert call.left_to_say == pytest.approx(first)
    call.pause(first + 0.01)
    assert [fact.interrupted for fact in finished(call)] == [False]
    call.rest()
    assert not call.speaking
    assert call.now == pytest.approx(sum(map(len, says(call))) * LETTER_S)


def test_at_rest_only_the_callers_silence_is_awaited(call: TrialCall) -> None:
    call.rest()
    assert call.timers.keys() == {"no_input", "resolve"}
    assert call.timers["no_input"] == pytest.approx(7.0)
    call.pause(2.0)
    assert call.timers["no_input"] == pytest.approx(5.0)


def test_silence_without_end_ends_the_call(call: TrialCall) -> None:
    caller = Caller(call)
    for _ in range(10):
        caller.act(KeepsSilent(silence=True))
        call.rest()
    assert call.over and call.hung_up is not None


def test_who_interrupts_cuts_off_what_is_said(call: TrialCall) -> None:
    caller = Caller(call)
    call.rest()
    caller.act(Speaks(text="no"))
    caller.act(Interrupts(interrupts=Types(dtmf="1")))
    cut = finished(call)[-1]
    assert cut.interrupted and cut.played_s > 0 and says(call)[2].startswith(cut.text)
    assert call.state.node == "order"


def test_an_endpoint_takes_its_time(call: TrialCall) -> None:
    caller = Caller(call)
    for text in ("no", "my parcel", "four five two seven", "yes"):
        call.rest()
        caller.act(Speaks(text=text))
    assert call.state.waiting
    call.rest(until=lambda: call.state.fillers > 0)
    assert says(call)[-1] == "One moment."
    call.rest()
    assert call.over


class GoesOn:
    """Ears that take half a sentence for a whole one at first."""

    def __init__(self, half: Fact, rest: str) -> None:
        self._half = half
        self._rest = rest

    def __call__(self, speech: Speaks, expect: object) -> Iterator[tuple[float, Fact]]:
        yield 0.1, SpeechStarted(audio_at=0.0)
        yield 1.0, SpeechEnded(turn=7, audio_at=1.0, reason="silence")
        yield 0.1, self._half
        yield 0.5, TurnResumed(turn=7, audio_at=1.5)
        yield 0.5, SpeechEnded(turn=7, audio_at=2.0, reason="silence")
        yield 0.1, heard(self._rest)


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=7, text=text, confidence=0.9, started_at=0.0, audio_at=2.0)


def test_a_turn_that_goes_on_takes_the_reply_back(call: TrialCall) -> None:
    call.rest()
    Caller(call).act(Speaks(text="no"))
    call.rest()
    before = says(call)
    ears = GoesOn(heard("my parcel"), "my parcel no I want to talk to an agent")
    Caller(call, ears).act(Speaks(text="…"))
    call.rest()
    assert [text for text in says(call)[len(before) :] if "order number" in text] == []
    assert call.hung_up is not None and call.hung_up.reason == "escalated"


def test_even_a_goodbye_is_taken_back(call: TrialCall) -> None:
    call.rest()
    Caller(call).act(Speaks(text="no"))
    call.rest()
    Caller(call, GoesOn(heard("agent"), "my parcel")).act(Speaks(text="…"))
    call.rest()
    assert call.hung_up is None and call.state.node == "order"


def test_a_noise_gives_the_floor_back(call: TrialCall) -> None:
    call.rest()
    Caller(call).act(Speaks(text="no"))
    noise = NothingHeard(turn=8, audio_at=0.0, reason="no_words")
    call.pause(0.2)
    call.take(SpeechStarted(audio_at=0.0))
    call.pause(1.2)
    call.take(SpeechEnded(turn=8, audio_at=0.0, reason="silence"))
    call.take(noise)
    call.rest()
    assert [fact.interrupted for fact in finished(call)[-2:]] == [True, False]
    assert finished(call)[-1].text == says(call)[-1]


def test_an_endless_call_is_noticed(call: TrialCall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "step", lambda: None)
    with pytest.raises(Endless, match="recording"):
        call.rest()
