"""What surrounds a caller, and whether a turn was only that: music, a crowd, machines. Pure.

Knows sounds and transcripts; not how turns begin and end, nor what is done about it.

Laws
    Without evidence the words count: an answer that is complete, a short sound, a voice that
    stands out from what was there before it.
    What was background once is doubted for a while: its next sounds are told only with words.
    A sound that goes on without the pauses of speech is a din: while it lasts, only what is
    louder is a voice.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

from warmline import spoken
from warmline.audio.frame import Pcm
from warmline.events import Expectation
from warmline.hearing.endpointing import DRAGS_ON_S
from warmline.hearing.expectation import Completeness, completeness
from warmline.hearing.recordings import Repeats, machine
from warmline.hearing.soundtrack import Sound, SoundTrack
from warmline.ports import Transcript

MUSIC: Final = "music"
BACKGROUND: Final = "background"
REPETITION: Final = "repetition"

BEFORE_S: Final = 3.0
"""So much of what came before a turn says whether music plays."""
DOUBT_S: Final = 10.0
"""So long after a turn that was only background the next sound is doubted."""
BRIEF_S: Final = 4.0
"""A complete answer that took no longer counts, whatever it sounded like; and a crowd is not
known by less."""

_SUNG: Final = 0.3
_SUNG_BRIEF: Final = 0.4
"""A turn of s seconds is sung when its tonality is 0.3 + 0.4 / s or more. Of 600 turns of speech
the nearest had 0.47 in 2 s, in a room whose echo is as loud as the voice."""
_MUSIC: Final = 0.2
"""Tonality of what came before, from which it was music."""
_WITHIN_DB: Final = 5.0
_WITHIN: Final = 0.13
_OVER_DB: Final = 15.0
_OVER: Final = 0.19
_BRIEF: Final = 0.2
"""A turn that is less than 5 dB louder than the music before it (so the voice is at most 3 dB
above it) is sung from a tonality of 0.13 + 0.2 / s on, below 15 dB from 0.19 + 0.2 / s on."""
_WEAK: Final = 0.45
"""Confidence below which words do not count within music, or within what was background before."""
_TONE_DB: Final = 1.0
_CROWD_DB: Final = 9.5
"""Speech of one voice is at times loud and at times quiet: 10.6 dB and more between the levels of
four seconds even in a reverberant room or over noise; six voices at once stay below 9 dB in
three of four stretches. What hardly moves at all is a tone, and judged as one."""
_DRAGS_CROWD_DB: Final = 12.0
"""The same for a voice without a pause, which is odd by itself."""
_WORDS_PER_S: Final = 0.8
"""Fewer words in a voice without a pause are not what is heard there; people say two or three."""
_SENSE: Final = 0.5
"""Confidence that they need: of three voices at once Whisper makes sentences at 0.2 to 0.45."""
_LOOP_WORDS: Final = 3
_LOOP_SHARE: Final = 0.5
_DIN_DB: Final = 4.0
"""Above the loud parts of a din, one is heard over it."""
_HOLD: Final = 6
"""Chunks (0.2 s) that a voice over a din may drop back into it: the quiet parts of its words."""
_DIN_OVER: Final = 16
"""Chunks (0.5 s) without a voice after which a din is over."""
_NO_VOICE: Final = 0.35
_VOICE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The sound of a turn, and of the moments before it."""

    start: float
    end: float
    turn: Sound
    before: Sound
    drags: bool
    """It is (the last part of) a voice that never paused."""

    @property
    def rises_db(self) -> float:
        """How much louder it is than the music that played before it; infinite without any."""
        if self.before.tonality < _MUSIC:
            return inf
        return self.turn.level_db - self.before.level_db


class Background:
    """The surroundings of one call."""

    def __init__(self) -> None:
        self._track = SoundTrack()
        self._repeats = Repeats()
        self._doubted_until = 0.0
        self._doubted_db = 0.0
        self._din_db: float | None = None
        self._loud = 0
        self._quiet = 0

    def voice(self, samples: Pcm, end: float, probability: float) -> float:
        """The next chunk, which ends at `end` seconds: how likely it holds a voice (0 to 1),
        given what the detector says and the din that there is."""
        level_db = self._track.push(samples, end)
        if self._din_db is None:
            return probability
        self._quiet = 0 if probability >= _NO_VOICE else self._quiet + 1
        if self._quiet >= _DIN_OVER:
            self._din_db = None
            return probability
        louder = level_db >= self._din_db + _DIN_DB and probability >= _VOICE
        self._loud = _HOLD if louder else self._loud - 1
        return probability if self._loud > 0 else 0.0

    def scene(self, start: float, end: float, *, drags: bool = False) -> Scene:
        """What was heard from `start` to `end`, within the last half minute."""
        return Scene(
            start=start,
            end=end,
            turn=self._track.sound(start, end),
            before=self._track.sound(start - BEFORE_S, start),
            drags=drags,
        )

    def doubts(self, at: float) -> bool:
        """Whether a sound that begins at `at` is told only once it has words."""
        return at < self._doubted_until

    def why_not(self, scene: Scene, said: Transcript, expect: Expectation) -> str:
        """Why these words are no turn of the caller: `music`, `background`, `repetition`,
        `voicemail`, `announcement`; empty when they count (or there are none, and the sound does
        not tell why)."""
        complete = completeness(expect, said.text) is Completeness.COMPLETE
        if complete and (scene.drags or scene.turn.seconds <= BRIEF_S):
            return ""
        if _is_sung(scene, said):
            return MUSIC
        if complete:
            return ""
        if kind := machine(said.text):
            return kind
        if _is_crowd(scene) or _is_babble(scene, said) or self._is_more_of_it(scene, said):
            return BACKGROUND
        heard = self._track.print(scene.start, scene.end)
        return REPETITION if self._repeats.known(heard, scene.turn.seconds) else ""

    def told(self, scene: Scene, *, counts: bool) -> None:
        """A turn is over: its words counted, or it was background."""
        self._repeats.remember(self._track.print(scene.start, scene.end), scene.turn.seconds)
        self._doubted_until = 0.0 if counts else scene.end + DOUBT_S
        self._doubted_db = scene.turn.level_db

    def drown(self, scene: Scene) -> None:
        """This sound never pauses; until it does, only what is louder is a voice."""
        self._din_db, self._loud, self._quiet = scene.turn.loud_db, 0, 0

    def _is_more_of_it(self, scene: Scene, said: Transcript) -> bool:
        """Of what was background a moment ago: no louder, and hardly to be understood."""
        louder_db = scene.turn.level_db - self._doubted_db
        weak = bool(said.text) and said.confidence < _WEAK
        return weak and self.doubts(scene.start) and louder_db < _WITHIN_DB


def _is_sung(scene: Scene, said: Transcript) -> bool:
    tonality, seconds = scene.turn.tonality, max(scene.turn.seconds, 0.1)
    if tonality >= _SUNG + _SUNG_BRIEF / seconds:
        return True
    if scene.rises_db < _WITHIN_DB:
        weak = bool(said.text) and said.confidence < _WEAK
        return weak or tonality >= _WITHIN + _BRIEF / seconds
    return scene.rises_db < _OVER_DB and tonality >= _OVER + _BRIEF / seconds


def _is_crowd(scene: Scene) -> bool:
    limit_db = _DRAGS_CROWD_DB if scene.drags else _CROWD_DB
    return scene.turn.seconds >= BRIEF_S and _TONE_DB <= scene.turn.depth_db < limit_db


def _is_babble(scene: Scene, said: Transcript) -> bool:
    """Voices that go on and on, and make no sense."""
    if not said.text:
        return scene.drags or scene.turn.seconds >= DRAGS_ON_S
    if not scene.drags:
        return False
    heard = spoken.words(said.text)
    phrases = [tuple(heard[at : at + _LOOP_WORDS]) for at in range(len(heard) - _LOOP_WORDS + 1)]
    loops = len(set(phrases)) < _LOOP_SHARE * len(phrases)
    few = len(heard) < _WORDS_PER_S * scene.turn.seconds
    return loops or few or said.confidence < _SENSE
