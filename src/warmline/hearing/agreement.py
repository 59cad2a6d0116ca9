"""LocalAgreement: words that two decodes in a row agree on are stable. Pure.

After Liu et al. 2020 (local agreement, n = 2) as used for Whisper by Machacek et al. 2023,
"Turning Whisper into Real-Time Transcription System".
"""

from warmline.spoken import words as normal


class Agreement:
    """One growing utterance. Stable words are never taken back."""

    def __init__(self) -> None:
        self._settled: list[str] = []
        """Words of windows that are closed."""
        self._stable: list[str] = []
        """Agreed words of the open window."""
        self._latest: list[str] = []
        """The last decode of the open window, whole."""

    @property
    def settled(self) -> str:
        """The words of closed windows: what the open window comes after."""
        return " ".join(self._settled)

    @property
    def stable(self) -> str:
        return " ".join([*self._settled, *self._stable])

    @property
    def unstable(self) -> str:
        return " ".join(self._latest[len(self._stable) :])

    def update(self, text: str) -> None:
        """The open window, which has grown, was decoded again."""
        words = text.split()
        agreed = len(self._stable)
        for old, new in zip(self._latest[agreed:], words[agreed:], strict=False):
            if normal(old) != normal(new):
                break
            agreed += 1
        self._stable = [*self._stable, *words[len(self._stable) : agreed]]
        self._latest = [*self._stable, *words[len(self._stable) :]]

    def close_window(self) -> None:
        """The window is full: all its words stay, and the next decode begins behind it."""
        self._settled += self._latest
        self._stable, self._latest = [], []
