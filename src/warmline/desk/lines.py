"""The transcript's lines: who says what, changing in place until it is final. Pure.

Knows facts; not who watches, nor what else the page shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from warmline.desk.changes import Gone, LineChange
from warmline.desk.display import display
from warmline.events import (
    AgentHeard,
    AgentPartial,
    AgentSpeech,
    Entry,
    NothingHeard,
    PartialTranscript,
    SpeakingFinished,
    SpeakingStarted,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)

_KEPT: Final = 32
"""Lines that may still change: one of each who speaks, and the turns that may be resumed."""


class Lines:
    """Told of every entry of one call, in order."""

    def __init__(self) -> None:
        self._recent: dict[str, LineChange] = {}
        self._voice_at: dict[str, float] = {}
        """Where a voice began last: by user id, "" for the caller."""

    def handle(self, entry: Entry, names: Mapping[str, str]) -> LineChange | Gone | None:
        """The line that this entry changes. `names` are those of the agents, by user id."""
        match entry.fact:
            case SpeechStarted(audio_at=audio_at):
                self._voice_at[""] = audio_at
                return None
            case AgentSpeech(agent=agent, speaking=True, audio_at=audio_at):
                self._voice_at[agent] = audio_at
                return None
            case TurnResumed(turn=turn, audio_at=audio_at):
                return self._resumed(entry.seq, f"caller-{turn}", audio_at)
            case PartialTranscript(turn=turn, stable=text, unstable=unstable, audio_at=end):
                words = _Words(text, unstable, self._voice_at.get("", end), end)
                return self._line(entry, f"caller-{turn}", "caller", "Caller", words)
            case UtteranceHeard(turn=turn) as heard:
                return self._line(entry, f"caller-{turn}", "caller", "Caller", _heard(heard))
            case NothingHeard(turn=turn):
                return self._gone(f"caller-{turn}")
            case SpeakingStarted(say_id=say_id, text=text):
                # Not yet said: grey until we know what was really played.
                words = _Words("", text, entry.at, entry.at)
                return self._line(entry, f"bot-{say_id}", "bot", "Bot", words)
            case SpeakingFinished(say_id=say_id) as spoken:
                return self._spoken(entry, f"bot-{say_id}", spoken)
            case AgentPartial(agent=agent, turn=turn, stable="", unstable=""):
                return self._gone(f"agent-{agent}-{turn}")  # it was no words
            case AgentPartial(agent=agent, turn=turn, stable=text, unstable=unstable, audio_at=end):
                words = _Words(text, unstable, self._voice_at.get(agent, end), end)
                name = names.get(agent, "Agent")
                return self._line(entry, f"agent-{agent}-{turn}", "agent", name, words)
            case AgentHeard(agent=agent, turn=turn, text=""):
                return self._gone(f"agent-{agent}-{turn}")
            case AgentHeard(agent=agent, turn=turn) as heard:
                name = names.get(agent, "Agent")
                return self._line(entry, f"agent-{agent}-{turn}", "agent", name, _heard(heard))
            case _:
                return None

    def open(self) -> list[LineChange]:
        """The lines that are not final yet."""
        return [line for line in self._recent.values() if not line["final"]]

    def _line(
        self,
        entry: Entry,
        key: str,
        who: Literal["caller", "bot", "agent"],
        name: str,
        words: "_Words",
    ) -> LineChange:
        before = self._recent.pop(key, None)
        return self._keep(
            LineChange(
                key=key,
                kind="line",
                seq=entry.seq,
                who=who,
                name=display(name),
                text=display(words.text),
                unstable=display(words.unstable),
                final=words.final,
                at=before["at"] if before else entry.at,
                # A turn that goes on keeps its beginning.
                audio_at=words.audio_at if words.final or not before else before["audio_at"],
                audio_end=words.audio_end,
                confidence=words.confidence,
                interrupted=words.interrupted,
            )
        )

    def _resumed(self, seq: int, key: str, audio_at: float) -> LineChange | None:
        """The turn is open again: its words may change, so none is sure."""
        if (line := self._recent.pop(key, None)) is None:
            return None
        reopened = line.copy()
        reopened["unstable"] = f"{line['text']} {line['unstable']}".strip()
        reopened["text"], reopened["final"], reopened["audio_end"] = "", False, audio_at
        reopened["seq"] = seq
        return self._keep(reopened)

    def _spoken(self, entry: Entry, key: str, spoken: SpeakingFinished) -> LineChange | Gone | None:
        if (line := self._recent.get(key)) is None or not spoken.text:
            return self._gone(key)
        words = _Words(
            spoken.text,
            "",
            line["audio_at"],
            line["audio_at"] + spoken.played_s,
            confidence=1.0,
            final=True,
            interrupted=spoken.interrupted,
        )
        return self._line(entry, key, "bot", "Bot", words)

    def _gone(self, key: str) -> Gone | None:
        return Gone(key=key, gone=True) if self._recent.pop(key, None) else None

    def _keep(self, line: LineChange) -> LineChange:
        self._recent[line["key"]] = line
        if len(self._recent) > _KEPT:
            del self._recent[next(iter(self._recent))]
        return line


@dataclass(frozen=True, slots=True)
class _Words:
    text: str
    unstable: str
    audio_at: float
    audio_end: float
    confidence: float = 0.0
    final: bool = False
    interrupted: bool = False


def _heard(heard: UtteranceHeard | AgentHeard) -> _Words:
    return _Words(
        heard.text,
        "",
        heard.started_at,
        heard.audio_at,
        confidence=heard.confidence,
        final=True,
    )
