"""JSON from strangers: one meaning, few levels, finite numbers."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.twilio.strict_json import MAX_DEPTH, MAX_KEYS, read_object

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"text"',
        "{",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 10_000,
        '{"a":' * 10_000,
        '{"a":' + "[" * 10_000,
        nested(MAX_DEPTH + 1),
        json.dumps({str(key): 1 for key in range(MAX_KEYS + 1)}),
        '{"a": 1} {"b": 2}',
        "\ufeff{}",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_object(text)


def test_the_deepest_and_the_widest_that_pass() -> None:
    assert read_object(nested(MAX_DEPTH))
    assert len(read_object(json.dumps({str(key): 1 for key in range(MAX_KEYS)}))) == MAX_KEYS
    assert read_object('{"a": 1e300, "b": [], "c": {}}') == {"a": 1e300, "b": [], "c": {}}


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_what_is_written_is_read(value: dict[str, object]) -> None:
    try:
        assert read_object(json.dumps(value)) == value
    except ValueError as error:
        assert "deep" in str(error)


@given(st.text())
def test_any_text_is_an_object_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read_object(text), dict)
