"""The table of faults names every row there must be, and tests that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import warmline.gateway

TESTS = Path(__file__).parents[1]
TABLE = Path(warmline.gateway.__file__).with_name("FAULTS.md")
ROWS = [f"A{number}" for number in range(1, 18)] + [f"B{number}" for number in range(1, 12)]
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> dict[str, list[str]]:
    """The cells of each row, by its number."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:3] != "| |"]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return {row[0]: row for row in cells if re.fullmatch(r"[A-Z]\d+", row[0])}


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_every_fault_has_its_row_and_its_tests() -> None:
    table = rows()
    assert list(table) == ROWS
    for number, row in table.items():
        assert len(row) == 5, f"{number}: a cell is missing, or one too many"
        assert all(row), f"{number}: a cell is empty"
        assert _TEST.findall(row[-1]), f"{number}: name a test, or say why there is none"


@pytest.mark.parametrize("place", sorted(set(_TEST.findall(TABLE.read_text(encoding="utf-8")))))
def test_every_test_that_is_named_is_there(place: tuple[str, str]) -> None:
    file, name = place
    path = TESTS / file
    assert path.is_file(), f"tests/{file} is named in FAULTS.md and not there"
    assert name in functions_in(path), f"tests/{file} has no {name}, which FAULTS.md names"


def test_what_is_open_is_told_in_the_table() -> None:
    """An expected failure among the tests of the faults is in a row, which says Open."""
    told = {name for row in rows().values() if "**Open**" in row[2]
            for _, name in _TEST.findall(row[-1])}  # fmt: skip
    for path in sorted(TESTS.glob("unit/gateway/**/test_faults_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                assert "xfail" not in marks or node.name in told, f"{path.name}::{node.name}"
