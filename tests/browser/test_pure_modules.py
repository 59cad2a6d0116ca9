"""The softphone's pure modules, as tables, in the browser that runs them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def run(chromium: Browser, site: str) -> Iterator[Run]:
    """Calls a function of a module with JSON values."""
    with chromium.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("/static/icon.svg")

        def call(module: str, function: str, *arguments: Any) -> Any:
            return page.evaluate(
                """async ([module, name, values]) =>
                    (await import(`/static/${module}.js`))[name](...values)""",
                [module, function, list(arguments)],
            )

        yield call


def line(who: str, text: str, final: bool) -> dict[str, Any]:
    return {"who": who, "text": text, "final": final}


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ([line("bot", "Hello.", True)], [line("bot", "Hello.", True)]),
        (
            [line("bot", "Hel", False), line("bot", "Hello", False), line("bot", "Hello.", True)],
            [line("bot", "Hello.", True)],
        ),
        (  # both speak at once: each replaces its own line
            [line("bot", "How", False), line("caller", "I", False), line("bot", "How?", True)],
            [line("bot", "How?", True), line("caller", "I", False)],
        ),
        (  # a new line only after the final words
            [line("caller", "One.", True), line("caller", "two", False)],
            [line("caller", "One.", True), line("caller", "two", False)],
        ),
        ([line("caller", "hm", False), line("caller", "", True)], []),  # it was no words
        ([line("caller", "  ", True)], []),
    ],
)
def test_captions(run: Run, said: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    shown: list[dict[str, Any]] = []
    for caption in said:
        shown = run("phone/captions", "withCaption", shown, caption)
    assert [{**each, "key": None} for each in lines] == [{"key": None, **each} for each in shown]


def test_a_caption_takes_the_place_of_the_one_with_its_key(run: Run) -> None:
    first = {**line("caller", "One.", True), "key": "turn-1"}
    second = {**line("bot", "Two.", True), "key": "say-1"}
    again = {**line("caller", "…", False), "key": "turn-1"}  # the caller goes on after all
    assert run("phone/captions", "withCaption", [first, second], again) == [again, second]
    gone = {**line("caller", "", True), "key": "turn-1"}
    assert run("phone/captions", "withCaption", [again, second], gone) == [second]


def test_captions_do_not_grow_for_ever(run: Run) -> None:
    many = [line("bot", str(number), True) for number in range(200)]
    shown = run("phone/captions", "withCaption", many, line("bot", "last", True))
    assert len(shown) == 200
    assert (shown[0]["text"], shown[-1]["text"]) == ("1", "last")


def test_what_the_bot_was_about_to_say_is_not_said(run: Run) -> None:
    lines = [line("bot", "a", True), line("caller", "b", False), line("bot", "c", False)]
    assert run("phone/captions", "withoutUnsaid", lines) == lines[:2]


@pytest.mark.parametrize(
    ("ways", "dots"),
    [
        ([], 4),
        ([{"loss": 0.01, "jitterMs": 30, "delayMs": 150}], 4),
        ([{"loss": 0.02, "jitterMs": 0, "delayMs": 0}], 3),
        ([{"loss": 0, "jitterMs": 0, "delayMs": 0}, {"loss": 0, "jitterMs": 0, "delayMs": 400}], 2),
        ([{"loss": 0, "jitterMs": 101, "delayMs": 0}], 1),
        ([{"loss": 0.2, "jitterMs": 0, "delayMs": 0}], 1),
        ([{}, {"loss": None, "jitterMs": "x"}], 4),
    ],
)
def test_the_worse_way_decides_the_quality(run: Run, ways: list[Any], dots: int) -> None:
    assert run("phone/quality", "rate", ways)["dots"] == dots


@pytest.mark.parametrize(
    ("before", "now", "loss"),
    [
        ((100, 0), (150, 0), 0),
        ((100, 5), (145, 10), 0.1),
        ((100, 5), (100, 5), 0),  # nothing came
        ((100, 5), (150, 3), 0),  # what was thought lost came late
    ],
)
def test_loss_between_two_counts(
    run: Run, before: tuple[int, int], now: tuple[int, int], loss: float
) -> None:
    def count(pair: tuple[int, int]) -> dict[str, int]:
        return {"received": pair[0], "lost": pair[1]}

    assert run("phone/quality", "lossBetween", count(before), count(now)) == loss


@pytest.mark.parametrize(
    ("seconds", "shown", "said"),
    [
        (0, "0:00", "less than a second"),
        (1.2, "0:01", "1 second"),
        (84, "1:24", "1 minute 24 seconds"),
        (120, "2:00", "2 minutes"),
        (3723, "1:02:03", "62 minutes 3 seconds"),
        (-1, "0:00", "less than a second"),
    ],
)
def test_times(run: Run, seconds: float, shown: str, said: str) -> None:
    assert run("words", "clock", seconds) == shown
    assert run("words", "duration", seconds) == said


def test_a_problem_without_words_of_its_own_has_some(run: Run) -> None:
    assert run("words", "explain", {"code": "never_heard_of", "detail": ""})["title"]
