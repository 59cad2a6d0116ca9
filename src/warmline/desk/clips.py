"""A moment of a call, to be heard again: what was said between two times, as a WAV file.

Knows live calls only; of those that are over there is the recording.
"""

import asyncio
from math import isfinite
from typing import Final

from warmline.desk.refusals import NotPossible, UnknownCall
from warmline.ports.people import LiveCall

MAX_S: Final = 60.0
"""The longest clip: as much as a call keeps at least."""
_PAD_S: Final = 0.15
"""Heard before and after: voices are found a little late."""


async def clip(call: LiveCall | None, begin_s: float, end_s: float) -> bytes:
    """WAV of two channels (caller, all others); times in the caller's audio.

    Raises UnknownCall when the call is over; NotPossible: no such stretch, or not kept.
    """
    if call is None:
        raise UnknownCall
    if not (isfinite(begin_s) and isfinite(end_s) and 0 <= begin_s < end_s <= begin_s + MAX_S):
        raise NotPossible(f"expected begin < end, in seconds, {MAX_S:g} s apart at most")
    # Long stretches take a while to be made: callers' audio goes on meanwhile.
    wav = await asyncio.to_thread(call.clip, max(0.0, begin_s - _PAD_S), end_s + _PAD_S)
    if not wav:
        raise NotPossible("this moment is not kept: only the last minute of a call is")
    return wav
