"""Somebody is forgotten everywhere; and what is due goes, whatever is killed in between."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.catalogue import parts_of
from services.intake import handlers
from services.intake.case import SYSTEM
from shared import clock
from shared.bus.local import metadata as local_bus
from shared.contracts import SERVICES
from shared.db import connect
from shared.sealing import KeyRing
from tests.e2e.steps import case_in, order_with
from tests.support.embedded import Run
from tests.support.keys import DATA_KEYS
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_for_value, wait_until
from tests.unit.intake.ground import accepted, do, noise, runtime_in

NAME, PHONE, ID_NO, PLACE = "慕容雪霁", "13955512345", "11010519491231002X", "梧桐里 77 号"
PERSON = {"name": NAME, "phone": PHONE, "id_no": ID_NO}
TOLD = f"{NAME}说下水道堵了，住{PLACE}，电话{PHONE}"
MASKED = ("慕**", "139****2345", "慕***")
KNOWN = (NAME, PHONE, ID_NO, PLACE, "下水道堵了", *MASKED)
SLOW = 60.0


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "data")
    yield run
    run.close()


def everything(run):
    """Every value of every table of the four services and the bus, opened by the keys.

    The audits are left out: they say who did what and why, and are kept for six months at least.
    """
    keys = KeyRing((run.data / "data.keys").read_text("utf-8"))
    tables = {name: parts_of(name).models.metadata for name in SERVICES} | {"bus": local_bus}
    for name, metadata in tables.items():
        engine = connect(f"sqlite:///{run.data / f'{name}.sqlite'}", keys)
        with closing(engine.connect()) as connection:
            for table in metadata.sorted_tables:
                if not table.name.startswith("audit"):
                    for row in connection.execute(sa.select(table)):
                        yield f"{name}.{table.name}", " ".join(map(str, row))
        engine.dispose()


BRIEFLY = {"routing.outbox", "partners.outbox", "notify.outbox", "bus.queued"}
"""What other services said is purged seven days later (shared.bus.upkeep), and a department's queue
is the department's own; both are sealed until then."""


def found(run):
    return {
        (where, known)
        for where, said in everything(run)
        for known in KNOWN
        if known in said and where not in BRIEFLY
    }


def a_long_matter(baitong):
    """A question that went through all four services, and is closed."""
    desk, police = baitong.person("desk"), baitong.person("dept-ga")
    said = {"description": TOLD, "location": PLACE, "kind": "question", "applicant": PERSON}
    number = desk.accept("问下水道", **said)["number"]
    desk.act(number, "need", category="repair", wish=TOLD, location=PLACE)
    desk.act(number, "transfer", department="ga", reason=TOLD)
    order = order_with(police, number)["number"]
    police.answer(order, "signed", note=TOLD)
    police.answer(order, "completed", result=TOLD)
    case_in(desk, number, "resolved")
    desk.act(number, "rate", grade=5, comment=TOLD)
    desk.act(number, "close")
    wait_until(lambda: police.order(order)["state"] == "closed", SLOW, f"{order} is closed")
    return number, order


def _services_that_know(run):
    return {where.partition(".")[0] for where, _ in found(run)}


def test_after_an_erasure_nobody_finds_the_person_anywhere(run):
    run.process.start()
    baitong = run.baitong
    desk, supervisor = baitong.person("desk"), baitong.person("supervisor")
    number, order = a_long_matter(baitong)
    wait_until(lambda: _services_that_know(run) >= set(SERVICES), SLOW, "all four know of it")
    supervisor.post("/api/intake/person/erase", {"cases": [number], "reason": "本人要求"})

    wait_for_value(lambda: found(run), set(), SLOW, "of the person in any table")
    ask = {"case": number, "reason": "看看还有没有"}
    for service in SERVICES:
        assert not [k for k in KNOWN if k in str(supervisor.post(f"/api/{service}/person", ask))]
    for who, path in (
        (desk, f"/desk/{number}"),
        (desk, f"/desk/people/of/{number}"),
        (desk, f"/desk?q={number}&state=all"),
        (supervisor, f"/orders/{order}"),
        (baitong.person("dept-ga"), f"/orders/{order}"),
        (supervisor, f"/messages?case={number}"),
        (desk, "/partners"),
    ):
        page = who.page(path)
        assert page.status_code == 200, (path, page.status_code)
        assert not [known for known in KNOWN if known in page.text], path
    case = desk.case(number)
    assert (case["state"], case["rating"]["grade"]) == ("closed", 5)
    assert run.process.stop() == 0
    assert not found(run)
    assert run.command("audit", "verify")[0] == 0


MANY = 1200
LONG_AGO = clock.aware(clock.now()).replace(microsecond=0) - timedelta(days=500)


def due_cases(folder):
    """Cases whose time is over, in the database of an embedded run that is not running."""
    with clock.set_for_tests(LONG_AGO), runtime_in(folder) as runtime:
        for _ in range(MANY):
            number = accepted(runtime, noise(kind="question")).number
            do(runtime, handlers.withdraw_case, number, SYSTEM, "不办了")


def counted(folder, what):
    address = f"file:{folder / 'intake.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return connection.execute(what).fetchone()[0]


ERASED = "SELECT count(*) FROM cases WHERE erased_at IS NOT NULL"
TOLD_OF = "SELECT count(*) FROM outbox WHERE type LIKE '%case.person_erased%'"
RECORDED = "SELECT count(*) FROM audit WHERE action = 'retention.erased'"


def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path):
    due_cases(tmp_path)
    env = {"DATA_DIR": str(tmp_path), "DATA_KEYS": DATA_KEYS}
    killed = ServiceProcess(["services", "retention"], env)
    killed.launch()
    wait_until(lambda: counted(tmp_path, ERASED), SLOW, "the first are erased")
    killed.kill9()
    gone = counted(tmp_path, ERASED)
    assert 0 < gone < MANY
    assert counted(tmp_path, TOLD_OF) == counted(tmp_path, RECORDED) == gone

    again = ServiceProcess(["services", "retention"], env)
    again.launch()
    wait_until(lambda: not again.running, SLOW, "the rest is erased")
    assert f"{MANY - gone} erased" in again.log_text()
    for what in (ERASED, TOLD_OF, RECORDED):
        assert counted(tmp_path, what) == MANY
