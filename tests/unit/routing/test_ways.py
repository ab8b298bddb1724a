"""What intake says of a case whose orders run: it was refused, another one answers for it."""

import pytest

from services.routing import handlers
from tests.unit.routing import ground
from tests.unit.routing.ground import order_of, said
from tests.unit.routing.test_handlers import hear


@pytest.fixture
def db():
    with ground.at():
        yield ground.database()


def handed_to(version, username, name):
    return ground.handed_over(version, owner={"username": username, "name": name})


def test_a_refused_application_asks_nothing_more_of_the_department(db):
    hear(db, handlers.open_order, ground.transferred())
    hear(db, handlers.close_order, ground.refused())
    assert order_of(db).state == "closed"
    assert said(db)[-1][0] == "order.closed.ga"


def test_a_refusal_that_comes_before_the_transfer_troubles_no_department(db):
    hear(db, handlers.close_order, ground.refused())
    hear(db, handlers.open_order, ground.transferred())
    assert order_of(db).state == "closed"
    assert said(db) == []


def test_b14_after_a_hand_over_the_order_names_who_answers_now(db):
    hear(db, handlers.open_order, ground.transferred())
    before = order_of(db)
    hear(db, handlers.hand_over, handed_to(9, "backoffice", "李国强"))
    after = order_of(db)
    assert (before.owner_name, after.owner_name) == ("李敏", "李国强")
    assert (after.state, after.department) == (before.state, before.department)


def test_b14_an_older_hand_over_does_not_undo_a_newer_one(db):
    hear(db, handlers.open_order, ground.transferred())
    hear(db, handlers.hand_over, handed_to(9, "backoffice", "李国强"))
    hear(db, handlers.hand_over, handed_to(8, "desk", "李敏"))
    assert order_of(db).owner_name == "李国强"


def test_b14_a_hand_over_that_comes_before_the_transfer_is_kept(db):
    hear(db, handlers.hand_over, handed_to(9, "backoffice", "李国强"))
    hear(db, handlers.open_order, ground.transferred(3))
    assert order_of(db).owner_name == "李国强"
