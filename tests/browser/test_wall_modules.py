"""The supervisors' pure modules, as tables, in the browser that runs them."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page

from browser import call_story
from browser import wall_story as story

Json = dict[str, Any]
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


# --- which call first ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moods", "falls"),
    [
        ([], False),
        ([-0.9], False),
        ([0.2, 0.0], False),
        ([0.2, -0.1], True),
        ([0.5, 0.3, 0.2, 0.1], True),
        ([-0.9, -0.2], False),  # it rises
        ([0.9, 0.1, 0.1, 0.1, 0.1], False),  # long ago
    ],
)
def test_a_mood_that_falls(run: Run, moods: list[float], falls: bool) -> None:
    assert run("wall/need", "falls", moods) is falls


HARM = [story.alert("a", "harm", "x")]
NOTICE = [story.alert("b", "notice", "y")]


@pytest.mark.parametrize(
    ("needy", "calm"),
    [
        ((story.call("c1", "bot", 0, alerts=HARM), [], 0), (story.call("c2", "bot", 0), [], 900)),
        (
            (story.call("c1", "bot", 0, alerts=HARM), [], 0),
            (story.call("c2", "bot", 0, alerts=NOTICE), [], 0),
        ),
        ((story.call("c1", "talking", 0, -0.7), [], 0), (story.call("c2", "bot", 0, -0.3), [], 0)),
        ((story.call("c1", "talking", 0, -0.3), [], 0), (story.call("c2", "bot", 0, 0.9), [], 0)),
        (
            (story.call("c1", "bot", 0, 0.0), [0.5, 0.0], 0),
            (story.call("c2", "bot", 0, 0.0), [0.0], 0),
        ),
        ((story.call("c1", "waiting", 0), [], 130), (story.call("c2", "waiting", 0), [], 70)),
        ((story.call("c1", "waiting", 0), [], 0), (story.call("c2", "talking", 0), [], 900)),
        ((story.call("c1", "bot", 0), [], 0), (story.call("c2", "wrap_up", 0, -1.0), [], 0)),
    ],
)
def test_who_needs_somebody_more(run: Run, needy: Any, calm: Any) -> None:
    def need(call: Json, moods: list[float], waited: float) -> float:
        found: float = run("wall/need", "needOf", call, {"moods": moods, "waited": waited})
        return found

    assert need(*needy) > need(*calm)


def test_rows_of_the_same_need_stand_by_time_then_by_name(run: Run) -> None:
    rows = [
        {"id": "a", "need": 0, "waited": 5},
        {"id": "c", "need": 1, "waited": 1},
        {"id": "b", "need": 0, "waited": 9},
        {"id": "d", "need": 1, "waited": 1},
    ]
    assert [row["id"] for row in run("wall/need", "byNeed", rows)] == ["c", "d", "b", "a"]


def test_what_there_is_to_be_seen_the_worst_first(run: Run) -> None:
    call = story.call("c1", "waiting", 0, -0.5, alerts=[*NOTICE, *HARM])
    found = run("wall/need", "concerns", call, {"moods": [0.1, -0.5], "waited": 70})
    assert [one["text"] for one in found] == ["x", "mood falls", "y", "waits long"]
    calm = story.call("c1", "bot", 0)
    assert run("wall/need", "concerns", calm, {"moods": [], "waited": 900}) == []


def test_the_four_numbers(run: Run) -> None:
    numbers = run("wall/need", "count", {"calls": story.CALLS, "agents": story.AGENTS})
    assert numbers == {"bot": 2, "waiting": 1, "talking": 2, "free": 1}


# --- figures -------------------------------------------------------------------------------------

SINCE = 1_800_000_000_000  # milliseconds, a full hour
HOUR = 3_600_000


def hour(number: int, value: float | None) -> Json:
    at = datetime.fromtimestamp((SINCE + number * HOUR) / 1000, UTC)
    return {"hour": at.isoformat(), "x": value}


@pytest.mark.parametrize(
    ("measure", "values", "runs", "top"),
    [
        ({"most": 1}, {0: 0.5, 1: 1.0}, [[(0.125, 0.5), (0.375, 0.0)]], 1),
        ({"most": 1}, {0: 0.5, 2: 1.0}, [[(0.125, 0.5)], [(0.625, 0.0)]], 1),  # a gap
        ({"most": 1}, {0: 0.5, 1: None, 2: 0.5}, [[(0.125, 0.5)], [(0.625, 0.5)]], 1),
        ({"least": 1, "most": 5}, {3: 3}, [[(0.875, 0.5)]], 5),
        ({}, {0: 30, 1: 15}, [[(0.125, 0.4), (0.375, 0.7)]], 50),
        ({}, {}, [], 1),
    ],
)
def test_where_a_line_runs(
    run: Run, measure: Json, values: dict[int, float], runs: list[Any], top: float
) -> None:
    hours = [hour(number, value) for number, value in values.items()]
    found = run("wall/trends", "line", {"of": "x", **measure}, hours, SINCE, SINCE + 4 * HOUR)
    assert found["top"] == top
    shown = [[(point["x"], point["y"]) for point in run_] for run_ in found["runs"]]
    assert [[pytest.approx(pair) for pair in run_] for run_ in runs] == shown


# --- the history's question ----------------------------------------------------------------------


def test_a_question_and_its_address(run: Run) -> None:
    question = run("history/question", "questionOf", "?q=%20a%26b%20&flow=x&other=1")
    assert question == {"q": "a&b", "flow": "x", "queue": "", "reason": ""}
    assert run("history/question", "searchOf", question) == "?q=a%26b&flow=x"
    path = run("history/question", "pathOf", question, "c/1")
    assert path == "/api/history?q=a%26b&flow=x&limit=25&before=c%2F1"
    assert run("history/question", "placeOf", "a/b", 7) == "/calls/a%2Fb#7"
    empty = run("history/question", "questionOf", "")
    assert run("history/question", "searchOf", empty) == ""


@pytest.mark.parametrize(
    ("end", "seconds"), [("2026-11-22T09:16:05.000Z", 245), (None, None), ("2026-01-01", 0)]
)
def test_how_long_a_call_took(run: Run, end: str | None, seconds: float | None) -> None:
    past = {"started_at": "2026-11-22T09:12:00.000Z", "ended_at": end}
    assert run("history/question", "lasted", past) == seconds


# --- one call ------------------------------------------------------------------------------------


def test_the_turns_of_a_log_and_why_they_took_so_long(run: Run) -> None:
    first, second, third = run("one-call/turns", "turnsOf", call_story.EVENTS)
    assert (first["begin"], first["end"], first["flow"]) == (4.2, 6.2, True)
    told = [run("one-call/turns", "told", turn["waits"]) for turn in (first, second)]
    assert told == [
        "answered after 1.5 s (the caller had gone on once): 0.20 end of turn, 0.90 HTTP, "
        "0.28 voice, 0.02 playout, 0.06 network",
        "answered after 0.5 s: 0.40 end of turn, 0.01 words, 0.02 decision, 0.07 voice",
    ]
    assert first["why"] == "the flow asked orders"
    assert second["why"] == "only a longer silence showed that the caller was done"
    assert (third["waits"], third["flow"]) == (None, False)


def test_a_turn_that_went_on_is_one(run: Run) -> None:
    log = call_story.log(
        (1.0, "UtteranceHeard", call_story.heard(1, "I want", 0.0)),
        (1.5, "TurnResumed", {"turn": 1, "audio_at": 1.4}),
        (3.0, "UtteranceHeard", call_story.heard(1, "I want my money", 0.0)),
    )
    assert [turn["text"] for turn in run("one-call/turns", "turnsOf", log)] == ["I want my money"]


@pytest.mark.parametrize(
    ("changes", "recorded", "words"),
    [
        ([], False, "Recording was not on."),
        ([(True, "consent")], True, ""),
        ([(True, "consent"), (False, "secret")], True, ""),
        ([(False, "refused")], False, "The caller did not agree"),
        ([(False, "failed")], False, "could not be written"),
    ],
)
def test_whether_a_call_has_a_recording(
    run: Run, changes: list[tuple[bool, str]], recorded: bool, words: str
) -> None:
    log = [{"type": "RecordingChanged", "on": on, "reason": reason} for on, reason in changes]
    found = run("one-call/turns", "recordingOf", log)
    assert found["recorded"] is recorded
    assert words in found["words"]


def test_a_hostile_text_in_a_test_is_one_text(run: Run) -> None:
    words = 'a"\\ \n\u2028\u202e\x85\ud800 # - {x: [y]} …'
    log = call_story.log(
        (0.0, "CallStarted", {"flow": "x\n- evil", "started_at": ""}),
        (1.0, "UtteranceHeard", call_story.heard(1, words, 0.0)),
        (1.0, "SlotFilled", {"slot": "no", "value": "yes", "confidence": 1.0}),
    )
    text = run("one-call/example", "example", "c\n# 1", log, 1)
    made = yaml.safe_load(text)
    heard, bot = made["turns"]
    assert heard["caller"] == words.replace("\ud800", "\ufffd")
    assert bot["bot"] == {"slot": {"no": "yes"}}
    assert "\u202e" not in text


CUT = """async ([bytes, step, least]) => {
    const {Cutter} = await import("/static/one-call/flac.js");
    const whole = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    const cutter = new Cutter();
    const pieces = [];
    const decode = async (piece) => {
        const context = new OfflineAudioContext(2, 1, 8000);
        return (await context.decodeAudioData(piece.buffer)).duration;
    };
    for (let at = 0; at < whole.length; at += step) {
        const last = at + step >= whole.length;
        cutter.push(whole.subarray(at, at + step));
        const piece = cutter.piece(least, last);
        if (piece) pieces.push(await decode(piece));
    }
    return {info: cutter.info, pieces};
}"""


@pytest.mark.parametrize(("step", "least"), [(1000, 40_000), (7, 50_000), (10**9, 1)])
def test_a_long_recording_is_decoded_in_pieces(
    page: Page, site: str, step: int, least: int
) -> None:
    page.goto("/static/icon.svg")
    whole = call_story.flac(12.0)
    cut = page.evaluate(CUT, [base64.b64encode(whole).decode(), step, least])
    assert cut["info"] == {"rate": 16_000, "channels": 2, "samples": 12 * 16_000}
    assert sum(cut["pieces"]) == pytest.approx(12.0, abs=0.01)
    assert len(cut["pieces"]) >= (1 if step > len(whole) else 3)


def test_what_is_no_flac_is_refused(page: Page, site: str) -> None:
    page.goto("/static/icon.svg")
    with pytest.raises(Exception, match="no FLAC"):
        page.evaluate(CUT, ["UklGRgAAAAA=", 100, 1])
