"""YAML of authors: what is text, what is refused, and where it stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.errors import FlowError
from warmline.flows.reader import MAX_VALUES, Budget, parse
from warmline.flows.report import FlowRefused, Place

FILE = Path("part.yaml")


def read(text: str) -> object:
    return parse(FILE, text.encode()).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("2024-11-24", "2024-11-24"),
        ("12:30", "12:30"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1e9", "1e9"),
        (".inf", ".inf"),
        ("+1", "+1"),
        ("12", 12),
        ("-12", -12),
        ("1.50", 1.5),
        ("123456789012345", 123456789012345),
        ("1234567890123456", "1234567890123456"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ("a: [1, b]", {"a": [1, "b"]}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
    ],
)
def test_plain_values(text: str, value: object) -> None:
    found = read(text)
    assert found == value and type(found) is type(value)


def test_each_key_and_item_has_its_place() -> None:
    places = parse(FILE, b"a:\n  b: 1\nc:\n- x\n- y: z\n").places
    assert {path: place.line for path, place in places.items()} == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("c",): 3,
        ("c", 0): 4,
        ("c", 1): 5,
        ("c", 1, "y"): 5,
    }
    assert places["a", "b"] == Place("part.yaml", 2)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x 1", 1, "anchors and aliases are not allowed"),
        ("a: 1\nb: *x", 2, "anchors and aliases are not allowed"),
        ("&k a: 1", 1, "anchors and aliases are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", 1, "tags are not allowed"),
        ("a: !include b.yaml", 1, "tags are not allowed"),
        ("!!set {a, b}", 1, "tags are not allowed"),
        ("a: 1\na: 2", 2, "the key 'a' stands on line 1 already"),
        ("? {a: b}\n: c", 1, "expected a plain key"),
        ("a: 'b", 1, "not YAML"),
        ("a: b: c", 1, "not YAML"),
        ("a: [1, 2", 1, "not YAML"),
        ("a: 1\n---\nb: 2", 2, "expected one document"),
        ("a: 1\nb: \0", 2, "expected printable text"),
        ("a: \x1b[31m", 1, "expected printable text"),
        (r'a: "\0"', 1, "expected printable text"),
        (r'"\e[31m": a', 1, "expected printable text"),
        ("\n".join(" " * at + "a:" for at in range(30)), 22, "expected at most 20 levels"),
        ("[" * 100_000, 1, "expected at most 20 levels"),
        ("".join(f"k{at}: 1\n" for at in range(20_000)), 10_000, "expected at most 20000 keys"),
    ],
)
def test_what_is_not_allowed(text: str, line: int, message: str) -> None:
    with pytest.raises(FlowError) as raised:
        read(text)
    assert str(raised.value).startswith(f"part.yaml:{line}: ")
    assert message in str(raised.value)


def test_a_bomb_does_not_grow() -> None:
    names = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip(names, names[1:], strict=False):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    with pytest.raises(FlowError, match="anchors and aliases are not allowed"):
        read("\n".join(lines))


def test_ten_thousand_keys_are_read_but_count() -> None:
    budget = Budget()
    data = "".join(f"k{at}: 1\n" for at in range(9_999)).encode()
    assert len(parse(FILE, data, budget).value) == 9_999
    assert budget.values == MAX_VALUES - 19_999
    with pytest.raises(FlowRefused, match="expected at most 20000 keys and values"):
        parse(FILE, b"a: 1\n", budget)


def test_all_files_share_the_bytes() -> None:
    budget = Budget()
    parse(FILE, b"#" * 600_000, budget)
    with pytest.raises(FlowRefused, match="at most 1 MiB, all included files together"):
        parse(FILE, b"#" * 600_000, budget)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(FlowRefused, match=r"part\.yaml:2: expected UTF-8 text"):
        parse(FILE, b"a: b\nc: \xff\n")


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    try:
        parse(FILE, text.encode("utf-8", "surrogatepass"))
    except FlowRefused as refused:
        assert refused.findings[0].place.line >= 1
