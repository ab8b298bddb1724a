"""What a district learns from confirmed dispatches, and what it must not keep."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from services.routing import decisions, models, people, store
from services.routing import handlers as orders_handlers
from services.routing.suggesting import handlers, suggest
from services.routing.suggesting.learned import Learned, Told, count_said
from services.routing.suggesting.model import Counts
from services.routing.suggesting.suggest import Suggester
from shared.transaction import Stale
from tests.unit.routing.ground import (
    DISTRICT,
    ORDER,
    at,
    database,
    erased,
    order_of,
    reply,
    transferred,
)

NAME, PHONE, IDENTITY = "欧阳德胜", "13856170042", "340603195001010019"
TEXT = f"跳蚤市场的事，我叫{NAME}，电话{PHONE}，身份证{IDENTITY}，楼上老漏水"
FIRST = 200


@pytest.fixture
def db():
    return database()


@pytest.fixture(autouse=True)
def fresh_suggester():
    """What one test learns is not known to the next."""
    suggest.suggester_for(DISTRICT).know(Learned())
    yield
    suggest.suggester_for(DISTRICT).know(Learned())


def case_number(number: int) -> str:
    return f"XS-261123-{number:04d}-08"


def open_orders(db, count: int, text: str = TEXT, first: int = FIRST, phone: str | None = None):
    """Orders of different applicants with the same words."""
    numbers = []
    for number in range(first, first + count):
        case = case_number(number)
        person = {"name": NAME, "phone": phone or f"1385617{number:04d}"}
        event = transferred(
            number=case, description=text, title="居民诉求", applicant=person, item=None
        )
        with at():
            db.run(lambda tx, event=event: orders_handlers.open_order(tx, event))
        numbers.append(f"{case}-{event.data['transfer']}")
    return numbers


def learn(db, numbers, department: str = "st"):
    def confirm(tx, number):
        order = store.load(tx, number)
        order.department = department
        handlers.learn(tx, order)

    for number in numbers:
        db.run(lambda tx, number=number: confirm(tx, number))


def runtime(db):
    return SimpleNamespace(database=db, district=DISTRICT)


def rows(db, table):
    with db.read() as connection:
        return connection.execute(sa.select(table)).all()


def chance(text: str, department: str) -> float:
    found = suggest.suggester_for(DISTRICT).suggest(text)
    return next((one.score for one in found if one.department == department), 0.0)


def test_confirmed_dispatches_change_what_is_suggested(db):
    before = chance("楼上老漏水", "st")
    learn(db, open_orders(db, 25, "楼上老漏水"))
    handlers.count_confirmed(runtime(db))
    assert chance("楼上老漏水", "st") == before, "known only after the refresh"
    handlers.refresh(runtime(db))
    assert chance("楼上老漏水", "st") > before + 0.1
    [mine] = [
        one
        for one in suggest.suggester_for(DISTRICT).suggest("楼上老漏水")
        if one.department == "st"
    ]
    assert any("本区已确认的 25 件中 25 件由生态环境办理" in reason for reason in mine.reasons)


def test_each_order_counts_once_however_often_it_is_confirmed(db):
    numbers = open_orders(db, 20)
    for _ in range(2):
        learn(db, numbers)
        handlers.count_confirmed(runtime(db))
    counted = {row.piece: row.orders for row in rows(db, models.learned.said)}
    assert counted["漏水"] == 20
    assert sum(row.orders for row in rows(db, models.learned.matters)) == 20


def test_the_last_word_before_counting_holds(db):
    numbers = open_orders(db, 20)
    learn(db, numbers, "zj")
    learn(db, numbers, "st")
    handlers.count_confirmed(runtime(db))
    assert {row.department for row in rows(db, models.learned.said)} == {"st"}


def test_fewer_than_a_batch_go_on_waiting(db):
    learn(db, open_orders(db, handlers.SMALLEST_BATCH - 1))
    handlers.count_confirmed(runtime(db))
    assert rows(db, models.learned.said) == []
    learn(db, open_orders(db, 1, first=FIRST + 100))
    handlers.count_confirmed(runtime(db))
    assert rows(db, models.learned.said) != []


def test_nothing_that_names_a_person_is_kept(db):
    learn(db, open_orders(db, 30))
    handlers.count_confirmed(runtime(db))
    tables = (models.learned.orders, models.learned.said, models.learned.matters)
    kept = "\n".join(str(tuple(row)) for table in tables for row in rows(db, table))
    for secret in (NAME, "欧阳", "德胜", PHONE, "13856170", IDENTITY, "19500101"):
        assert secret not in kept
    pieces_kept = {row.piece for row in rows(db, models.learned.said)}
    assert pieces_kept
    assert pieces_kept <= suggest.suggester_for(DISTRICT).language


def test_what_fewer_than_three_people_said_is_not_counted(db):
    learn(db, open_orders(db, 20, "楼上老漏水"))
    learn(db, open_orders(db, 5, "门口有人摆摊", first=FIRST + 50, phone="13800000001"))
    handlers.count_confirmed(runtime(db))
    counted = {row.piece for row in rows(db, models.learned.said)}
    assert "漏水" in counted
    assert "摆摊" not in counted, "one person said it five times"


def test_words_outside_the_packs_language_are_not_counted():
    told = [Told("王小二漏水", str(number), None, "zj") for number in range(5)]
    assert count_said(told, frozenset({"漏水"})) == {("漏水", "zj"): 5}


def test_a_forgotten_person_teaches_nothing(db):
    numbers = open_orders(db, 20)
    learn(db, numbers)
    with at():
        for number in range(FIRST, FIRST + 20):
            event = erased(number=case_number(number))
            db.run(lambda tx, event=event: people.erase(tx, event))
    handlers.count_confirmed(runtime(db))
    assert rows(db, models.learned.said) == []
    assert rows(db, models.learned.matters) == []


def test_what_another_replica_counts_is_left_to_it(db):
    learn(db, open_orders(db, 20))
    from services.routing.suggesting import store as learned_store  # noqa: PLC0415

    def count_twice(tx):
        numbers = [row.number for row in learned_store.waiting(tx, 50)]
        learned_store.mark_counted(tx, numbers)
        with pytest.raises(Stale):
            learned_store.mark_counted(tx, numbers)

    db.run(count_twice)


def test_an_order_without_a_department_teaches_nothing(db):
    [number] = open_orders(db, 1)
    order = db.run(lambda tx: store.load(tx, number))
    order.department = None
    db.run(lambda tx: handlers.learn(tx, order))
    assert rows(db, models.learned.orders) == []


def test_what_was_learned_of_a_department_that_left_is_no_harm():
    suggester = Suggester(DISTRICT)
    suggester.know(Learned(Counts({"漏水": {"gone": 50}}), {"T-ZJ-02": {"gone": 50}}))
    assert all(one.department in DISTRICT.departments for one in suggester.suggest("楼上漏水"))


def test_an_order_worked_off_is_noted_once(db):
    with at():
        db.run(lambda tx: orders_handlers.open_order(tx, transferred()))
    with at(minutes=30):
        reply(db, "signed")
        reply(db, "contacted", note="已电话联系")
    assert rows(db, models.learned.orders) == []
    with at(hours=5):
        reply(db, "completed", result="已办妥，居民认可")
    order = order_of(db)
    if order.state == "in_review":
        with at(hours=6):
            db.run(approve)
    [noted] = rows(db, models.learned.orders)
    assert (noted.number, noted.department, noted.counted_at) == (order.number, "ga", None)


def approve(tx):
    order = store.load(tx, ORDER)
    decisions.approve(tx, order, "同意", "王局长")
    store.save(tx, order)
