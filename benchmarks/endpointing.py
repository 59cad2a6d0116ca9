"""Dead air against false cut-offs: how good is the end of a caller's turn guessed?

Offline and in audio time, over recorded turns: a plain silence timer, Smart Turn as Pipecat uses
it, and the policy of calls, in one run. Knows no server and no call.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

import endpointing_takes as takes
import plots
import stats
from endpointing_play import Answers, Turn, play, served
from endpointing_takes import Take
from warmline.cli.screen import errors_in_a_line
from warmline.config.sections import EndpointSettings
from warmline.hearing.patience import Patience, Pause, Wait
from warmline.hearing.turn_model import MODEL, SmartTurn
from warmline.hearing.whisper import Whisper
from warmline.modelstore import ModelStore

TIMERS_S: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.3, 1.6)
FACTORS: Final = (0.6, 0.8, 1.0, 1.25, 1.6)
THRESHOLDS: Final = (0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
_PIPECAT: Final = 0.5
"""Above this Smart Turn ends the turn, in Pipecat 1.14; below, 3 s of silence do."""
_PIPECAT_PAUSE_S: Final = 0.2
_PIPECAT_LATEST_S: Final = 3.0
HEADING: Final = (
    "",
    "turns",
    "with pauses",
    "dead air p50",
    "p95",
    "reply p50",
    "p95 ms",
    "cut %",
    "noticed %",
    "undone %",
    "reopened",
    "never",
)


class Timer(Patience):
    """A silence of one length ends the turn, whatever was said."""

    def __init__(self, seconds: float) -> None:
        super().__init__(EndpointSettings(pause=min(0.2, seconds)))
        self._seconds = seconds

    def wait(self, pause: Pause) -> Wait:
        return Wait(self._seconds, "timer")


class PipecatTurns(Patience):
    """Smart Turn at the first 0.2 s of silence, again when the voice has resumed."""

    def __init__(self, threshold: float) -> None:
        super().__init__(EndpointSettings(pause=_PIPECAT_PAUSE_S))
        self._threshold = threshold

    def wait(self, pause: Pause) -> Wait:
        over = pause.finished is not None and pause.finished > self._threshold
        return Wait(_PIPECAT_PAUSE_S if over else _PIPECAT_LATEST_S, "Smart Turn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One point of a curve."""

    name: str
    value: float
    """What was varied along the curve."""
    make: Callable[[], Patience]
    words: bool = False
    voice: bool = False
    shipped: bool = False
    """As it is used by default."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.value:g}" + (" (default)" if self.shipped else "")


def policies(settings: EndpointSettings, sweep: bool) -> Iterator[Policy]:
    """The three curves; without `sweep` only a few timers and the defaults."""
    for seconds in TIMERS_S if sweep else (0.3, 0.5, 0.8):
        yield Policy(name="timer", value=seconds, make=lambda s=seconds: Timer(s))  # type: ignore[misc]
    for level in THRESHOLDS if sweep else (_PIPECAT,):
        make: Callable[[], Patience] = lambda t=level: PipecatTurns(t)  # type: ignore[misc]  # noqa: E731
        default = level == _PIPECAT
        yield Policy(name="Smart Turn", value=level, make=make, voice=True, shipped=default)
    for factor in FACTORS if sweep else (1.0,):
        changed = settings.model_copy(update={"factor": settings.factor * factor})
        make = lambda s=changed: Patience(s)  # type: ignore[misc]  # noqa: E731
        yield Policy(
            name="Warmline", value=factor, make=make, words=True, voice=True, shipped=factor == 1.0
        )
    yield Policy(
        name="Warmline without the voice", value=1, make=lambda: Patience(settings), words=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one policy did with one corpus. Times in milliseconds, shares in per cent."""

    corpus: str
    policy: str
    value: float
    shipped: bool
    undoes: bool
    """Whether the policy takes early ends back; to others all of them are false cut-offs."""
    turns: int
    with_pauses: int
    dead_air: stats.Spread | None
    """End of the voice to the decision."""
    reply: stats.Spread | None
    """End of the voice to the first audible sample of a cached reply: the words are known too."""
    cut_percent: float
    """Of the turns with inner pauses: ended before they were over at least once."""
    noticed_percent: float
    """Of those turns: the reply was audible for more than 0.3 s, or words were lost."""
    undone_percent: float
    """Of those turns: an early end was taken back and not noticed."""
    reopened: int
    """Ends that something else than the turn's voice took back."""
    never: int
    """Turns that were not ended at all."""

    def row(self) -> list[str]:
        air, reply = self.dead_air, self.reply
        return [
            f"{self.policy} {self.value:g}" + (" *" if self.shipped else ""),
            str(self.turns),
            str(self.with_pauses),
            *(f"{s.p50:.0f}" if s else "-" for s in [air]),
            *(f"{s.p95:.0f}" if s else "-" for s in [air]),
            *(f"{s.p50:.0f}" if s else "-" for s in [reply]),
            *(f"{s.p95:.0f}" if s else "-" for s in [reply]),
            *(f"{v:.1f}" for v in (self.cut_percent, self.noticed_percent, self.undone_percent)),
            str(self.reopened),
            str(self.never),
        ]


def point(name: str, policy: Policy, turns: Sequence[Turn]) -> Point:
    paused = [turn for turn in turns if turn.paused]

    def share(of: Callable[[Turn], int]) -> float:
        return round(100 * sum(of(turn) > 0 for turn in paused) / max(1, len(paused)), 1)

    return Point(
        corpus=name,
        policy=policy.name,
        value=policy.value,
        shipped=policy.shipped,
        undoes=policy.words,
        turns=len(turns),
        with_pauses=len(paused),
        dead_air=stats.spread([t.dead_air_s and 1000 * t.dead_air_s for t in turns]),
        reply=stats.spread([t.reply_s and 1000 * t.reply_s for t in turns]),
        cut_percent=share(lambda turn: turn.early),
        noticed_percent=share(lambda turn: turn.noticed),
        undone_percent=share(lambda turn: turn.undone),
        reopened=sum(turn.reopened for turn in turns),
        never=sum(turn.dead_air_s is None for turn in turns),
    )


def measure(
    known: Sequence[Take], curves: Sequence[Policy], answers: Answers
) -> dict[str, list[Turn]]:
    """How each policy serves the turns of one corpus."""
    found: dict[str, list[Turn]] = {}
    for number, policy in enumerate(curves, 1):
        turns = [
            turn
            for take in known
            for turn in served(
                take,
                play(take, policy.make(), answers, words=policy.words, voice=policy.voice),
            )
        ]
        found[policy.title] = turns
        if answers.asked:
            answers.save()
        asked = f", {answers.asked} answers computed so far" if answers.asked else ""
        stats.err.print(f"{known[0].corpus}: {number}/{len(curves)} {policy.title}{asked}")
    return found


def main(
    folders: Annotated[list[Path], typer.Argument(metavar="CORPUS...", help="Corpus folders.")],
    clips: Annotated[int, typer.Option(min=0, help="Clips of each corpus, 0: all.")] = 0,
    phone: Annotated[bool, typer.Option("--phone", help="Through 8 kHz G.711 mu-law.")] = False,
    sweep: Annotated[bool, typer.Option(help="The whole curves.")] = True,
    model: Annotated[str, typer.Option(help="Whisper model of the catalogue.")] = "whisper-base",
    cache: Annotated[Path, typer.Option(help="Keeps the models' answers.")] = Path(
        "benchmarks/results/endpointing-answers.json"
    ),
    json: Annotated[Path | None, typer.Option(help="Write all points here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the curves here (SVG).")] = None,
) -> None:
    """Measure dead air and false cut-offs of three policies of turns."""
    stats.like_a_worker()
    machine = stats.machine()
    with errors_in_a_line():
        store = ModelStore()
        band = "phone" if phone else "wide"
        answers = Answers(
            lambda: _warm(store.path(model)),
            lambda: SmartTurn(store.path(MODEL)),
            cache.with_stem(f"{cache.stem}-{model}-{band}"),
        )
        curves = list(policies(EndpointSettings(), sweep))
        everything: dict[str, list[Turn]] = {policy.title: [] for policy in curves}
        points: list[Point] = []
        for folder in folders:
            known = list(takes.read(folder, phone=phone, limit=clips))
            found = measure(known, curves, answers)
            points += [point(known[0].corpus, p, found[p.title]) for p in curves]
            for title, turns in found.items():
                everything[title] += turns
            show(points[-len(curves) :])
        points += [point("all", policy, everything[policy.title]) for policy in curves]
        show(points[-len(curves) :])
    result = {"machine": machine, "band": band, "points": [asdict(point) for point in points]}
    if json:
        stats.write_json(json, result)
    if plot:
        draw(plot, points[-len(curves) :])


def show(points: Sequence[Point]) -> None:
    stats.table(f"{points[0].corpus} (* as shipped)", HEADING, [point.row() for point in points])


def draw(path: Path, points: Sequence[Point]) -> None:
    """The curves of one corpus: reply against what callers notice (without undoing: all cuts)."""
    lines: dict[str, list[tuple[float, float]]] = {}
    shipped: dict[str, tuple[float, float]] = {}
    for one in points:
        if one.reply is None:
            continue
        at = one.reply.p50, one.noticed_percent if one.undoes else one.cut_percent
        lines.setdefault(one.policy, []).append(at)
        if one.shipped:
            shipped[one.policy] = at
    plots.curve(path, lines, shipped)


def _warm(folder: Path) -> Whisper:
    whisper = Whisper(folder)
    whisper.warm_up()
    return whisper


if __name__ == "__main__":
    typer.run(main)
