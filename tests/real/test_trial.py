"""Conversations of flows through a real voice, a telephone line and the real ears."""

from pathlib import Path

import pytest

from warmline.flows.loader import load_flow
from warmline.hearing.vad import SileroDetector, SileroModel
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice
from warmline.trial.ears import RealEars, Studio
from warmline.trial.folder import read_script_file
from warmline.trial.outcome import Outcome
from warmline.trial.runner import run

ORDER_STATUS = Path(__file__).parents[2] / "voice_flows" / "order_status"
CALL = """\
conversation: where is my order
turns:
  - caller: "where is my order"
  - bot: { node: order_number }
  - caller: "4527"
  - bot: { says: "4 5 2 7" }
  - caller: "yes, that's right"
  - bot: { node: answer, slot: { order: "4527" } }
  - caller: "no thanks"
  - bot: { ends: true }
"""


@pytest.fixture
def studio(base: Whisper, joe: Voice) -> Studio:
    silero = SileroModel()
    name = "en_US-joe-medium"
    steady = Voice(ModelStore().path(name), name, steady=True)
    return Studio(voice=steady, recogniser=base, new_detector=lambda: SileroDetector(silero))


def test_a_spoken_call_takes_the_same_decisions(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "call.yaml"
    path.write_text(CALL)
    [script] = read_script_file(path)
    flow = load_flow(ORDER_STATUS)
    outcomes: list[Outcome] = []
    for _ in range(2):
        with RealEars(studio) as ears:
            outcomes.append(run(flow, script, ears))
    spoken, again = outcomes
    written = run(flow, script)
    assert (spoken.failures, written.failures) == ((), ())
    assert [turn.entered for turn in spoken.turns] == [turn.entered for turn in written.turns]
    assert spoken == again
    assert spoken.turns[2].heard == "4 5 2 7"
