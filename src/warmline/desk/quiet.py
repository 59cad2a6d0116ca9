"""For how long nobody has spoken in a call, as far as the caller can hear. Pure."""

from warmline.desk.standing import TALKS
from warmline.events import (
    AgentJoined,
    AgentLeft,
    AgentSpeech,
    DigitPressed,
    Entry,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    TurnResumed,
)


class Quiet:
    """Told of every entry of one call, in order; times are seconds on the call's clock."""

    def __init__(self) -> None:
        self._speaking: set[str] = set()
        self._talks: set[str] = set()
        """The agents whom the caller hears."""
        self._since = 0.0

    def handle(self, entry: Entry) -> None:
        match entry.fact:
            case SpeechStarted() | TurnResumed():
                self._begins("caller", entry.at)
            case SpeechPaused() | SpeechEnded():
                self._ends("caller", entry.at)
            case SpeakingStarted():
                self._begins("bot", entry.at)
            case SpeakingFinished():
                self._ends("bot", entry.at)
            case AgentJoined(agent=agent, role=role):
                (self._talks.add if role in TALKS else self._talks.discard)(agent)
                self.broken(entry.at)
            case AgentSpeech(agent=agent, speaking=True) if agent in self._talks:
                self._begins(f"agent {agent}", entry.at)
            case AgentSpeech(agent=agent):
                self._ends(f"agent {agent}", entry.at)
            case AgentLeft(agent=agent):
                self._talks.discard(agent)
                self._ends(f"agent {agent}", entry.at)
            case DigitPressed():
                self.broken(entry.at)
            case _:
                pass

    def broken(self, at: float) -> None:
        """Something else happened that is no silence."""
        self._since = max(self._since, at)

    def seconds(self, at: float) -> float:
        """0 while somebody speaks."""
        return 0.0 if self._speaking else max(0.0, at - self._since)

    def _begins(self, who: str, at: float) -> None:
        self._speaking.add(who)
        self.broken(at)

    def _ends(self, who: str, at: float) -> None:
        if who in self._speaking:
            self._speaking.discard(who)
            self.broken(at)
