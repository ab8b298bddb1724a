"""Translations nobody asks for any more: msgids that no template, source or pack says."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from babel.messages.pofile import read_po

from shared.web.i18n import messages_in


def orphaned_translations(root: Path) -> list[str]:
    """Every msgid of a catalogue that stands nowhere as a whole text where it is looked up.

    A service's own catalogue serves that service, the kit's serves everybody.
    """
    of_all = _said_in(root / "shared") | _said_in_packs(root / "districts")
    readers = {path: path.parent.parent for path in root.glob("services/*/translations/en.po")}
    readers[root / "shared/web/translations/en.po"] = root / "services"
    return [
        f"{catalogue.relative_to(root)}: nobody says {text}"
        for catalogue, folder in sorted(readers.items())
        for text in sorted(_ids_of(catalogue) - of_all - _said_in(folder))
    ]


def _ids_of(catalogue: Path) -> set[str]:
    with catalogue.open("rb") as source:
        entries = [entry for entry in read_po(source) if entry.id]
    return {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in entries}


def _said_in(folder: Path) -> set[str]:
    """What is marked to be translated, and any other text that stands in Python by itself."""
    marked = {text for _place, text in messages_in(folder)}
    return marked | {
        node.value
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _said_in_packs(folder: Path) -> set[str]:
    """Names and labels of packs; what residents say as examples is never translated."""
    files = (path for path in folder.rglob("*.yml") if path.name != "examples.yml")
    return {text for path in files for text in _texts(yaml.safe_load(path.read_text("utf-8")))}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
