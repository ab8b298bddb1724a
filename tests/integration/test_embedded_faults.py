"""The embedded run: killed at any moment, started with a wrong pack, its dead letters replayed."""

import json
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.bus.event import Event, encode, new_id
from shared.bus.local import LocalTransport
from shared.bus.topology import build
from shared.bus.transport import Outgoing
from shared.contracts import Contract, intake, routing
from shared.district import DISTRICTS
from shared.sealing import KeyRing
from tests.support.clients import STEPS, Desks, cases, messages_per_step, orders_per_case
from tests.support.embedded import Run
from tests.support.waiting import wait_for_value, wait_until

SEED = 20261122
KILLS = 6
MOST = 150


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "data")
    yield run
    run.close()


# -- killed at any moment --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A run that was killed again and again while desks wrote, and the desks when all was done."""
    moments = random.Random(SEED)
    run = Run(tmp_path_factory.mktemp("killed") / "data")
    try:
        run.process.start()
        desks = Desks(run.baitong, most=MOST)
        desks.start()
        done = 0
        for _ in range(KILLS):
            done += moments.randint(5, 35)
            desks.wait_for(min(done, MOST - 10))
            run.process.kill9()
            run.process.start()
        desks.finish()
        yield run, desks
    finally:
        run.close()


def test_killed_at_random_moments_nothing_is_lost_and_nothing_happens_twice(killed):
    run, desks = killed
    each_once = dict.fromkeys(desks.numbers, 1)
    assert len(each_once) == MOST
    assert dict(cases(run.baitong)) == each_once
    wait_for_value(lambda: dict(orders_per_case(run.baitong)), each_once, 60, "one order a case")
    steps = {(number, step): 1 for number in each_once for step in STEPS}
    wait_for_value(lambda: dict(messages_per_step(run.baitong)), steps, 60, "one message a step")
    print(  # shown with -rP
        f"{KILLS} kills, {desks.unknown} requests without an answer; {len(each_once)} cases, "
        f"as many orders, {len(steps)} messages: each once"
    )


def test_killed_at_random_moments_the_chain_holds_every_act(killed):
    """No act without its entry in the audit, no entry without its act, and an unbroken chain."""
    run, desks = killed
    accepted = set(cases(run.baitong))
    assert set(desks.numbers) == accepted
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


# -- started with a wrong pack ---------------------------------------------------------------------


WRONG = {
    "rules.yml": ("finish_workdays:", "value: 5", "value: five"),
    "departments.yml": ("code: ga", "kind: line", "kind: lines"),
    "items/guides.yml": ("code: G-01", "handled_at: desk", "handled_at: roof"),
    "messages.yml": ("event: case.accepted", "to: resident", "to: neighbour"),
    "partners.yml": ("categories:", "points: 20", "points: many"),
    "routing.yml": ("words:", "department: ga", "department: zz"),
    "supervision.yml": ("tracks:", "hours: 1", "hours: one"),
    "desk.yml": ("back_office:", "workdays: 3", "workdays: few"),
}
"""file -> (after this, this, becomes this)."""


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A run that has ended, what it had stored, and a case of it."""
    run = Run(tmp_path_factory.mktemp("settled") / "data")
    try:
        run.process.start()
        number = run.baitong.person("desk").accept("楼道灯不亮", kind="complaint")["number"]
        run.process.stop()
        yield run, run.stored(), number
    finally:
        run.close()


@pytest.mark.parametrize("file", WRONG)
def test_a_wrong_pack_stops_the_start_and_harms_nothing(settled, tmp_path, file):
    run, before, _ = settled
    line, field, wrong = _plant(tmp_path / "districts", file)

    code, said = run.command(DISTRICTS_DIR=str(tmp_path / "districts"))
    assert code == 2
    assert f"{file}:{line}" in said
    assert field in said
    assert wrong in said
    assert "expected" in said or "应" in said
    assert "Traceback" not in said
    assert run.stored() == before


def test_after_wrong_packs_it_starts_with_the_right_one(settled):
    run, _, number = settled
    run.process.start()
    assert run.baitong.person("desk").case(number)["number"] == number


def _plant(districts: Path, file: str) -> tuple[int, str, str]:
    """Copy the packs and spoil one field; returns its line, its name and the wrong value."""
    shutil.copytree(DISTRICTS, districts)
    path = districts / "xiangshan" / file
    after, right, wrong = WRONG[file]
    text = path.read_text()
    start = text.index(right, text.index(after))
    path.write_text(text[:start] + wrong + text[start + len(right) :])
    field, _, value = wrong.partition(": ")
    return text.count("\n", 0, start) + 1, field, value


# -- dead letters ----------------------------------------------------------------------------------


def test_a_dead_letter_is_listed_shown_and_replayed(run):
    run.process.start()
    run.process.stop()
    signed = _publish(run.data, routing.signed)  # of a case that nobody here has heard of
    number = routing.signed.example["case_number"]
    run.process.start()
    wait_until(lambda: _parked(run.data), what="the event could not be handled yet")
    run.process.stop()
    _let_its_hours_pass(run.data)

    code, listed = run.command("dead", "list", "notify")
    assert code == 0
    assert signed in listed
    assert "not known" in listed
    code, shown = run.command("dead", "show", "notify", signed)
    assert code == 0
    assert number in shown
    code, unknown = run.command("dead", "show", "notify", "no-such-event")
    assert (code, "Traceback" in unknown) == (2, False)

    _publish(run.data, intake.accepted)
    run.process.start()
    supervisor = run.baitong.person("supervisor")
    wait_until(lambda: supervisor.messages(number), what="the case is known")
    code, replayed = run.command("dead", "replay", "notify", signed)
    assert (code, replayed.partition(" ")[0]) == (0, "1")
    templates = wait_for_value(
        lambda: sorted(message["template"] for message in supervisor.messages(number)),
        ["receipt", "signed"],
        what="the messages",
    )
    assert templates
    wait_for_value(lambda: _parked(run.data), [], what="what is parked")


def _publish(data: Path, contract: Contract) -> str:
    """The contract's example, as if its service had said it; returns the event's id."""
    keys = KeyRing.from_file(data / "data.keys")
    bus = LocalTransport(f"sqlite:///{data / 'bus.sqlite'}", keys)
    bus.declare(build(("ga",)))
    said = dict(contract.example)
    event = Event(new_id(), contract.type, "/test", "", datetime.now(UTC), 2, said)
    key, time = contract.routing_key(said), int(event.time.timestamp())
    bus.publish([Outgoing(contract.exchange, key, event.id, event.type, time, encode(event))])
    return event.id


def _parked(data: Path) -> list[str]:
    return [row.event_id for row in _ask(data, "SELECT event_id FROM parked")]


def _let_its_hours_pass(data: Path) -> None:
    """What is tried again over hours is dead at last; a test cannot wait for that."""
    _ask(data, "UPDATE parked SET state = 'dead', next_attempt_at = NULL RETURNING event_id")


def _ask(data: Path, query: str) -> list[sa.Row[tuple[str]]]:
    engine = sa.create_engine(f"sqlite:///{data / 'notify.sqlite'}")
    try:
        with engine.begin() as connection:
            return list(connection.execute(sa.text(query)))
    finally:
        engine.dispose()
