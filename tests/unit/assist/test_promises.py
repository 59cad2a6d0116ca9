"""What counts as a promise, and what as done."""

import pytest

from warmline.assist.promises import deeds, promises
from warmline.events import AgentHeard, Entry, Fact, SpeakingFinished, UtteranceHeard


def _entries(*facts: Fact) -> list[Entry]:
    return [Entry(call_id="c", seq=n, at=float(n), fact=fact) for n, fact in enumerate(facts, 1)]


def _agent(text: str) -> AgentHeard:
    return AgentHeard(agent="u7", turn=1, text=text, confidence=0.9, started_at=30.0, audio_at=33.0)


def _bot(text: str, *, cut: bool = False) -> SpeakingFinished:
    return SpeakingFinished(say_id="say-1", text=text, played_s=2.0, interrupted=cut)


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        ("We'll call you back tomorrow.", True),
        ("I will send you a new one.", True),
        ("I’ll e-mail you the label today.", True),
        ("You'll get it on Friday.", True),
        ("You will receive a letter.", True),
        ("A colleague will contact you.", True),
        ("I'm going to refund the second charge.", True),
        ("We'll be in touch by tomorrow evening.", True),
        ("I'll make sure that it goes out today.", True),
        ("I'll have a look.", False),
        ("I'll be right with you.", False),
        ("I'll put you through to a colleague.", False),
        ("I will not refund that.", False),
        ("We'll never call you about this.", False),
        ("Will you send it back?", False),
        ("Shall I send you a new one?", False),
        ("You will see if we send it.", True),
        ("I can send you one.", False),
        ("", False),
    ],
)
def test_promises_are_told_by_their_verbs(text: str, promised: bool) -> None:
    assert bool(promises(_entries(_agent(text)))) == promised


def test_the_sentence_is_kept_as_it_was_said() -> None:
    (promise,) = promises(_entries(_agent("All right. I'll send you a label. Anything else?")))
    assert (promise.text, promise.by, promise.seq, promise.audio_at) == (
        "I'll send you a label.",
        "u7",
        1,
        30.0,
    )


def test_the_bots_promise_counts_as_far_as_it_was_played() -> None:
    whole = promises(_entries(_bot("Thank you. We'll call you back.")))
    cut = promises(_entries(_bot("Thank you. We'll call you", cut=True)))
    assert ([p.text for p in whole], [p.by for p in whole]) == (["We'll call you back."], ["bot"])
    assert cut == ()


def test_a_promise_counts_once_and_callers_make_none() -> None:
    twice = _entries(_agent("I'll send it."), _agent("I'll send it."))
    assert len(promises(twice)) == 1
    caller = UtteranceHeard(
        turn=1, text="I'll send it back", confidence=0.9, started_at=0.0, audio_at=1.0
    )
    assert promises(_entries(caller)) == ()


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("I've refunded the second charge.", True),
        ("I have just sent you a new one.", True),
        ("I've gone ahead and cancelled it.", True),
        ("We already shipped it.", True),
        ("I've got your order here.", False),
        ("I have been here for years.", False),
        ("Have I refunded it?", False),
        ("I'll refund it.", False),
    ],
)
def test_what_a_person_says_to_have_done(text: str, done: bool) -> None:
    assert bool(deeds(_entries(_agent(text)))) == done
    assert deeds(_entries(_bot(text))) == ()
