"""partners on PostgreSQL: the guards, and two processes at once with real locks."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from services.partners import (
    handlers,
    handlers_partners,
    handlers_points,
    ledger,
    ledger_store,
    models,
)
from services.partners.handlers import Officer
from services.partners.ledger import Mismatch
from services.partners.need import CANCELLED
from services.partners.refusal import Refused
from shared.bus.event import Event, encode, new_id
from shared.bus.inbox import Inbox
from shared.bus.local import LocalTransport
from shared.bus.transport import Delivery
from shared.clock import now
from shared.config import Settings
from shared.contracts import intake
from shared.district import load
from shared.migrate import migrate
from shared.runtime import Runtime, build
from tests.support.crossing import cross
from tests.support.keys import KEYS

WEI, SHOP = "demo-wei-master", "demo-nuanxin"
NEED = str(intake.need_raised.example["need"])
MIGRATIONS = Path(handlers.__file__).parent / "migrations"


@pytest.fixture
def open_runtime(postgres, tmp_path) -> Iterator[object]:
    """Each call is another process's runtime on the same, fresh database."""
    url = postgres.fresh_database()
    district, opened = load("xiangshan"), []

    def another() -> Runtime:
        settings = Settings(
            embedded=True,
            district="xiangshan",
            data_dir=tmp_path,
            database_url=url,
            amqp_url="",
            secret_key="a-secret-for-tests-that-is-long-enough",
            address="127.0.0.1:0",
            data_keys=KEYS,
        )
        bus = LocalTransport(f"sqlite:///{tmp_path / 'bus.sqlite'}", KEYS)
        opened.append(build("partners", settings, district, models.bus, bus))
        return opened[-1]

    first = another()
    migrate(first.database.engine, MIGRATIONS)
    handlers_partners.take_pack(first)
    yield another
    for runtime in opened:
        runtime.database.engine.dispose()
    postgres.drop_database(url)


@pytest.fixture
def runtime(open_runtime) -> Runtime:
    return open_runtime()


def an_event(**changes: object):
    data = dict(intake.need_raised.example) | changes
    return Event(new_id(), intake.need_raised.type, "/intake", data["number"], now(), 2, data)


def earn(runtime, owner, times=1):
    for time in range(times):
        number = f"{owner}-{time}"
        for step in (
            lambda tx, n=number: handlers.take_need(tx, an_event(need=n)),
            lambda tx, n=number: handlers.accept(tx, n, owner),
            lambda tx, n=number: handlers.fulfil(tx, n, owner, ""),
            lambda tx, n=number: handlers.confirm(tx, n, Officer("李敏"), ""),
        ):
            runtime.database.run(step)


def at_once(*acts: Callable[[], object]):
    """Do all at the same moment, each in a thread; returns what each did or raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def do(place, act):
        start.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001 - what went wrong is what the test looks at
            results[place] = error

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def sound(runtime):
    with runtime.database.read() as connection:
        return ledger_store.verify(connection)


def test_many_accept_at_once_exactly_one_wins(open_runtime, runtime):
    partners = (SHOP, WEI, "sgcc-huaibei")
    others = [open_runtime() for _ in partners]
    for round_number in range(8):
        number = f"n{round_number}"
        runtime.database.run(lambda tx, n=number: handlers.take_need(tx, an_event(need=n)))
        runtime.database.run(
            lambda tx, n=number: handlers.offer_by_hand(tx, n, partners, Officer("李敏"))
        )
        results = at_once(*[
            lambda o=other, p=partner, n=number: o.database.run(
                lambda tx: handlers.accept(tx, n, p)
            )
            for other, partner in zip(others, partners, strict=True)
        ])  # fmt: skip
        won = [r for r in results if not isinstance(r, Refused)]
        assert len(won) == 1
        assert all("已被别的合伙人认领" in str(r) for r in results if isinstance(r, Refused))
        with runtime.database.read() as connection:
            kept = sa.select(models.needs.c.partner).where(models.needs.c.number == number)
            assert connection.execute(kept).scalar_one() == won[0].partner


def test_the_last_one_of_a_reward_and_the_same_points_are_given_once(open_runtime, runtime):
    earn(runtime, WEI, 3)
    earn(runtime, SHOP, 1)
    scarce = models.rewards.update().where(models.rewards.c.code == "haircut").values(stock=1)
    runtime.database.run(lambda tx: tx.execute(scarce))
    others = [open_runtime() for _ in range(3)]
    owners = (WEI, SHOP, WEI)
    results = at_once(*[
        lambda o=other, w=owner: o.database.run(
            lambda tx: handlers_points.redeem(tx, w, "haircut", w)
        )
        for other, owner in zip(others, owners, strict=True)
    ])  # fmt: skip
    assert sum(not isinstance(r, Refused) for r in results) == 1
    balance = runtime.database.run(lambda tx: ledger_store.balance(tx, WEI))
    results = at_once(*[
        lambda o=other: o.database.run(
            lambda tx: handlers_points.redeem(tx, WEI, "checkup", WEI)
        )
        for other in others
    ])  # fmt: skip
    bought = sum(not isinstance(r, Refused) for r in results)
    assert bought == min(len(others), balance // 20)
    assert runtime.database.run(lambda tx: ledger_store.balance(tx, WEI)) == balance - 20 * bought
    assert sound(runtime) is None


def test_the_same_wish_sent_twice_at_once_is_one_voucher(open_runtime, runtime):
    earn(runtime, WEI, 3)
    others = [open_runtime() for _ in range(3)]
    results = at_once(*[
        lambda o=other: o.database.run(
            lambda tx: handlers_points.redeem(tx, WEI, "haircut", WEI, "wish")
        )
        for other in others
    ])  # fmt: skip
    assert len({r.voucher for r in results}) == 1
    assert runtime.database.run(lambda tx: ledger_store.balance(tx, WEI)) == 40


LONELY = "INSERT INTO postings VALUES ('JF-0', 1, 'demo-wei-master', 5)"
PLANTED = [
    ("UPDATE postings SET amount = 500", "never changed"),
    ("DELETE FROM postings", "never deleted"),
    ("TRUNCATE postings", "never deleted"),
    ("TRUNCATE entries CASCADE", "never deleted"),
    ("UPDATE entries SET note = 'x'", "never changed"),
    ("DELETE FROM entries", "never deleted"),
    ("UPDATE accounts SET balance = 500 WHERE code = 'demo-wei-master'", "sum of its postings"),
    ("UPDATE accounts SET kind = 'system', balance = NULL", "sum of its postings"),
    ("INSERT INTO accounts VALUES ('me', 'partner', 9, 1)", "opened empty"),
    (
        "INSERT INTO postings SELECT number, 9, 'demo-wei-master', 9 FROM entries",
        "the entry is sealed",
    ),
    (LONELY, "foreign key"),
    (
        f"{LONELY}; INSERT INTO entries VALUES ('JF-0', 'earned', 'x', '', 'me', now())",  # noqa: S608 - a constant
        "do not sum to zero",
    ),
    ("UPDATE rewards SET taken = stock + 1", "stock_not_negative"),
]


@pytest.mark.parametrize(("statement", "why"), PLANTED)
def test_a_planted_change_is_refused(runtime, statement, why):
    earn(runtime, WEI)
    with pytest.raises(IntegrityError, match=why) as refused, runtime.database.engine.begin() as c:
        c.exec_driver_sql(statement)
    assert isinstance(refused.value.orig, psycopg.errors.IntegrityError)
    assert sound(runtime) is None


def test_an_overdraft_is_refused_and_tampering_is_found(runtime):
    earn(runtime, WEI)
    overdraft = ledger.spend(WEI, 30, "DH-0", "x")
    with pytest.raises(IntegrityError, match="balance_not_negative"):
        runtime.database.run(lambda tx: ledger_store.post(tx, overdraft, "x"))
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE accounts DISABLE TRIGGER ledger_balance")
        connection.exec_driver_sql(
            "UPDATE accounts SET balance = 500 WHERE code = 'demo-wei-master'"
        )
    assert sound(runtime) == Mismatch("account", WEI, 500, 20)


def test_the_migration_makes_the_tables_of_the_models(runtime):
    with runtime.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.metadata) == []


def test_replicas_take_the_pack_over_at_once(open_runtime, runtime):
    with runtime.database.engine.begin() as connection:
        for table in (models.rewards, models.offerings, models.partners):
            connection.execute(table.delete())
    others = [open_runtime() for _ in range(3)]
    results = at_once(*[lambda o=other: handlers_partners.take_pack(o) for other in others])
    assert results == [None, None, None]
    with runtime.database.read() as connection:
        count = sa.select(sa.func.count())
        assert connection.execute(count.select_from(models.partners)).scalar_one() == 20
        assert connection.execute(count.select_from(models.rewards)).scalar_one() == 6


@pytest.mark.parametrize("end_first", [False, True])
def test_a_need_and_the_end_of_its_case_at_once_leave_nothing_offered(
    open_runtime, runtime, end_first
):
    raised, said = an_event(), dict(intake.withdrawn.example)
    end = Event(new_id(), intake.withdrawn.type, "/intake", said["number"], now(), 3, said)
    works = [
        lambda tx: handlers.take_need(tx, raised),
        lambda tx: handlers.case_withdrawn(tx, end),
    ]
    first, second = reversed(works) if end_first else works
    cross(runtime.database, first, open_runtime().database, second)
    with runtime.database.read() as connection:
        assert connection.execute(sa.select(models.needs.c.state)).scalar_one() == CANCELLED


def test_a_need_delivered_many_times_at_once_is_one(open_runtime, runtime):
    event = an_event()
    delivery = Delivery("partners.intake", "case.need_raised", encode(event).encode())
    inboxes = [
        Inbox(
            open_runtime().database,
            models.bus,
            "partners.intake",
            {intake.need_raised: handlers.take_need},
        )
        for _ in range(3)
    ]
    at_once(*[lambda inbox=inbox: inbox.apply([delivery, delivery]) for inbox in inboxes])
    with runtime.database.read() as connection:
        count = sa.select(sa.func.count())
        assert connection.execute(count.select_from(models.needs)).scalar_one() == 1
        assert connection.execute(count.select_from(models.bus.outbox)).scalar_one() == 1
        assert connection.execute(count.select_from(models.bus.parked)).scalar_one() == 0
