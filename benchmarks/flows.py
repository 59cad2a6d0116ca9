"""How long does a large flow take to load and check, and a step of the machine in it?

Writes a flow of many nodes of all kinds, loads it again and again, and walks callers through it
who answer, mumble, stay silent and press keys. Knows no server and no sound.
"""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import stats
from warmline.cli.screen import errors_in_a_line
from warmline.dialogue.machine import Machine, State
from warmline.errors import FlowError
from warmline.events import (
    CallStarted,
    Command,
    DigitPressed,
    Fact,
    Fetch,
    FetchFinished,
    HangUp,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import examine, load_flow

PART: Final = """\
  p{n}_hello: {{ say: "This is part {n}, and here is what it does.", then: p{n}_reason }}
  p{n}_reason:
    ask:
      slot: reason
      type: choice
      prompt: "What is it about?"
      options:
        parcel: ["a parcel", "where is my parcel", "my delivery is late", "it never came"]
        bill: ["a bill", "I was charged twice", "my invoice is wrong", "what do I owe"]
        address: ["an address", "I moved", "change my address", "ship it to another place"]
        other: ["something else", "none of those", "another question", "I have a complaint"]
    on: {{ parcel: p{n}_code, bill: p{n}_code, address: p{n}_form, other: p{n}_person }}
  p{n}_code:
    ask:
      slot: code
      type: digits(4..6)
      prompt: "What is your number?"
      read_back: "I have {{code:digits}}. Is that right?"
    then: p{n}_find
  p{n}_find:
    call: {{ endpoint: orders, with: {{ id: "{{code}}" }}, save: {{ status: $.status }} }}
    on: {{ ok: p{n}_told, error: p{n}_person }}
  p{n}_told: {{ say: "Number {{code:digits}} is {{status}}.", then: p{n}_day }}
  p{n}_day:
    ask: {{ slot: day, type: date, prompt: "Which day suits you?" }}
    then: p{n}_open
  p{n}_open: {{ branch: hours, on: {{ open: p{n}_form, closed: p{n}_menu }} }}
  p{n}_form:
    ask:
      prompt: "Which size and colour?"
      slots:
        size: {{ type: choice, options: {{ small: [], medium: [], large: [] }}, prompt: "Size?" }}
        colour: {{ type: choice, options: {{ red: [], blue: [], green: [] }} }}
    then: p{n}_menu
  p{n}_menu:
    menu: {{ prompt: "What next?", items: {{ more: "the next part", stop: "the end" }} }}
    on: {{ more: {following}, stop: bye }}
  p{n}_person: {{ escalate: "part {n}" }}
"""
HEAD: Final = """\
flow: large
start: hello
escape: { queue: help }
endpoints: [orders]
nodes:
  hello: { say: "You are talking with an automated assistant.", then: p0_hello }
  bye: { end: "Goodbye." }
"""
ANSWERS: Final = {
    "reason": ("a parcel", "I was charged twice", "um, I moved", "where's my parcel please"),
    "code": ("four five two seven", "4527", "it's 4 5 2 7 8", "no, eight at the end", "yes"),
    "day": ("tomorrow", "next Tuesday", "the third of May"),
    "form": ("a large red one", "small", "medium and blue please", "the green one"),
    "menu": ("the next part", "the end", "more", "something else"),
}
NOISE: Final = ("I don't know", "mumble mumble", "what was that", "speak slower", "go back", "")


def flow_text(nodes: int) -> str:
    """A flow of about that many nodes."""
    parts = max(1, nodes // 10)
    ways = [f"p{number}_hello" for number in range(1, parts)] + ["bye"]
    written = (PART.format(n=number, following=then) for number, then in enumerate(ways))
    return HEAD + "".join(written)


def following(state: State, commands: Sequence[Command], chance: random.Random) -> Fact:
    """What happens next in a call that stands there."""
    for command in commands:
        if isinstance(command, Fetch):
            ok = chance.random() < 0.8
            return FetchFinished(
                request_id=command.request_id,
                endpoint=command.endpoint,
                outcome="ok" if ok else "error",
                code="" if ok else "timeout",
                values=(("status", "on its way"),) if ok else (),
            )
    match chance.random():
        case draw if draw < 0.1:
            return TimerFired(name="no_input")
        case draw if draw < 0.2:
            return DigitPressed(digit=chance.choice("12345#"))
        case draw if draw < 0.35:
            text = chance.choice(NOISE)
        case _:
            _, _, kind = state.node.partition("_")
            text = chance.choice(ANSWERS.get(kind, NOISE))
    return UtteranceHeard(turn=1, text=text, confidence=0.8, started_at=0.0, audio_at=1.0)


def steps(flow: Flow, count: int, seed: int) -> Iterator[float]:
    """Milliseconds of each of `count` steps, in as many calls as it takes."""
    machine, chance = Machine(flow), random.Random(seed)
    start = CallStarted(door="bench", caller="", flow=flow.name, flow_version="")
    state, commands = machine.start(), list[Command]()
    fact: Fact = start
    for _ in range(count):
        before = time.perf_counter()
        state, commands = machine.handle(state, fact)
        yield (time.perf_counter() - before) * 1000
        if any(isinstance(command, HangUp) for command in commands):
            state, fact = machine.start(), start
        else:
            fact = following(state, commands, chance)


def loads(path: Path, rounds: int) -> Iterator[float]:
    """Milliseconds of each load with all checks; the first one fills the caches."""
    for _ in range(rounds):
        before = time.perf_counter()
        examined = examine(path)
        yield (time.perf_counter() - before) * 1000
        if examined.findings:
            raise FlowError("\n".join(map(str, examined.findings)))


def main(
    nodes: Annotated[int, typer.Option(help="Nodes of the flow, in tens.", min=10)] = 200,
    rounds: Annotated[int, typer.Option(help="Loads.", min=1)] = 20,
    count: Annotated[int, typer.Option("--steps", help="Steps of the machine.", min=1)] = 20_000,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
) -> None:
    """Measure loading and stepping in milliseconds."""
    with errors_in_a_line(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        path.write_text(flow_text(nodes), encoding="utf-8")
        loaded = list(loads(path, rounds))
        flow = load_flow(path)
    stepped = list(steps(flow, count, seed=1))
    result: dict[str, Any] = {
        "machine": stats.machine(),
        "nodes": len(flow.nodes),
        "first_load_ms": round(loaded[0], 1),
        "load_ms": _spread(loaded),
        "step_ms": _spread(stepped),
    }
    rows = [
        [name, str(len(values)), *(f"{figure:.3f}" for figure in _spread(values).values())]
        for name, values in (("load and check", loaded), ("one step", stepped))
    ]
    heading = ("milliseconds", "n", "p50", "p95", "max")
    stats.table(f"a flow of {len(flow.nodes)} nodes", heading, rows)
    if json is not None:
        stats.write_json(json, result)


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    places = {"p50": len(ordered) // 2, "p95": int(len(ordered) * 0.95), "max": len(ordered) - 1}
    return {name: round(ordered[at], 3) for name, at in places.items()}


if __name__ == "__main__":
    typer.run(main)
