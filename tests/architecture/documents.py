"""What documents say about the code, checked: a repository's folder -> what is not so, in words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.district import load
from shared.permissions import PERMISSIONS
from shared.routes import service_for

READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, "CHANGELOG.md", "docs/*.md", "docs/adr/*.md")

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:\./)?((?:[\w.-]+/)+[\w.-]+\.(?:py|md|yaml|yml|sh|toml|conf|sql))$")
NAME = re.compile(r"((?:shared|services|tools)/[\w/.-]+\.py):([A-Za-z_][\w.]*)$")
TEST = re.compile(r"(tests/[\w/.-]+\.py)::(\w+)$")
GUARD = re.compile(r"@requires\(([^)\n]*)\)")
CALLED = re.compile(r"\b(facts|handlers|replies|timers)\.([a-z_]+)\b")


def dead_links(root: Path) -> list[str]:
    """Links to files that are not there."""
    return [
        f"{page.relative_to(root)}: links to {target}"
        for page, text in _pages(root)
        for target in LINK.findall(text)
        if not target.startswith(("http:", "https:", "#"))
        and not (page.parent / target.partition("#")[0]).exists()
    ]


def missing_paths(root: Path) -> list[str]:
    """Files named in the text that are not there; a folder may be given from the root or docs/."""
    return [
        f"{page.relative_to(root)}: names {found[1]}"
        for page, text in _pages(root)
        for ticked in TICKED.findall(text)
        if (found := PATH.match(ticked)) and not _there(found[1], page, root)
    ]


def missing_names(root: Path) -> list[str]:
    """``file.py:Class.method`` and ``test_file.py::test`` that are not there."""
    found = []
    for page, text in _pages(root):
        for ticked in TICKED.findall(text):
            match = NAME.match(ticked) or TEST.match(ticked)
            if match and match[2] not in _names_in((root / match[1]).resolve()):
                found.append(f"{page.relative_to(root)}: names {ticked}")
    return found


def missing_commands(root: Path) -> list[str]:
    """``make`` and ``python -m`` commands that do not exist."""
    made = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    found = []
    for page, text in _pages(root):
        said = "\n".join([*TICKED.findall(text), *FENCE.findall(text)])
        wrong = [
            f"make {name}" for name in re.findall(r"\bmake ([a-z]+)", said) if name not in made
        ]
        modules = set(re.findall(r"python -m ([\w.]+)", said))
        wrong += [f"python -m {name}" for name in sorted(modules) if not _module(root, name)]
        found += [f"{page.relative_to(root)}: tells to {command}" for command in wrong]
    return found


def unknown_actions(root: Path) -> list[str]:
    """``@requires(…)`` in examples that names no action of the table of permissions."""
    return [
        f"{page.relative_to(root)}: teaches @requires({said})"
        for page, text in _pages(root)
        for said in GUARD.findall(text)
        if said.strip("\"'") not in PERMISSIONS
    ]


def unknown_handlers(root: Path) -> list[str]:
    """``handlers.open_order`` and the like in docs/conventions.md that no service has."""
    text = (root / "docs/conventions.md").read_text("utf-8")
    said = "\n".join([*TICKED.findall(text), *FENCE.findall(text)])
    return [
        f"docs/conventions.md: calls {module}.{name}"
        for module, name in CALLED.findall(said)
        if name != "py"
        and not any(name in _names_in(path) for path in root.glob(f"services/*/{module}.py"))
    ]


INTAKES = {"/desk", "/desk/roster", "/field", "/track", "/accounts", "/audit/intake"}
"""Served by intake, which also answers for what nobody serves."""


def unknown_addresses(root: Path) -> list[str]:
    """Addresses and demo accounts in the READMEs that a running district does not know."""
    accounts = set(load("xiangshan").staff)
    found = []
    for name in READMES:
        text = COMMENT.sub("", (root / name).read_text("utf-8"))
        for row in re.findall(r"^\| `([\w-]+)` \|.*\| `(/[\w/-]*)` \|$", text, re.MULTILINE):
            if row[0] not in accounts:
                found.append(f"{name}: no demo account {row[0]}")
            if service_for(row[1]) == service_for("/nowhere") and row[1] not in INTAKES:
                found.append(f"{name}: nobody serves {row[1]}")
    return found


def readmes_that_differ(root: Path) -> list[str]:
    """Links and commands of one README that the other does not have."""
    said = []
    for name in READMES:
        text = COMMENT.sub("", (root / name).read_text("utf-8"))
        links = {link for link in LINK.findall(text) if link not in READMES}
        said.append(links | set(re.findall(r"\bmake [a-z]+", text)) | set(TICKED.findall(text)))
    return sorted(f"only one README has {what}" for what in said[0] ^ said[1])


def missing_pages_named_in_code(root: Path) -> list[str]:
    """Documents that code refers to and that are not there."""
    found = []
    for folder in ("services", "shared", "tools", "bench", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            if path.parent.name == "architecture":
                continue  # these files speak of documents that must not be there
            named = re.findall(r"\bdocs/[\w/-]+(?:\.\w+)?", path.read_text("utf-8"))
            wanted = {name: name if "." in name else f"{name}*" for name in named}
            lost = [name for name, pattern in wanted.items() if not list(root.glob(pattern))]
            found += [f"{path.relative_to(root)}: refers to {name}" for name in lost]
    return found


def undocumented_settings(root: Path) -> list[str]:
    """Environment variables the code reads and docs/operations.md does not explain."""
    told = (root / "docs/operations.md").read_text("utf-8")
    files = ("shared/config.py", "shared/mail.py", "services/notify/channels/setup.py")
    read = {
        node.value
        for file in files
        for node in ast.walk(ast.parse((root / file).read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z]+(_[A-Z]+)+|PORT|DISTRICT", node.value)
    }
    return [
        f"docs/operations.md: says nothing of {name}" for name in sorted(read) if name not in told
    ]


def _pages(root: Path) -> Iterator[tuple[Path, str]]:
    for pattern in PAGES:
        for page in sorted(root.glob(pattern)):
            yield page, COMMENT.sub("", page.read_text("utf-8"))


def _there(name: str, page: Path, root: Path) -> bool:
    if name.startswith(("http", "<")) or "{" in name:
        return True
    return any(
        (folder / name).exists() for folder in (root, page.parent, root / "districts/xiangshan")
    )


@cache
def _names_in(path: Path) -> set[str]:
    """Functions, classes, methods and assigned names of a module; none if it is not there."""
    if not path.exists():
        return set()
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{n.name}" for n in node.body if isinstance(n, ast.FunctionDef)}
        if isinstance(node, ast.Assign):
            names |= {ast.unparse(target) for target in node.targets}
    return names


def _module(root: Path, name: str) -> bool:
    if name == "pytest":
        return True
    path = root / Path(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


CHECKS = (
    dead_links,
    missing_paths,
    missing_names,
    missing_commands,
    unknown_actions,
    unknown_handlers,
    unknown_addresses,
    readmes_that_differ,
    missing_pages_named_in_code,
    undocumented_settings,
)
