"""Each rule of intake that the law or the district's practice sets has a test that cites it."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
RULES = {
    "every application gets a receipt": ("A36", "every_application_gets_a_receipt"),
    "missing materials told once": ("A36", "second_notice"),
    "all of them": ("A36", "lists_all_that_is_missing"),
    "on the spot, else accepted that day": ("A36", "notice_after_the_day"),
    "not put right in time: withdrawn, told": ("A36", "not_put_right_in_time"),
    "a refusal is written, reasons, remedies": ("A38", "refusal_is_written"),
    "no catch-all": ("A13", "no_catch_all"),
    "a written promise of a minor material": ("A24", "promised_in_writing"),
    "broken on the due day: withdrawn": ("A24", "broken_on_the_due_day"),
    "online reviewed within 1 wd": ("A42", "reviewed_within_a_working_day"),
    "answerable until done": ("B14", "answerable_until"),
    "whoever handles it": ("B14", "first_responder_stays_owner"),
    "done in 8 minutes": ("N", "eight_minutes"),
    "certificates not to issue": ("民发〔2020〕20号", "minfa_2020_20"),
    "public notice is a flag of the item": ("X", "no_notice_where_the_item_has_none"),
    "minors are left out": ("X", "minors_are_left_out"),
    "archived the same day": ("N", "archived"),
    "by appointment, after hours, at weekends": ("A22", ""),
    "five grades": ("好差评", "five_grades"),
    "no sixth grade": ("好差评", "no_sixth_grade"),
    "online one rating a matter": ("好差评", "rated_once"),
}
"""A rule of Accepting or Rating -> the code its test cites, and what is in the test's name."""


def citations() -> list[tuple[str, str]]:
    """(name, name and docstring with its module's) of every test there is."""
    found = []
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = f"{node.name} {ast.get_docstring(node) or ''} {module}"
                found.append((node.name, said.upper()))
    return found


CITED = citations()


@pytest.mark.parametrize("rule", RULES)
def test_a_test_cites_the_rule(rule):
    code, named = RULES[rule]
    word = re.compile(f"(?<![A-Z0-9]){re.escape(code.upper())}(?![A-Z0-9])")
    assert [name for name, said in CITED if named in name and word.search(said)], rule


def test_a_rule_without_a_test_is_seen():
    assert not [name for name, said in CITED if "A99" in said.split()]
