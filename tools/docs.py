"""Write the documents that are made from the code.

::

    python -m tools.docs             docs/events.md, docs/asyncapi.yaml, tables of docs/security.md
    python -m tools.docs --publish   also a snapshot of every contract that has none yet
"""

import argparse
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from shared.contracts import REGISTRY
from shared.district import load
from tools import asyncapi, events_page, published, security_tables

ROOT = Path(__file__).parent.parent
EXAMPLE_DISTRICT = "xiangshan"
SECURITY = "docs/security.md"


def documents() -> dict[str, str]:
    """Each generated document's path below the repository, with its text."""
    departments = load(EXAMPLE_DISTRICT).departments
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    security = (ROOT / SECURITY).read_text(encoding="utf-8")
    return {
        SECURITY: security_tables.fill(security),
        "docs/events.md": events_page.page(departments),
        "docs/asyncapi.yaml": asyncapi.as_yaml(asyncapi.document(departments, project["version"])),
    }


def stale(wanted: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """The paths whose text on disk is not what it should be."""
    return [
        path
        for path, text in wanted.items()
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write what is stale; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--publish", action="store_true", help="write snapshots of new contracts")
    options = parser.parse_args(arguments)
    wanted = documents()
    for path in stale(wanted):
        (ROOT / path).write_text(wanted[path], encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    if options.publish:
        for file in published.publish(REGISTRY):
            sys.stdout.write(f"published {file.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
