"""The laws of every call, on every flow that ships, under any sequence of inputs.

They stand in `dialogue/machine.py`: after a turn of the caller something is said or the call
ends; a person is one key away; each ladder of failures ends; secrets stay secret; a decision
can be undone.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from any_call import FLOWS, GARBAGE, SILENCE, Call, act, entry, facts, load, plausible, said
from warmline.call.floor import NO_INPUT
from warmline.events import (
    AnswerKind,
    DigitPressed,
    Fact,
    Fetch,
    FetchFinished,
    NothingHeard,
    SpeechEnded,
    SpeechStarted,
    TimerFired,
    TurnResumed,
    UtteranceHeard,
)
from warmline.trial.acting import Caller
from warmline.trial.call import TrialCall
from warmline.trial.conversation import (
    Action,
    Interrupts,
    KeepsSilent,
    MakesNoise,
    Reply,
    Speaks,
    Types,
)
from warmline.trial.endpoints import finished
from warmline.trial.runner import moment

MAX_REPEATS = 30


@st.composite
def calls(draw: st.DrawFn, path: Path) -> Call:
    """A call after any sequence of inputs."""
    flow = load(path)
    call = Call(flow, draw(st.sampled_from(["open", "closed"])))
    for step in draw(st.lists(facts(flow), max_size=14)):
        act(call, step)
    return call


def quick(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.name))
@given(data=st.data())
@quick(60)
def test_every_turn_is_replied_to_and_a_person_is_a_key_away(
    path: Path, data: st.DataObject
) -> None:
    call = data.draw(calls(path))
    for _ in range(3):  # closed hours: what the flow does then, and a polite end
        call.do(DigitPressed(digit="*"))
        if call.state.ended:
            return
    raise AssertionError(f"no way out at {call.state.node}")


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.name))
@pytest.mark.parametrize(
    "again", [SILENCE, said("flim flam"), NothingHeard(turn=1, audio_at=0.0, reason="failed")]
)
@given(data=st.data())
@quick(12)
def test_nothing_goes_on_forever(path: Path, again: Fact, data: st.DataObject) -> None:
    call = data.draw(calls(path))
    limit = max(call.flow.escape.after.no_match, call.flow.escape.after.no_input)
    for _ in range(max(MAX_REPEATS, 4 * limit)):
        if call.state.ended or takes_anything(call, again):
            return
        if call.state.waiting:
            call.answered("error")
        elif call.state.keys:
            call.do(TimerFired(name="digits"))
        else:
            call.do(again)
    raise AssertionError(f"still at {call.state.node}")


def takes_anything(call: Call, fact: Fact) -> bool:
    """Any words are an answer here, so they lead on and are no failure."""
    if call.state.waiting or not isinstance(fact, UtteranceHeard):
        return False
    question = call.flow.questions.get(call.state.node)
    return question is not None and question.kind is AnswerKind.FREE and question.type is not None


# --- in time -------------------------------------------------------------------------------------


class HalfHeard:
    """Ears that take a part for the whole at first: the turn is taken up again."""

    def __init__(self) -> None:
        self._turn = 100

    def __call__(self, speech: Speaks, expect: object) -> Iterator[tuple[float, Fact]]:
        self._turn += 1
        half = replace(said(speech.text.split()[0]), turn=self._turn)
        yield 0.3, SpeechStarted(audio_at=0.0)
        yield 1.0, SpeechEnded(turn=self._turn, audio_at=0.0, reason="silence")
        yield 0.2, half
        yield 0.5, TurnResumed(turn=self._turn, audio_at=0.0)
        yield 0.5, SpeechEnded(turn=self._turn, audio_at=0.0, reason="silence")
        yield 0.2, replace(half, text=speech.text)


def answering(outcome: str, seconds: float) -> Callable[[Fetch], tuple[float, FetchFinished]]:
    def answer(fetch: Fetch) -> tuple[float, FetchFinished]:
        found = {slot: "2026-11-24" for slot, _ in fetch.save}
        reply = {
            "ok": Reply(ok=found), "not_found": Reply(not_found=True), "error": Reply(error="x")
        }  # fmt: skip
        return seconds, finished(fetch, reply[outcome])

    return answer


ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Types, dtmf=st.text("0123456789#", min_size=1, max_size=6)),
    st.sampled_from([KeepsSilent(silence=True), KeepsSilent(silence=3.0)]),
    st.sampled_from([MakesNoise(noise=True), MakesNoise(noise="failed")]),
    st.builds(Speaks, text=st.sampled_from([t for t in GARBAGE if t])),
)


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: str(path.name))
@given(data=st.data())
@quick(25)
def test_a_quiet_line_always_waits_for_the_caller(path: Path, data: st.DataObject) -> None:
    """Nobody is left on a dead line: the call is over, or its patience runs."""
    flow = load(path)
    outcome = data.draw(st.sampled_from(["ok", "ok", "not_found", "error"]))
    call = TrialCall(flow, answering(outcome, data.draw(st.sampled_from([0.1, 5.0, 90.0]))))
    call.begin(moment(flow, data.draw(st.sampled_from(["open", "closed"]))) or "")
    for _ in range(data.draw(st.integers(1, 12))):
        number = data.draw(st.integers(0, 30))
        action = data.draw(ACTIONS)
        if number > 9 and not (call.state.waiting or call.state.ended):
            action = Speaks(text=plausible(flow, call.state, number))
        if number % 5 == 0 and isinstance(action, Speaks | Types):
            action = Interrupts(interrupts=action)
        Caller(call, HalfHeard() if number % 3 == 0 else None).act(action)
        if number % 4:
            call.rest()
    call.rest()
    assert call.over or NO_INPUT in call.timers


# --- secrets -------------------------------------------------------------------------------------


def secure_nodes() -> Iterator[tuple[Path, str]]:
    for path in FLOWS:
        text = (path / "flow.yaml").read_text(encoding="utf-8")
        if "secure_input" in text:
            questions = load(path).questions
            yield from ((path, name) for name, asked in questions.items() if asked.expect.secure)


SECURE = list(secure_nodes())


@pytest.mark.parametrize(("path", "node"), SECURE)
@pytest.mark.parametrize("manner", ["typed", "said", "one too few"])
def test_secrets_reach_only_the_endpoint(path: Path, node: str, manner: str) -> None:
    flow = load(path)
    call = Call(flow)
    call.state = replace(call.state, node=node, asked="")
    kind = flow.questions[node].type
    assert kind is not None
    secret = entry(kind)
    entered = secret[:-1] if manner == "one too few" else secret
    if manner == "said":
        told = call.do(said(" ".join(secret)))
    else:
        told = [c for key in entered for c in call.do(DigitPressed(digit=key))]
        told += call.do(DigitPressed(digit="#")) if call.state.keys else []
    fetches = [command for command in told if isinstance(command, Fetch)]
    if manner == "one too few":
        assert not fetches
    else:
        assert [secret in dict(fetch.values).values() for fetch in fetches] == [True]
        assert all(fetch.secrets for fetch in fetches)
    others = [command for command in told if not isinstance(command, Fetch)]
    for leak in (entered, " ".join(entered)):
        assert leak not in str(others)
        assert leak not in str(call.state)
