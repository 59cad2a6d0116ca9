"""Bytes that claim to be JSON, and the texts that are spoken from them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.connect.jsonpath import parse
from warmline.connect.outcome import Failed
from warmline.connect.reply import MAX_TEXT, is_json, read, spoken

SAVE = {"it": parse("$.it")}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"sent"', "sent"),
        ('"  two\\r\\n lines\\t "', "two lines"),
        ('"a\\u0000b\\u001b[31m\\u200b\\u202ec"', "ab[31mc"),
        ('"\\ud800half"', "half"),
        ('"caf\\u00e9 \\ud83d\\ude00"', "café 😀"),
        ("true", "yes"),
        ("false", "no"),
        ("0", "0"),
        ("-12", "-12"),
        ("19.90", "19.90"),
        ("9007199254740993", "9007199254740993"),
        ("1e999999", "1e999999"),
        (f'"{"x" * 5000}"', "x" * MAX_TEXT),
        ("1" * 5000, "1" * MAX_TEXT),
    ],
)
def test_a_value_becomes_the_text_that_is_spoken(written: str, text: str) -> None:
    assert read(f'{{"it": {written}}}'.encode(), SAVE) == {"it": text}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"<html>", "not_json"),
        (b'{"it": "cut', "not_json"),
        (b'{"it": NaN}', "not_json"),
        (b'{"it": Infinity}', "not_json"),
        (b'{"it": "\xff"}', "not_json"),
        (b'{"it": 1} {"it": 2}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"it":' * 50_000, "too_deep"),
        (b"{}", "missing_field"),
        (b"[]", "missing_field"),
        (b'"it"', "missing_field"),
        (b'{"it": null}', "missing_field"),
        (b'{"it": []}', "missing_field"),
        (b'{"it": {"a": 1}}', "missing_field"),
        (b'{"it": ""}', "missing_field"),
        (b'{"it": " \\n\\u0000"}', "missing_field"),
    ],
)
def test_what_cannot_be_used_says_why(body: bytes, code: str) -> None:
    with pytest.raises(Failed) as caught:
        read(body, SAVE)
    assert caught.value.code == code


def test_all_slots_are_there_or_it_is_a_failure() -> None:
    body = b'{"a": 1, "b": [2]}'
    save = {"one": parse("$.a"), "two": parse("$.b[0]")}
    assert read(body, save) == {"one": "1", "two": "2"}
    with pytest.raises(Failed):
        read(body, save | {"three": parse("$.c")})


@given(st.binary() | st.text(alphabet='[]{}":,0tn ').map(str.encode))
def test_any_bytes_are_a_reply_or_a_failure(body: bytes) -> None:
    try:
        assert read(body, {"all": parse("$")})["all"]
    except Failed as failure:
        assert failure.code in ("not_json", "too_deep", "missing_field")


@given(st.text())
def test_any_text_is_safe_to_speak_and_to_store(text: str) -> None:
    clean = spoken(json.loads(json.dumps(text)))
    assert clean.isprintable() or not clean.isascii()
    assert clean == clean.strip() == spoken(clean)
    clean.encode()


@pytest.mark.parametrize(
    ("content_type", "promised"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/json", True),
        ("", False),
        ("text/html", False),
        ("application/jsonp", False),
        ("text/html; application/json", False),
    ],
)
def test_which_content_types_promise_json(content_type: str, promised: bool) -> None:
    assert is_json(content_type) == promised
