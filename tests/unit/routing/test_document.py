"""docs/departments.md tells the truth: its examples keep the contracts and name every message."""

import pytest

from shared.bus.event import decode
from shared.contracts import REGISTRY
from shared.contracts.departments import VERBS
from tests.unit.routing.doc_examples import DOCUMENT, examples

REPLIES = examples("json")


def test_every_verb_has_an_example():
    assert set(REPLIES) == {f"reply.{verb}" for verb in (*VERBS, "rejected")}


@pytest.mark.parametrize("name", REPLIES)
def test_every_example_keeps_its_contract(name):
    assert decode(REPLIES[name]).contract.name == name


def test_everything_a_department_receives_is_named():
    text = DOCUMENT.read_text(encoding="utf-8")
    received = [c.name for c in REGISTRY if c.owner == "routing" and c.to_department]
    assert [name for name in received if f"| `{name}` |" not in text] == []


def test_the_programs_have_about_ten_lines():
    programs = examples("python") | examples("js")
    assert set(programs) == {"pika", "kombu", "nameko", "node", "receiver"}
    assert all(len(programs[name].splitlines()) <= 15 for name in set(programs) - {"receiver"})
