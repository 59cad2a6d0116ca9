"""The tables of faults name every row there must be, and tests that there are."""

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path
from types import ModuleType

import pytest

import warmline.desk
import warmline.gateway

TESTS = Path(__file__).parents[1]
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


class Table:
    """One room's FAULTS.md, and where its own tests of faults are."""

    def __init__(self, room: ModuleType, rows: list[str], cells: int, own: str) -> None:
        assert room.__file__
        self.path = Path(room.__file__).with_name("FAULTS.md")
        self.text = self.path.read_text(encoding="utf-8")
        self.expected = rows
        self.cells = cells
        self.own = own
        """A pattern of paths below tests/."""

    @property
    def rows(self) -> dict[str, list[str]]:
        """The cells of each row, by its number."""
        lines = [line for line in self.text.splitlines() if line[:3] != "| |"]
        found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return {row[0]: row for row in found if re.fullmatch(r"[A-Z]\d+", row[0])}

    def __str__(self) -> str:
        return self.path.parent.name


TABLES = [
    Table(
        warmline.gateway,
        [*(f"A{number}" for number in range(1, 19)), *(f"B{number}" for number in range(1, 12))],
        5,
        "unit/gateway/**/test_faults_*.py",
    ),
    Table(
        warmline.desk,
        ["C17", "R4", "R5", *(f"D{number}" for number in range(1, 13))],
        4,
        "unit/desk/test_faults_*.py",
    ),
]
each_table = pytest.mark.parametrize("table", TABLES, ids=str)


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


@each_table
def test_every_fault_has_its_row_and_its_tests(table: Table) -> None:
    assert list(table.rows) == table.expected
    for number, row in table.rows.items():
        assert len(row) == table.cells, f"{number}: a cell is missing, or one too many"
        assert all(row), f"{number}: a cell is empty"
        assert _TEST.findall(row[-1]), f"{number}: name a test, or say why there is none"


NAMED = chain.from_iterable(_TEST.findall(table.text) for table in TABLES)


@pytest.mark.parametrize("place", sorted(set(NAMED)))
def test_every_test_that_is_named_is_there(place: tuple[str, str]) -> None:
    file, name = place
    path = TESTS / file
    assert path.is_file(), f"tests/{file} is named in FAULTS.md and not there"
    assert name in functions_in(path), f"tests/{file} has no {name}, which FAULTS.md names"


@each_table
def test_what_is_open_is_told_in_the_table(table: Table) -> None:
    """An expected failure among the tests of the faults is in a row, which says Open."""
    told = {name for row in table.rows.values() if "**Open**" in row[2]
            for _, name in _TEST.findall(row[-1])}  # fmt: skip
    own = sorted(TESTS.glob(table.own))
    assert own
    for path in own:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
                assert "xfail" not in marks or node.name in told, f"{path.name}::{node.name}"
