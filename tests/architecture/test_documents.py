"""The documents say what is so; and each check is shown able to fail."""

import os
import shutil
from pathlib import Path

import pytest

from tests.architecture import documents
from tests.architecture.checks import ROOT


@pytest.mark.parametrize("check", documents.CHECKS, ids=lambda check: check.__name__)
def test_the_documents_are_true(check) -> None:
    assert check(ROOT) == []


@pytest.fixture
def copy(tmp_path) -> Path:
    """The documents and what they speak of, to be spoiled."""
    others = ("__pycache__", "node_modules", ".*")
    skip = shutil.ignore_patterns("architecture", "templates", "static", *others)
    for name in ("docs", "shared", "services", "tools", "tests", "districts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skip, copy_function=os.symlink)
    for path in ROOT.iterdir():
        if path.is_file():
            (tmp_path / path.name).symlink_to(path)
    return tmp_path


def spoil(root: Path, name: str, before: str, after: str) -> None:
    """Change a text in a file of the copy."""
    path = root / name
    text = path.read_text("utf-8")
    assert before in text
    path.unlink()  # a link to the real one
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "name", "change", "found"),
    [
        (documents.dead_links, "README.md", ("(docs/bus.md)", "(docs/buss.md)"), "docs/buss.md"),
        (documents.dead_links, "docs/bus.md", ("(events.md)", "(event.md)"), "event.md"),
        (documents.dead_links, "README.md", ("(docs/straight-line.svg)", "(docs/x.svg)"), "x.svg"),
        (
            documents.missing_paths,
            "README.md",
            ("partners/service.py", "partners/serve.py"),
            "serve.py",
        ),
        (documents.missing_names, "docs/bus.md", ("outbox.py:emit", "outbox.py:say"), "say"),
        (documents.missing_names, "docs/bus.md", ("Inbox._park", "Inbox._bark"), "Inbox._bark"),
        (
            documents.missing_names,
            "docs/bus.md",
            ("::test_promise_1", "::test_vow_1"),
            "test_vow_1",
        ),
        (
            documents.missing_names,
            "docs/bus.md",
            ("shared/bus/event.py:", "shared/bus/evt.py:"),
            "evt",
        ),
        (documents.missing_commands, "README.md", ("make up", "make upp"), "make upp"),
        (
            documents.missing_commands,
            "docs/operations.md",
            ("-m services", "-m service"),
            "-m service",
        ),
        (
            documents.unknown_actions,
            "docs/look.md",
            ('requires("case.accept")', "requires(DESK, GRID)"),
            "@requires(DESK, GRID)",
        ),
        (
            documents.unknown_handlers,
            "docs/conventions.md",
            ("timers.look", "handlers.raise_late"),
            "handlers.raise_late",
        ),
        (documents.unknown_addresses, "README.md", ("| `/orders` |", "| `/order` |"), "/order"),
        (documents.unknown_addresses, "README.zh-CN.md", ("| `grid` |", "| `grids` |"), "grids"),
        (
            documents.readmes_that_differ,
            "README.zh-CN.md",
            ("docs/bus.md", "docs/events.md"),
            "bus.md",
        ),
        (documents.readmes_that_differ, "README.zh-CN.md", ("make demo", "make test"), "make demo"),
        (
            documents.missing_pages_named_in_code,
            "shared/bus/inbox.py",
            ("docs/adr/0003", "docs/adr/0099"),
            "docs/adr/0099",
        ),
        (
            documents.undocumented_settings,
            "docs/operations.md",
            ("PUBLIC_URL", "OUR_URL"),
            "PUBLIC_URL",
        ),
        (
            documents.undocumented_settings,
            "shared/mail.py",
            ('"SMTP_FROM"', '"SMTP_SENDER"'),
            "SMTP_SENDER",
        ),
    ],
)
def test_what_is_not_so_is_found(copy, check, name, change, found) -> None:
    spoil(copy, name, *change)
    problems = check(copy)
    assert any(found in problem for problem in problems), problems


def test_what_is_in_a_comment_is_not_yet_said(copy) -> None:
    assert "docs/desk.png" in (copy / "README.md").read_text("utf-8")
    assert documents.dead_links(copy) == []
