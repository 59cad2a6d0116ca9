"""The published forms of the messages."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from warmline import desk
from warmline.desk.messages import Painted, Ping, Unwatch, Watch, read, schema

HERE = Path(desk.__file__).parent


def test_the_published_schema_is_this_one() -> None:
    published = json.loads((HERE / "live.v1.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "python -m warmline.desk.messages > …/live.v1.schema.json"
    Draft202012Validator.check_schema(published)


def examples() -> list[str]:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    fenced = readme.split("```")[1::2]
    return [
        line.strip()
        for block in fenced
        if block.startswith("json")
        for line in block.splitlines()[1:]
        if line.strip()
    ]


@pytest.mark.parametrize("example", examples())
def test_the_readmes_examples_are_messages(example: str) -> None:
    Draft202012Validator(schema()).validate(json.loads(example))


def test_the_readme_shows_every_message() -> None:
    shown = {json.loads(example)["type"] for example in examples()}
    sides = (schema()["$defs"][side]["oneOf"] for side in ("ClientMessage", "ServerMessage"))
    names = [form["$ref"].rsplit("/")[-1] for side in sides for form in side]
    known = {schema()["$defs"][name]["properties"]["type"]["const"] for name in names}
    assert shown == known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"watch","call":"c1"}', Watch(type="watch", call="c1")),
        (
            '{"type":"watch","call":"c1","after":7,"epoch":"e"}',
            Watch(type="watch", call="c1", after=7, epoch="e"),
        ),
        ('{"type":"unwatch","call":"c1"}', Unwatch(type="unwatch", call="c1")),
        ('{"type":"painted","call":"c1","seq":3}', Painted(type="painted", call="c1", seq=3)),
        ('{"type":"ping"}', Ping(type="ping")),
    ],
)
def test_what_pages_say(text: str, message: object) -> None:
    assert read(text) == message


BAD = [
    *("", "{", "[]", "7", "null", '"ping"', "{}", '{"type":"fly"}', '{"type":"watch"}'),
    *('{"type":"watch","call":""}', '{"type":"watch","call":"a b"}', '{"type":"ping","more":1}'),
    '{"type":"watch","call":"c1","after":-1}',
    '{"type":"watch","call":"c1","after":1.5}',
    '{"type":"watch","call":"c1","after":"1"}',
    '{"type":"watch","call":"c1","after":true}',
    '{"type":"painted","call":"c1","seq":0}',
    '{"type":"ping"}' + " " * 5000,
    "[" * 4000,
]


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:30])
def test_what_is_no_message(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)


def test_a_refusal_does_not_quote() -> None:
    with pytest.raises(ValueError) as raised:
        read('{"type":"watch","call":"<script> secret"}')
    assert "secret" not in str(raised.value)
    assert "call" in str(raised.value)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_whatever_is_sent_it_is_a_message_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        read(text)
