"""Whole calls in virtual time: every room but the models is the real one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from fakes import (
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
)
from virtual_time import run
from warmline.audio.frame import Pcm
from warmline.call.session import Services, run_call
from warmline.events import (
    CallEnded,
    CallStarted,
    Entry,
    Fact,
    NothingHeard,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.ports import Digit, VoiceDetector
from warmline.speaking.cache import ClauseCache

FLOWS = Path(__file__).parents[1] / "voice_flows"
ORDER = load_flow(FLOWS / "order_status")
MESSAGE = load_flow(FLOWS / "take_message")

Kind = TypeVar("Kind")
Script = Sequence[Pcm | Digit]

GREETING = silence(9.0)
"""The tones of the greeting and the first question are over by then."""


class Log:
    """A finished call."""

    def __init__(self, entries: list[Entry], line: ScriptedLine) -> None:
        self.entries = entries
        self.line = line

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [entry.fact for entry in self.entries if isinstance(entry.fact, kind)]

    def at(self, fact: object) -> float:
        return next(entry.at for entry in self.entries if entry.fact == fact)

    @property
    def heard(self) -> list[str]:
        return [fact.text for fact in self.all(UtteranceHeard)]

    @property
    def said(self) -> str:
        return " ".join(fact.text for fact in self.all(SpeakingFinished))

    @property
    def reason(self) -> str:
        return self.all(CallEnded)[0].reason


def call(
    script: Script,
    words: Sequence[str] = (),
    flow: Flow = ORDER,
    transcriber: ScriptedTranscriber | None = None,
    synthesizer: ToneSynthesizer | None = None,
    fetcher: ScriptedFetcher | None = None,
    can_transfer: bool = False,
    new_line: Callable[..., ScriptedLine] = ScriptedLine,
    new_detector: Callable[[], VoiceDetector] = LoudnessDetector,
) -> Log:
    async def main() -> Log:
        entries: list[Entry] = []
        line = new_line(script, can_transfer=can_transfer)
        services = Services(
            find_flow=lambda name: flow,
            new_detector=new_detector,
            transcriber=transcriber or ScriptedTranscriber(words),
            clips=ClauseCache(synthesizer or ToneSynthesizer()),
            fetcher=fetcher or ScriptedFetcher(),
            sinks=[entries.append],
            max_call_s=600,
        )
        await run_call(line, services)
        await line.close()
        return Log(entries, line)

    log = run(main())
    _obeys_the_laws(log)
    return log


def _obeys_the_laws(log: Log) -> None:
    """What holds for every call, whatever happened in it."""
    facts: list[Fact] = [entry.fact for entry in log.entries]
    assert [entry.seq for entry in log.entries] == list(range(1, len(facts) + 1))
    assert [entry.at for entry in log.entries] == sorted(entry.at for entry in log.entries)
    assert isinstance(facts[0], CallStarted)
    assert isinstance(facts[-1], CallEnded)
    assert log.line.gone
    assert len(log.all(SpeakingStarted)) <= len(log.all(SpeakingFinished)) + 1
    ended = [fact.turn for fact in log.all(SpeechEnded)]
    known = [fact.turn for fact in facts if isinstance(fact, UtteranceHeard | NothingHeard)]
    resumed = [fact.turn for fact in log.all(TurnResumed)]
    for turn in set(ended):
        assert ended.count(turn) == resumed.count(turn) + 1
        assert known.count(turn) <= ended.count(turn)
