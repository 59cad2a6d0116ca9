"""From the caller's word to the agent's eyes: words, packets and hints, by real calls.

Knows what to say in a call, and which two moments make a figure. All figures in milliseconds.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from desk_people import Message, changes
from desk_story import AFTER_S, ANSWER_S, Call, Clip, Stage, leave_wall, watched_call
from desk_words import Sighting, align
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.modelstore import ModelStore
from warmline.speaking.piper import Voice

BOT_FLOW: Final = "order_status"
"""Three answers that are none lead to a person there."""
HINT_FLOW: Final = "customer_care"
VOICE: Final = "en_US-joe-medium"
PACES: Final = (1.0, 1.15, 0.9)
HINT_GAP_S: Final = 5.0
"""After a hint no other is shown for four seconds."""


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    trigger: str
    """The last word that is needed to know what is meant; empty: the last of all."""


SENTENCES: Final = (
    (
        Sentence("I would like a refund for this lamp, please.", "refund"),
        Sentence(
            "I want my money back, because the lamp came with a broken foot and nobody "
            "has answered any of my letters about it so far.",
            "back",
        ),
    ),
    (Sentence("I have to say that this is the third time I call about this.", ""),),
    (
        Sentence("How long does the delivery of a table take?", ""),
        Sentence("And what does delivery cost?", ""),
    ),
    (
        Sentence("Then please delete my account, I am done with you people.", "account"),
        Sentence("If it goes on like this I will close my account before the summer.", "account"),
    ),
    (Sentence("Are your shops open on Sunday?", ""), Sentence("What are your opening hours?", "")),
    (Sentence("How can I return something that does not fit?", ""),),
)
"""One of each row in a call: each leads to another hint of the flow."""


@dataclass(slots=True)
class Watched:
    """What was measured; each list has one value for each thing that happened."""

    words: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By phase and place, for example `bot wall`."""
    handoffs: list[dict[str, float]] = field(default_factory=list)
    hints: list[dict[str, Any]] = field(default_factory=list)
    lateness_ms: list[float] = field(default_factory=list)

    def saw(self, what: str, seen: Sequence[Sighting]) -> None:
        rows = self.words.setdefault(what, [])
        for one in seen:
            rows.append(
                {
                    "word": one.word.text,
                    "first_ms": _ms(one.word.end, one.first),
                    "by": "final" if one.first_is_final else "partial" if one.first else "",
                    "final_ms": _ms(one.word.end, one.final),
                }
            )

    def ends(self, call: Call) -> None:
        self.lateness_ms += [1000 * late for late in call.caller.lateness]


async def words(on: Stage, clips: Sequence[Clip], talk: tuple[Clip, Pcm], into: Watched) -> None:
    """One call: the bot hears these clips, then a person talks with the caller.

    `talk` is the caller's part of that and the agent's, who speak at the same time.
    """
    spoken = []
    async with watched_call(on, BOT_FLOW) as call:
        for clip in clips:
            spoken.append((clip, call.caller.say(clip.samples)))
            await call.caller.said()
            await asyncio.sleep(AFTER_S / 2)
            await call.caller.quiet(ANSWER_S, unless=call.escalated)
            if call.escalated():
                break
        if not call.escalated():
            await call.ask_for_a_person()
        await call.until("state", state="waiting")
        await leave_wall(call)
        await call.pass_on()
        theirs, ours = talk
        await on.desk.speak(ours)
        begin = call.caller.say(theirs.samples)
        await call.caller.said()
        await asyncio.sleep(AFTER_S)
    for clip, at in spoken:
        for where in ("feed", "wall"):
            into.saw(f"bot {where}", call.sightings(clip.spoken_at(at), at, where))
    for where in ("feed", "desk"):
        seen = call.sightings(theirs.spoken_at(begin), begin, where)
        into.saw(f"talking {where}", seen)
    into.handoffs.append(handoff(call))
    into.ends(call)


def handoff(call: Call) -> dict[str, float]:
    """From the fact that the caller is to speak to a person, in milliseconds."""
    zero, log = call.zero(), call.log
    escalated = _first(log, "Escalated")
    offered = _first(log, "Offered")
    begun = zero + escalated["at"]
    asked = zero + offered["at"]
    feed = next(
        at
        for at, message in call.entries()
        if message["seq"] >= escalated["seq"] and changes(message, "packet")
    )
    told = next(one["at"] for one in call.offers if one["at"] > begun and one["packet"])
    painted = next(one["at"] for one in call.screens["desk"] if one["at"] > begun and one["offer"])
    spoken = [e for e in log if e["type"] == "SpeakingFinished" and e["seq"] < offered["seq"]]
    last = zero + spoken[-1]["at"] if spoken else begun
    return {
        "packet in a feed that watches": 1000 * (feed - begun),
        "our sentence, until it is over": 1000 * max(0.0, last - begun),
        "offered after that": 1000 * (asked - max(last, begun)),
        "offer with packet on the agent's socket": 1000 * (told - asked),
        "offer card painted": 1000 * (painted - asked),
        "from the fact to the painted card": 1000 * (painted - begun),
    }


async def hints(on: Stage, talk: Sequence[tuple[Sentence, Clip]], into: Watched) -> None:
    """One call in which the caller says what there are hints for, to an agent who listens."""
    said: list[tuple[Sentence, float, float]] = []
    async with watched_call(on, HINT_FLOW) as call:
        await call.ask_for_a_person()
        await call.until("state", state="waiting")
        await leave_wall(call)
        await call.pass_on()
        for sentence, clip in talk:
            begin = call.caller.say(clip.samples)
            end = next(
                (w.end for w in clip.words if w.text == sentence.trigger), clip.words[-1].end
            )
            said.append((sentence, begin, begin + end))
            await call.caller.said()
            await asyncio.sleep(AFTER_S)
            while shown := _visible(call):  # and what waits behind it
                path = f"/api/desk/calls/{call.call_id}/hints/{shown}"
                await on.agent.post(path, outcome="used")
                await asyncio.sleep(HINT_GAP_S)
    ends = [begin for _, begin, _ in said[1:]] + [float("inf")]
    for (sentence, begin, trigger), end in zip(said, ends, strict=True):
        into.hints.append(_hint(call, sentence, begin, trigger, end))
    into.handoffs.append(handoff(call))
    into.ends(call)


def _hint(
    call: Call, sentence: Sentence, begin: float, trigger: float, end: float
) -> dict[str, Any]:
    zero = call.zero()
    screen = call.screens["desk"]
    painted = next(
        (
            one["at"]
            for before, one in pairwise(screen)
            if begin < one["at"] < end and one["hint"] not in ("", before["hint"])
        ),
        None,
    )
    heard = [
        e["text"]
        for e in call.log
        if e["type"] == "UtteranceHeard" and begin < zero + e["at"] < end
    ]
    shown = next(
        (e for e in call.log if e["type"] == "HintShown" and begin < zero + e["at"] < end), None
    )
    cause = next((e for e in call.log if shown and e["seq"] == shown["cause"]), None)
    return {
        "sentence": sentence.text,
        "heard": " ".join(heard),
        "rule": shown["rule"] if shown else "",
        "cause": cause["type"] if cause else "",
        "shown_ms": _ms(trigger, zero + shown["at"]) if shown else None,
        "painted_ms": _ms(trigger, painted),
    }


def _visible(call: Call) -> str:
    hint = ""
    for _, message in call.entries():
        for change in changes(message, "hint"):
            hint = change["hint"]["hint"] if change["hint"] else ""
    return hint


def sentences(number: int) -> Iterator[tuple[Sentence, Clip]]:
    """What is said in this call, spoken by Piper: one of each row, at another pace each time.

    To be made before the call: it takes seconds."""
    voice = Voice(ModelStore().path(VOICE), VOICE)
    for row in SENTENCES:
        sentence = row[number % len(row)]
        spoken = voice.speak(sentence.text, PACES[number % len(PACES)])
        samples = resample(spoken, voice.rate, RATE)
        yield sentence, Clip(sentence.text, samples, align(samples))


def _first(log: Sequence[Message], kind: str) -> Message:
    return next(entry for entry in log if entry["type"] == kind)


def _ms(start: float, end: float | None) -> float | None:
    return None if end is None else round(1000 * (end - start), 1)
