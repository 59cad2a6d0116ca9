"""Questions that articles answer: nothing is said that no passage supports. Pure."""

from warmline.answers.phrases import exact_option
from warmline.dialogue import repair
from warmline.dialogue.leaving import leave
from warmline.dialogue.turn import Turn
from warmline.flows.nodes import AnswerNode
from warmline.spoken import yes_no


def heard(turn: Turn, text: str) -> None:
    """The caller's question, or yes or no to hearing more."""
    node = turn.flow.nodes[turn.state.node]
    assert isinstance(node, AnswerNode)
    more, verdict = turn.state.more, yes_no(text)
    turn.change(more="")
    if more and exact_option(text, {"done": node.answer.done}) and verdict is None:
        leave(turn, "done")
    elif more and verdict is not None:
        turn.fresh(said=())
        if verdict:
            turn.tell(more)
        _what_else(turn, node)
    elif found := turn.flow.knowledge[node.answer.knowledge].answer(text):
        turn.fresh(more=found.passage.more, said=())
        turn.tell(found.passage.short)
        if turn.state.more:
            turn.put_question()
        else:
            _what_else(turn, node)
    elif verdict is True:
        turn.fresh(said=())
        turn.count(asides=1)
        _what_else(turn, node)
    elif verdict is False:
        leave(turn, "done")
    elif "nothing" in node.on:
        turn.target = node.on["nothing"]
    else:
        repair.no_match(turn)


def _what_else(turn: Turn, node: AnswerNode) -> None:
    turn.tell(node.answer.again)
    turn.listen()
