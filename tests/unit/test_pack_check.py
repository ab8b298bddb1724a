"""``python -m services pack check``: a district's pack read as the start reads it."""

import shutil

import pytest

from services.command import main
from tests.support.packs import packs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Packs of one's own, and nothing set that a start would need."""
    copy = tmp_path / "packs"
    shutil.copytree(packs(), copy)
    monkeypatch.setenv("DISTRICTS_DIR", str(copy))
    monkeypatch.chdir(tmp_path)
    for name in ("DISTRICT", "DATABASE_URL", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return copy


def spoil(folder, name: str, before: str, after: str) -> int:
    """Make the first `before` wrong; returns its line."""
    text = (folder / name).read_text("utf-8")
    assert before in text
    (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def test_a_right_pack_is_ok_and_nothing_is_made(folder, capsys, monkeypatch):
    monkeypatch.setenv("DISTRICT", "beiguan")
    assert main(["pack", "check"]) == 0
    assert capsys.readouterr().out.startswith("ok: 北关区, ")
    assert list(folder.parent.iterdir()) == [folder]


def test_what_services_read_is_named_with_file_and_line_all_at_once(folder, capsys):
    desk = spoil(folder, "xiangshan/desk.yml", "{workdays: 3}", "{workday: 3}")
    partners = spoil(folder, "xiangshan/partners.yml", "most_partners: 5", "most_partners: many")
    assert main(["pack", "check", "xiangshan"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"desk.yml:{desk}: " in said.err
    assert f"partners.yml:{partners}: " in said.err


def test_a_pack_that_is_not_there_is_said_with_those_that_are(folder, capsys):
    assert main(["pack", "check", "nowhere"]) == 2
    assert "expected one of beiguan, daguan, huainan, xiangshan" in capsys.readouterr().err
