"""Facts survive the way to plain data and back; what is not ours is refused."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import CallEnded, DigitPressed, Entry, Fact, NodeEntered, SlotFilled
from warmline.records import codec

FACTS: tuple[type[Fact], ...] = get_args(Fact)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(
    str, st.text(st.characters(exclude_categories=["Cs"]).filter("\0".__ne__))
)
facts = st.one_of([st.builds(fact) for fact in FACTS])


@given(facts)
def test_every_fact_comes_back_from_json(fact: Fact) -> None:
    name, body = codec.encode(fact)
    assert codec.decode(name, json.loads(json.dumps(body))) == fact


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_the_whole_union_is_known(fact: type[Fact]) -> None:
    with pytest.raises(ValueError, match=f"{fact.__name__} has no field 'unknown'"):
        codec.decode(fact.__name__, dict.fromkeys([*fact.__slots__, "unknown"], 0))


@given(st.text(st.characters()))
def test_any_text_can_be_stored(text: str) -> None:
    _, body = codec.encode(DigitPressed(digit=text))
    stored = body["digit"]
    assert isinstance(stored, str)
    stored.encode()
    assert "\0" not in stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud83db", "a\N{REPLACEMENT CHARACTER}b"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{CAT}", None),
        ("", None),
    ],
)
def test_only_what_cannot_be_stored_is_replaced(text: str, stored: str | None) -> None:
    assert codec.encode(DigitPressed(digit=text))[1] == {"digit": stored or text}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_lacks_is_refused_without_its_company(number: float) -> None:
    with pytest.raises(ValueError, match=r"^SlotFilled.confidence is not a finite number$"):
        codec.encode(SlotFilled(slot="order", value="4017", confidence=number))


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("CallPaused", {}, "'CallPaused' is no type of fact"),
        ("CallEnded", {}, "CallEnded lacks the field 'reason'"),
        ("CallEnded", {"reason": "x", "by": "y"}, "CallEnded has no field 'by'"),
        ("CallEnded", {"reason": 5}, "CallEnded.reason is a int, expected str"),
        ("FramesDropped", {"where": "x", "count": True}, "count is a bool, expected int"),
        ("FramesDropped", {"where": "x", "count": 1.0}, "count is a float, expected int"),
        ("SpeechPaused", {"audio_at": None}, "audio_at is a NoneType, expected float"),
    ],
)
def test_refuses_what_is_not_ours(name: str, body: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        codec.decode(name, body)


def test_a_whole_number_will_do_for_a_float() -> None:
    fact = codec.decode("SlotFilled", {"slot": "s", "value": "v", "confidence": 1})
    assert isinstance(fact, SlotFilled) and isinstance(fact.confidence, float)


def test_rows_of_a_call() -> None:
    start = datetime(2026, 3, 1, 12, 0, 0, 1500, tzinfo=timezone(timedelta(hours=2)))
    entry = Entry(call_id="c", seq=3, at=61.5, fact=CallEnded(reason="completed"))
    row = codec.event_row(entry)
    assert codec.entry(row) == entry
    assert codec.call_row(row, start)["started_at"] == "2026-03-01T10:00:00.001Z"
    assert codec.call_row(row, start)["door"] == ""
    assert codec.end_row(row, start) == {
        "ended_call": "c",
        "at": "2026-03-01T10:01:01.501Z",
        "why": "completed",
    }


def test_times_have_one_width() -> None:
    assert codec.iso(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00.000Z"


def test_encodes_name_and_fields() -> None:
    assert codec.encode(NodeEntered(node="greet")) == ("NodeEntered", {"node": "greet"})
