"""A file of a pack as read, and what is wrong with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]
"""Where in a file something stands: ("items", 3, "limit", "kind")."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one place of a pack."""

    file: str
    line: int
    field: str
    wrong: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.wrong}; {self.expected}"


class PackError(Exception):
    """A pack that must not be used. `problems` lists everything found, in file and line order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        many = len(self.problems)
        head = f"{many} problem{'' if many == 1 else 's'} in the district pack:"
        super().__init__("\n".join([head, *map(str, self.problems)]))


@dataclass
class Document:
    """A file of a pack: its data, the line of every key and entry, and what is wrong so far.

    `file` is its name as complaints give it: "items/guides.yml", or "xiangshan/items/guides.yml"
    where another pack's base was read.
    """

    file: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Place) -> int:
        """Return the line of a key or entry; of the nearest thing around it if it is missing."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Place, wrong: str, expected: str) -> Problem:
        """Return a Problem at `path`, worded as `wrong; expected ...`."""
        return Problem(self.file, self.line(path), dotted(path), wrong, f"expected {expected}")

    def entries(self, key: str) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Yield (path, mapping) for every entry of the list under `key` that is a mapping."""
        listed = self.data.get(key) if isinstance(self.data, dict) else None
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, dict):
                yield (key, index), entry


def dotted(path: Place) -> str:
    """Write a path as people read it: items[3].limit.kind."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or "(whole file)"
