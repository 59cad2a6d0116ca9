"""The errors that Warmline raises on purpose; anything else is a bug.

Every message says what was wrong, where, and what to do about it. None carries what a
caller said, pressed or is called: messages go to logs.
"""

import traceback


class WarmlineError(Exception):
    """Base of all errors that a person can act upon. `str(error)` is one printable line for
    each thing that is wrong."""


class ConfigError(WarmlineError):
    """A configuration file or a `WARMLINE_*` variable is wrong."""


class FlowError(WarmlineError):
    """A voice flow cannot be used. The message starts with `file:line:`."""


class ModelError(WarmlineError):
    """A model is missing, unknown, cannot be fetched, or has the wrong bytes."""


class AudioError(WarmlineError):
    """A sound file or an audio format cannot be used."""


class InferenceError(WarmlineError):
    """A worker process could not answer a request, after all its retries."""


class CallRefused(WarmlineError):
    """A call cannot be started (for example: an unknown flow). `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def place(error: BaseException) -> str:
    """Type and line of an unforeseen error, without its words: they may be the caller's."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
