"""Problems with their places, and errors made of them."""

import pytest

from warmline.errors import FlowError
from warmline.flows.problem import Path, Problem
from warmline.flows.report import (
    MAX_REPORTED,
    Finding,
    FlowRefused,
    Place,
    findings_of,
    locate,
)

PLACES: dict[Path, Place] = {
    (): Place("flow.yaml", 1),
    ("nodes",): Place("flow.yaml", 4),
    ("nodes", "b"): Place("a_part.yaml", 2),
    ("nodes", "a"): Place("flow.yaml", 9),
}


def test_problems_come_in_the_order_of_the_files() -> None:
    paths: list[Path] = [("nodes", "b", "end"), ("nodes", "a", "say"), ("x",), ("nodes", "c")]
    found = locate([Problem(path=path, message="wrong") for path in paths], PLACES)
    assert [str(finding) for finding in found] == [
        "flow.yaml:1: x: wrong",
        "flow.yaml:4: nodes.c: wrong",
        "flow.yaml:9: nodes.a.say: wrong",
        "a_part.yaml:2: nodes.b.end: wrong",
    ]


def test_paths_are_printable_and_short() -> None:
    (finding,) = locate([Problem(path=("\x1b[31m" + "x" * 500,), message="m")], PLACES)
    assert finding.path.startswith("?[31mx") and len(finding.path) == 200


def test_an_error_tells_the_first_and_counts_the_rest() -> None:
    many = [Finding(place=Place("f", at), message="m") for at in range(MAX_REPORTED + 3)]
    refused = FlowRefused(many)
    assert len(str(refused).splitlines()) == MAX_REPORTED + 1
    assert str(refused).endswith("f:1: and 3 more problems")
    assert findings_of(refused) == tuple(many)


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ("dir/a.md:12: no title: write one", Place("dir/a.md", 12), "no title: write one"),
        ("C:/a.md:1: bad", Place("C:/a.md", 1), "bad"),
        ("no place at all", Place("", 0), "no place at all"),
    ],
)
def test_errors_of_others_have_findings_too(line: str, place: Place, message: str) -> None:
    (finding,) = findings_of(FlowError(line))
    assert (finding.place, finding.message) == (place, message)
