"""Owns how much of anything a peer may send in a time. Pure: the caller brings the clock."""


class Bucket:
    """A token bucket: `burst` at once, then `rate` a second."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._filled_at = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may pass at `now` (any monotonic seconds)."""
        self._left = min(self._left + max(now - self._filled_at, 0.0) * self._rate, self._burst)
        self._filled_at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
