import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing import decoding

TIMESTAMP = 1000
EOT = 900


def at(seconds: float) -> int:
    return TIMESTAMP + round(seconds / decoding.TIMESTAMP_S)


@pytest.mark.parametrize(
    ("speech_s", "window_s"),
    [(0.3, 8), (6.5, 8), (6.6, 10), (8.5, 10), (12.0, 15), (18.6, 30), (28.0, 30), (40.0, 30)],
)
def test_the_window_is_short_but_never_cuts_speech(speech_s: float, window_s: float) -> None:
    assert decoding.window_s(speech_s) == window_s


@given(st.floats(min_value=0, max_value=decoding.MAX_SPEECH_S))
def test_speech_and_lead_always_fit_one_of_few_windows(speech_s: float) -> None:
    assert decoding.LEAD_S + speech_s <= decoding.window_s(speech_s) <= 30
    assert decoding.window_s(speech_s) in decoding.WINDOWS_S


WORDS = Expectation(kind=AnswerKind.CHOICE, words=("latte", "mocha"), alternatives=2)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ((2.0, ANYTHING, ""), (5.0, ANYTHING, ""), True),
        ((2.0, ANYTHING, ""), (9.0, ANYTHING, ""), False),  # another window
        ((2.0, WORDS, ""), (3.0, WORDS, ""), True),
        ((2.0, WORDS, ""), (3.0, ANYTHING, ""), False),
        ((2.0, ANYTHING, "I said"), (2.0, ANYTHING, ""), False),  # the start token moves
    ],
)
def test_what_decodes_together(
    one: tuple[float, Expectation, str], other: tuple[float, Expectation, str], together: bool
) -> None:
    assert (decoding.batch_key(*one) == decoding.batch_key(*other)) is together


@pytest.mark.parametrize("kind", [AnswerKind.DIGITS, AnswerKind.YES_NO])
def test_numbers_and_what_may_mend_them_are_decoded_alone(kind: AnswerKind) -> None:
    expect = Expectation(kind=kind, min_digits=4, max_digits=4)
    assert decoding.batch_key(2.0, expect, "") == ""


def test_the_key_of_a_batch_tells_nothing_of_what_was_said() -> None:
    assert "secret" not in decoding.batch_key(2.0, ANYTHING, "my secret is safe")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ([at(0.5), 1, 2, at(3.4), EOT], (1, 2)),
        ([at(0.5), 1, 2, at(3.4), at(3.4), 3, at(8)], (1, 2)),  # what follows is invented
        ([at(0.5), 1, at(1.5), at(1.7), 2, at(3.3), 9], (1, 2)),  # a pause inside the speech
        ([1, 2, 3], (1, 2, 3)),  # no timestamps at all
        ([at(3.5), 1, at(3.5)], (1,)),  # a late start is no end
        ([], ()),
    ],
)
def test_text_ends_at_the_first_end_behind_the_speech(
    tokens: list[int], text: tuple[int, ...]
) -> None:
    cut = decoding.cut(tokens, timestamp_begin=TIMESTAMP, eot=EOT, end_s=3.5, bound=40)
    assert (cut.tokens, cut.looped, cut.astray) == (list(text), False, False)


@pytest.mark.parametrize(
    ("tokens", "ended"),
    [
        ([at(0.5), 1, 2], True),  # stopped by itself
        ([at(0.5), 1, 2, 3, 4, 5], False),  # had to stop
        ([at(0.5), 1, at(1.5), at(1.7), 2, 3], False),  # what ended was not the speech
        ([at(0.5), 1, at(3.4), at(3.4), 1, at(7)], True),  # had to stop behind the end
    ],
)
def test_whether_the_end_was_found(tokens: list[int], ended: bool) -> None:
    cut = decoding.cut(tokens, timestamp_begin=TIMESTAMP, eot=EOT, end_s=3.5, bound=6)
    assert cut.ended is ended


@given(st.floats(min_value=0, max_value=30))
def test_what_is_likely_enough_is_no_more_than_the_bound(speech_s: float) -> None:
    assert decoding.likely_tokens(speech_s) <= decoding.token_bound(speech_s)


@pytest.mark.parametrize(
    ("tokens", "reaches_s"),
    [
        ([at(0.5), 1, 2, at(26.0), EOT], 26.0),  # the rest is left for the next window
        ([at(0.5), 1, at(9.0), at(9.2), 2, at(26.0), at(26.0)], 26.0),
        ([at(0.5), 1, at(26.0), at(26.0), 2, EOT], 0.0),  # words of which nobody knows the end
        ([1, 2, EOT], 0.0),
        ([at(0.5), EOT], 0.0),
    ],
)
def test_up_to_where_a_window_was_heard(tokens: list[int], reaches_s: float) -> None:
    cut = decoding.cut(tokens, timestamp_begin=TIMESTAMP, eot=EOT, end_s=28.5, bound=200)
    assert cut.reaches_s == pytest.approx(reaches_s)


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        ([1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4]),
        ([9, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 5], [9, 1, 2, 3, 4, 5]),
        ([7, 7, 7], [7, 7, 7]),  # "no, no, no"
        ([1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3]),
    ],
)
def test_repeated_blocks_are_kept_once(tokens: list[int], kept: list[int]) -> None:
    assert decoding.drop_repeats(tokens) == kept


@given(st.lists(st.integers(min_value=0, max_value=3), max_size=80))
def test_dropping_repeats_leaves_none_and_is_idempotent(tokens: list[int]) -> None:
    kept = decoding.drop_repeats(tokens)
    assert decoding.drop_repeats(kept) == kept


@pytest.mark.parametrize(
    ("tokens", "bound", "looped", "again"),
    [
        ([1, 2, 3, 4], 40, False, False),
        ([1, 2, 3, 4] * 3, 40, True, False),  # all of it twice and more: once is right
        ([9, *[1, 2, 3, 4] * 3], 40, True, True),  # a loop within the text
        ([1, 2, 3, 4], 4, False, True),  # stopped before the end
        ([1, 2, at(3.5), 9, 9], 5, False, False),  # stopped behind the end
        (list(range(34)), 60, False, True),  # more than anybody can say in three seconds
    ],
)
def test_what_is_tried_again_with_a_long_window(
    tokens: list[int], bound: int, looped: bool, again: bool
) -> None:
    cut = decoding.cut(tokens, timestamp_begin=TIMESTAMP, eot=EOT, end_s=3.5, bound=bound)
    assert cut.looped is looped
    assert decoding.suspicious(cut, 3.0) is again


@pytest.mark.parametrize(
    ("text", "no_speech", "logprob", "looped", "prompted", "speech"),
    [
        ("Where is my order?", 0.1, -0.2, False, False, True),
        ("Where is my order?", 0.9, -0.2, False, False, True),
        ("Where is my order?", 0.1, -2.0, False, True, True),
        ("Where is my order?", 0.9, -1.0, False, False, False),
        ("Where is my order?", 0.3, -1.0, False, False, True),
        ("Where is my order?", 0.3, -1.0, False, True, False),
        ("I'm going to do the same thing.", 0.7, -0.6, True, False, False),
        ("Thank you.", 0.3, -0.5, False, False, True),
        ("Thank you.", 0.7, -0.5, False, False, False),
    ],
)
def test_one_bad_sign_is_not_enough_to_doubt_the_words(
    text: str, no_speech: float, logprob: float, looped: bool, prompted: bool, speech: bool
) -> None:
    believed = decoding.is_speech(
        text,
        no_speech=no_speech,
        logprob=logprob,
        looped=looped,
        prompted=prompted,
        voice_s=3.0,
    )
    assert believed is speech


@pytest.mark.parametrize(
    ("voice_s", "no_speech", "speech"),
    [(0.7, 0.52, False), (0.7, 0.3, True), (1.2, 0.52, True)],
)
def test_a_clink_is_no_sentence(voice_s: float, no_speech: float, speech: bool) -> None:
    believed = decoding.is_speech(
        "Are you okay?",
        no_speech=no_speech,
        logprob=-0.8,
        looped=False,
        prompted=False,
        voice_s=voice_s,
    )
    assert believed is speech


@pytest.mark.parametrize(
    ("known", "others", "kept"),
    [
        (["a latte"], ["A latte.", "a lot", "", "A lot!", "..."], ("a lot",)),
        ([], ["one", "two", "one"], ("one", "two")),
        (["one"], [], ()),
    ],
)
def test_readings_differ_in_their_words(
    known: list[str], others: list[str], kept: tuple[str, ...]
) -> None:
    assert decoding.different(known, others) == kept


@pytest.mark.parametrize(
    ("most", "kept"), [(9, [1, 2, 3, 4, 5]), (4, [3, 4, 5]), (3, [3, 4, 5]), (2, [5]), (0, [])]
)
def test_examples_are_kept_whole_from_the_end(most: int, kept: list[int]) -> None:
    assert decoding.last_whole([[1, 2], [3, 4], [5]], most) == kept


def test_an_example_lasts_about_as_long_as_it_takes_to_say_it() -> None:
    assert decoding.said_s("Can I have a small latte with milk, please?") == 3.0
    assert decoding.steps(0.5) * decoding.TIMESTAMP_S == 0.5


def test_behind_examples_noise_must_score_better() -> None:
    def believed(logprob: float, no_speech: float) -> bool:
        return decoding.is_speech(
            "a small latte",
            no_speech=no_speech,
            logprob=logprob,
            looped=False,
            prompted=True,
            voice_s=1.5,
            weak=decoding.WEAK_CHOICE,
        )

    assert believed(-1.0, 0.1)
    assert believed(-0.6, 0.5)
    assert not believed(-0.8, 0.5)
