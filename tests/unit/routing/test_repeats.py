"""The same resident about the same matter again: counted when an order is opened."""

import pytest

from services.routing import handlers, models
from services.routing.supervision import supervision_for
from shared.bus.event import encode
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.contracts import intake
from tests.unit.routing import ground
from tests.unit.routing.ground import at, order_of

OTHER = {"name": "王建国", "phone": "13905610000"}
NOISE = {"title": "楼下烧烤店夜间噪声扰民", "description": "每晚十一点后仍在营业"}
LIGHT = {"title": "小区门口路灯不亮", "description": "三盏路灯坏了一周"}


@pytest.fixture
def db():
    with at():
        yield ground.database()


def opened(db, n, **more: object):
    case = f"XS-261123-{n:04d}-08"
    event = ground.transferred(number=case, **(NOISE | more))
    db.run(lambda tx: handlers.open_order(tx, event))
    return order_of(db, f"{case}-1")


def test_the_same_matter_of_the_same_telephone_is_counted(db):
    assert [opened(db, n).repeats for n in (1, 2, 3)] == [0, 1, 2]
    assert opened(db, 1).matter, "it has a matter at all"


def test_another_matter_or_another_telephone_is_no_repeat(db):
    opened(db, 1)
    assert opened(db, 2, **LIGHT).repeats == 0
    assert opened(db, 3, applicant=OTHER).repeats == 0
    assert opened(db, 4, applicant={"name": "王建国"}).repeats == 0
    assert opened(db, 5, applicant={"name": "王建国"}).repeats == 0, "who gave no number is nobody"


def test_what_was_long_ago_is_no_repeat(db):
    opened(db, 1)
    days = supervision_for(ground.DISTRICT).repeats.days
    with at(days=days):
        assert opened(db, 2).repeats == 1
    with at(days=2 * days, seconds=1):
        assert opened(db, 3).repeats == 0


def test_a_new_transfer_of_the_same_case_is_no_repeat(db):
    opened(db, 1)
    event = ground.transferred(8, number="XS-261123-0001-08", transfer=2, **NOISE)
    db.run(lambda tx: handlers.open_order(tx, event))
    assert order_of(db, "XS-261123-0001-08-2").repeats == 0


def test_those_of_one_batch_count_the_ones_before(db):
    events = [ground.transferred(number=f"XS-261123-{n:04d}-08", **NOISE) for n in range(4)]
    inbox = Inbox(db, models.bus, "q", {intake.transferred: handlers.open_order})
    inbox.apply([Delivery("q", "case.transferred", encode(e).encode()) for e in events])
    found = [order_of(db, f"XS-261123-{n:04d}-08-1").repeats for n in range(4)]
    assert found == [0, 1, 2, 3]
