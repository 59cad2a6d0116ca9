"""When does the caller's turn begin, pause and end? In audio time; pure.

Laws
    Idle     --voice-->            Speaking   VoiceBegan
    Speaking --a short silence-->  Paused     VoicePaused (words and voice are judged meanwhile)
    Paused   --voice-->            Speaking   VoiceResumed
    Paused   --enough silence-->   Idle       TurnOver; `patience` says how much is enough
    Speaking --8 s, no pause-->    Speaking   VoiceDragsOn: is this a person at all?
    Speaking --26 s-->             Speaking   TurnOver(max_speech): the rest is a new turn
    any      --drop-->             Idle       it was none; nothing takes this end back
    Idle     --voice within 1.2 s--> Speaking VoiceWentOn: the turn was not over after all

An early end is cheap because it can be taken back: the wait for a reply is as short as words and
voice allow, and a caller who only took a breath is joined to what was said before it.
"""

from dataclasses import dataclass, replace

from warmline.events import ANYTHING, Expectation
from warmline.hearing.expectation import MAX_UTTERANCE_S, Completeness
from warmline.hearing.patience import Patience, Pause, Wait

ON = 0.5
"""Probability above which silence becomes a voice (Silero's own default)."""
OFF = 0.35
"""Probability below which a voice becomes silence; in between nothing changes (Silero's default
hysteresis of 0.15)."""
ON_CHUNKS = 2
"""Chunks (32 ms each) of voice in a row that make a beginning, or take an end back. With a third
the caller hears more of a reply to half a turn: noticed cut-offs 9.0 instead of 6.3 % of 189 turns
with pauses, while over kitchen noise it spared 1 of 300 turns an end taken back for nothing."""
GO_ON_S = 1.2
"""A voice that begins so soon (seconds) after a turn's voice belongs to the same turn. Of the
pauses inside account numbers spoken in groups 97 % are shorter than a second; nobody answers a
reply that began half a second ago."""
YOUNG_S = 0.3
"""And one that begins so soon (seconds) after an end that took longer to come: nobody heard more
of the reply than that."""
DRAGS_ON_S = 8.0
"""Nobody speaks so long (seconds) without a pause of 0.2 s: of 220 recordings the longest such
stretch, over kitchen noise, is 5.9 s."""
BREATH_S = 0.2
"""Shorter silences (seconds) are part of speech itself: they say nothing of how a caller pauses,
and do not interrupt a voice that drags on."""
_TINY_S = 1e-9
"""Against rounding: a silence of six chunks is 0.192 s, not a hair less."""


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
    silence: float
    """Seconds for which it had stopped."""


@dataclass(frozen=True, slots=True)
class VoiceWentOn:
    at: float
    silence: float
    """Seconds for which it had stopped."""


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
    """Feed it each chunk's probability, and what becomes known of a pause meanwhile."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self.expect: Expectation = ANYTHING
        """What the flow waits for now; may change at any time."""
        self._began: float | None = None
        self._before: float | None = None
        """Where the last turn began, while it may still be taken up again."""
        self._taken_up_until = 0.0
        """A voice that begins until then (seconds of audio) does so."""
        self.last_voice = 0.0
        """Where the voice was heard last (seconds of audio)."""
        self.now = 0.0
        """Up to where the audio was heard (seconds)."""
        self._voiced = 0
        self._unbroken_from = 0.0
        self.pause: Pause | None = None
        """The present pause within a turn; None while the voice sounds, and between turns."""

    @property
    def speaking(self) -> bool:
        """Within a turn, pauses included."""
        return self._began is not None

    @property
    def wait(self) -> Wait | None:
        """How long the present pause has to last to end the turn."""
        return self._patience.wait(self.pause) if self.pause else None

    @property
    def silence(self) -> float:
        """Seconds since the voice was heard last."""
        return self.now - self.last_voice

    def chunk(self, probability: float, start: float, end: float) -> list[Signal]:
        """One chunk of audio from `start` to `end` seconds."""
        self.now = end
        voice = probability >= (OFF if self.speaking and not self.pause else ON)
        self._voiced = self._voiced + 1 if voice else 0
        if self._began is None:
            return self._idle(start, end)
        if voice and (not self.pause or self._voiced >= ON_CHUNKS):
            return self._voice(start, end)
        return self._silence()

    def words(self, completeness: Completeness) -> None:
        """How finished the words of the present pause sound. They count until it ends."""
        if self.pause:
            self.pause = replace(self.pause, words=completeness)

    def voice(self, finished: float) -> None:
        """How finished (0 to 1) the voice before the present pause sounds."""
        if self.pause:
            self.pause = replace(self.pause, finished=finished)

    def enough(self) -> list[Signal]:
        """Whether the turn is over by what is known now. Every chunk asks; ask after `words` and
        `voice` too, and nobody waits for the next chunk."""
        if self.pause is None:
            return []
        waited = self.silence + _TINY_S
        if self._voiced or waited < self._patience.wait(self.pause).seconds:
            return []  # what just sounded may be the caller who goes on
        complete = self.pause.words is Completeness.COMPLETE
        self._before = self._began if self._patience.settings.optimistic else None
        self._began = self.pause = None
        self._taken_up_until = max(self.last_voice + GO_ON_S, self.now + YOUNG_S)
        return [TurnOver(self.last_voice, "complete" if complete else "silence")]

    def drop(self) -> None:
        """This was no turn: from here on all is quiet, and nothing takes it up again."""
        self._began = self._before = None
        self._voiced, self.pause = 0, None

    def _idle(self, start: float, end: float) -> list[Signal]:
        if self._voiced < ON_CHUNKS:
            return []
        voice_start = end - self._voiced * (end - start)
        silence = voice_start - self.last_voice
        self.last_voice, self._unbroken_from = end, voice_start
        if self._before is not None and voice_start <= self._taken_up_until + _TINY_S:
            self._began = self._before
            self._breathed(silence)
            return [VoiceWentOn(voice_start, silence)]
        self._began = voice_start
        self._patience.begun()
        return [VoiceBegan(voice_start)]

    def _voice(self, start: float, end: float) -> list[Signal]:
        assert self._began is not None
        signals: list[Signal] = []
        voice_start = end - self._voiced * (end - start) if self.pause else start
        silence = voice_start - self.last_voice
        if self.pause:
            signals.append(VoiceResumed(voice_start, silence))
            self._breathed(silence)
        if silence >= BREATH_S - _TINY_S:  # lost frames are a pause too
            self._unbroken_from = voice_start
        self.last_voice, self.pause = end, None
        if end - self._unbroken_from >= DRAGS_ON_S:
            self._unbroken_from = end
            signals.append(VoiceDragsOn(end))
        if end - self._began >= MAX_UTTERANCE_S:
            self._began = self._unbroken_from = end
            signals.append(TurnOver(end, "max_speech"))
        return signals

    def _silence(self) -> list[Signal]:
        if self.pause:
            return self.enough()
        if self.silence + _TINY_S < self._patience.settings.pause:
            return []
        assert self._began is not None
        self.pause = Pause(kind=self.expect.kind, said_s=self.last_voice - self._began)
        return [VoicePaused(self.last_voice)]

    def _breathed(self, silence: float) -> None:
        if silence >= BREATH_S - _TINY_S:
            self._patience.breathed(silence)
