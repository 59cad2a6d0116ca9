"""When a call does not go well: ladders of failures, and the ways out of a flow. Pure.

Each ladder has other words on every step and ends at a person, at a call later, or, when nobody
is there, at a polite end.
"""

from collections.abc import Sequence

from warmline.dialogue.turn import Turn
from warmline.events import CallbackRequested, Escalated, Note, StartTimer
from warmline.flows import prompts, templates
from warmline.flows.fields import Escalate
from warmline.flows.hours import is_open

SLOWER, SLOWEST = 0.85, 0.7
LOUDER_DB, LOUDEST_DB = 4.0, 8.0
RESOLVE_TIMER = "resolve"
MAX_ASIDES = 20
"""A caller who only ever asks for help, or for everything again, is helped by a person."""
MAX_MONOLOGUE = 8
"""Parts of 26 s in one turn; after three and a half minutes without a pause a person listens."""


def no_match(turn: Turn, wording: str | None = None, *, hint: bool = False) -> None:
    """The caller was not understood."""
    count = turn.state.no_match + 1
    turn.change(no_match=count)
    turn.count(failures=1)
    if count >= turn.flow.escape.after.no_match:
        _give_up(turn, "no_match")
    else:
        wordings = turn.flow.repair.no_match if wording is None else (wording,)
        _again(turn, wordings, count, hint=hint or count > 1)


def needs(turn: Turn, wording: str) -> None:
    """There was an answer, but not one that can be: say what is needed."""
    needed = turn.question.needed
    no_match(turn, templates.render(wording, {"needed": needed}) if needed else None)


def silence(turn: Turn) -> None:
    count = turn.state.no_input + 1
    turn.change(no_input=count)
    turn.count(failures=1)
    if count >= turn.flow.escape.after.no_input:
        _give_up(turn, "no_input")
    else:
        _again(turn, turn.flow.repair.no_input, count, hint=count > 1)


def reject(turn: Turn) -> None:
    """What was read back is wrong."""
    count = turn.state.rejected + 1
    excluded = (*turn.state.excluded, *(heard.value for _, heard in turn.state.pending))
    turn.change(rejected=count, pending=(), confirming=False, no_match=0, no_input=0)
    turn.change(excluded=tuple(dict.fromkeys(excluded))[-8:])
    turn.count(corrections=1)
    if count >= turn.flow.escape.after.no_match:
        escalate(turn, "no_match")
    else:
        _again(turn, turn.flow.repair.rejected, count, hint=count > 1)


def _give_up(turn: Turn, code: str) -> None:
    """The ladder has ended: at a person, or where the author wants it."""
    turn.target = turn.question.give_up
    if turn.target is None:
        escalate(turn, code)


def _again(turn: Turn, wordings: Sequence[str], count: int, *, hint: bool) -> None:
    turn.change(said=((turn.state.node, turn.asking()),))
    turn.ask_again(wordings[min(count, len(wordings)) - 1], hint=hint)


# --- what callers ask for everywhere -------------------------------------------------------------


def repeat(turn: Turn) -> None:
    turn.count(repeats=1)
    turn.say_again()


def slower(turn: Turn) -> None:
    turn.change(pace=SLOWER if turn.state.pace == 1.0 else SLOWEST)
    turn.count(repeats=1)
    turn.say(prompts.MORE_SLOWLY)
    turn.say_again()


def louder(turn: Turn) -> None:
    turn.change(gain_db=LOUDER_DB if not turn.state.gain_db else LOUDEST_DB)
    turn.count(repeats=1)
    turn.say(prompts.LOUDER)
    turn.say_again()


def go_back(turn: Turn) -> None:
    """To the question before this one; never past something that was done outside."""
    if turn.state.field or turn.state.confirming:
        turn.say(prompts.BACK)
        turn.target = turn.state.node
    elif turn.state.trail:
        *trail, turn.target = turn.state.trail
        turn.change(trail=tuple(trail))
        turn.say(prompts.BACK)
    else:
        turn.ask_again(prompts.NO_WAY_BACK)


def start_over(turn: Turn) -> None:
    turn.change(trail=(), slots=())
    turn.say(prompts.RESTART)
    turn.target = turn.flow.file.start


# --- ways out ------------------------------------------------------------------------------------


def frustrated(turn: Turn) -> str:
    """Which of the flow's signs of frustration is there, as Escalated's reason; else empty."""
    when, counts = turn.flow.escape.when, turn.state.counts
    limits = (
        ("mood", when.mood.turns if when.mood else None, counts.low_moods),
        ("unsure", when.unsure.turns if when.unsure else None, counts.unsure),
        ("frustrated", when.repeats, counts.repeats),
        ("frustrated", when.corrections, counts.corrections),
        ("frustrated", when.failures, counts.failures),
        ("frustrated", MAX_ASIDES, counts.asides),
    )
    reached = (code for code, limit, count in limits if limit is not None and count >= limit)
    return next(reached, "")


def escalate(turn: Turn, code: str, to: Escalate | None = None) -> None:
    """End at a person; `code` is Escalated's reason, `to` what the author wants of it."""
    to = to or Escalate()
    queue = to.queue or turn.flow.escape.queue
    if not is_open(turn.flow.file.hours, turn.state.started_at, queue):
        _closed(turn)
        return
    turn.target = None
    turn.tell_pending()
    fact = Escalated(
        queue=queue,
        reason=code,
        why=to.reason,
        skills=(to.skill,) if to.skill else (),
        priority=to.priority,
    )
    turn.commands.append(Note(fact=fact))
    turn.say(to.say or turn.flow.escape.say)
    turn.change(escalated=True)
    turn.hang_up("escalated", queue=queue, why=to.reason)


def _closed(turn: Turn) -> None:
    """Nobody is there: the author's node for that once, then a polite end."""
    node = turn.flow.escape.closed
    if node is None or turn.state.closed:
        turn.target = None
        turn.say(turn.flow.escape.closed_say)
        turn.hang_up("completed")
    else:
        turn.change(closed=True, trail=())
        turn.target = node


def call_back(turn: Turn, queue: str | None, number: str, say: str | None) -> None:
    queue = queue or turn.flow.escape.queue
    turn.commands.append(Note(fact=CallbackRequested(queue=queue, number=number)))
    turn.say(say or prompts.CALLBACK)
    turn.hang_up("completed")


def watch(turn: Turn) -> None:
    """Start the clock that a call must be resolved by."""
    seconds = turn.flow.escape.after.minutes * 60
    turn.commands.append(StartTimer(name=RESOLVE_TIMER, seconds=seconds))
