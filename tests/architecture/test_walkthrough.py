"""docs/walkthrough.md names only what is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
NAME = re.compile(r"`((?:services|shared|tests|tools)/[\w/]+\.py)::([\w.]+)`")
STATIONS = "①②③④⑤⑥"


def untrue(text: str) -> list[str]:
    """The names in `text` that are not, or no longer, there."""
    return [f"{file}::{name}" for file, name in NAME.findall(text) if not _is_there(file, name)]


def _is_there(file: str, name: str) -> bool:
    path = ROOT / file
    return path.is_file() and name in _defined(ast.parse(path.read_text(encoding="utf-8")).body)


def _defined(body: list[ast.stmt], inside: str = "") -> set[str]:
    """Functions, classes, and functions of classes as `Class.function`."""
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.add(inside + node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {node.name} | _defined(node.body, f"{node.name}.")
    return found


def test_every_name_is_there():
    assert len(NAME.findall(TEXT)) > 30
    assert untrue(TEXT) == []


def test_every_station_of_the_line_is_told_in_order():
    headings = re.findall(rf"^## ([{STATIONS}])", TEXT, re.MULTILINE)
    assert "".join(headings) == STATIONS


def test_what_looks_like_a_name_is_checked():
    """A name in another form than the checked one would be believed."""
    looks_like_one = re.findall(r"`[^`]*\.py::[^`]*`", TEXT)
    assert len(looks_like_one) == len(NAME.findall(TEXT))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("handlers.py::accept_case", "handlers.py::admit_case"),
        ("intake/handlers.py::transfer_case", "intake/handler.py::transfer_case"),
        ("Relay.publish_waiting", "Relay.publish_never"),
        ("Relay.publish_waiting", "Outbox.publish_waiting"),
    ],
)
def test_a_wrong_name_is_found(right, wrong):
    assert right in TEXT
    assert len(untrue(TEXT.replace(right, wrong))) == 1
