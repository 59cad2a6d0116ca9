"""Whole calls in virtual time in which the caller, or our own echo, sounds over the bot.

The bot speaks 50 ms a character: the notice until 2.05 s, what it tells until 5.1 s, the
question until 6.1 s.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from fakes import VOICE, ScriptedLine, ScriptedTranscriber, ToneSynthesizer, silence, voice
from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.call.bargein import DUCK_DB
from warmline.events import (
    ANYTHING,
    Expectation,
    NothingHeard,
    SlotFilled,
    SpeakingFinished,
    SpeakingStarted,
    SpeechStarted,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.gateway.playout import Mark
from warmline.ports import Digit, MarkPlayed, Priority, Transcript
from whole import Log, Script, call

NOTICE = "You are talking with a virtual assistant."
TELL = "The office is closed on Monday. It opens on Tuesday at nine."
QUESTION = "Shall we call you?"
FLOW = f"""\
flow: tiny
start: welcome
escape: {{ queue: help }}
nodes:
  welcome: {{ say: "{NOTICE}", then: hours }}
  hours: {{ say: "{TELL}", then: question }}
  question:
    ask: {{ slot: callback, type: yes_no, prompt: "{QUESTION}" }}
    then: done
  done: {{ end: "Thank you." }}
"""


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW, encoding="utf-8")
    return load_flow(path)


def gains(log: Log) -> list[float]:
    return [gain for _, gain in log.line.ducked]


def interrupted(log: Log) -> list[str]:
    return [fact.text for fact in log.all(SpeakingFinished) if fact.interrupted]


def begun(log: Log) -> list[str]:
    return [fact.text for fact in log.all(SpeakingStarted)]


def filled(log: Log) -> list[tuple[str, str]]:
    return [(fact.slot, fact.value) for fact in log.all(SlotFilled)]


# --- what is no interruption --------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.36])
def test_a_short_sound_while_we_tell_something_only_makes_us_quieter(
    flow: Flow, seconds: float
) -> None:
    """A cough, a click, a word from the television."""
    log = call([silence(3), voice(seconds, 99), silence(8)], flow=flow)
    assert interrupted(log) == []
    assert begun(log)[:3] == [NOTICE, TELL, QUESTION]
    assert log.line.cleared == 0
    (down, _), (up, _) = log.line.ducked
    assert gains(log) == [DUCK_DB, 0.0]
    assert down - 3.0 < 0.15
    assert up - 3.0 < seconds + 0.25


@pytest.mark.parametrize("words", ["Uh-huh.", "Okay.", "Mm-hmm.", "Right, yeah."])
def test_an_assent_to_what_we_tell_is_no_turn(flow: Flow, words: str) -> None:
    log = call([silence(3), voice(0.3, 0), silence(8)], [words], flow=flow)
    assert log.heard == []
    assert [fact.reason for fact in log.all(NothingHeard)] == ["backchannel"]
    assert interrupted(log) == []
    assert begun(log)[:3] == [NOTICE, TELL, QUESTION]


def test_a_long_sound_without_words_costs_only_a_repeated_clause(flow: Flow) -> None:
    log = call([silence(4.15), voice(0.7, 99), silence(8)], flow=flow)
    assert interrupted(log) == ["The office is closed on Monday. It opens on"]
    assert begun(log)[:4] == [NOTICE, TELL, "It opens on Tuesday at nine.", QUESTION]
    assert gains(log) == [DUCK_DB, 0.0]
    assert log.line.cleared == 1


def test_a_cough_into_the_question_has_it_asked_again(flow: Flow) -> None:
    log = call([silence(5.5), voice(0.3, 99), silence(8)], flow=flow)
    assert interrupted(log) == ["Shall we"]
    assert begun(log)[:4] == [NOTICE, TELL, QUESTION, QUESTION]


# --- what is one ----------------------------------------------------------------------------


def test_who_answers_is_let_in_after_a_syllable(flow: Flow) -> None:
    log = call([silence(5.5), voice(1.0, 0), silence(8)], ["Yes, please."], flow=flow)
    (onset,) = log.all(SpeechStarted)
    cut = next(fact for fact in log.all(SpeakingFinished) if fact.interrupted)
    assert log.at(cut) - onset.audio_at < 0.2
    assert log.line.cleared == 1
    assert filled(log) == [("callback", "yes")]


def test_who_interrupts_what_we_tell_is_let_in_after_a_word_or_two(flow: Flow) -> None:
    log = call([silence(3), voice(1.5, 0), silence(12)], ["I want an agent."], flow=flow)
    cut = next(fact for fact in log.all(SpeakingFinished) if fact.interrupted)
    assert 0.4 < log.at(cut) - 3.0 < 0.6
    assert log.heard == ["I want an agent."]
    assert log.reason == "escalated"


def test_an_assent_answers_the_question_that_is_asked(flow: Flow) -> None:
    log = call([silence(5.5), voice(0.3, 0), silence(8)], ["Okay."], flow=flow)
    assert log.heard == ["Okay."]
    assert filled(log) == [("callback", "yes")]


def test_a_word_that_was_over_too_soon_to_stop_us_still_counts(flow: Flow) -> None:
    log = call([silence(5.5), voice(0.1, 0), silence(8)], ["No."], flow=flow)
    assert gains(log)[:2] == [DUCK_DB, 0.0]
    assert filled(log) == [("callback", "no")]


def test_words_over_a_sentence_that_cannot_be_interrupted_count(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW.replace(f'say: "{TELL}"', f'say: "{TELL}", bargeIn: false'))
    log = call([silence(3), voice(1.0, 0), silence(9)], ["An agent."], flow=load_flow(path))
    assert begun(log)[:2] == [NOTICE, TELL]
    assert TELL not in interrupted(log)
    assert log.heard == ["An agent."]
    assert log.reason == "escalated"


def test_a_voice_that_comes_back_within_the_turn_is_weighed_anew(flow: Flow) -> None:
    """A cough, and 0.3 s later words: the first leaves us speaking, the second stops us."""
    script = [silence(3), voice(0.1, 99), silence(0.3), voice(1.2, 0), silence(9)]
    log = call(script, ["An agent."], flow=flow)
    assert gains(log) == [DUCK_DB, 0.0, DUCK_DB, 0.0]
    assert log.heard == ["An agent."]


# --- our own echo -----------------------------------------------------------------------------


class SpeechlikeSynthesizer(ToneSynthesizer):
    """Noise with the rhythm of syllables, the same for the same text; -20 dBFS."""

    async def synthesize(
        self, text: str, *, voice: str, pace: float, ahead: bool = False
    ) -> tuple[Pcm, int]:
        dice = np.random.default_rng(crc32(text.encode()))
        size = int(len(text) * 0.05 * RATE)
        syllables = dice.uniform(0, 1, size // 1600 + 2)
        curve = np.interp(np.arange(size) / 1600, np.arange(syllables.size), syllables) ** 2
        sound = np.clip(dice.normal(0, 6000, size) * curve, 1 - VOICE, VOICE - 1)
        return sound.astype(np.int16), RATE


class AnySound:
    """A detector that takes all that is not quiet for a voice, our echo too."""

    def probability(self, samples: Pcm) -> float:
        return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)) > 60)


class EarsForEchoes(ScriptedTranscriber):
    """Understands the caller, and our own voice where it is alone."""

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        await asyncio.sleep(self.takes_s)
        if samples.max() > 0.8 * VOICE:
            return Transcript(text="Yes, please.", confidence=0.9)
        text = "you are talking with a virtual" if AnySound().probability(samples) else ""
        return Transcript(text=text, confidence=0.8, reason="" if text else "no_words")


@dataclass
class SpeakerphoneLine(ScriptedLine):
    """The caller's microphone also hears what the line plays, later and quieter."""

    delay_s: float = 0.1
    loss_db: float = 15.0

    def __post_init__(self) -> None:
        self._air = np.zeros(RATE * 120, dtype=np.int16)
        self._end = 0
        super().__post_init__()

    def clear(self) -> None:
        super().clear()
        now = round(self._loop.time() * RATE)
        self._air[now:] = 0
        self._end = now

    async def _pace(self) -> None:
        while True:
            now = self._loop.time()
            for item in self._playout.due(now):
                if not isinstance(item, Mark):
                    begin = max(self._end, round(now * RATE))
                    self._end = begin + item.size
                    self._air[begin : self._end] = item
            for name in self._playout.played_marks(now):
                self._events.put_nowait(MarkPlayed(name))
            await asyncio.sleep(0.005)

    async def _send(self) -> None:
        position = 0
        for item in self.script:
            assert not isinstance(item, Digit)
            for start in range(0, item.size, FRAME):
                await asyncio.sleep(FRAME_S)
                end = round((self._loop.time() - self.delay_s) * RATE)
                echo = self._air[end - FRAME : end] if end >= FRAME else silence(FRAME_S)
                mixed = item[start : start + FRAME] + echo * 10 ** (-self.loss_db / 20)
                self._events.put_nowait(Frame(mixed.astype(np.int16), position))
                position += FRAME
        await self.hang_up("caller_hung_up")


def on_speakerphone(script: Script, flow: Flow, delay_s: float, loss_db: float) -> Log:
    return call(
        script,
        flow=flow,
        transcriber=EarsForEchoes(),
        synthesizer=SpeechlikeSynthesizer(),
        new_line=partial(SpeakerphoneLine, delay_s=delay_s, loss_db=loss_db),
        new_detector=AnySound,
    )


@pytest.mark.parametrize("delay_s", [0.06, 0.17, 0.3])
@pytest.mark.parametrize("loss_db", [10.0, 18.0, 25.0])
def test_our_echo_does_not_stop_us_and_the_caller_still_can(
    flow: Flow, delay_s: float, loss_db: float
) -> None:
    log = on_speakerphone([silence(9), voice(1.0, 0), silence(9)], flow, delay_s, loss_db)
    assert interrupted(log) == []
    assert begun(log)[:3] == [NOTICE, TELL, QUESTION]
    assert log.heard == ["Yes, please."]
    assert filled(log) == [("callback", "yes")]


@pytest.mark.parametrize("delay_s", [0.06, 0.3])
def test_a_caller_interrupts_through_the_echo(flow: Flow, delay_s: float) -> None:
    log = on_speakerphone([silence(5.5), voice(1.0, 0), silence(9)], flow, delay_s, 15.0)
    assert log.heard == ["Yes, please."]
    assert len(interrupted(log)) == 1
    assert QUESTION.startswith(interrupted(log)[0])
