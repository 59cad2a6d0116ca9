"""What crosses the wire to the Whisper workers, without workers."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.errors import InferenceError
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing.remote import _EXPECTATION, Ears, RemoteTranscriber
from warmline.hearing.whisper import Request, Whisper
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.inference.pressure import Pressure
from warmline.ports import Priority, Transcript

expectations = st.builds(Expectation)
FREE = np.arange(-5, 5, dtype=np.int16)
CHOICE = Expectation(kind=AnswerKind.CHOICE, words=("tea",))
DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)


@given(expectations)
def test_what_is_awaited_arrives(expect: Expectation) -> None:
    assert _EXPECTATION.validate_json(json.dumps(asdict(expect), default=list)) == expect


@dataclass
class FakePool:
    """Answers everything with one transcript."""

    heads: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    how: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, head: dict[str, Any], body: bytes = b"", **how: Any) -> Message:
        self.heads.append(json.loads(json.dumps(head)))
        self.bodies.append(body)
        self.how.append(how)
        return Message({"text": "Yes.", "confidence": 0.5, "reason": ""})


def ears(pool: FakePool, rung: int = 0, *, small: bool = False) -> RemoteTranscriber:
    pressure = Pressure()
    pressure.rung = rung
    return RemoteTranscriber(cast(WorkerPool, pool), pressure, small=small)


async def test_a_request_whole() -> None:
    pool = FakePool()
    said = await ears(pool).transcribe(FREE, expect=CHOICE, prompt="before", tail_s=0.2)
    assert said == Transcript(text="Yes.", confidence=0.5)
    (head,) = pool.heads
    assert _EXPECTATION.validate_python(head["expect"]) == CHOICE
    assert (head["prompt"], head["tail_s"]) == ("before", 0.2)
    assert pool.bodies == [FREE.tobytes()]


@pytest.mark.parametrize(
    ("priority", "rung", "small", "model", "guard"),
    [
        (Priority.FINAL, 0, False, "large", True),
        (Priority.FINAL, 2, False, "large", True),
        (Priority.FINAL, 3, False, "small", False),
        (Priority.FINAL, 0, True, "small", True),
        (Priority.BARGE_IN, 0, False, "small", False),
        (Priority.WATCHED, 0, False, "small", False),
        (Priority.PARTIAL, 1, False, "small", False),
    ],
)
async def test_who_decodes(
    priority: Priority, rung: int, small: bool, model: str, guard: bool
) -> None:
    pool = FakePool()
    await ears(pool, rung, small=small).transcribe(FREE, priority=priority)
    (head,), (how,) = pool.heads, pool.how
    assert (head["model"], head["guard"], how["priority"]) == (model, guard, priority)
    assert how["kind"].startswith(model)
    assert how["together"] == (2 if model == "large" else 4)


async def test_closed_answers_are_due_first_and_partials_not_for_ever() -> None:
    pool = FakePool()
    one = ears(pool)
    await one.transcribe(FREE)
    await one.transcribe(FREE, expect=DIGITS)
    await one.transcribe(FREE, priority=Priority.PARTIAL)
    opened, closed, partial = (how["within_s"] for how in pool.how)
    assert closed < opened < partial < 1.0


async def test_only_what_is_alike_may_go_together() -> None:
    pool = FakePool()
    one = ears(pool)
    long = np.zeros(16_000 * 12, dtype=np.int16)
    for samples, expect in [(FREE, ANYTHING), (FREE[:3], ANYTHING), (long, ANYTHING)]:
        await one.transcribe(samples, expect=expect)
    await one.transcribe(FREE, expect=CHOICE)
    await one.transcribe(FREE, expect=DIGITS)
    first, same, longer, other, alone = (how["kind"] for how in pool.how)
    assert first == same
    assert len({first, longer, other}) == 3
    assert alone == ""


@pytest.mark.parametrize("priority", Priority)
async def test_partials_may_have_workers_of_their_own(priority: Priority) -> None:
    finals, partials = FakePool(), FakePool()
    one = RemoteTranscriber(
        cast(WorkerPool, finals), Pressure(), partials=cast(WorkerPool, partials)
    )
    await one.transcribe(FREE, priority=priority)
    assert bool(finals.heads) is (priority is Priority.FINAL)
    assert bool(partials.heads) is not bool(finals.heads)


async def test_keypad_only_refuses_at_once() -> None:
    pool = FakePool()
    with pytest.raises(InferenceError, match="keys"):
        await ears(pool, 4).transcribe(FREE)
    assert not pool.heads


class FakeWhisper:
    def __init__(self, name: str) -> None:
        self._name = name

    def transcribe_many(self, requests: list[Request]) -> list[Transcript]:
        return [
            Transcript(text=f"{self._name} {one.samples.size} {one.prompt}", confidence=1.0)
            for one in requests
        ]


async def test_the_worker_s_end_of_it() -> None:
    """What the pool was given is what the model is asked, one by one and together."""
    pool = FakePool()
    await ears(pool).transcribe(FREE, prompt="before")
    await ears(pool).transcribe(FREE[:3], prompt="then")
    models = {name: cast(Whisper, FakeWhisper(name)) for name in ("large", "small")}
    engine = Ears(models)
    messages = [Message(head, body) for head, body in zip(pool.heads, pool.bodies, strict=True)]
    assert engine(messages[0]).head["text"] == "large 10 before"
    assert [one.head["text"] for one in engine.many(messages)] == [
        "large 10 before",
        "large 3 then",
    ]
