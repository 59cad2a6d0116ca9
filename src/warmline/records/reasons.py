"""Each fact of a call in a sentence that says why it happened. Pure.

Knows entries only. What explains nothing has no sentence.
"""

from dataclasses import dataclass
from typing import Final, Literal

from warmline.events import (
    AgentJoined,
    AgentLeft,
    AlertRaised,
    CallbackRequested,
    CallEnded,
    CallStarted,
    ConsentAnswered,
    Entry,
    Escalated,
    Fact,
    FetchFinished,
    FetchStarted,
    FramesDropped,
    HandedBack,
    LineMeasured,
    NodeEntered,
    NothingHeard,
    PauseJudged,
    PressureChanged,
    RecordingChanged,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechResumed,
    StageFailed,
    TimerFired,
    Transferred,
    TurnResumed,
    UtteranceHeard,
)

Kind = Literal["turn", "flow", "voice", "people", "trouble"]
"""How turns were judged, what the flow did, what we said, who helps the caller, what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    seq: int
    """Of the entry that says so."""
    at: float
    """Seconds since the call's start."""
    kind: Kind
    text: str


ENDS: Final = {
    "complete": "the answer was complete, so a short silence was enough",
    "silence": "the silence lasted long enough",
    "max_speech": "one turn may not last longer; what follows is the next",
    "background": "only the background was heard any more",
    "hang_up": "the caller hung up",
}
NOTHING: Final = {
    "no_words": "there was a sound, but there were no words in it",
    "not_speech": "the sound was no speech",
    "failed": "the recogniser failed, twice",
    "echo": "our own words came back over the line",
    "backchannel": "only a word of listening, which takes no turn",
    "music": "it was music",
    "background": "it was somebody in the background",
    "repetition": "the same words over and over: a recording",
    "voicemail": "it was a voice mail",
    "announcement": "it was an announcement",
}
RUNGS: Final = ("all", "partials less often", "no partials", "the small model", "keypad only")
"""What the machine's load allows (see PressureChanged)."""


def reason(entry: Entry) -> Step | None:
    """What explains something of the call; None where nothing is to be explained."""
    kind, text = _told(entry.fact)
    return Step(seq=entry.seq, at=entry.at, kind=kind, text=text) if text else None


def _told(fact: Fact) -> tuple[Kind, str]:
    match fact:
        case PauseJudged() | SpeechResumed() | SpeechEnded() | TurnResumed():
            return "turn", _of_turn(fact)
        case UtteranceHeard(text=text, confidence=confidence):
            return "turn", f"words: “{text}”, confidence {confidence:.2f}"
        case NothingHeard(reason=why):
            return "turn", f"nothing was heard: {NOTHING.get(why, why)}"
        case SpeakingStarted(text=text):
            return "voice", f"says “{text}”"
        case SpeakingFinished(text=text, played_s=played, interrupted=True):
            return "voice", f"stopped after {played:.1f} s; heard of it: “{text}”"
        case AgentJoined() | AgentLeft() | CallbackRequested() | HandedBack() | Transferred():
            return "people", _of_people(fact)
        case FramesDropped() | LineMeasured() | StageFailed() | PressureChanged() | AlertRaised():
            return "trouble", _of_trouble(fact)
        case _:
            return "flow", _of_flow(fact)


def _of_turn(fact: PauseJudged | SpeechResumed | SpeechEnded | TurnResumed) -> str:
    match fact:
        case PauseJudged(words=words, finished=finished):
            silence = fact.known_at - fact.audio_at
            known = [f"words {words}"] if words else []
            known += [f"voice {finished:.0%} finished"] if finished >= 0 else []
            told = f" ({', '.join(known)})" if known else ""
            judged = f"{silence:.2f} s of silence{told}: ends the turn at {fact.wait_s:.2f} s"
            return f"{judged}: {fact.because}" if fact.because else judged
        case SpeechResumed():
            return "the voice went on: it was only a breath"
        case SpeechEnded(reason=why):
            return f"turn over: {ENDS.get(why, why)}"
        case TurnResumed():
            return "taken back: the caller went on, so the turn is open again and the reply void"


def _of_flow(fact: Fact) -> str:
    match fact:
        case CallStarted(door=door, flow=flow):
            return f"a call by {door} to the flow {flow}"
        case NodeEntered(node=node):
            return f"goes to {node}"
        case SlotFilled(slot=slot, value=value, source=source, confidence=confidence):
            how = ", ".join(filter(None, [source, f"confidence {confidence:.2f}"]))
            return f"{slot} = {value} ({how})"
        case FetchStarted(endpoint=endpoint):
            return f"asks {endpoint}"
        case FetchFinished(endpoint=endpoint, outcome=outcome, code=code):
            return f"{endpoint} answers: {outcome}{code and f', {code}'}"
        case TimerFired(name=name):
            return f"the time of {name} is over"
        case Escalated(queue=queue, reason=why, why=words):
            return f"hands over to a person: queue {queue}, {why}{words and f' ({words})'}"
        case ConsentAnswered(purpose=purpose, granted=granted):
            return f"consent to {purpose}: {'yes' if granted else 'no'}"
        case RecordingChanged(on=on, reason=why):
            return f"recording {'on' if on else 'off'}: {why}"
        case CallEnded(reason=why):
            return f"the call is over: {why}"
        case _:
            return ""


def _of_people(
    fact: AgentJoined | AgentLeft | CallbackRequested | HandedBack | Transferred,
) -> str:
    match fact:
        case AgentJoined(name=name, role=role):
            return f"{name} comes in ({role})"
        case AgentLeft(role=role, reason=why):
            return f"{role} leaves: {why}"
        case CallbackRequested(queue=queue):
            return f"the caller waits for a call of {queue}"
        case HandedBack(by=by):
            return "back to the flow, by " + ("the caller" if by == "caller" else "an agent")
        case Transferred(queue=queue):
            return f"led to {queue} by the caller's own telephone system"


def _of_trouble(
    fact: FramesDropped | LineMeasured | StageFailed | PressureChanged | AlertRaised,
) -> str:
    match fact:
        case FramesDropped(where=where, count=count):
            return f"{count * 20} ms of audio were lost ({where})"
        case LineMeasured(lost=lost, late=late, dropped=dropped, underruns=gaps):
            bad = {"lost": lost, "late": late, "dropped": dropped, "gaps in our speech": gaps}
            told = ", ".join(f"{count} {what}" for what, count in bad.items() if count)
            return f"line: {told}, jitter {fact.jitter_ms:.0f} ms" if told else ""
        case StageFailed(stage=stage, code=code, message=message):
            return f"{stage} failed: {code}, {message}"
        case PressureChanged(rung=rung, because=because):
            allowed = RUNGS[rung] if 0 <= rung < len(RUNGS) else f"rung {rung}"
            return f"the load allows: {allowed}{because and f' ({because})'}"
        case AlertRaised(severity=severity, text=text):
            return f"{severity}: {text}"
