"""A pack's base: the pack from which it takes the files it lacks (`base:` in district.yml).

A base has no base of its own, so a reader looks in two folders at most.
"""

import re
from pathlib import Path

import yaml

from shared.district.document import PackError, Problem

OWN = (
    "district.yml",
    "communities.csv",
    "departments.yml",
    "rules.yml",
    "staff.yml",
    "supervision.yml",
)
"""What makes a district this one and no other: never read from a base."""


def place_of(pack_dir: Path, filename: str) -> Path:
    """Return the folder a file of the pack is read from: the pack's own, or its base's.

    Raises PackError when the file is not in the pack and its base cannot be used.
    """
    if filename in OWN or (pack_dir / filename).exists():
        return pack_dir
    base = base_of(pack_dir)
    return base if base and (base / filename).exists() else pack_dir


def base_of(pack_dir: Path) -> Path | None:
    """Return the folder of the pack's base; None for a pack that stands alone.

    Raises PackError unless the base is another pack beside this one, with no base of its own.
    """
    name, line = _named(pack_dir)
    if name is None:
        return None
    wrong = _why_not(pack_dir, name)
    if wrong:
        wanted = f"expected one of {', '.join(_plain(pack_dir)) or '(no other packs there)'}"
        raise PackError([Problem("district.yml", line, "base", wrong, wanted)])
    return pack_dir.parent / name


def _why_not(pack_dir: Path, name: str) -> str | None:
    """Say why `name` cannot be the pack's base; None if it can."""
    base = pack_dir.parent / name
    if name == pack_dir.name:
        return f"{name!r} is this pack itself"
    if not (base / "district.yml").is_file():
        return f"there is no pack {name!r}"
    further, _ = _named(base)
    return f"{name!r} has a base of its own, {further!r}" if further else None


def _plain(pack_dir: Path) -> list[str]:
    """Return the packs beside this one that may be a base."""
    others = sorted(p.parent for p in pack_dir.parent.glob("*/district.yml"))
    return [p.name for p in others if p != pack_dir and not _named(p)[0]]


def _named(pack_dir: Path) -> tuple[str | None, int]:
    """Return the base that district.yml names, and the line; what else is wrong `load` reports."""
    try:
        text = (pack_dir / "district.yml").read_text(encoding="utf-8-sig")
        about = yaml.safe_load(text)
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return None, 1
    name = about.get("base") if isinstance(about, dict) else None
    before = re.split(r"^base:", text, maxsplit=1, flags=re.MULTILINE)[0]
    return (name if isinstance(name, str) else None), before.count("\n") + 1
