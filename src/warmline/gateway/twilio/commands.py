"""Owns what goes out on a media stream, as the text of its dialect. Pure.

Twilio ignores messages with a field too many or too few (warning 31951), so each dialect gets
exactly its own.
"""

import json
from typing import Any, assert_never

from warmline.audio.frame import Pcm
from warmline.gateway.twilio.messages import Dialect, Started


class Commands:
    """The texts for one stream."""

    def __init__(self, start: Started) -> None:
        self._start = start

    def audio(self, pcm: Pcm) -> str:
        """Samples at the stream's rate, played behind all that was sent before."""
        audio = self._start.format
        payload = audio.encode(pcm)
        if self._start.dialect is not Dialect.PLIVO:
            return self._text("media", media={"payload": payload})
        kind = "audio/x-mulaw" if audio.codec == "mulaw" else "audio/x-l16"
        media = {"contentType": kind, "sampleRate": audio.rate, "payload": payload}
        return self._text("playAudio", media=media)

    def mark(self, name: str) -> str:
        """A mark behind the audio; it comes back when that was played."""
        if self._start.dialect is Dialect.PLIVO:
            return self._text("checkpoint", name=name)
        return self._text("mark", mark={"name": name})

    def clear(self) -> str:
        """Throw away what was not played yet."""
        return self._text("clearAudio" if self._start.dialect is Dialect.PLIVO else "clear")

    def _text(self, event: str, **fields: Any) -> str:
        message = {"event": event, **self._id(), **fields}
        return json.dumps(message, separators=(",", ":"), ensure_ascii=False)

    def _id(self) -> dict[str, str]:
        match self._start.dialect:
            case Dialect.TWILIO | Dialect.SIGNALWIRE:
                return {"streamSid": self._start.stream}
            case Dialect.PLIVO:
                return {"streamId": self._start.stream}
            case Dialect.TELNYX:
                return {}
            case _ as never:
                assert_never(never)
