import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from services.notify.message import AUDIENCES, CHANNELS
from services.notify.pack import FILE, SUPERVISION, book_of
from services.notify.values import OF_EVENT
from shared.district import PackError
from tests.unit.notify.stand import district

REAL = district().path / FILE


def planted(folder: Path, before: str, after: str) -> tuple[list[str], int]:
    """Read the real messages.yml with one place changed: what is said, and the place's line."""
    text = REAL.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    (folder / FILE).write_text(text.replace(before, after), encoding="utf-8")
    line = text[: text.index(before)].count("\n") + 1
    with pytest.raises(PackError) as refused:
        book_of(replace(district(), path=folder))
    return [str(problem) for problem in refused.value.problems], line


def test_the_real_pack_is_whole() -> None:
    book = book_of(district())
    assert set(book.steps) == set(OF_EVENT)
    for lines in book.steps.values():
        for line in lines:
            assert line.to in AUDIENCES
            assert set(line.by) <= set(CHANNELS)
            assert set(book.templates[line.template].wordings) == {"zh", "en"}


def test_an_unknown_placeholder_names_file_line_and_field(tmp_path: Path) -> None:
    said, line = planted(tmp_path, "已受理您的事项{number}，", "已受理您的事项{numbr}，")
    (problem,) = said
    at = list(book_of(district()).templates).index("receipt")
    assert problem.startswith(
        f"{FILE}:{line}: templates[{at}].zh.text: {{numbr}} is not offered by"
    )
    assert "case.accepted" in problem
    assert "number" in problem.partition("expected")[2]


RESULT = "{to: owner, template: contacted, by: [inbox]}"
ORDER = "{to: department, template: new_order, by: [smtp, inbox]}"
SHUT = "您好，{number} 已办结，"


@pytest.mark.parametrize(
    ("before", "after", "field", "said"),
    [
        ("谢谢您的信任，有", "{谢谢您的信任，有", "zh.text", "has a stray brace"),
        (SHUT, SHUT.replace("结，", "结{number}，"), "zh.text", "uses {number} more than once"),
        ("need_fulfilled, by", "nonsense, by", "tell[0].template", "'nonsense'"),
        ("at_once: [urgent]", "at_once: [often]", "at_once[0]", "'often' is not in this"),
        ("departments: []", "departments: [{department: zz}]", "departments[0].department", "'zz'"),
        ("duty: []", "duty: [{level: 0, email: a@b.cn}]", "duty[0].level", "0"),
        ("event: case.closed", "event: case.shut", "steps[19].event", "'case.shut'"),
        (RESULT, RESULT.replace("[inbox]", "[]"), "tell[0].by", "[]"),
        (RESULT, RESULT.replace("inbox", "pigeon"), "tell[0].by[0]", "'pigeon'"),
        (ORDER, ORDER.replace("department,", "everybody,"), "tell[0].to", "'everybody'"),
        ("{to: resident, template: closed,", "{to: department, template: closed,", "tell[0].to",
         "case.closed names no department"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_field(
    tmp_path: Path, before: str, after: str, field: str, said: str
) -> None:
    problems, line = planted(tmp_path, before, after)
    matching = [p for p in problems if field in p and said in p]
    assert matching, problems
    assert matching[0].startswith(f"{FILE}:{line}: ")


def test_a_text_nobody_sends_is_told(tmp_path: Path) -> None:
    problems, _line = planted(
        tmp_path, "      - {to: owner, template: need_fulfilled_owner, by: [inbox]}\n", ""
    )
    assert any("need_fulfilled_owner" in p or "is used by no step" in p for p in problems)


def test_a_step_that_is_forgotten_is_told(tmp_path: Path) -> None:
    before = f"  - event: order.contacted\n    tell:\n      - {RESULT}\n"
    problems, _line = planted(tmp_path, before, "")
    assert any("steps: order.contacted is missing" in problem for problem in problems)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"messages\.yml:1: .*is missing"):
        book_of(replace(district(), path=tmp_path))


def test_the_pack_is_read_once(tmp_path: Path) -> None:
    for file in (FILE, SUPERVISION):
        shutil.copy(REAL.parent / file, tmp_path / file)
    copy = replace(district(), path=tmp_path)
    first = book_of(copy)
    (tmp_path / FILE).unlink()
    assert book_of(copy) is first
