import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.form import Field, Form, extract, ranked
from warmline.spoken import words

DRINK = Field(
    name="drink",
    options={"latte": [], "coffee": [], "iced coffee": [], "mocha": [], "iced mocha": []},
    required=True,
)
SIZE = Field(name="size", options={"small": [], "medium": [], "large": ["large", "big(|gest) one"]})
ROAST = Field(name="roast", options={"(light|medium|dark) roast": []})
SHOTS = Field(name="shots", options={"2": ["two shots", "double shot"], "1": ["(one|single) shot"]})
MILK = Field(name="milk", options={"(|some |a lot of )(|skim |soy )milk": []})
FORM = Form([DRINK, SIZE, ROAST, SHOTS, MILK], carrier=["brew"])


def values(*texts: str) -> dict[str, str]:
    found = extract(FORM, ranked(texts[0], texts[1:]))
    return {name: heard.value for name, heard in found.items() if heard.value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can I have a large latte, please?", {"drink": "latte", "size": "large"}),
        ("the biggest one, coffee", {"drink": "coffee", "size": "large"}),
        ("medium roast coffee", {"drink": "coffee", "roast": "medium roast"}),
        (
            "Brew a medium, medium-roast coffee",
            {"drink": "coffee", "roast": "medium roast", "size": "medium"},
        ),
        ("iced coffee with two shots", {"drink": "iced coffee", "shots": "2"}),
        ("a mocha with a lot of skim milk", {"drink": "mocha", "milk": "a lot of skim milk"}),
        ("1 shot mocha", {"drink": "mocha", "shots": "1"}),
        # misheard, as small recognisers do
        ("a light rose ice mocha", {"drink": "iced mocha", "roast": "light roast"}),
        ("Can I get a latte with skin milk", {"drink": "latte", "milk": "skim milk"}),
        # said again, and changed
        ("a small latte, a small latte", {"drink": "latte", "size": "small"}),
        ("a small, no, a large latte", {"drink": "latte", "size": "large"}),
        ("what are your opening hours", {}),
        ("", {}),
    ],
)
def test_slots_of_one_sentence(text: str, expected: dict[str, str]) -> None:
    assert values(text) == expected


def test_readings_help_each_other() -> None:
    assert "drink" not in values("brew me a nighs brocha")
    assert values("small iced milk", "small iced mocha")["drink"] == "iced mocha"


def test_what_all_readings_say_is_sure() -> None:
    found = extract(FORM, ranked("a large mocha", ["large mocha"]))
    assert {name: heard.confidence > 0.9 for name, heard in found.items()} == {
        "drink": True,
        "size": True,
    }
    assert found["drink"].said == "mocha"


def test_what_readings_dispute_is_in_doubt() -> None:
    found = extract(FORM, ranked("a large coffee", ["a small coffee"]))
    assert found["size"].value == "large"
    assert 0.5 < found["size"].confidence < 0.75
    assert found["drink"].confidence > 0.9


def test_an_absence_in_doubt_is_told() -> None:
    found = extract(FORM, ranked("a coffee", ["a coffee", "a coffee with milk"]))
    assert found["milk"].value == ""
    assert found["milk"].confidence < 0.9
    assert "roast" not in found


def test_what_was_misheard_is_less_sure() -> None:
    plain, misheard = (
        extract(FORM, ranked(text, []))["roast"].confidence
        for text in ("a light roast coffee", "a light rose coffee")
    )
    assert plain > 0.9
    assert 0.5 < misheard < plain


def test_small_words_tell_phrases_apart() -> None:
    assert values("coffee with some milk")["milk"] == "some milk"
    assert values("coffee with milk")["milk"] == "milk"


@pytest.mark.parametrize(
    "text",
    [
        "when is my flight",
        "what is the weather like",
        "how much is it",
        "I want to talk to someone",
    ],
)
def test_other_requests_fill_nothing(text: str) -> None:
    found = extract(FORM, ranked(text, []))
    assert not [heard for heard in found.values() if heard.value and heard.confidence > 0.6]


def test_two_that_agree_are_believed() -> None:
    assert values("large coffee", "small coffee", "small coffee")["size"] == "small"


def test_no_reading_is_no_value() -> None:
    assert extract(FORM, []) == {}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([Field(name="a", options={})], "a: expected at least one option"),
        ([Field(name="a", options={"x(": []})], "expected matching brackets"),
        ([Field(name="a", options={"x": ["z"], "y": ["z"]})], "a: the phrase 'z' has two meanings"),
        (
            [Field(name="a", options={"x": []}), Field(name="b", options={"X!": []})],
            "b: the phrase 'X!' has two meanings",
        ),
        ([Field(name="a", options={"...": []})], "each with words"),
        ([], "expected 1 to"),
    ],
)
def test_what_cannot_be_a_form(fields: list[Field], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Form(fields)


_WORDS = words("a large small mocha latte iced skim milk of lot with no two shots xyz 12")


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join), st.text(max_size=60))
def test_anything_may_be_said(text: str, other: str) -> None:
    for name, heard in extract(FORM, ranked(text, [other])).items():
        assert heard.value == "" or any(m[1] == heard.value for m in FORM.meanings), name
        assert 0 <= heard.confidence <= 1


@given(
    st.sampled_from(["latte", "coffee", "iced coffee", "mocha", "iced mocha"]),
    st.sampled_from(["", "small", "medium", "large"]),
    st.sampled_from(["", "light roast", "medium roast", "dark roast"]),
    st.sampled_from(["", "milk", "some soy milk", "a lot of milk", "a lot of skim milk"]),
)
def test_every_order_is_understood(drink: str, size: str, roast: str, milk: str) -> None:
    text = f"I'd like a {size} {roast} {drink} {'with ' + milk if milk else ''}"
    said = {"drink": drink, "size": size, "roast": roast, "milk": milk}
    assert values(text) == {name: value for name, value in said.items() if value}


def test_a_long_sentence_is_read_in_part() -> None:
    assert values("large latte " + "blah " * 10_000) == {"drink": "latte", "size": "large"}
