"""Two replicas decide about one community at once, on PostgreSQL: each sees what the other did."""

from datetime import timedelta

import pytest

from services.intake import models
from services.intake.grids import care_handlers, care_store
from services.intake.reason import Conflict
from services.intake.rosters import actions, handlers, leave_handlers, store, swap_handlers
from services.intake.rosters.handlers import Place
from services.intake.rosters.leave import ASKED, GRANTED
from services.intake.rosters.said import Said
from services.intake.rosters.swap_handlers import Wanted
from services.intake.staff import accounts
from shared import clock
from shared.db import Database, connect
from tests.support.crossing import cross
from tests.support.keys import KEYS
from tests.unit.intake.grids import ground as grids
from tests.unit.intake.ground import COMMUNITY, do, runtime_in, xiangshan
from tests.unit.intake.rosters.test_duty import MONDAY, account, at
from tests.unit.intake.rosters.test_handlers import ANN, BOB, BOSS, CAT, ask, of, whole


@pytest.fixture
def runtime(tmp_path, postgres):
    url = postgres.fresh_database("intake")
    sunday = at("10:00", MONDAY - timedelta(days=1))
    with clock.set_for_tests(sunday), runtime_in(tmp_path, database_url=url) as ground:
        yield ground
    postgres.drop_database(url)


@pytest.fixture
def other(runtime):
    """The second replica."""
    engine = connect(
        runtime.database.engine.url.render_as_string(hide_password=False),
        KEYS,
    )
    yield Database(engine, service="intake", district=xiangshan(), serials=models.bus.serials)
    engine.dispose()


@pytest.fixture
def office(runtime):
    """Ann and Bob at the desk on Monday, and Cat, who is drawn on other days."""
    for username in ("ann", "bob"):
        do(runtime, account, username)
    do(runtime, handlers.plan, COMMUNITY, MONDAY, 1)
    do(runtime, account, "boss", "manager")
    do(runtime, account, "cat")
    return runtime


def nobody_there(runtime):
    found = actions.gaps(runtime, COMMUNITY, MONDAY, MONDAY)
    return [gap for gap in found if gap.why == "nobody"]


def test_two_leaves_granted_at_once_leave_somebody_there(office, other):
    first = ask(office, ANN, at("15:00"), at("18:00"))
    second = ask(office, BOB, at("15:00"), at("18:00"))
    with pytest.raises(Conflict, match="没人在岗"):
        cross(
            office.database,
            lambda tx: leave_handlers.grant_leave(tx, first.number, BOSS),
            other,
            lambda tx: leave_handlers.grant_leave(tx, second.number, BOSS),
        )
    states = [do(office, store.get_leave, one.number).state for one in (first, second)]
    assert states == [GRANTED, ASKED]
    assert nobody_there(office) == []


def test_two_taken_off_at_once_leave_somebody_there(office, other):
    do(office, handlers.assign, BOSS, Place(COMMUNITY, MONDAY, "desk", "C"), "cat")
    first, second = of(office, "ann", MONDAY), of(office, "bob", MONDAY)
    with pytest.raises(Conflict, match="没人在岗"):
        cross(
            office.database,
            lambda tx: handlers.remove(tx, BOSS, first.id),
            other,
            lambda tx: handlers.remove(tx, BOSS, second.id),
        )
    assert do(office, store.get_duty, second.id).planned
    assert nobody_there(office) == []


def test_a_swap_confirmed_while_the_other_is_given_leave(office, other):
    """Cat takes Ann's duty over and is given leave for the same day."""
    mine = of(office, "ann", MONDAY)
    asked = do(office, swap_handlers.ask_swap, ANN, Wanted(mine.id, "cat"))
    do(office, swap_handlers.answer_swap, asked.number, "agree", CAT)
    leave = ask(office, CAT, *whole(MONDAY))
    said = Said(BOSS, clock.now())
    cross(
        office.database,
        lambda tx: swap_handlers.decide_swap(tx, asked.number, "confirm", BOSS, said),
        other,
        lambda tx: leave_handlers.grant_leave(tx, leave.number, BOSS),
    )
    assert [one.username for one in do(office, store.duties_between, COMMUNITY, MONDAY, MONDAY)
            if one.post == "desk" and one.why == "stand_in"] == ["ann"]  # fmt: skip
    assert nobody_there(office) == []


def test_leave_granted_while_the_other_leaves_the_community(office, other):
    leave = ask(office, ANN, at("15:00"), at("18:00"))
    with pytest.raises(Conflict, match="没人在岗"):
        cross(
            office.database,
            lambda tx: accounts.disable(tx, "bob"),
            other,
            lambda tx: leave_handlers.grant_leave(tx, leave.number, BOSS),
        )


def test_put_on_the_care_list_at_once_somebody_is_there_once(runtime, other):
    grids.give_accounts(runtime)

    def add(tx):
        return care_handlers.add(tx, grids.DESK, COMMUNITY, grids.somebody())

    with pytest.raises(Conflict, match="已经在名单上"):
        cross(runtime.database, add, other, add)
    with runtime.database.read() as connection:
        keys = runtime.database.keys
        wanted = care_store.Wanted(COMMUNITY)
        assert care_store.search(connection, keys, wanted, 1, 10)[1] == 1
