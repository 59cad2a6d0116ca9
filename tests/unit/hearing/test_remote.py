"""What crosses the wire to the Whisper workers, without workers."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import ANYTHING, Expectation
from warmline.hearing.remote import _EXPECTATION, RemoteTranscriber
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool
from warmline.ports import Priority, Transcript

expectations = st.builds(Expectation)


@given(expectations)
def test_what_is_awaited_arrives(expect: Expectation) -> None:
    assert _EXPECTATION.validate_json(json.dumps(asdict(expect), default=list)) == expect


@dataclass
class FakePool:
    """Answers everything with one transcript."""

    asked: list[tuple[dict[str, Any], bytes, int]] = field(default_factory=list)

    async def ask(self, head: dict[str, Any], body: bytes = b"", *, priority: int = 0) -> Message:
        self.asked.append((json.loads(json.dumps(head)), body, priority))
        return Message({"id": 1, "text": "Yes.", "confidence": 0.5, "reason": ""})


@pytest.mark.parametrize("priority", [*Priority])
async def test_partials_never_stand_before_finals(priority: Priority) -> None:
    finals, partials = FakePool(), FakePool()
    transcriber = RemoteTranscriber(cast(WorkerPool, finals), cast(WorkerPool, partials))
    samples = np.arange(-5, 5, dtype=np.int16)
    said = await transcriber.transcribe(
        samples, expect=ANYTHING, priority=priority, prompt="before", tail_s=0.2
    )
    assert said == Transcript(text="Yes.", confidence=0.5)
    used, other = (partials, finals) if priority is Priority.PARTIAL else (finals, partials)
    assert not other.asked
    ((head, body, asked),) = used.asked
    assert _EXPECTATION.validate_python(head["expect"]) == ANYTHING
    assert (head["prompt"], head["tail_s"], asked) == ("before", 0.2, priority)
    assert head["guard"] is (priority is not Priority.PARTIAL)
    np.testing.assert_array_equal(np.frombuffer(body, dtype=np.int16), samples)
