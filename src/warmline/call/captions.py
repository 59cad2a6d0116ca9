"""What a caller who reads along is shown of a call. Pure."""

from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    Fact,
    NothingHeard,
    PartialTranscript,
    SpeakingFinished,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.ports import PARTY, Caption

_HEARD = ("agent", "join")
"""Roles that the caller hears; the others' words are not for them."""


class Captions:
    """Told of every fact of one call."""

    def __init__(self) -> None:
        self._people: dict[str, str] = {}
        """Who talks with the caller: name by user id."""

    def fact(self, fact: Fact) -> Caption | None:
        """The words of this fact; None for one without. An empty text takes a line away."""
        match fact:
            case SpeakingStarted(say_id=say_id, text=text):
                return Caption(who="bot", key=say_id, text=text, final=True)
            case SpeakingFinished(say_id=say_id, text=text, interrupted=True):
                return Caption(who="bot", key=say_id, text=f"{text} …".lstrip(), final=True)
            case PartialTranscript(turn=turn, stable=stable, unstable=unstable):
                return _caller(turn, f"{stable} {unstable}".strip(), final=False)
            case UtteranceHeard(turn=turn, text=text):
                return _caller(turn, text, final=True)
            case NothingHeard(turn=turn):
                return _caller(turn, "", final=True)
            case TurnResumed(turn=turn):
                return _caller(turn, "…", final=False)
            case AgentPartial(agent=agent, turn=turn, stable=stable, unstable=unstable):
                return self._agent(agent, turn, f"{stable} {unstable}".strip(), final=False)
            case AgentHeard(agent=agent, turn=turn, text=text):
                return self._agent(agent, turn, text, final=True)
            case AgentJoined(agent=agent, name=name, role=role):
                was = self._people.pop(agent, None)
                if role in _HEARD:
                    self._people[agent] = name
                return self._party() if was or role in _HEARD else None
            case AgentLeft(agent=agent) if self._people.pop(agent, None):
                return self._party()
            case _:
                return None

    def _agent(self, agent: str, turn: int, text: str, *, final: bool) -> Caption | None:
        if (name := self._people.get(agent)) is None:
            return None
        return Caption(who="agent", key=f"{agent}-{turn}", text=text, final=final, name=name)

    def _party(self) -> Caption:
        names = " and ".join(self._people.values())
        verb = "are" if len(self._people) > 1 else "is"
        text = f"{names} {verb} on the line." if names else ""
        return Caption(who="agent", key=PARTY, text=text, final=True, name=names)


def _caller(turn: int, text: str, *, final: bool) -> Caption:
    return Caption(who="caller", key=f"turn-{turn}", text=text, final=final)
