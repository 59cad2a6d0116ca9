"""What the caller's words and keys mean at the question that is asked. Pure.

Exact words of the question come first, then what callers ask for everywhere, then the answer.
"""

import re
from dataclasses import replace
from typing import Final

from warmline.answers.answer import Heard, RefusalReason, Refused, Understood
from warmline.answers.phrases import exact_option, match_choice
from warmline.dialogue import faq, forms, repair
from warmline.dialogue.leaving import leave
from warmline.dialogue.turn import Turn
from warmline.dialogue.wishes import Wish, wish
from warmline.events import AnswerKind, UtteranceHeard
from warmline.flows.nodes import AnswerNode
from warmline.meaning.intents import Decision, decide
from warmline.spoken import is_number, words, yes_no

_REFUSALS: Final = frozenset(words("no nope nah not neither none that that's this it it's sorry"))
UNSURE: Final = 0.35
"""Below, an answer is read back even where the author asks for no read-back."""


def utterance(turn: Turn, heard: UtteranceHeard) -> None:
    """The caller said something."""
    heard = replace(heard, text=_said_once(heard.text))
    state, question, text = turn.state, turn.question, heard.text
    open_ = not (state.confirming or state.offered or state.more)
    if open_ and (option := exact_option(text, question.steers)) is not None:
        accept(turn, Heard(value=option, confidence=heard.confidence))
        return
    message = question.kind is AnswerKind.FREE and question.type is not None
    wanted = wish(text, free=open_ and message)
    if wanted is not None:
        turn.count(asides=1)
    match wanted:
        case Wish.PERSON:
            repair.escalate(turn, "asked")
        case Wish.ROBOT:
            turn.ask_again(turn.flow.repair.robot)
        case Wish.HELP:
            turn.ask_again(question.help or turn.flow.repair.help, hint=question.help is not None)
        case Wish.REPEAT:
            repair.repeat(turn)
        case Wish.SLOWER:
            repair.slower(turn)
        case Wish.LOUDER:
            repair.louder(turn)
        case Wish.BACK:
            repair.go_back(turn)
        case Wish.RESTART:
            repair.start_over(turn)
        case None:
            _words(turn, heard)


def _said_once(text: str) -> str:
    """A recogniser may write a short sentence twice; a number may be meant so."""
    sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+", text.strip())]
    twice = len(sentences) > 1 and len({sentence.casefold() for sentence in sentences}) == 1
    return sentences[0] if twice and not is_number(text) else text


def wants_person(text: str) -> bool:
    """Whether these words ask for a person, whatever else they are."""
    return wish(text, free=False) is Wish.PERSON


def _words(turn: Turn, heard: UtteranceHeard) -> None:
    state, question = turn.state, turn.question
    if state.offered:
        _offer(turn, heard)
    elif isinstance(turn.flow.nodes[state.node], AnswerNode):
        faq.heard(turn, heard.text)
    elif question.form is not None:
        forms.heard(turn, heard)
    elif state.confirming:
        _confirm(turn, heard)
    elif question.matcher is not None:
        _intent(turn, heard)
    else:
        understood = understand(turn, heard)
        if not state.field or not forms.part(turn, heard, understood):
            answer(turn, understood)


def understand(turn: Turn, heard: UtteranceHeard) -> Understood:
    """The answer in the words; other readings help where the first is none."""
    kind = turn.question.type
    assert kind is not None
    first = kind.understand(heard.text, heard.confidence, turn.now)
    if isinstance(first, Heard) and first.value not in turn.state.excluded:
        return first
    for text in heard.alternatives:
        other = kind.understand(text, heard.confidence, turn.now)
        if isinstance(other, Heard) and other.value not in turn.state.excluded:
            return other
    return first


def answer(turn: Turn, understood: Understood) -> None:
    match understood:
        case Heard():
            accept(turn, understood)
        case _ if turn.state.keys:
            pass  # talk beside the keypad: the keys are the answer
        case None:
            repair.no_match(turn)
        case Refused(why=RefusalReason.WRONG_LENGTH | RefusalReason.INCOMPLETE):
            repair.needs(turn, turn.flow.repair.wrong_length)
        case Refused():
            repair.needs(turn, turn.flow.repair.implausible)


def accept(turn: Turn, heard: Heard, *, sure: bool = False) -> None:
    """An answer that fits; `sure` spares a confirmation that the author did not ask for."""
    question = turn.question
    free = question.kind is AnswerKind.FREE and question.type is not None
    closed = question.kind in (AnswerKind.YES_NO, AnswerKind.CHOICE) or question.type is None
    steers = not closed and heard.value in question.steers
    unsure = not sure and heard.confidence < UNSURE and question.confirm == "auto"
    unsure = unsure and not free and question.kind is not AnswerKind.YES_NO
    if turn.state.field:
        forms.filled(turn, heard)
    elif steers:
        leave(turn, heard.value)  # a word that steers is no answer
    elif question.read_back is not None or question.confirm == "always" or unsure:
        turn.change(pending=((question.slot, heard),), confirming=True, offered=())
        turn.change(no_match=0, no_input=0, said=())
        turn.put_question()
    else:
        fill(turn, heard)


def fill(turn: Turn, heard: Heard) -> None:
    """The answer is final."""
    question = turn.question
    if question.slot and not question.expect.secure:
        turn.answered(question.slot, heard)
    leave(turn, heard.value)


# --- did you mean … ------------------------------------------------------------------------------


def _intent(turn: Turn, heard: UtteranceHeard) -> None:
    matcher = turn.question.matcher
    assert matcher is not None
    guesses = tuple(g for g in matcher.match(heard.text) if g.intent not in turn.state.excluded)
    match decide(guesses):
        case Decision.ACCEPT:
            accept(
                turn, Heard(value=guesses[0].intent, confidence=guesses[0].confidence), sure=True
            )
        case Decision.CONFIRM:
            offer(turn, (guesses[0].intent,))
        case Decision.CHOOSE:
            offer(turn, tuple(guess.intent for guess in guesses[:2]))
        case Decision.NOTHING:
            repair.no_match(turn)


def offer(turn: Turn, values: tuple[str, ...]) -> None:
    """ "Did you mean this one?", or one of two."""
    turn.change(offered=values, said=())
    turn.put_question()


def _offer(turn: Turn, heard: UtteranceHeard) -> None:
    state, question = turn.state, turn.question
    verdict = yes_no(heard.text)
    if verdict is True and len(state.offered) == 1:
        taken(turn, state.offered[0], heard.confidence)
        return
    options = {v: question.steers.get(v, (question.labels.get(v, v),)) for v in state.offered}
    if len(options) > 1 and (found := match_choice(heard.text, options)):
        taken(turn, found[0], heard.confidence * found[1])
    elif verdict is False:
        turn.change(excluded=(*state.excluded, *state.offered), offered=())
        turn.count(corrections=1)
        if state.field:
            forms.refused(turn)
        elif question.matcher is not None and _says_more(heard.text):
            _intent(turn, heard)  # "no, I want my money back"
        else:
            repair.no_match(turn, hint=True)
    else:
        turn.change(offered=())
        _words(turn, heard)  # other words instead of yes or no


def _says_more(text: str) -> bool:
    """Whether there is more than a refusal in these words."""
    return len([word for word in words(text) if word not in _REFUSALS]) > 1


def taken(turn: Turn, value: str, confidence: float) -> None:
    """The caller took what was offered."""
    turn.change(offered=())
    accept(turn, Heard(value=value, confidence=confidence), sure=True)


def _confirm(turn: Turn, heard: UtteranceHeard) -> None:
    """The words after a read-back: yes, no, or another answer instead."""
    question, pending = turn.question, turn.state.answer
    verdict = yes_no(heard.text)
    if question.type is None:
        again: Understood = None
    elif verdict is True and question.kind is not AnswerKind.DIGITS:
        again = None
    else:
        again = question.type.correct(pending.value, heard.text, heard.confidence, turn.now)
    same = isinstance(again, Heard) and again.value == pending.value
    if isinstance(again, Heard) and not same:
        turn.count(corrections=1)
        turn.change(rejected=turn.state.rejected + 1)
        if turn.state.rejected >= turn.flow.escape.after.no_match:
            turn.change(pending=((question.slot, again),))
            repair.escalate(turn, "no_match")
        else:
            accept(turn, again)
    elif verdict is True or (same and verdict is None):
        fill(turn, pending)
    elif verdict is False:
        repair.reject(turn)
    elif question.matcher is not None:
        turn.change(pending=(), confirming=False)
        _intent(turn, heard)
    else:
        answer(turn, None)
