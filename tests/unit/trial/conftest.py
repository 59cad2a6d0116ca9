"""A small flow with every kind of turn, and conversations about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.trial.folder import read_script_file
from warmline.trial.outcome import Outcome
from warmline.trial.runner import run

PARCELS = """\
flow: parcels
start: welcome
escape: { queue: parcels, closed: number_back }
hours:
  timezone: Europe/London
  open: { mon-fri: ["09:00-17:00"] }
endpoints: [orders, cards]
nodes:
  welcome:
    say: "Hello, this is the automated assistant."
    then: recording
  recording:
    consent: { purpose: recording, prompt: "May we record this call?" }
    then: reason
  reason:
    ask:
      slot: reason
      type: choice
      prompt: "Is it about a parcel, or about paying?"
      options:
        parcel: ["my parcel", "a parcel"]
        pay: ["paying", "I want to pay"]
        loan: ["a loan"]
    on: { parcel: order, pay: card, loan: loans }
  order:
    ask:
      slot: order
      type: digits(4)
      prompt: "What is your order number?"
      read_back: "I have {order:digits}. Is that right?"
    then: look_up
  look_up:
    call:
      endpoint: orders
      with: { id: "{order}" }
      save: { status: $.status }
      while_waiting: "One moment."
    on: { ok: answer, not_found: order, error: broken }
  answer:
    say: "It is {status}."
    then: more
  more:
    ask: { slot: more, type: yes_no, prompt: "Anything else?" }
    on: { yes: reason, no: goodbye }
  card:
    secure_input:
      slot: card
      type: digits(4)
      prompt: "Please type your card number."
      endpoint: cards
    on: { ok: goodbye, error: broken }
  broken:
    escalate: "the system is down"
  loans:
    escalate: { queue: loans, reason: "a loan" }
  number_back:
    ask: { slot: back, type: digits(4), prompt: "Nobody is here. Which number may we call?" }
    then: call_back
  call_back:
    escalate: { callback: back }
  again:
    handback: "You are with the automated assistant again."
    then: more
  goodbye:
    end: "Goodbye."
"""


@pytest.fixture
def parcels(tmp_path: Path) -> Path:
    """The folder of the flow."""
    folder = tmp_path / "parcels"
    (folder / "conversations").mkdir(parents=True)
    (folder / "flow.yaml").write_text(PARCELS, encoding="utf-8")
    return folder


@pytest.fixture
def flow(parcels: Path) -> Flow:
    return load_flow(parcels)


Play = Callable[..., Outcome]


@pytest.fixture
def play(flow: Flow, parcels: Path) -> Play:
    """Runs steps of YAML, one a line, in a conversation of the flow; `head` goes before them."""

    def run_steps(*steps: str, head: str = "") -> Outcome:
        path = parcels / "conversations" / "one.yaml"
        listed = "".join(f"  - {step}\n" for step in steps)
        path.write_text(f"conversation: one\n{head}turns:\n{listed}", encoding="utf-8")
        [script] = read_script_file(path)
        return run(flow, script)

    return run_steps
