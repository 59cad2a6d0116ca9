"""What happened in a call, in plain words for people who look at it. Pure.

Knows facts. Says nothing of what has a place of its own on the page (lines, mood, packet), nor
of what only engineers ask.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from warmline.desk.display import display
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    CallStarted,
    ConsentAnswered,
    Escalated,
    Fact,
    FetchFinished,
    HandedBack,
    NothingHeard,
    OfferClosed,
    RecordingChanged,
    StageFailed,
    Transferred,
)

ESCALATED: Final = MappingProxyType(
    {
        "asked": "the caller asked for a person",
        "no_match": "the caller was not understood",
        "no_input": "the caller said nothing",
        "flow": "the flow decided so",
        "failed": "something failed",
        "too_long": "it took too long",
        "frustrated": "the caller is frustrated",
        "mood": "the caller's mood is falling",
        "unsure": "the recognition is unsure",
        "vip": "an important caller",
        "compliance": "a rule demands a person",
    }
)
JOINED: Final = MappingProxyType(
    {
        "agent": "{} joined",
        "consult": "{} was asked for advice",
        "listen": "{} listens in",
        "whisper": "{} listens in and can be heard by the agent",
        "join": "{} joined the conversation",
    }
)
LEFT: Final = MappingProxyType(
    {
        "ended": "{} left",
        "lost": "{}'s audio was lost",
        "handed_back": "{} gave the caller back",
        "transferred": "{} passed the caller on",
        "signed_out": "{} was signed out",
        "caller_gone": "{} left",
    }
)
ENDED: Final = MappingProxyType(
    {
        "completed": "The call ended",
        "escalated": "The call left for a person",
        "caller_hung_up": "The caller hung up",
        "caller_stalled": "The caller's connection stalled",
        "media_timeout": "Nothing came from the caller's line any more",
        "bad_input": "The caller's line broke the rules",
        "time_limit": "The call reached its time limit",
        "busy": "There was no place for the call",
        "server_stopped": "The server was stopped",
        "failed": "The call ended because something failed",
    }
)


def told(fact: Fact, names: Mapping[str, str]) -> str:
    """One short sentence without a full stop; empty when there is nothing to tell.

    `names` are those of people who joined, by user id.
    """
    return display(_told(fact, names), 300)


def _told(fact: Fact, names: Mapping[str, str]) -> str:
    match fact:
        case CallStarted(caller=caller):
            return f"Call from {caller}" if caller else "Call from an unknown caller"
        case Escalated(queue=queue, reason=reason, why=why):
            because = why or ESCALATED.get(reason, reason)
            return f"Handed to {queue}: {because}"
        case CallbackRequested(queue=queue, number=number):
            there = f" at {number}" if number else ""
            return f"Wants to be called back by {queue}{there}"
        case OfferClosed(outcome="no_media"):
            return "Somebody accepted, but their audio did not come"
        case AgentJoined(name=name, role=role):
            return JOINED.get(role, "{} joined").format(name)
        case AgentLeft(agent=agent, role="agent" | "join" | "consult", reason=reason):
            return LEFT.get(reason, "{} left").format(names.get(agent, "Somebody"))
        case AgentLeft(agent=agent):
            return f"{names.get(agent, 'Somebody')} listens no more"
        case CallerHeld(held=held):
            return "Caller put on hold" if held else "Caller taken off hold"
        case HandedBack(by="caller"):
            return "The caller went back to the flow"
        case HandedBack(by=by):
            return f"{names.get(by, 'Somebody')} gave the caller back to the flow"
        case Transferred(queue=queue):
            return f"Led to {queue} by the telephone system"
        case ConsentAnswered(purpose=purpose, granted=granted):
            return f"Caller {'agreed' if granted else 'did not agree'}: {purpose}"
        case RecordingChanged(on=True):
            return "Recording began"
        case RecordingChanged(reason="secret"):
            return "Recording paused for a secret"
        case RecordingChanged():
            return "Recording stopped"
        case FetchFinished(endpoint=endpoint, outcome="not_found"):
            return f"{endpoint}: nothing was found"
        case FetchFinished(endpoint=endpoint, outcome="error"):
            return f"{endpoint} could not be asked"
        case NothingHeard(reason="failed"):
            return "The caller's words were lost: the recogniser failed"
        case StageFailed(stage=stage):
            return f"A part of the service failed: {stage}"
        case CallEnded(reason=reason):
            return ENDED.get(reason, f"The call ended: {reason}")
        case _:
            return ""
