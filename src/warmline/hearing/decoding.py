"""Decisions around one Whisper decode: the window, the token bound, where the text ends.

Pure. Knows token numbers and seconds, no model. The recipe, measured against the usual
30 s window by `benchmarks/stt_accuracy.py`: one of a few windows from 8 s on that the speech
fits with air, weak noise where there is no audio, half a second of it before the speech;
decode with timestamps and stop at the first end that lies behind the speech.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.events import AnswerKind, Expectation
from warmline.spoken import words

LEAD_S = 0.5
"""Air before the speech; without it one-word answers are lost."""
AIR_S = 1.0
"""Air behind the speech, so that the decoder finds the end."""
MAX_WINDOW_S = 30.0
"""Whisper's own window, and its longest."""
WINDOWS_S = (8.0, 10.0, 12.0, 15.0, 20.0, MAX_WINDOW_S)
"""Few sizes, so that utterances of about the same length can be decoded together."""
COMMON_WINDOW_S = 15.0
"""What answers are commonly heard with, and what is warm when a server is ready."""
MAX_SPEECH_S = MAX_WINDOW_S - LEAD_S - 0.5
NOISE = 1e-4
"""Standard deviation (full scale 1.0) of the noise that stands for silence."""
TIMESTAMP_S = 0.02
"""One step of Whisper's timestamp tokens."""
REST_S = 1.0
"""A voice that goes on so much longer than the last timestamp in a full window was not heard to
its end: Whisper leaves the last sentence for the next window, as it was taught to."""
END_SLACK_S = 0.4
"""An end timestamp this much before the end of the speech still counts as the end."""

_TOKENS_PER_S = 8
_TOKENS_MORE = 12
_LIKELY_PER_S = 4
_LIKELY_MORE = 8
_LOOP_TOKENS = 4
"""Blocks shorter than this may be repeated on purpose ("no, no, no")."""
_NO_SPEECH = 0.5
NO_SPEECH_PROMPTED = 0.2
"""Probability of the no-speech token from which a weak score is not believed; a prompt lowers
it. Telephone speech of a second and more stayed below 0.45 (0.3 behind a prompt), kitchen noise
that had passed the voice detector was at 0.54-0.77 (0.27-0.6)."""
WEAK_LOGPROB = -0.9
"""That noise was decoded with -0.92 and less, that speech with -0.6 (-0.26) in the median."""
WEAK_CHOICE = -0.7
"""The same behind example sentences, which lend their score to noise: kitchen noise was decoded
with -0.75 and less by tiny.en, orders over it with -0.65 and more."""
DOUBTFUL_LOGPROB = -0.8
"""Words with a lower score are searched for once more, with `WIDE` beams over the same encoding.
Of 400 clips a quarter was doubtful, most of strong accents: they lose 1.6 to 1.8 points of word
errors by it, and unlike a second encoding with 30 s it costs only the decoder's time."""
WIDE = 5
_LETTERS_PER_S = 14
"""Of English speech, blanks included."""
_OF_NOISE = frozenset(
    {"bye", "i'm sorry", "okay", "thank you", "thanks for watching", "you", "so", "all right"}
)
"""What Whisper likes to write for noise: not believed beside a high no-speech probability."""


def window_s(speech_s: float) -> float:
    """Seconds of audio to encode for so much speech: the smallest window that it fits with air."""
    wanted = LEAD_S + speech_s + AIR_S
    return next((window for window in WINDOWS_S if window >= wanted), MAX_WINDOW_S)


def is_alone(expect: Expectation) -> bool:
    """Numbers are weighed in more than one pass, and so are answers to their read-back."""
    return bool(expect.max_digits) and expect.kind in (AnswerKind.DIGITS, AnswerKind.YES_NO)


def batch_key(speech_s: float, expect: Expectation, prompt: str) -> str:
    """Requests with the same key decode together; empty for one that is decoded alone.

    It tells nothing of what was said.
    """
    if is_alone(expect):
        return ""
    shown = (expect.kind, expect.words, expect.alternatives, prompt)
    return f"{window_s(speech_s):g} s {hash(shown):x}"


def token_bound(speech_s: float) -> int:
    """The most tokens that so much speech can hold: eight a second and a few more."""
    return int(speech_s * _TOKENS_PER_S) + _TOKENS_MORE


def likely_tokens(speech_s: float) -> int:
    """As many as nearly all speech needs, times and all: of 170 clips 2 took more."""
    return int(speech_s * _LIKELY_PER_S) + _LIKELY_MORE


def steps(seconds: float) -> int:
    """The number of the timestamp token, counted from the first."""
    return round(seconds / TIMESTAMP_S)


def said_s(sentence: str) -> float:
    """About how long it takes to say it, in steps of a fifth of a second."""
    return round(len(sentence) / _LETTERS_PER_S * 5) / 5


def last_whole(sentences: Sequence[Sequence[int]], most: int) -> list[int]:
    """The tokens of the last sentences that fit into `most` tokens as a whole."""
    kept: list[int] = []
    for sentence in reversed(sentences):
        if len(kept) + len(sentence) > most:
            break
        kept = [*sentence, *kept]
    return kept


def different(known: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Of other readings those that have words, and other words than all before them."""
    seen = {"", *(" ".join(words(text)) for text in known)}
    kept: list[str] = []
    for other in others:
        if (said := " ".join(words(other))) not in seen:
            seen.add(said)
            kept.append(other)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The text tokens of one decode, and how it went."""

    tokens: list[int]
    looped: bool
    """A block of tokens followed itself; it is kept once."""
    astray: bool
    """The decoder looped within the text, or was stopped before it found the end."""
    ended: bool = True
    """The end of the text was found."""
    reaches_s: float = 0.0
    """The timestamp behind the text: up to there (seconds of the window) it was heard; 0: none."""


def cut(tokens: Sequence[int], *, timestamp_begin: int, eot: int, end_s: float, bound: int) -> Cut:
    """Text tokens up to the first end timestamp later than `end_s` minus the slack.

    `end_s` is the end of the speech in the window (lead included), `bound` the most tokens
    that the decoder was allowed. Behind a prompt Whisper sometimes writes no timestamps and
    then says all of a short utterance twice: that is a loop, but not astray.
    """
    text: list[int] = []
    reaches_s = 0.0
    ended = len(tokens) < bound
    for token in tokens:
        if token >= timestamp_begin:
            at = (token - timestamp_begin) * TIMESTAMP_S
            reaches_s = at if text else 0.0
            if text and at >= end_s - END_SLACK_S:
                ended = True
                break
        elif token < eot:
            text.append(token)
            reaches_s = 0.0
    kept = drop_repeats(text)
    times = len(text) // max(1, len(kept))
    return Cut(
        tokens=kept,
        looped=len(kept) < len(text),
        ended=ended,
        reaches_s=reaches_s,
        astray=not ended or kept * times != text,
    )


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


def suspicious(cut: Cut, speech_s: float) -> bool:
    """Should this short-window decode be tried once more with 30 s?

    A low score alone is no reason: on accented speech the second decode of such clips made
    the word error rate two points worse (see `DOUBTFUL_LOGPROB` for what helps them).
    """
    return cut.astray or len(cut.tokens) > speech_s * _TOKENS_PER_S + 4


def like_noise(text: str, voice_s: float) -> bool:
    """Words that Whisper writes for noise: its favourites, and more than was time to say (a
    clink is no sentence)."""
    return " ".join(words(text)) in _OF_NOISE or len(text) > _LETTERS_PER_S * voice_s


def is_speech(
    text: str,
    *,
    no_speech: float,
    logprob: float,
    looped: bool,
    prompted: bool,
    voice_s: float,
    weak: float = WEAK_LOGPROB,
) -> bool:
    """Whether the decoder believes in its own words; one bad sign alone is not enough.

    `voice_s` are the seconds in which they were said, the moment before them included.
    """
    if no_speech > _NO_SPEECH and (looped or like_noise(text, voice_s)):
        return False
    limit = NO_SPEECH_PROMPTED if prompted else _NO_SPEECH
    return no_speech <= limit or logprob >= weak
