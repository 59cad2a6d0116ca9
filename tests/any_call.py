"""Calls to a flow under any sequence of inputs, with the laws that hold for each single one.

The laws stand in `dialogue/machine.py`; tests draw the inputs with hypothesis.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from warmline.answers.answer import AnswerType, Heard
from warmline.dialogue.machine import Machine, State
from warmline.events import (
    CallStarted,
    Command,
    DigitPressed,
    Fact,
    Fetch,
    FetchFinished,
    HandedBack,
    HangUp,
    Listen,
    NothingHeard,
    Say,
    SentimentChanged,
    SpeakingFinished,
    SpeechEnded,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.flows.questions import Question
from warmline.trial.runner import moment

FLOWS = sorted(
    path.parent for path in (Path(__file__).parents[1] / "voice_flows").glob("*/flow.yaml")
)
KEYS = "0123456789*#A"
SILENCE = TimerFired(name="no_input")
GARBAGE = ("", "flim flam", "purple monkey dishwasher", "ça alors", "w " * 300, "...", "{order}")
COMMON = (
    *("yes", "no", "yes please", "no it's wrong", "four five two seven", "4528", "twelve fifty"),
    *("no, two seven at the end", "next Tuesday", "half past three", "my name is Ada Lovelace"),
    *("agent", "repeat", "help", "go back", "start over", "slower", "louder", "what can I say"),
    *("are you a robot", "done", "that's all", "the first one", "without", "double five"),
    *("4539 1488 0343 6467", "415 555 2671", "May the third 1990", "tomorrow", "ten thirty am"),
    *("A B one two three four", "one two three four five six", "yesterday", "12 B"),
    *("B as in boy, two", "ada at example dot com", "five five five, oh one two three"),
)


@cache
def load(path: Path) -> Flow:
    return load_flow(path)


def said(text: str, confidence: float = 0.9, others: Sequence[str] = ()) -> UtteranceHeard:
    return UtteranceHeard(
        turn=1,
        text=text,
        confidence=confidence,
        started_at=0.0,
        audio_at=1.0,
        alternatives=tuple(others),
    )


def own_phrases(flow: Flow) -> list[str]:
    """What the flow itself knows, and its knowledge's questions."""
    phrases = {p for examples in flow.file.intents.values() for p in examples}
    for question in flow.questions.values():
        phrases |= {p for some in question.steers.values() for p in some}
        phrases |= set(question.labels.values())
    return sorted(phrases)


class Call:
    """A call under way; `do` checks the laws that hold for each single fact."""

    def __init__(self, flow: Flow, hours: str = "open") -> None:
        self.flow = flow
        self.machine = Machine(flow)
        self.state = self.machine.start()
        began = CallStarted(
            door="test",
            caller="",
            flow=flow.name,
            flow_version="",
            started_at=moment(flow, hours) or "",
        )
        self.fetch: Fetch | None = None
        self.facts: list[Fact] = []
        self.do(began)

    def __repr__(self) -> str:
        told = "\n".join(map(repr, self.facts))
        return f"{self.flow.name} at {self.state.node} after\n{told}\n"

    def do(self, fact: Fact) -> list[Command]:
        self.facts.append(fact)
        before = self.state
        self.state, commands = self.machine.handle(before, fact)
        self.fetch = next((c for c in commands if isinstance(c, Fetch)), self.fetch)
        check_laws(before, fact, self.state, commands)
        return commands

    def answered(self, outcome: str) -> None:
        """The endpoint's answer to what is awaited."""
        assert self.fetch is not None
        values = tuple((slot, "2026-11-24") for slot, _ in self.fetch.save)
        self.do(
            FetchFinished(
                request_id=self.state.waiting,
                endpoint=self.fetch.endpoint,
                outcome=outcome,
                code="timeout" if outcome == "error" else "",
                values=values if outcome == "ok" else (),
            )
        )


def check_laws(before: State, fact: Fact, after: State, commands: list[Command]) -> None:
    assert hash(after) == hash(replace(after))
    says = [command for command in commands if isinstance(command, Say)]
    hangs_up = [command for command in commands if isinstance(command, HangUp)]
    listens = [command for command in commands if isinstance(command, Listen)]
    for say in says:
        assert say.text.strip() and not set(say.text) & set("{}[]"), say.text
    assert len(hangs_up) == (after.ended and not before.ended)
    if before.ended and after.ended:
        assert not commands
    if after.ended:
        return
    if says and not after.waiting:
        last = [c for c in commands if isinstance(c, Say | Listen)][-1]
        assert isinstance(last, Listen), "a reply, and nobody listens to what it leads to"
    replied = says or after.keys or (after.waiting and not before.waiting)
    match fact:
        case UtteranceHeard():
            assert replied, "words without a reply"
        case TimerFired(name="no_input") if not before.waiting:
            assert replied, "silence without a reply"
        case NothingHeard() if not before.waiting:
            assert replied or listens, "a noise, and nobody listens any more"
        case DigitPressed(digit=key) if not before.waiting and key not in "#A":
            assert replied, "a key without a reply"
        case TimerFired(name="digits") if before.keys:
            assert replied, "an entry without a reply"


def facts(flow: Flow) -> st.SearchStrategy[Fact | str]:
    """Anything that may happen; texts starting with `/` are for `act`."""
    texts = st.sampled_from([*COMMON, *own_phrases(flow)]) | st.sampled_from(GARBAGE)
    sure = st.sampled_from([0.1, 0.4, 0.9])
    others = (
        *(NothingHeard(turn=1, audio_at=0.0, reason=r) for r in ("no_words", "failed")),
        *(SentimentChanged(turn=1, mood=mood) for mood in (-0.9, 0.0)),
        *(SpeechEnded(turn=1, audio_at=0.0, reason=r) for r in ("silence", "max_speech")),
        HandedBack(by="anna"),
        FetchFinished(request_id="stale", endpoint="orders", outcome="ok", code=""),
        *(
            TimerFired(name=name)
            for name in ("no_input", "no_input", "digits", "filler", "resolve")
        ),
    )
    acts = ("/ok", "/ok", "/not_found", "/error", "/heard", "/rewind")
    answers = st.integers(0, 9).map("/answer {}".format)
    return st.one_of(
        *(answers, answers, answers),
        st.builds(said, texts, sure, st.lists(texts, max_size=2)),
        st.sampled_from([DigitPressed(digit=key) for key in KEYS]),
        st.sampled_from(others),
        st.sampled_from(acts),
    )


def act(call: Call, step: Fact | str) -> None:
    match step:
        case "/heard":
            asked = call.state.asked
            call.do(SpeakingFinished(say_id=asked, text="", played_s=1.0, interrupted=False))
        case "/rewind":
            check_rewind(call)
        case str(answer) if answer.startswith("/answer"):
            if not (call.state.waiting or call.state.ended):
                number = int(answer.split()[1])
                call.do(said(plausible(call.flow, call.state, number)))
        case str(outcome):
            if call.state.waiting:
                call.answered(outcome[1:])
        case _:
            call.do(step)


def plausible(flow: Flow, state: State, number: int) -> str:
    """One of the answers that lead on from here, so that calls get far."""
    question = flow.questions[f"{state.node}.{state.field}" if state.field else state.node]
    if state.confirming or state.offered or (state.more and number % 2):
        return "yes"
    known = options(question)
    if question.type is not None:
        now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        kind = question.type
        known += [t for t in COMMON if isinstance(kind.understand(t, 0.9, now), Heard)]
        if kind.min_keys:
            known.append(" ".join(entry(kind)))
    known += [p for part in flow.questions.values() if question.form for p in options(part)]
    return known[number % len(known)] if known else own_phrases(flow)[number]


_ENTRIES: dict[str, str] = {}


def entry(kind: AnswerType) -> str:
    """Keys that are an answer of this type; for dates and the like, none but by luck."""
    known = repr(kind)
    if known not in _ENTRIES:
        tries = (f"{number:04d}9473826150938472"[: kind.min_keys] for number in range(2_000))
        taken = (keys for keys in tries if isinstance(kind.typed(keys), Heard))
        _ENTRIES[known] = next(taken, "0" * kind.min_keys)
    return _ENTRIES[known]


def options(question: Question) -> list[str]:
    return [phrase for some in question.steers.values() for phrase in some]


def check_rewind(call: Call) -> None:
    """What two facts led to is undone, but for the numbers that go on."""
    before = call.state
    after, _ = call.machine.handle(before, said("yes"))
    if after.ended:
        return
    undone, commands = call.machine.rewind(after, before)
    if before.waiting and before.waiting != after.waiting:
        assert (undone, commands) == (after, [])
    else:
        assert undone == replace(before, says=after.says, fetches=after.fetches, keys=undone.keys)
        assert undone.keys in ("", before.keys)
        assert before.waiting or any(isinstance(c, Listen) for c in commands)
