"""Has the C library keep less memory than it likes to, for a process that holds models.

Loading quantises weights and decoding takes tens of megabytes for a moment; glibc keeps all that,
once for each thread. Nothing happens on systems with another C library.
"""

import ctypes
from typing import Any, Final

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""


def frugal() -> None:
    """One heap for all threads, which costs nothing where one of them computes at a time. Before
    the first of them starts. (A large decode leaves 65 MB less behind.)"""
    if (libc := _libc()) is not None:
        libc.mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free to the system: tens of milliseconds, and a tenth of the time of the next
    decode, which has to ask for it anew."""
    if (libc := _libc()) is not None:
        libc.malloc_trim(0)


def _libc() -> Any:
    try:
        libc = ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows knows no such name
        return None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
