"""The examples of docs/departments.md, found by their names, so that tests run what people read."""

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs" / "departments.md"
_EXAMPLE = re.compile(
    r"<!-- example: (?P<name>[\w.]+) -->\n```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL
)


def examples(kind: str) -> dict[str, str]:
    """The fenced blocks of a kind (``python``, ``json``) by name."""
    found = _EXAMPLE.finditer(DOCUMENT.read_text(encoding="utf-8"))
    return {match["name"]: match["text"] for match in found if match["kind"] == kind}
