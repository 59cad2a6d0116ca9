"""What notices things about one call for those who help the caller. Owned by the call."""

from collections.abc import Sequence
from typing import Protocol

from warmline.audio.frame import Pcm
from warmline.events import Entry, UtteranceHeard


class Assistant(Protocol):
    """Observes one call; what it finds comes as facts of the call's log. Never waits.

    There is no way to give it an agent's voice.
    """

    def observe(self, entry: Entry) -> None:
        """Every entry of the log, in order."""

    def caller_spoke(
        self,
        samples: Pcm,
        fact: UtteranceHeard,
        overlaps: Sequence[tuple[float, float]],
    ) -> None:
        """The audio (16 kHz) of a turn of the caller, who has agreed to be listened to so.
        `overlaps` says when somebody else spoke meanwhile, in seconds of the caller's clock."""

    async def close(self) -> None:
        """The call is over. Idempotent."""
