"""Keeps what was heard in a call, as far as the caller allows: the last minute, the recording,
and the turns by which a mood is judged.

Told of every frame and every fact. Must not know agents' moods: it hands over the caller's
turns only.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from warmline.audio.files import wav
from warmline.audio.frame import FRAME_S, RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler
from warmline.call.mask import WORDS
from warmline.call.memory import AudioMemory
from warmline.call.overlap import Voices
from warmline.call.recorder import Recorder
from warmline.call.services import Services
from warmline.events import CallStarted, ConsentAnswered, Fact, RecordingChanged, UtteranceHeard
from warmline.ports import Line
from warmline.ports.assist import Assistant
from warmline.speaking.speaker import Speaker

RECORDING: Final = "recording"
MOOD: Final = "mood"
"""What a consent may allow."""
_JUMP_S: Final = 0.06
"""The playout's clock may differ so much from the caller's before we follow it."""


class Keeper:
    def __init__(
        self,
        call_id: str,
        line: Line,
        services: Services,
        assistant: Assistant | None,
        emit: Callable[[RecordingChanged], None],
    ) -> None:
        self.memory = AudioMemory()
        self._file = services.recordings / f"{call_id}.flac" if services.recordings else None
        self._when = services.record
        self._line = line
        self._assistant = assistant
        self._emit = emit
        self._voices = Voices()
        self._may_judge = False
        self._recorder: Recorder | None = None
        self._rate = line.info.rate
        self._resampler = StreamResampler(self._rate, RATE)
        self._ours_at = 0
        """Where in the playout our own voice was kept up to."""

    @property
    def now_s(self) -> float:
        """Seconds of the caller's audio so far."""
        return self.memory.end / RATE

    def frame(self, frame: Frame, speaker: Speaker, *, secret: bool) -> Pcm:
        """The caller's next frame; gives ours of the same moment (16 kHz)."""
        self.memory.caller(frame, secret=secret)
        played, step = self._line.played, round(FRAME_S * self._rate)
        if abs(played - self._ours_at) > _JUMP_S * self._rate:
            self._ours_at = played
        ours = speaker.between(self._ours_at, self._ours_at + step)
        self._ours_at += step
        heard: Pcm = self._resampler.push(ours)
        if heard.any():
            self.memory.others(heard, frame.position)
        return heard

    def fact(self, fact: Fact) -> None:
        """What happened, with its secrets masked."""
        self._voices.fact(fact, self.now_s)
        match fact:
            case CallStarted() if self._when == "always":
                self._record("always")
            case ConsentAnswered(granted=granted, allows=allows):
                if MOOD in allows:
                    self._may_judge = granted
                if RECORDING in allows and self._when == "consent":
                    self._record("consent") if granted else self._refuse()
            case UtteranceHeard(text=text) if self._may_judge and self._assistant:
                if text != WORDS:
                    begin, end = fact.started_at, fact.audio_at
                    samples, _ = self.memory.heard(begin, end)
                    self._assistant.caller_spoke(samples, fact, self._voices.within(begin, end))
            case _:
                pass

    def clip(self, begin_s: float, end_s: float) -> bytes:
        """See LiveCall.clip."""
        both = self.memory.heard(begin_s, end_s)
        return wav(np.column_stack(both), RATE) if both[0].size else b""

    async def close(self) -> None:
        if self._recorder:
            await self._recorder.close()

    def _record(self, reason: str) -> None:
        if self._file is not None and self._recorder is None:
            self._recorder = Recorder(self.memory, self._file, self._failed)
            self._emit(RecordingChanged(on=True, reason=reason, audio_at=self.now_s))

    def _refuse(self) -> None:
        if self._recorder is not None:  # what is in the file was allowed; no more follows
            self._recorder.stop()
            self._emit(RecordingChanged(on=False, reason="refused", audio_at=self.now_s))

    def _failed(self) -> None:
        self._emit(RecordingChanged(on=False, reason="failed", audio_at=self.now_s))
