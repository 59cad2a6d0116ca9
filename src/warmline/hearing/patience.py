"""How long is a pause in the caller's speech waited out before the turn is over? Pure.

The whole policy of turns: what the flow waits for, how finished the words and the voice are,
and how long this caller is used to pause become seconds of silence. Knows neither audio nor
clock; `endpointing` asks it, and `turn_log` replays it.

Laws
    A complete answer ends its turn as soon as its words are known.
    Words that sound finished end it early, earlier still where the voice agrees.
    Half a sentence, half a number, an "um" is waited for longest.
    Nothing is waited for longer than `max`; nothing ends before `min`.
    The more an open answer has paused, the more it is a story, whose pauses are longer and whose
    words sound finished after every sentence. A short one is often only the beginning of one.
    A caller whose pauses are long is given longer ones.

An early end is cheap: for as long as the caller has heard no more than a moment of the reply
it is undone and nobody notices. So the waits are not those at which a turn is surely over,
but those behind which few callers go on late enough to notice.
"""

from dataclasses import dataclass
from math import inf
from types import MappingProxyType
from typing import Final, assert_never

from warmline.config.sections import EndpointSettings
from warmline.events import AnswerKind
from warmline.hearing.expectation import Completeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is known of a pause so far."""

    kind: AnswerKind
    """What the flow waited for when it began."""
    words: Completeness | None = None
    """How finished the words before it sound; None: not known yet."""
    finished: float | None = None
    """How finished the voice before it sounds (0 to 1); None: not known."""
    said_s: float = inf
    """From where the turn began to the end of the voice before it (seconds); default: long."""


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float
    """Silence that ends the turn, from the end of the voice on; to a millisecond."""
    because: str
    """For people."""


@dataclass(frozen=True, slots=True)
class _Waits:
    """Seconds for one kind of answer."""

    complete: float
    agreed: float
    """Words and voice sound finished."""
    words: float
    """The words sound finished; the voice does not, or is not known."""
    doubted: float
    """The words sound finished, and the voice is sure that they are not."""
    voice: float
    """The words do not sound finished; the voice does."""
    neither: float
    """Nothing sounds finished."""
    hanging: float
    """Nothing does, and the voice is sure of it: a drawn-out "and um"."""


_WAITS: Final = MappingProxyType(
    {
        AnswerKind.YES_NO: _Waits(0.2, 0.3, 0.5, 0.5, 0.6, 0.9, 1.2),
        AnswerKind.CHOICE: _Waits(0.25, 0.3, 0.5, 0.5, 0.6, 0.9, 1.2),
        AnswerKind.DIGITS: _Waits(0.2, 0.6, 0.7, 0.7, 1.1, 1.1, 1.1),
        AnswerKind.NUMBER: _Waits(0.25, 0.35, 0.6, 0.6, 0.6, 1.0, 1.2),
        AnswerKind.SPELLED: _Waits(0.25, 0.9, 0.9, 0.9, 1.2, 1.2, 1.2),
        AnswerKind.FREE: _Waits(0.25, 0.3, 0.4, 0.65, 0.4, 0.7, 0.95),
    }
)
"""By `benchmarks/endpointing.py --phone` on recorded turns in 8 kHz mu-law. FREE and DIGITS were
measured: 0.3 s is over before the words are known, so the agreed end costs nothing; pauses inside
numbers reach 1.2 s and no voice tells them from the end. The other kinds lie between these two."""
_MORE: Final = _Waits(0.25, 0.75, 0.75, 0.95, 0.45, 0.9, 1.45)
"""FREE where more is likely to come. Of 219 pauses behind two others of their turn 80 were ends,
and 54 of the others were longer than 0.5 s."""
_STORY_S: Final = 0.8
"""A turn is a story when its pauses so far come to so much silence. With less the waits lie
between those of FREE and of `_MORE`."""
_SHORT_S: Final = 0.7
_LONG_S: Final = 1.9
"""An answer without a pause so far is only a beginning, or surely more than one, when so much of
it was said (seconds); in between the waits are, too. Behind words that sounded finished 5 of 19
pauses were ends before 0.7 s, 42 of 82 before 1.9 s, 80 of 93 after that."""

_SURE: Final = 0.93
"""Probability from which a voice sounds finished. Behind words that sound finished 128 of 166 such
pauses were ends (orders 64 of 70, accented 38 of 47, read 23 of 41); below it 119 of 304."""
_HANGING: Final = 0.1
"""Probability up to which it surely does not: of 94 such pauses in read books and a service
call 15 were ends."""

_RATE: Final = 0.1
"""Share of the newest pause in the caller's mean (EMA)."""
_USUAL_S: Final = 0.6
"""Mean of the pauses (of 0.2 s and more) inside turns."""
_SLOWEST: Final = 1.25
"""A slow caller gets at most so many times the usual wait."""


class Patience:
    """The policy of one call."""

    def __init__(self, settings: EndpointSettings | None = None) -> None:
        self.settings = settings or EndpointSettings()
        self._usual_s = _USUAL_S
        self._paused_s = 0.0
        """Silence within the present turn."""

    def begun(self) -> None:
        """A turn begins."""
        self._paused_s = 0.0

    def wait(self, pause: Pause) -> Wait:
        """How long this pause has to last to end the turn."""
        seconds, because = _judge(pause, _WAITS[pause.kind])
        if pause.kind is AnswerKind.FREE:
            more, why = self._more_to_come(pause.said_s)
            seconds += more * (_judge(pause, _MORE)[0] - seconds)
            because += why
        if pause.words is not Completeness.COMPLETE:
            seconds *= self.settings.factor * self._stretch
        least, most = self.settings.min, self.settings.max
        return Wait(round(min(max(seconds, least), most), 3), because)  # as it is told

    def breathed(self, seconds: float) -> None:
        """The caller paused so long and then went on with the same turn."""
        self._paused_s += seconds
        self._usual_s += _RATE * (min(seconds, self.settings.max) - self._usual_s)

    def _more_to_come(self, said_s: float) -> tuple[float, str]:
        """How likely an open answer goes on, by what there was of it (0 to 1), and why."""
        story = min(self._paused_s / _STORY_S, 1.0)
        begins = min(max((_LONG_S - said_s) / (_LONG_S - _SHORT_S), 0.0), 1.0)
        if begins > story:
            return begins, ", after little speech"
        if story == 1:
            return story, ", in a story"
        return story, ", and the caller paused before" if story else ""

    @property
    def _stretch(self) -> float:
        return min(max(self._usual_s / _USUAL_S, 1.0), _SLOWEST)


def _judge(pause: Pause, waits: _Waits) -> tuple[float, str]:
    voice = 0.5 if pause.finished is None else pause.finished
    sure, hangs = voice >= _SURE, voice <= _HANGING
    match pause.words:
        case Completeness.COMPLETE:
            return waits.complete, "the answer is complete"
        case Completeness.FINISHED if sure:
            return waits.agreed, "words and voice sound finished"
        case Completeness.FINISHED if hangs:
            return waits.doubted, "the words sound finished, the voice hangs"
        case Completeness.FINISHED:
            return waits.words, "only the words sound finished"
        case Completeness.UNFINISHED if sure:
            return waits.voice, "only the voice sounds finished"
        case Completeness.UNFINISHED if hangs:
            return waits.hanging, "the voice hangs in the middle of a sentence"
        case Completeness.UNFINISHED:
            return waits.neither, "the words sound unfinished"
        case None if sure:
            return waits.voice, "the voice sounds finished, the words are not known yet"
        case None:
            return waits.neither, "the words are not known yet"
        case _:
            assert_never(pause.words)
