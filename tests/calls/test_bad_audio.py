"""Whole calls over bad lines in virtual time: stalls, bursts, drifting clocks, failing engines.

The caller's leg is a gateway's real one; only the network, the models and the clock are not.
"""

from asyncio import get_running_loop, sleep
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import (
    TEST_PROFILE,
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
    voice,
)
from virtual_time import run
from warmline.audio.frame import FRAME, FRAME_S, RATE, Pcm
from warmline.call.session import Services, run_call
from warmline.events import (
    CallEnded,
    DigitPressed,
    Entry,
    Escalated,
    FramesDropped,
    LineMeasured,
    NothingHeard,
    SlotFilled,
    SpeakingStarted,
    SpeechEnded,
    SpeechStarted,
    StageFailed,
    TurnMeasured,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.gateway.far_end import Farewell, LegSettings
from warmline.gateway.leg import Leg
from warmline.hearing.expectation import MAX_UTTERANCE_S
from warmline.hearing.utterance import CUT_SEARCH_S
from warmline.ports import Caption, Digit, Handover, LineInfo
from warmline.speaking.cache import ClauseCache
from whole import FLOWS, GREETING, MESSAGE, ORDER, Log, _obeys_the_laws

ASTERISK = LegSettings(silent_s=120.0, fill_after_s=0.2)
"""Silence takes the place of audio that does not come, and then the audio comes as well."""
PPM = 200
"""Two sound cards' clocks differ by so many parts in a million at most."""
PATIENCE_S = 150.0
"""A flow has given a silent caller up by then."""
MACHINE = "Please leave a message after the tone."
SLOWEST_S = 15.0
"""The slowest ears have answered by then."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing arrives for so long; what the caller does meanwhile comes all at once then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Audio that is sent faster than anybody can speak."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Ears:
    """From here on the recogniser is so slow, and fails so often."""

    takes_s: float = 0.1
    failures: int = 0


Step = Pcm | Digit | Stall | AtOnce | Ears


class BadLine:
    """The far end of a leg: what we say goes nowhere, what is said comes by `speak`."""

    reads = False

    async def speak(
        self, leg: Leg, script: Sequence[Step], ears: ScriptedTranscriber, ppm: float
    ) -> None:
        """In real time by a clock that is `ppm` slow; then the caller hangs up."""
        now = get_running_loop().time
        began, spoken, held = now(), 0.0, 0.0
        for step in script:
            match step:
                case Stall(seconds):
                    held = now() + seconds
                case AtOnce(pcm):
                    await leg.audio(pcm)
                case Ears(takes_s, failures):
                    ears.takes_s, ears.failures = takes_s, failures
                case Digit(digit):
                    leg.digit(digit)
                case pcm:
                    for at in range(0, pcm.size, FRAME):
                        spoken += FRAME_S * (1 + ppm / 1e6)
                        if (due := max(began + spoken, held)) > now():
                            await sleep(due - now())
                        await leg.audio(pcm[at : at + FRAME])
        leg.end("caller_hung_up")

    async def started(self, call_id: str) -> None: ...
    async def audio(self, frame: Pcm) -> None: ...
    async def mark(self, name: str) -> None: ...
    async def clear(self) -> None: ...
    async def show(self, caption: Caption) -> None: ...
    async def close(self, farewell: Farewell) -> None: ...
    def abort(self) -> None: ...

    async def transfer(self, handover: Handover) -> bool:
        return False


def call(
    script: Sequence[Step],
    words: Sequence[str] = (),
    *,
    flow: Flow = ORDER,
    ppm: float = 0.0,
    leg_settings: LegSettings | None = None,
    max_call_s: float = 3600.0,
) -> Log:
    async def main() -> Log:
        entries: list[Entry] = []
        ears, far_end = ScriptedTranscriber(words), BadLine()
        services = Services(
            find_flow=lambda name: flow,
            new_detector=LoudnessDetector,
            transcriber=ears,
            clips=ClauseCache(ToneSynthesizer()),
            fetcher=ScriptedFetcher(),
            sinks=[entries.append],
            max_call_s=max_call_s,
        )
        info = LineInfo(door="test", caller="+15550100", flow="", profile=TEST_PROFILE)
        leg = Leg(far_end, info, leg_settings)
        speaking = far_end.speak(leg, script, ears, ppm)
        await leg.attend(lambda line: run_call(line, services), speaking)
        return Log(entries, cast(ScriptedLine, leg))

    log = run(main())
    _obeys_the_laws(log)
    assert not log.all(StageFailed)
    _leaves_nothing_open(log)
    return log


def dropped(log: Log) -> float:
    """Seconds of audio that were thrown away, by both counts."""
    told = sum(fact.count for fact in log.all(FramesDropped))
    assert told == sum(fact.dropped for fact in log.all(LineMeasured))
    return float(told * FRAME_S)


def _leaves_nothing_open(log: Log) -> None:
    """Of each turn the words are told, or why there are none, as long as the call goes on."""
    (end,) = (entry.at for entry in log.entries if isinstance(entry.fact, CallEnded))
    open_since: dict[int, float] = {}
    for entry in log.entries:
        match entry.fact:
            case SpeechEnded(turn=turn):
                open_since[turn] = entry.at
            case UtteranceHeard(turn=turn) | NothingHeard(turn=turn) | TurnResumed(turn=turn):
                open_since.pop(turn, None)
    assert all(end - since < SLOWEST_S for since in open_since.values()), open_since


def dropped_s(log: Log) -> float:
    """Seconds of audio that were thrown away, by both counts."""
    told = sum(fact.count for fact in log.all(FramesDropped))
    assert told == sum(fact.dropped for fact in log.all(LineMeasured))
    return float(told * FRAME_S)


# --- stalls, bursts and clocks ------------------------------------------------------------------

WORDS = ("Where is my order?", "4 5 2 7", "Yes.")
ASKED, NUMBER, YES = voice(2.0, 0), voice(2.0, 1), voice(0.6, 2)
ANSWER_S = 8.0
"""Enough for the number to be read back."""


@pytest.mark.parametrize("leg_settings", [None, ASTERISK], ids=["usual", "filled"])
@pytest.mark.parametrize("at_s", [0.0, 0.5, 1.0, 1.9, 2.05, 2.3])
def test_a_stall_in_an_answer_costs_no_word(at_s: float, leg_settings: LegSettings | None) -> None:
    answer, at = np.concatenate([NUMBER, silence(ANSWER_S)]), int(at_s * RATE)
    stalled: list[Step] = [answer[:at], Stall(3.0), answer[at:]]
    script: list[Step] = [GREETING, ASKED, silence(4), *stalled, YES, silence(6)]
    log = call(script, WORDS, leg_settings=leg_settings)
    assert log.heard[-1] == "Yes."
    assert ("order", "4527") in [(slot.slot, slot.value) for slot in log.all(SlotFilled)]
    assert "on its way" in log.said
    assert dropped_s(log) == 0


@pytest.mark.parametrize("ppm", [-PPM, PPM])
def test_five_minutes_with_a_drifting_clock(ppm: int) -> None:
    """As each turn is measured, so is the last one: 200 ppm are 60 ms in that time."""
    turns: list[Step] = [part for _ in range(30) for part in (voice(1.0, 0), silence(9.0))]
    log = call([GREETING, *turns], ["Take a note."], flow=MESSAGE, ppm=ppm)
    assert len(log.heard) == 30
    waits = [turn.endpoint_ms for turn in log.all(TurnMeasured)]
    assert len(waits) == 30 and max(waits) - min(waits) < 45, "a chunk, and a frame"
    assert dropped_s(log) == 0


@pytest.mark.parametrize("sent_s", [4.0, 12.0, 50.0])
def test_audio_that_comes_faster_than_time_is_dropped_and_never_owed(sent_s: float) -> None:
    """What is beyond a burst of 5 s is counted; the next turn is answered as fast as ever."""
    flood = AtOnce(silence(sent_s))
    turn: list[Step] = [voice(1.0, 0), silence(9.0)]
    log = call([GREETING, *turn, flood, *turn, *turn], ["Take a note."], flow=MESSAGE)
    assert dropped_s(log) == pytest.approx(max(0.0, sent_s - 5.0), abs=0.1)
    assert log.heard == ["Take a note."] * 3
    first, *later = (turn.endpoint_ms for turn in log.all(TurnMeasured))
    assert later == pytest.approx([first] * 2, abs=45)


def test_a_line_that_stalls_for_ever_in_the_middle_of_a_word_ends_the_call() -> None:
    log = call([GREETING, voice(1.0), Stall(1e6), silence(1)], ["Where is"])
    assert log.reason == "media_timeout"
    assert log.heard == ["Where is"]


# --- too much and too little --------------------------------------------------------------------


def test_ten_minutes_without_a_pause_end_at_a_person() -> None:
    """In parts, in order, each answered, until the flow has heard enough."""
    words = [f"I say it {number} times." for number in range(120)]
    story = [voice(5.0, number) for number in range(120)]
    log = call([GREETING, *story], words, flow=MESSAGE)
    parts = log.all(UtteranceHeard)
    # A sentence in which the turn was cut is heard in both parts.
    sentences = [f"{said.rstrip('.')}." for part in parts for said in part.text.split(". ")]
    heard = [said for said, _ in groupby(sentences)]
    assert heard == words[: len(heard)]
    assert all(part.audio_at - part.started_at < MAX_UTTERANCE_S + 0.1 for part in parts)
    assert all(before.audio_at == after.started_at for before, after in pairs(parts))
    answered = [log.at(started) for started in log.all(SpeakingStarted)]
    for part in parts[:-1]:
        assert any(abs(at - log.at(part)) < 0.2 for at in answered), part.turn
    assert [fact.reason for fact in log.all(Escalated)] == ["too_long"]
    assert log.reason == "escalated"


def pairs(parts: Sequence[UtteranceHeard]) -> list[tuple[UtteranceHeard, UtteranceHeard]]:
    return list(zip(parts, parts[1:], strict=False))


@pytest.mark.parametrize("flow", sorted(path.parent.name for path in FLOWS.glob("*/flow.yaml")))
def test_ten_minutes_of_silence_end_politely(flow: str) -> None:
    log = call([silence(600)], flow=load_flow(Path(FLOWS / flow)))
    assert not log.all(SpeechStarted)
    assert log.reason in ("escalated", "completed")


def test_keys_within_speech_count_and_the_speech_is_heard() -> None:
    keys: list[Step] = [part for key in "4527" for part in (Digit(key), voice(0.2, 9))]
    script: list[Step] = [GREETING, ASKED, silence(4), voice(0.4, 9), *keys, silence(9)]
    log = call(script, WORDS)
    assert [fact.digit for fact in log.all(DigitPressed)] == [*"4527"]
    assert "I have 4 5 2 7" in log.said


def test_after_a_voice_that_is_cut_in_doubt_the_silence_is_asked_about() -> None:
    """It comes behind a machine's words, and has none behind the cut."""
    before_cut_s = MAX_UTTERANCE_S - CUT_SEARCH_S - 0.5
    words = [MACHINE, "On and on I tell you a very long story.", ""]
    story = [voice(2.0, 0), silence(2), voice(before_cut_s, 1), voice(3.0, 2)]
    log = call([GREETING, *story, silence(PATIENCE_S)], words)
    assert log.reason == "escalated"


# --- anything at all ----------------------------------------------------------------------------

SAID = (*WORDS, "No.", "Something else.", "Uh huh.", "Blue bananas.", "", "I want an agent.")
seconds = st.sampled_from([0.1, 0.3, 0.7, 1.0, 2.0, 4.0])
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(voice, seconds | st.sampled_from([9.0, 33.0]), st.integers(0, len(SAID))),
    st.builds(silence, seconds | st.sampled_from([9.0])),
    st.builds(Digit, st.sampled_from("0123456789*#")),
    st.builds(Stall, st.floats(0.1, 3.0)),
    st.builds(AtOnce, st.builds(voice, seconds, st.integers(0, len(SAID)))),
    st.builds(AtOnce, st.builds(silence, st.sampled_from([1.0, 6.0]))),
    st.builds(Ears, st.sampled_from([0.05, 0.4, 5.0]), st.integers(0, 2)),
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(steps, max_size=8),
    st.sampled_from([-PPM, 0, PPM]),
    st.sampled_from([None, ASTERISK]),
    st.booleans(),
)
def test_whatever_comes_the_call_comes_to_its_end(
    script: list[Step], ppm: int, leg_settings: LegSettings | None, hangs_up: bool
) -> None:
    """The caller hangs up; or is silent from then on, and is asked and then given up."""
    rest: list[Step] = [] if hangs_up else [Ears(), silence(PATIENCE_S)]
    log = call([silence(6), *script, *rest], [*SAID, MACHINE], ppm=ppm, leg_settings=leg_settings)
    assert hangs_up or log.reason in ("escalated", "completed")
