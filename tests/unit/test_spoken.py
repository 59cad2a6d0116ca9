import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.spoken import digit_runs, digits, words, yes_no


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("...", []),
        ("Yes, that\u2019s RIGHT!", ["yes", "that's", "right"]),
        ("4-5-2, 7.", ["4", "5", "2", "7"]),
        ("'quoted' rock 'n' roll_on", ["quoted", "rock", "n", "roll", "on"]),
        ("\uff14\uff15", ["45"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("four five two seven", "4527"),
        ("4527", "4527"),
        ("4527.", "4527"),
        ("4 5-2, 7.", "4527"),
        ("4-5-2-7", "4527"),
        ("4, 5, 2, 7", "4527"),
        ("45 27", "4527"),
        ("4,527", "4527"),
        ("Four five, 27.", "4527"),
        ("forty five twenty seven", "4527"),
        ("Forty-five twenty-seven", "4527"),
        ("twenty", "20"),
        ("twelve thirty", "1230"),
        ("twenty oh seven", "2007"),
        ("one hundred", "100"),
        ("five hundred and twelve", "512"),
        ("forty five hundred", "4500"),
        ("four thousand five hundred twenty seven", "4527"),
        ("four thousand", "4000"),
        ("two thousand and six", "2006"),
        ("double five", "55"),
        ("double 5, triple two", "55222"),
        ("double o seven", "007"),
        ("oh four o nine", "0409"),
        ("zero zero", "00"),
        ("um, it's, uh, four five two seven please", "4527"),
        ("My number is 4527, thank you.", "4527"),
        ("Oh, it's 4527.", "4527"),
        ("for five to seven", "4527"),
        ("4 5 too 7", "4527"),
        ("won ate for 5", "1845"),
        ("It's for five to seven, thanks", "4527"),
        ("I waited for two weeks to get it", "2"),
        ("for to", ""),
        ("won", ""),
        ("that's the right one", ""),
        ("double trouble", ""),
        ("double", ""),
        ("hundreds of them", ""),
        ("", ""),
        ("no", ""),
    ],
)
def test_digits(text: str, expected: str) -> None:
    assert digits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I called at 5 and my order is 4527", ["5", "4527"]),
        ("4528, no, 4527", ["4528", "4527"]),
        ("four five uh and two seven", ["4527"]),
        ("hello", []),
    ],
)
def test_digit_runs(text: str, expected: list[str]) -> None:
    assert digit_runs(text) == expected


_NAMES = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")


@given(st.text("0123456789", max_size=16), st.sampled_from([" ", ", ", "-", " uh "]), st.data())
def test_spoken_form_of_any_digits_is_read_back(number: str, gap: str, data: st.DataObject) -> None:
    spoken = []
    at = 0
    while at < len(number):
        digit = number[at]
        run = next(n for n in (3, 2, 1) if number[at : at + n] == digit * n)
        run = data.draw(st.integers(1, run))
        name = data.draw(st.sampled_from([digit, _NAMES[int(digit)]]))
        spoken.append({1: "", 2: "double ", 3: "triple "}[run] + name)
        at += run
    assert digits(gap.join(spoken)) == number


@given(st.lists(st.integers(10, 99), max_size=6))
def test_pairs_are_read_back(pairs: list[int]) -> None:
    def name(pair: int) -> str:
        if pair < 20:
            return _NAMES[pair]
        unit = _NAMES[pair % 10] if pair % 10 else ""
        return f"{_TENS[pair // 10 - 2]} {unit}".strip()

    assert digits(", ".join(map(name, pairs))) == "".join(map(str, pairs))


@given(st.text())
def test_any_text_is_safe(text: str) -> None:
    assert digits(text).isdecimal() or digits(text) == ""
    assert yes_no(text) in (True, False, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", True),
        ("Yeah, that's right.", True),
        ("yup", True),
        ("Correct.", True),
        ("um, yes please", True),
        ("that's correct", True),
        ("it is", True),
        ("uh-huh", True),
        ("Mm-hmm.", True),
        ("all right", True),
        ("okay", True),
        ("sure, of course", True),
        ("that's not wrong", True),
        ("no problem", True),
        ("Yes, I would also like to change where it is going to.", True),
        ("no", False),
        ("nope", False),
        ("no that's wrong", False),
        ("not correct", False),
        ("that's not quite right", False),
        ("it is not", False),
        ("that is wrong", False),
        ("it isn't", False),
        ("No, thank you.", False),
        ("of course not", False),
        ("absolutely not", False),
        ("not really", False),
        ("I don't think so", False),
        ("okay, no", False),
        ("well, okay, no, that's not it", False),
        ("no, not right now", False),
        ("nothing else", False),
        ("No, I have a question about a bill that came in the post", False),
        ("yes no wait", None),
        ("no, that's right", None),
        ("I don't know", None),
        ("not sure", None),
        ("maybe", None),
        ("never mind", None),
        ("", None),
        ("my order", None),
        ("I have been waiting for a good two weeks, is that right with you people", None),
    ],
)
def test_yes_no(text: str, expected: bool | None) -> None:
    assert yes_no(text) is expected
