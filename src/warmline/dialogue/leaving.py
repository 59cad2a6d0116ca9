"""Where a call goes from a question that was answered. Pure."""

from typing import assert_never

from warmline.answers.answer import Heard
from warmline.dialogue import repair
from warmline.dialogue.turn import Turn
from warmline.events import ConsentAnswered, Fetch, FetchStarted, Note, StartTimer
from warmline.flows import prompts
from warmline.flows.fields import Call
from warmline.flows.nodes import (
    AnswerNode,
    AskNode,
    BranchNode,
    CallNode,
    ConsentNode,
    EndNode,
    EscalateNode,
    HandBackNode,
    LookUpNode,
    MenuNode,
    SayNode,
    SecureNode,
    SetNode,
)

FILLER_TIMER = "filler"
FILLER_S = 0.8
"""A pause longer than this sounds like a lost line."""
MAX_TRAIL = 50


def leave(turn: Turn, value: str) -> None:
    """Go on from the question where the call stands; `value` is what was answered."""
    node, name = turn.flow.nodes[turn.state.node], turn.state.node
    match node:
        case AskNode():
            turn.target = node.then or node.on.get(value) or node.on["else"]
        case MenuNode():
            turn.target = node.on.get(value) or node.on["else"]
        case AnswerNode():
            turn.target = node.then
        case ConsentNode():
            _consent(turn, node, value == "yes")
        case SecureNode(secure_input=secure):
            fetch(turn, secure, secret=(secure.slot, value))
            return
        case (
            SayNode() | CallNode() | SetNode() | LookUpNode() | BranchNode()
            | EscalateNode() | HandBackNode() | EndNode()
        ):  # fmt: skip
            raise AssertionError("only questions are answered")
        case _:
            assert_never(node)
    if turn.target:
        turn.change(trail=(*turn.state.trail, name)[-MAX_TRAIL:])


def _consent(turn: Turn, node: ConsentNode, granted: bool) -> None:
    """What was not heard to its end cannot be agreed to."""
    if turn.state.asked:
        repair.no_match(turn, prompts.CONSENT_AGAIN)
        return
    wording = turn.render(node.consent.prompt)
    fact = ConsentAnswered(
        purpose=node.consent.purpose,
        wording=wording,
        granted=granted,
        allows=node.consent.allows or (node.consent.purpose,),
    )
    turn.commands.append(Note(fact=fact))
    answer = Heard(value="yes" if granted else "no", confidence=1.0)
    turn.save(node.consent.purpose, answer, "said")
    if node.on is not None:
        turn.target = node.on.yes if granted else node.on.no
    else:
        turn.target = node.then


def fetch(turn: Turn, call: Call, secret: tuple[str, str] | None = None) -> None:
    """Ask an endpoint, and wait; what was done there cannot be gone back over."""
    request_id = f"fetch-{turn.state.fetches + 1}"
    values = {name: turn.raw(value) for name, value in call.values.items()}
    values |= dict([secret] if secret else [])
    turn.fresh(fetches=turn.state.fetches + 1, waiting=request_id, fillers=0, trail=(), keys="")
    turn.commands += [
        Note(fact=FetchStarted(request_id=request_id, endpoint=call.endpoint)),
        Fetch(
            request_id=request_id,
            endpoint=call.endpoint,
            values=tuple(values.items()),
            save=tuple(call.save.items()),
            secrets=frozenset([secret[0]] if secret else []),
        ),
        StartTimer(name=FILLER_TIMER, seconds=FILLER_S),
    ]
