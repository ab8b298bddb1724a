"""The embedded run killed while desks write: no act without its entry, and an unbroken chain."""

import json

import pytest

from tests.support.clients import Desks, cases
from tests.support.embedded import Run

KILLS = (15, 40, 70)
"""After how many answers it is killed."""
MOST = 90


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "data")
    yield run
    run.close()


def test_killed_between_writes_the_chain_holds_every_act(run):
    run.process.start()
    desks = Desks(run.baitong, most=MOST)
    desks.start()
    for answers in KILLS:
        desks.wait_for(answers)
        run.process.kill9()
        run.process.start()
    numbers = desks.finish()
    accepted = set(cases(run.baitong))
    assert set(numbers) == accepted
    assert run.process.stop() == 0

    code, said = run.command("audit", "verify")
    assert code == 0, said
    assert said.count("unbroken") + said.count("no entries yet") == 4
    code, exported = run.command("audit", "export", "intake")
    assert code == 0
    entries = [json.loads(line) for line in exported.splitlines() if line.startswith("{")]
    subjects = [e["subject"] for e in entries if e["action"] == "case.accept"]
    assert sorted(subjects) == sorted(accepted)
    nowhere = {(e["role"], e["action"]) for e in entries if e["address"] != "127.0.0.1"}
    assert {role for role, _action in nowhere} <= {"system"}, nowhere
