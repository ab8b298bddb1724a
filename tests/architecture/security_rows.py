"""What docs/security.md claims, row by row, and whether the tests it names are there."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HEADER = "| requirement | how | test |"
NAMED = re.compile(r"`(tests/[\w/.-]+\.py)::([\w:]+)(?:\[[^`]*\])?`")
ANY_TEST = re.compile(r"tests/[^\s`|]*::[^\s`|]*")
NOT_COVERED = "not covered:"
SHORTEST_REASON = 12


@dataclass(frozen=True)
class Row:
    """A line of a mapping; ``section`` is the heading of second degree it stands under."""

    section: str
    requirement: str
    how: str
    test: str
    line: int

    @property
    def covered(self) -> bool:
        """Whether a test shows it."""
        return not self.test.startswith(NOT_COVERED)


def rows(text: str) -> Iterator[Row]:
    """Every line of every mapping."""
    section, inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        if not line.startswith("|"):
            inside = False
        elif line == HEADER:
            inside = True
        elif inside and not line.startswith("|---"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            cells += [""] * (3 - len(cells))
            yield Row(section, *cells[:3], number)


def problems(text: str, root: Path) -> list[str]:
    """What is wrong with the mappings, in words, each with its line."""
    return [
        f"docs/security.md, line {row.line}: {wrong}"
        for row in rows(text)
        for wrong in (*_empty(row), *_test(row), *_unknown(row, root))
    ]


def wrong_names(text: str, root: Path) -> list[str]:
    """Tests named anywhere in the document that are not there, or are not written to be found."""
    named = {f"{file}::{test}" for file, test in NAMED.findall(text)}
    told = {re.sub(r"\[.*", "", found) for found in ANY_TEST.findall(text)}
    lost = {name for name in named if not _is_there(name, root)}
    return sorted(lost | (told - named))


def _empty(row: Row) -> Iterator[str]:
    for name in ("requirement", "how", "test"):
        if not getattr(row, name).strip("-–… "):
            yield f"{row.requirement or 'a row'} says nothing under {name}"


def _test(row: Row) -> Iterator[str]:
    if row.covered:
        if not NAMED.search(row.test):
            yield f"{row.requirement}: names no test, and does not say “{NOT_COVERED} why”"
    elif len(row.test.removeprefix(NOT_COVERED).strip()) < SHORTEST_REASON:
        yield f"{row.requirement}: says not covered, and not why"


def _unknown(row: Row, root: Path) -> Iterator[str]:
    for name in wrong_names(row.test, root):
        yield f"{row.requirement}: there is no {name}"


def _is_there(name: str, root: Path) -> bool:
    file, _, test = name.partition("::")
    return test in _tests_in(root / file)


@lru_cache(maxsize=256)
def _tests_in(path: Path) -> frozenset[str]:
    """The tests of a file, by ``name`` or ``Class::name``; a parametrised one has one name."""
    if not path.exists():
        return frozenset()
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            found |= {f"{node.name}::{m.name}" for m in methods if m.name.startswith("test_")}
    return frozenset(found)
