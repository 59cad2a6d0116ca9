"""What is typed at the console, as what a caller does. Pure.

Knows neither the terminal nor the call.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from warmline.trial.conversation import (
    Action,
    HandsBack,
    Interrupts,
    KeepsSilent,
    MakesNoise,
    Reply,
    Sounds,
    Speaks,
    Types,
)


@dataclass(frozen=True, slots=True)
class Quit:
    """The caller hangs up, and the console ends."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """The endpoint's next answer."""

    endpoint: str
    reply: Reply


Typed = Action | HandsBack | Scripted | Quit | Help

HELP: Final[Mapping[str, str]] = {
    "TEXT": "say it",
    "/keys 123#": "press keys",
    "/over TEXT": "say it while the flow speaks",
    "/silence [SECONDS]": "say nothing: until the flow asks again, or so long",
    "/noise [failed]": "cough; failed: words that the recogniser gave up on",
    "/mood -0.8": "sound so: -1 angry, 1 happy",
    "/endpoint NAME REPLY": "its next answer: ok SLOT=VALUE … | not_found | error CODE",
    "/back NAME": "a person hands the caller back",
    "/help": "this",
    "/quit": "hang up",
}


def typed(line: str) -> Typed:
    """Raises ValueError, in a few words, for what is no command."""
    name, _, rest = line.strip().partition(" ")
    if not name.startswith("/"):
        return Speaks(text=line.strip())
    if (command := _COMMANDS.get(name)) is None:
        raise ValueError(f"unknown command {name}; /help lists them")
    try:
        return command(rest.strip())
    except ValueError:
        usage = next(usage for usage in HELP if usage.split()[0] == name)
        raise ValueError(f"expected {usage}: {HELP[usage]}") from None


def reply(text: str) -> Reply:
    """How an endpoint answers: `ok status=shipped eta="next week"`, `not_found`, `error timeout`.

    Raises ValueError for anything else.
    """
    kind, *rest = shlex.split(text) or [""]
    match kind:
        case "ok" if all("=" in part for part in rest):
            pairs = [part.split("=", 1) for part in rest]
            return Reply(ok=dict(pairs))
        case "not_found" if not rest:
            return Reply(not_found=True)
        case "error" if len(rest) <= 1:
            return Reply(error=rest[0] if rest else "error")
        case _:
            raise ValueError("expected ok SLOT=VALUE …, not_found, or error CODE")


def _endpoint(text: str) -> Scripted:
    name, _, rest = text.partition(" ")
    return Scripted(endpoint=name, reply=reply(rest))


def _silence(text: str) -> KeepsSilent:
    return KeepsSilent(silence=float(text) if text else True)


def _interrupts(text: str) -> Interrupts:
    return Interrupts(interrupts=Speaks(text=text))


def _noise(text: str) -> MakesNoise:
    given: Any = text or True
    return MakesNoise(noise=given)


_COMMANDS: Final[Mapping[str, Callable[[str], Typed]]] = {
    "/keys": lambda text: Types(dtmf=text.replace(" ", "")),
    "/over": _interrupts,
    "/silence": _silence,
    "/noise": _noise,
    "/mood": lambda text: Sounds(mood=float(text)),
    "/endpoint": _endpoint,
    "/back": lambda text: HandsBack(hands_back=text or "agent"),
    "/help": lambda text: Help(),
    "/quit": lambda text: Quit(),
}
