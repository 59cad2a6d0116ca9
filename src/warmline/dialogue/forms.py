"""Several slots from one sentence, and what to ask while some are missing or in doubt. Pure."""

import re
from typing import Final

from warmline.answers.answer import Heard, Understood
from warmline.answers.form import extract, ranked
from warmline.dialogue import repair
from warmline.dialogue.leaving import leave
from warmline.dialogue.turn import Turn
from warmline.events import UtteranceHeard
from warmline.flows import prompts
from warmline.flows.questions import Question
from warmline.spoken import words, yes_no

DOUBTFUL: Final = 0.6
"""A slot below this is asked about by itself."""
_WITHOUT: Final = frozenset(words("no without remove skip minus not"))
_NONE: Final = Heard(value="", confidence=0.0)
_LEFT_OUT: Final = Heard(value="", confidence=1.0)


def heard(turn: Turn, said: UtteranceHeard) -> None:
    """A sentence for the whole form, or about what was read back."""
    found = _slots(turn, said)
    verdict = yes_no(said.text)
    if turn.state.confirming:
        _confirm(turn, found, verdict)
    elif any(slot.confidence >= DOUBTFUL for slot in found.values()):
        _merge(turn, found)
        turn.change(no_match=0, no_input=0)
        proceed(turn)
    else:
        repair.no_match(turn)


def _confirm(turn: Turn, found: dict[str, Heard], verdict: bool | None) -> None:
    before = dict(turn.state.pending)
    changes = {slot: h for slot, h in found.items() if before.get(slot, _NONE).value != h.value}
    # What may be missing was read back without it, and what is in doubt beside a yes is no change.
    sure = DOUBTFUL if verdict is True else 0.0
    changes = {
        slot: h
        for slot, h in changes.items()
        if h == _LEFT_OUT or (h.value and h.confidence >= sure)
    }
    if changes:
        turn.count(corrections=1)
        turn.change(rejected=turn.state.rejected + 1, confirming=False)
        _merge(turn, changes)
        if turn.state.rejected > turn.flow.escape.after.no_match:
            repair.escalate(turn, "no_match")
            return
        proceed(turn)
    elif verdict is True:
        _finish(turn)
    elif verdict is False:
        _change(turn)
    else:
        repair.no_match(turn)


def part(turn: Turn, said: UtteranceHeard, understood: Understood) -> bool:
    """Words at a slot that is asked for by itself; they may fill others too. False when they
    fill none."""
    sure = {s: h for s, h in _slots(turn, said).items() if h.value and h.confidence >= DOUBTFUL}
    if isinstance(understood, Heard):
        sure[turn.state.field] = understood
    if not sure:
        return False
    _merge(turn, sure)
    turn.change(no_match=0, no_input=0, excluded=(), offered=(), field="")
    proceed(turn)
    return True


def filled(turn: Turn, answer: Heard) -> None:
    """The slot that was asked for by itself is answered."""
    _merge(turn, {turn.state.field: answer})
    turn.change(no_match=0, no_input=0, excluded=(), offered=(), field="")
    proceed(turn)


def refused(turn: Turn) -> None:
    """What was offered for the slot is not meant: ask for it, or do without it."""
    slot = turn.state.field
    turn.change(pending=tuple(pair for pair in turn.state.pending if pair[0] != slot))
    if turn.question.prompts:
        turn.put_question()
    else:
        turn.change(field="", excluded=())
        proceed(turn)


def proceed(turn: Turn) -> None:
    """Ask for what is in doubt, then for what is missing, then read back."""
    turn.change(said=())
    pending = dict(turn.state.pending)
    for slot, part in _parts(turn).items():
        doubt = pending.get(slot)
        if doubt is not None and doubt.confidence < DOUBTFUL:
            offered = (doubt.value,) if doubt.value in part.labels else ()
            turn.change(field=slot, offered=offered)
            turn.put_question()
            return
    for slot, part in _parts(turn).items():
        if not part.optional and slot not in pending:
            turn.change(field=slot)
            turn.put_question()
            return
    if turn.question.read_back is not None:
        turn.change(confirming=True)
        turn.put_question()
    else:
        _finish(turn)


def _change(turn: Turn) -> None:
    """The read-back is wrong, and the caller does not say where."""
    count = turn.state.rejected + 1
    turn.change(rejected=count)
    turn.count(corrections=1)
    if count >= turn.flow.escape.after.no_match:
        repair.escalate(turn, "no_match")
    else:
        turn.say(prompts.CHANGE)
        turn.listen()


def _finish(turn: Turn) -> None:
    for slot, answer in turn.state.pending:
        if answer.value:
            turn.answered(slot, answer)
    turn.change(pending=(), confirming=False)
    leave(turn, "")


def _merge(turn: Turn, found: dict[str, Heard]) -> None:
    merged = dict(turn.state.pending) | found
    kept = {slot: h for slot, h in merged.items() if h.value or h.confidence < DOUBTFUL}
    turn.change(pending=tuple(sorted(kept.items())))


def _parts(turn: Turn) -> dict[str, Question]:
    prefix = f"{turn.state.node}."
    return {
        name.removeprefix(prefix): question
        for name, question in turn.flow.questions.items()
        if name.startswith(prefix)
    }


def _slots(turn: Turn, said: UtteranceHeard) -> dict[str, Heard]:
    """The form's slots in the words; an empty value: none is meant, or that is in doubt."""
    form = turn.flow.questions[turn.state.node].form
    assert form is not None
    readings = ranked(said.text, said.alternatives)
    found: dict[str, Heard] = {}
    for slot, field in extract(form, readings).items():
        if _is_without(said.text, field.said):
            found[slot] = _LEFT_OUT
        elif field.value or _parts(turn)[slot].prompts:
            found[slot] = Heard(value=field.value, confidence=field.confidence)
    for slot, part in _parts(turn).items():
        if part.steers or part.type is None:
            continue
        understood = part.type.understand(said.text, said.confidence, turn.now)
        if isinstance(understood, Heard):
            found[slot] = understood
    return found


def _is_without(text: str, said: str) -> bool:
    """ "No milk", "without the sugar"."""
    before, _, _ = " ".join(words(text)).partition(" ".join(words(said)) or "\0")
    last = re.sub(r"\b(?:the|any)\b", "", before).split()[-1:]
    return bool(last) and last[0] in _WITHOUT
