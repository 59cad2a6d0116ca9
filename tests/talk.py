"""A call with a flow's machine, without audio: what is said and done comes back as commands."""

from collections.abc import Sequence

from warmline.dialogue.machine import Machine
from warmline.events import (
    CallStarted,
    Command,
    DigitPressed,
    Escalated,
    Fact,
    Fetch,
    FetchFinished,
    HangUp,
    Listen,
    Note,
    NothingHeard,
    Say,
    SpeakingFinished,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows.flow import Flow


def started(at: str = "") -> CallStarted:
    return CallStarted(door="test", caller="", flow="tiny", flow_version="", started_at=at)


STARTED = started()
SILENCE = TimerFired(name="no_input")
KEYS_DONE = TimerFired(name="digits")


def heard(text: str, confidence: float = 0.9) -> UtteranceHeard:
    return UtteranceHeard(turn=1, text=text, confidence=confidence, started_at=0.0, audio_at=1.0)


def nothing(reason: str) -> NothingHeard:
    return NothingHeard(turn=1, audio_at=1.0, reason=reason)


def facts(*said: str | Fact) -> list[Fact]:
    """Words as they are; "/45#" are keys."""
    found: list[Fact] = []
    for item in said:
        if not isinstance(item, str):
            found.append(item)
        elif item.startswith("/"):
            found.extend(DigitPressed(digit=key) for key in item[1:])
        else:
            found.append(heard(item))
    return found


class Call:
    """A started call; `do` returns the commands of the last fact only."""

    def __init__(self, flow: Flow, started_at: str = "") -> None:
        self.machine = Machine(flow)
        self.state = self.machine.start()
        self.last = self.do(started(started_at))

    def do(self, *said: str | Fact) -> list[Command]:
        for fact in facts(*said):
            self.state, self.last = self.machine.handle(self.state, fact)
        return self.last

    def says(self, *said: str | Fact) -> str:
        return " | ".join(c.text for c in self.do(*said) if isinstance(c, Say))

    def played(self) -> None:
        """Everything that was said last is played to its end."""
        for command in list(self.last):
            if isinstance(command, Say):
                finished = SpeakingFinished(
                    say_id=command.say_id, text=command.text, played_s=1.0, interrupted=False
                )
                self.do(finished)

    def fetched(self, outcome: str = "ok", **values: str) -> str:
        """The endpoint that is waited for answers."""
        return self.says(
            FetchFinished(
                request_id=self.state.waiting,
                endpoint="",
                outcome=outcome,
                code="",
                values=tuple(values.items()),
            )
        )

    @property
    def fetch(self) -> Fetch:
        """The request that went out last."""
        return next(command for command in self.last if isinstance(command, Fetch))

    @property
    def listens(self) -> Listen:
        return next(command for command in self.last if isinstance(command, Listen))

    @property
    def noted(self) -> list[Fact]:
        return [command.fact for command in self.last if isinstance(command, Note)]

    @property
    def slots(self) -> dict[str, str]:
        return dict(self.state.slots)


def escalation(commands: Sequence[Command]) -> str | None:
    """The reason of an escalation, when it is complete."""
    match commands:
        case [*_, Note(fact=Escalated(reason=reason)), Say(), HangUp(reason="escalated")]:
            return reason
        case _:
            return None
