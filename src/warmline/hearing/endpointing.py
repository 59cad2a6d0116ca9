"""When does the caller's turn begin, pause and end? In audio time; pure.

Laws
    Idle     --voice-->            Speaking   VoiceBegan
    Speaking --0.2 s of silence--> Paused     VoicePaused (its words are decoded meanwhile)
    Paused   --voice-->            Speaking   VoiceResumed
    Paused   --enough silence-->   Idle       TurnOver; enough depends on the words
    Speaking --8 s, no pause-->    Speaking   VoiceDragsOn: is this a person at all?
    Speaking --28 s-->             Speaking   TurnOver(max_speech): the rest is a new turn
    any      --drop-->             Idle       it was none; nothing takes this end back
    Idle     --voice within 1.2 s--> Speaking VoiceWentOn: the turn was not over after all

An early end is cheap because it can be taken back: the wait for a reply is as short as the
words allow, and a caller who only took a breath is joined to what was said before it.
"""

from dataclasses import dataclass

from warmline.events import ANYTHING, Expectation
from warmline.hearing.expectation import MAX_UTTERANCE_S, PAUSE_S, Completeness, wait_s

ON = 0.5
"""Probability above which silence becomes a voice (Silero's own default)."""
OFF = 0.35
"""Probability below which a voice becomes silence; in between nothing changes (Silero's default
hysteresis of 0.15)."""
ON_CHUNKS = 2
"""Chunks (32 ms each) of voice in a row that make a beginning."""
GO_ON_CHUNKS = 4
"""Chunks of voice in a row that take an end back: more, since a reply may be playing."""
GO_ON_S = 1.2
"""A voice that begins so soon (seconds) after a turn's voice belongs to the same turn. Of the
pauses inside account numbers spoken in groups 97 % are shorter than a second; nobody answers a
reply that began half a second ago."""
DRAGS_ON_S = 8.0
"""Nobody speaks so long (seconds) without a pause of 0.2 s: of 220 recordings the longest such
stretch, over kitchen noise, is 5.9 s."""


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    at: float


@dataclass(frozen=True, slots=True)
class VoicePaused:
    at: float
    """Where the voice stopped (seconds of audio)."""


@dataclass(frozen=True, slots=True)
class VoiceResumed:
    at: float


@dataclass(frozen=True, slots=True)
class VoiceWentOn:
    at: float


@dataclass(frozen=True, slots=True)
class VoiceDragsOn:
    at: float
    """Until here the voice did not pause for `DRAGS_ON_S`."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    at: float
    """Where the voice stopped (seconds of audio)."""
    reason: str
    """complete | silence | max_speech"""


Signal = VoiceBegan | VoicePaused | VoiceResumed | VoiceWentOn | VoiceDragsOn | TurnOver


class Endpointer:
    """Feed it each chunk's probability, and the words of a pause once they are known."""

    def __init__(self) -> None:
        self.expect: Expectation = ANYTHING
        """What the flow waits for now; may change at any time."""
        self._began: float | None = None
        self._before: float | None = None
        """Where the last turn began, while it may still be taken up again."""
        self.last_voice = 0.0
        """Where the voice was heard last (seconds of audio)."""
        self._voiced = 0
        self._unbroken_from = 0.0
        self._paused = False
        self._words: Completeness | None = None

    @property
    def speaking(self) -> bool:
        """Within a turn, pauses included."""
        return self._began is not None

    def chunk(self, probability: float, start: float, end: float) -> list[Signal]:
        """One chunk of audio from `start` to `end` seconds."""
        voice = probability >= (OFF if self.speaking and not self._paused else ON)
        self._voiced = self._voiced + 1 if voice else 0
        if self._began is None:
            return self._idle(start, end)
        if voice and (not self._paused or self._voiced >= ON_CHUNKS):
            return self._voice(start, end)
        return self._silence(end)

    def words(self, completeness: Completeness) -> None:
        """How finished the words of the present pause sound. They count until it ends."""
        if self._paused:
            self._words = completeness

    def drop(self) -> None:
        """This was no turn: from here on all is quiet, and nothing takes it up again."""
        self._began = self._before = None
        self._voiced, self._paused, self._words = 0, False, None

    def _idle(self, start: float, end: float) -> list[Signal]:
        voice_start = end - self._voiced * (end - start)
        goes_on = self._before is not None and voice_start - self.last_voice <= GO_ON_S
        if self._voiced < (GO_ON_CHUNKS if goes_on else ON_CHUNKS):
            return []
        self.last_voice, self._unbroken_from = end, voice_start
        if goes_on:
            self._began = self._before
            return [VoiceWentOn(voice_start)]
        self._began = voice_start
        return [VoiceBegan(voice_start)]

    def _voice(self, start: float, end: float) -> list[Signal]:
        assert self._began is not None
        signals: list[Signal] = []
        if self._paused:
            signals.append(VoiceResumed(start))
        if self._paused or start - self.last_voice > PAUSE_S:  # lost frames are a pause too
            self._unbroken_from = start
        self.last_voice, self._paused, self._words = end, False, None
        if end - self._unbroken_from >= DRAGS_ON_S:
            self._unbroken_from = end
            signals.append(VoiceDragsOn(end))
        if end - self._began >= MAX_UTTERANCE_S:
            self._began = self._unbroken_from = end
            signals.append(TurnOver(end, "max_speech"))
        return signals

    def _silence(self, now: float) -> list[Signal]:
        silence = now - self.last_voice + 1e-9
        if not self._paused:
            if silence < PAUSE_S:
                return []
            self._paused = True
            return [VoicePaused(self.last_voice)]
        if silence < wait_s(self.expect.kind, self._words):
            return []
        complete = self._words is Completeness.COMPLETE
        self._before, self._began = self._began, None
        self._paused, self._words = False, None
        return [TurnOver(self.last_voice, "complete" if complete else "silence")]
