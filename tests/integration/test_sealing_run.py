"""Keys are changed under a running district; a dump of its databases shows no message."""

import re

import pytest

from tests.support.embedded import Run
from tests.support.keys import rested
from tests.support.waiting import wait_until

NAME, TITLE = "王密封", "楼下烧烤店夜间噪声扰民"
CASE = {
    "kind": "complaint",
    "title": TITLE,
    "description": "凌晨两点还在营业",
    "applicant": {"name": NAME, "phone": "13805610000"},
}


@pytest.fixture
def run(tmp_path):
    made = Run(tmp_path)
    made.process.start()
    yield made
    made.close()


def keys(run: Run, *args: str) -> str:
    code, said = run.command("keys", *args)
    assert code == 0, said
    return said


def held(run: Run, key_id: str) -> list[int]:
    return [int(n) for n in re.findall(rf"\S+  {key_id}  (\d+)", keys(run, "list"))]


def test_a_key_is_changed_while_everything_runs(run):
    desk = run.baitong.person("desk")
    first = desk.accept(**CASE)["number"]
    old = (run.data / "data.keys").read_text().split()[0]
    assert sum(held(run, old)) > 0
    code, said = run.command("keys", "drop", old)
    assert (code, "it is the key that seals" in said) == (2, True)
    new = keys(run, "new").partition(":")[0].splitlines()[-1]
    code, said = run.command("keys", "drop", old)
    assert (code, "still holds values of" in said, "Traceback" in said) == (2, True, False)
    second = desk.accept(**CASE)["number"]
    wait_until(lambda: sum(held(run, new)) > 0, 90, "the new key seals")
    keys(run, "rotate")
    assert sum(held(run, old)) == 0
    (run.data / "data.keys").touch()  # just now, however long all this took
    code, said = run.command("keys", "drop", old)
    assert (code, "was changed a moment ago" in said) == (2, True)
    rested(run.data / "data.keys")
    keys(run, "drop", old)
    assert (run.data / "data.keys").read_text().split()[0] == new
    assert len((run.data / "data.keys").read_text().splitlines()) == 1
    for number in (first, second):
        assert desk.case(number)["title"] == TITLE
    run.process.restart()
    assert desk.case(first)["title"] == TITLE


def test_a_dump_shows_no_message(run):
    number = run.baitong.person("desk").accept(**CASE)["number"]
    assert number
    wait_until(lambda: _bodies(run), 90, "something was said")
    for line in _bodies(run):
        assert NAME not in line
        assert TITLE not in line
        assert "specversion" not in line


def _bodies(run: Run) -> list[str]:
    tables = ("outbox", "parked", "queued")
    return [
        line
        for lines in run.stored().values()
        for line in lines
        if line.startswith(tuple(f'INSERT INTO "{table}"' for table in tables))
    ]
