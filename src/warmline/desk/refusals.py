"""What people at the desk are refused, and why, in words for their page."""

from warmline.errors import WarmlineError


class DeskError(WarmlineError):
    """Base of all refusals of the desk."""


class UnknownCall(DeskError):
    """There is no such call (any more)."""

    def __init__(self) -> None:
        super().__init__("there is no such call (any more)")


class OfferTaken(DeskError):
    """Somebody else has accepted this call; `by` is their name."""

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} has this call")
        self.by = by


class OfferGone(DeskError):
    """Nobody can accept this (any more): it was withdrawn, timed out, or the caller is gone."""


class NotPossible(DeskError):
    """Not now, or not by this person; the message says why."""
