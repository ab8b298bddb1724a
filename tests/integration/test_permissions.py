"""Who may do what, every cell: role × address × one's own or another's, through HTTP.

tests/support/permission_calls.py says how each address is asked, permission_matrix.py what must
come out, permission_world.py what there is to ask for.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.intake import rules
from services.notify import lists
from services.partners import access as partners_access
from services.partners import pages_needs, queries
from services.routing import access as routing_access
from shared import clock
from shared.permissions import PERMISSIONS, Scope
from tests.support.permission_calls import CALLS, GROUPS, Call
from tests.support.permission_matrix import faults, unlisted, unmarked
from tests.support.permission_world import World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Built once; every cell leaves it as it was."""
    with clock.set_for_tests(MONDAY):
        yield World(tmp_path_factory.mktemp("world"))


def of(*endpoints: str) -> tuple[Call, ...]:
    """The calls of these routes."""
    return tuple(call for call in CALLS if call.endpoint in endpoints)


def test_every_route_is_asked(world: World) -> None:
    assert unlisted(world) == []


def test_every_route_is_marked(world: World) -> None:
    assert unmarked(world) == []


@pytest.mark.parametrize("group", GROUPS)
def test_the_matrix(world: World, group: str) -> None:
    asked, found = faults(world, tuple(GROUPS[group]))
    assert asked >= len(GROUPS[group]) * 9
    assert not found, "\n".join(found)


# ---- Planted holes: the matrix sees them ----


def test_it_sees_an_action_granted_to_a_wrong_role(world, monkeypatch):
    granted = {**PERMISSIONS["ledger.read"], "desk": Scope.DISTRICT}
    monkeypatch.setitem(PERMISSIONS, "ledger.read", granted)
    _, found = faults(world, of("points-api.list_entries"))
    assert len(found) == 1
    assert "by desk on A (no): answered 200 instead of 403" in found[0]


def test_it_sees_a_scope_that_reaches_too_far(world, monkeypatch):
    wider = {**PERMISSIONS["order.read"], "department": Scope.DISTRICT}
    monkeypatch.setitem(PERMISSIONS, "order.read", wider)
    _, found = faults(world, of("routing.show_order"))
    assert any("by department on B (away): answered 200" in fault for fault in found)


def test_it_sees_an_action_taken_from_a_role(world, monkeypatch):
    taken = {r: s for r, s in PERMISSIONS["case.resolve"].items() if r != "grid"}
    monkeypatch.setitem(PERMISSIONS, "case.resolve", taken)
    _, found = faults(world, of("intake.resolve"))
    assert any("by grid on A (yes): answered 403" in fault for fault in found)


@pytest.mark.parametrize(
    ("where", "check", "endpoint"),
    [
        (partners_access, "admit_to_passbook", "partners_points.passbook_of"),
        (partners_access, "admit_to_passbook", "points-api.get_passbook"),
        (partners_access, "admit_to_voucher", "points-api.hand_over"),
        (pages_needs, "theirs", "partners_needs.answer"),
        (rules, "own_community", "desk.case_page"),
        (rules, "own_community", "intake.withdraw"),
        (rules, "own_community", "papers.refusal"),
        (rules, "own_community", "intake_catalogue.refusal"),
        (rules, "own_community", "intake_files.list_files"),
    ],
)
def test_it_sees_a_check_of_the_place_that_is_gone(world, monkeypatch, where, check, endpoint):
    monkeypatch.setattr(where, check, lambda *_: None)
    _, found = faults(world, of(endpoint))
    assert any("(away): answered" in fault or "(away): changed" in fault for fault in found)


def test_it_sees_an_order_shown_to_another_department(world, monkeypatch):
    monkeypatch.setattr(routing_access, "admit", lambda _user, order: order)
    _, found = faults(world, of("pages.order"))
    assert any("by department on B (away): answered 200" in fault for fault in found)


def test_it_sees_a_list_that_is_not_narrowed(world, monkeypatch):
    monkeypatch.setattr(lists, "may_see", lambda _reader: sa.true())
    _, found = faults(world, of("messages.messages"))
    assert any("by desk on A (yes): shows" in fault and "of side B" in fault for fault in found)
    assert any("by stray desk" in fault for fault in found)


def test_it_sees_needs_that_are_not_narrowed(world, monkeypatch):
    all_of_them, supervisor = queries.needs_for, world.users["supervisor"]
    monkeypatch.setattr(queries, "needs_for", lambda _user, asked: all_of_them(supervisor, asked))
    _, found = faults(world, of("partners-api.list_needs"))
    assert any("by partner on A (yes): shows" in fault for fault in found)


def test_it_sees_a_route_without_a_mark(world, monkeypatch):
    view = world.apps["routing"].view_functions["pages.supervise"]
    monkeypatch.delattr(view, "baitong_action")
    assert unmarked(world) == ["routing pages.supervise carries neither @requires nor @public"]


def test_it_sees_a_route_nobody_asks(world):
    fewer = tuple(call for call in CALLS if call.endpoint != "intake.withdraw")
    assert unlisted(world, fewer) == ["no call asks intake POST intake.withdraw"]


def test_it_sees_what_a_refused_one_changed(world, monkeypatch):
    """Refused, but only after it was done."""
    app = world.apps["intake"]
    view = app.view_functions["desk.desk"]

    def careless():
        runtime = world.runtimes["intake"]
        with runtime.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE cases SET title = 'x'")
        return view()

    careless.baitong_action = "case.read"
    monkeypatch.setitem(app.view_functions, "desk.desk", careless)
    _, found = faults(world, of("desk.desk"))
    assert any("by department on A (no): changed intake.cases" in fault for fault in found)
    assert world.changed() == []
