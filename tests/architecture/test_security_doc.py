"""docs/security.md claims nothing that no test shows, and leaves no requirement out."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from services.intake.files import case_file
from services.intake.staff import passwords, tries
from shared.permissions import PERMISSIONS, PUBLIC, Scope
from shared.uploads import images, inspect, pdf, prepare, reading
from shared.web import auth, bodies
from tests.architecture.checks import ROOT
from tests.architecture.security_rows import HEADER, Row, problems, rows, wrong_names
from tools import docs, security_tables

ASVS, DENGBAO, PIPL = "OWASP ASVS 5.0", "等保2.0", "个人信息保护法"
UNTIL = {
    "V1": "1:1-2 2:1-9 3:1-11 4:1-3 5:1-2",
    "V2": "1:1-3 2:1-3 3:1-4 4:1",
    "V3": "2:1-2 3:1-4 4:1-6 5:1-5 7:1-2",
    "V4": "1:1-3 2:1 3:1-2 4:1-4",
    "V5": "1:1 2:1-3 3:1-2 4:1-3",
    "V6": "1:1-3 2:1-12 3:1-4 4:1-4 5:1-5 6:1-3 8:1-4",
    "V7": "1:1-3 2:1-4 3:1-2 4:1-5 5:1-2 6:1-2",
    "V8": "1:1-2 2:1-3 3:1 4:1",
    "V9": "1:1-3 2:1-4",
    "V10": "1:1-2 2:1-2 3:1-4 4:1-11 5:1-5 6:1-2 7:1-3",
    "V11": "1:1-2 2:1-3 3:1-3 4:1-4 5:1 6:1",
    "V12": "1:1-3 2:1-2 3:1-4",
    "V13": "1:1 2:1-5 3:1-2 4:1-5",
    "V14": "1:1-2 2:1-4 3:1-3",
    "V15": "1:1-3 2:1-3 3:1-7",
    "V16": "1:1 2:1-5 3:1-4 4:1-3 5:1-3",
    "V17": "1:1 2:1-4 3:1-2",
}
"""Chapter -> section: its requirements of levels 1 and 2, which stand before those of level 3."""
ASKED = 253
CONTROL_POINTS = (
    *("身份鉴别", "访问控制", "安全审计", "入侵防范", "恶意代码防范", "可信验证", "数据完整性"),
    *("数据保密性", "数据备份恢复", "剩余信息保护", "个人信息保护"),
    *("网络架构", "通信传输", "边界防护", "系统管理", "审计管理", "安全管理", "集中管控"),
)
ARTICLES = (*range(5, 10), *range(13, 32), *range(33, 59), 66)
DIGITS = "〇一二三四五六七八九"


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / docs.SECURITY).read_text(encoding="utf-8")


def of(text: str, section: str) -> list[Row]:
    """The rows of one mapping."""
    return [row for row in rows(text) if row.section.startswith(section)]


def asked_for() -> list[str]:
    """Every number of ASVS 5.0.0 up to level 2."""
    return [
        f"{chapter}.{section}.{number}"
        for chapter, sections in UNTIL.items()
        for section, _, numbers in (part.partition(":") for part in sections.split())
        for number in range(1, int(numbers.rpartition("-")[2]) + 1)
    ]


def answered(text: str) -> list[str]:
    """Every number the document answers."""
    return [n for row in of(text, ASVS) for n in re.findall(r"V\d+\.\d+\.\d+", row.requirement)]


def article(number: int) -> str:
    """第四十七条."""
    tens, ones = divmod(number, 10)
    said = f"{DIGITS[tens] if tens > 1 else ''}十" if tens else ""
    return f"第{said}{DIGITS[ones] if ones else ''}条"


def test_every_row_is_shown_or_says_why_not(text) -> None:
    assert problems(text, ROOT) == []
    assert wrong_names(text, ROOT) == []
    for section in (ASVS, DENGBAO, PIPL):
        assert any(row.covered for row in of(text, section))


def test_every_requirement_of_asvs_is_answered_once(text) -> None:
    assert len(asked_for()) == ASKED
    assert Counter(answered(text)) == Counter(asked_for())


def test_a_requirement_left_out_or_answered_twice_is_found(text) -> None:
    for spoiled in (text.replace("| V9.1.2 ", "| V9.1.1 "), text.replace("| V9.1.2 ", "| ")):
        assert Counter(answered(spoiled)) != Counter(asked_for())


def test_every_control_point_and_every_article_is_answered(text) -> None:
    points = " ".join(row.requirement for row in of(text, DENGBAO))
    assert [point for point in CONTROL_POINTS if point not in points] == []
    articles = {row.requirement.split()[0] for row in of(text, PIPL)}
    assert articles == {article(number) for number in ARTICLES}


GOOD = "`tests/unit/test_mask.py::test_free_text_keeps_no_number_and_no_name`"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (f"| 1 | so | {GOOD} |", ""),
        (f"| 1 | so | {GOOD[:-1]}[one-two]` |", ""),
        ("| 1 | nothing is | not covered: there is no scanner |", ""),
        (
            "| 1 | so | `tests/unit/test_mask.py::test_that_nobody_wrote` |",
            "there is no tests/unit",
        ),
        ("| 1 | so | `tests/unit/test_none.py::test_x` |", "there is no tests/unit/test_none.py"),
        (f"| 1 | so | {GOOD}, `tests/unit/test_mask.py::test_no` |", "test_no"),
        (f"| 1 | so | {GOOD}, tests/unit/test_mask.py::test_bare |", "test_bare"),
        ("| 1 | so | `tests/unit/test_mask.py::mask_name` |", "mask_name"),
        ("| 1 | so | |", "says nothing under test"),
        ("| 1 | | not covered: there is no scanner |", "says nothing under how"),
        (f"| | so | {GOOD} |", "says nothing under requirement"),
        ("| 1 | so | - |", "says nothing under test"),
        ("| 1 | so | by hand |", "names no test"),
        ("| 1 | so | not covered: |", "not why"),
        ("| 1 | so |", "says nothing under test"),
    ],
)
def test_a_bad_row_is_found(row, found) -> None:
    said = problems(f"## Here\n\n{HEADER}\n|---|---|---|\n{row}\n", ROOT)
    assert (found in "; ".join(said)) if found else said == []


def test_a_wrong_name_in_the_document_is_found(text) -> None:
    spoiled = text.replace("::test_the_matrix`", "::test_the_matrix_of_old`")
    assert any("test_the_matrix_of_old" in said for said in problems(spoiled, ROOT))


def test_a_test_that_goes_away_is_found(text, tmp_path) -> None:
    assert len(problems(text, tmp_path)) > ASKED / 2  # there are no tests there at all


def test_the_tables_say_what_the_code_says(text) -> None:
    assert security_tables.fill(text) == text
    for action in (*PERMISSIONS, *PUBLIC):
        assert f"\n| `{action}` |" in text, action
    said = _sealed_columns(text)
    assert said == security_tables.sealed_columns()
    assert {"cases.applicant_name", "files.key", "messages.body", "outbox.body"} <= said


def test_a_table_that_is_not_so_is_stale(text) -> None:
    for spoiled in (
        text.replace("| `person.erase` |  |", "| `person.erase` | district |"),
        text.replace("`applicant_id_no`, ", ""),
    ):
        assert spoiled != text
        assert security_tables.fill(spoiled) == text
    with pytest.raises(LookupError, match="sealed"):
        security_tables.fill(text.replace("<!-- end: sealed -->", ""))


def test_a_granted_action_changes_the_table() -> None:
    table = {"person.erase": {"partner": Scope.PARTNER}}
    assert list(security_tables.permissions(table))[-1] == (
        "| `person.erase` |  |  |  |  |  |  |  | partner |  |  |"
    )


def test_the_figures_are_those_of_the_code(text) -> None:
    flat = " ".join(text.split())
    words = {1: "one", 2: "two", 7: "seven", 10: "ten", 12: "twelve", 15: "quarter of an hour"}
    words[16] = "sixteen"
    hours, minutes = timedelta(hours=1), timedelta(minutes=1)
    for figure in (
        f"{words[auth.IDLE // hours]} hour unused and {words[auth.TTL // hours]} hours in all",
        f"{words[tries.MOST_TRIES].title()} wrong passwords",
        f"rest a {words[tries.TRIES_WITHIN // minutes]}",
        f"eighty bits, once, {words[passwords.ONE_TIME_FOR.days]} days",
        f"at most {bodies.MOST_BODY // 1024} KB and {words[bodies.DEEPEST]} levels",
        f"{inspect.MOST_BYTES // 1024**2} MB each, {words[case_file.MOST_FILES]} a case",
        f"at most {images.MOST_JPEG_PIXELS // 10**6} megapixels",
        f"{images.MOST_PIXELS // 10**6} unless JPEG",
        f"at most {images.MOST_SCANS} scans",
        f"at most {reading.MOST_SECONDS} seconds of a processor",
        f"{reading.MOST_MEMORY // 1024**2} MB and no environment",
        f"{words[prepare.MOST_AT_ONCE]} at a time, {words[prepare.MOST_WAITING]} wait",
        f"at most {images.LONGEST_SIDE:,} pixels long",
        f"stay below {pdf.MOST_INFLATED // 1024**2} MB",
    ):
        assert figure in flat


def test_every_secret_and_every_way_out_is_in_the_inventory(text) -> None:
    keys = _chapter(text, "Keys")
    made = (ROOT / "deploy/make_secrets.sh").read_text("utf-8")
    secrets = set(re.findall(r"^(?:secret|data_keys) ([A-Z_]+)\b", made, re.MULTILINE))
    assert {"SECRET_KEY", "INTAKE_DATA_KEYS", "RABBITMQ_PASSWORD"} <= secrets
    for name in {re.sub("ROUTING|NOTIFY|PARTNERS", "INTAKE", name) for name in secrets}:
        assert f"`{name}`" in keys, name
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    ways_out = set(re.findall(r"^    (\w+_URL|OIDC_ISSUER):$", compose, re.MULTILINE))
    assert {"SMTP_URL", "OIDC_ISSUER"} <= ways_out
    for name in ways_out:
        assert f"`{name}`" in _chapter(text, "What an operator must do"), name


def test_the_operators_list_has_twelve_lines(text) -> None:
    lines = re.findall(r"^\d+\. ", _chapter(text, "What an operator must do"), re.MULTILINE)
    assert lines == [f"{number}. " for number in range(1, 13)]


def _chapter(text: str, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def _sealed_columns(text: str) -> set[str]:
    """What the table of the document says is sealed."""
    table = text.partition("<!-- made: sealed -->")[2].partition("<!-- end: sealed -->")[0]
    found = re.findall(r"^\| [\w -]+ \| `(\w+)` \| ([^|]+) \|", table, re.MULTILINE)
    return {f"{name}.{column}" for name, columns in found for column in re.findall(r"\w+", columns)}


def test_readers_find_it() -> None:
    for page in ("README.md", "README.zh-CN.md", "docs/operations.md"):
        assert f"({Path(docs.SECURITY).name}" in (ROOT / page).read_text("utf-8").replace(
            "docs/", ""
        )
