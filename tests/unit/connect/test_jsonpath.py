"""JSON paths that name one value, and nothing that can be slow."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.connect.jsonpath import Path, find, parse

DOCUMENT = {"status": "sent", "items": [{"eta": "9:30"}, {"eta": None}], "a b": {"it's": 1}, "": 2}


@pytest.mark.parametrize(
    ("path", "steps", "value"),
    [
        ("$", (), DOCUMENT),
        ("$.status", ("status",), "sent"),
        ("$['status']", ("status",), "sent"),
        ("$.items[0].eta", ("items", 0, "eta"), "9:30"),
        ("$.items[-2]['eta']", ("items", -2, "eta"), "9:30"),
        ("$['a b']['it\\'s']", ("a b", "it's"), 1),
        ('$["a b"]["it\'s"]', ("a b", "it's"), 1),
        ("$['']", ("",), 2),
        ("$.straße_2", ("straße_2",), None),
        ("$.items[1].eta", ("items", 1, "eta"), None),
        ("$.items[2]", ("items", 2), None),
        ("$.items[-3]", ("items", -3), None),
        ("$.items.eta", ("items", "eta"), None),
        ("$.status.length", ("status", "length"), None),
        ("$.status[0]", ("status", 0), None),
        ("$[0]", (0,), None),
    ],
)
def test_a_path_finds_its_value(path: str, steps: Path, value: object) -> None:
    assert parse(path) == steps
    assert find(parse(path), DOCUMENT) == value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "begins with $"),
        ("status", "begins with $"),
        (" $.status", "begins with $"),
        ("$status", "after $:"),
        ("$.", "after $:"),
        ("$..eta", "after $:"),
        ("$.*", "after $:"),
        ("$.items[*]", "after $.items:"),
        ("$.items[?@.a=~'(a+)+$']", "after $.items:"),
        ("$.items[0:2]", "after $.items:"),
        ("$.items[01]", "after $.items:"),
        ("$.items[-0]", "after $.items:"),
        ("$.items[1234567890]", "after $.items:"),
        ("$.items[٣]", "after $.items:"),
        ("$.order-id", "after $.order:"),
        ("$.2nd", "after $:"),
        ("$['a\nb']", "after $:"),
        ("$['a", "after $:"),
        ("$" + ".a" * 21, "at most 20 steps"),
    ],
)
def test_another_path_says_what_was_expected(path: str, expected: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse(path)
    assert expected in str(caught.value)


@given(st.text(alphabet="$.[]'\"\\a0-*? \n") | st.text())
def test_any_text_is_a_path_or_a_mistake(path: str) -> None:
    try:
        steps = parse(path)
    except ValueError as error:
        assert "expected" in str(error)
    else:
        find(steps, DOCUMENT)


@given(st.lists(st.text(alphabet=st.characters(min_codepoint=32), max_size=5), max_size=5))
def test_any_names_can_be_written_as_a_path(names: list[str]) -> None:
    path = "$" + "".join(
        "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']" for name in names
    )
    document: object = "here"
    for name in reversed(names):
        document = json.loads(json.dumps({name: document}))
    assert find(parse(path), document) == "here"
