"""Decisions around one Whisper decode: the window, the token bound, where the text ends.

Pure. Knows token numbers and seconds, no model. The recipe, measured against the usual
30 s window by `benchmarks/stt_accuracy.py`: a window of 8 s or a little more than the
speech, weak noise where there is no audio, half a second of it before the speech; decode
with timestamps and stop at the first end that lies behind the speech.
"""

from collections.abc import Sequence

LEAD_S = 0.5
"""Air before the speech; without it one-word answers are lost."""
AIR_S = 1.0
"""Air behind the speech, so that the decoder finds the end."""
MIN_WINDOW_S = 8.0
MAX_WINDOW_S = 30.0
"""Whisper's own window, and its longest."""
MAX_SPEECH_S = MAX_WINDOW_S - LEAD_S - 0.5
NOISE = 1e-4
"""Standard deviation (full scale 1.0) of the noise that stands for silence."""
TIMESTAMP_S = 0.02
"""One step of Whisper's timestamp tokens."""
END_SLACK_S = 0.4
"""An end timestamp this much before the end of the speech still counts as the end."""

_TOKENS_PER_S = 8
_TOKENS_MORE = 12
_LOOP_TOKENS = 4
"""Blocks shorter than this may be repeated on purpose ("no, no, no")."""
_LOW_LOGPROB = -1.0
"""OpenAI's own limit for a decode that should be tried again (whisper/transcribe.py)."""
_NO_SPEECH = 0.6
"""OpenAI's own limit for the no-speech token; it counts only beside a weak score."""
_WEAK_LOGPROB = -0.8


def window_s(speech_s: float) -> float:
    """Seconds of audio to encode for so much speech, in steps of half a second."""
    wanted = max(MIN_WINDOW_S, LEAD_S + speech_s + AIR_S)
    return min(MAX_WINDOW_S, -(-wanted * 2 // 1) / 2)


def token_bound(speech_s: float) -> int:
    """The most tokens that so much speech can hold: eight a second and a few more."""
    return int(speech_s * _TOKENS_PER_S) + _TOKENS_MORE


def cut(tokens: Sequence[int], *, timestamp_begin: int, eot: int, end_s: float) -> list[int]:
    """Text tokens up to the first end timestamp later than `end_s` minus the slack.

    `end_s` is the end of the speech in the window (lead included). An exactly repeated
    block of tokens is kept once: behind a prompt Whisper sometimes writes no timestamps, and
    then says all of a short utterance twice.
    """
    text: list[int] = []
    for token in tokens:
        if token >= timestamp_begin:
            at = (token - timestamp_begin) * TIMESTAMP_S
            if text and at >= end_s - END_SLACK_S:
                break
        elif token < eot:
            text.append(token)
    return drop_repeats(text)


def drop_repeats(tokens: Sequence[int]) -> list[int]:
    """Keeps one of each block that directly follows itself."""
    kept: list[int] = []
    for token in tokens:
        kept.append(token)
        for size in range(_LOOP_TOKENS, len(kept) // 2 + 1):
            if kept[-size:] == kept[-2 * size : -size]:
                del kept[-size:]
                break
    return kept


def suspicious(*, text_tokens: int, logprob: float, ended: bool, speech_s: float) -> bool:
    """Should this short-window decode be tried once more with 30 s?

    `logprob` is the mean log probability of the tokens; `ended` says that the decoder found
    an end by itself and did not run into the token bound.
    """
    too_many = text_tokens > speech_s * _TOKENS_PER_S + 4
    return too_many or not ended or logprob < _LOW_LOGPROB


def is_speech(*, no_speech: float, logprob: float) -> bool:
    """Whether the decoder believes in its own words (both signs must be bad to say no)."""
    return not (no_speech > _NO_SPEECH and logprob < _WEAK_LOGPROB)
