"""The audit on SQLite and PostgreSQL: with its effect or not at all, in one chain, and guarded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.notify import models
from shared.actor import Actor, acting
from shared.audit import reading, store
from shared.audit.chain import BEYOND, CHANGED, CUT, FORGED, MISSING, PREVIOUS, UNREADABLE, Head
from shared.clock import now
from shared.db import Database, connect
from shared.migrate import migrate
from shared.sealing import KeyRing
from shared.sealing.keys import new_line
from tests.support.crossing import cross
from tests.support.keys import KEYS

MIGRATIONS = Path(__file__).parents[2] / "services" / "notify" / "migrations"
ZHOU = Actor("zhou", "desk", name="周敏", address="10.0.0.7", act="message.resend", subject="m1")
audit = models.audit


class Refused(Exception):
    """A rule said no."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'notify.sqlite'}"
        return
    postgres = request.getfixturevalue("postgres")
    made = postgres.fresh_database("audit")
    yield made
    postgres.drop_database(made)


@pytest.fixture
def database(url) -> Iterator[Database]:
    made = opened(url)
    migrate(made.engine, MIGRATIONS)
    yield made
    made.engine.dispose()


@pytest.fixture
def filled(database) -> Database:
    for n in range(1, 8):
        with acting(ZHOU):
            database.run(lambda tx, n=n: tx.record("message.read", f"m{n}", "居民来问", n=n))
    return database


def opened(url: str, keys: KeyRing = KEYS) -> Database:
    return Database(
        connect(url, keys), service="notify", serials=models.bus.serials, audit=models.audit
    )


def pace(name: str):
    """A command that writes."""
    return lambda tx: tx.insert(models.paces, channel=name, recent=[], version=1)


def entries(database: Database) -> list:
    return list(reading.every(database, reading.Wanted()))


def told(database: Database) -> list[tuple[str, ...]]:
    return [(e.act.username, e.act.action, e.act.subject) for e in entries(database)]


def found(database: Database) -> tuple[int, str] | None:
    """What is wrong with the chain."""
    damage = reading.verify(database).damage
    return (damage.seq, damage.kind) if damage else None


@contextmanager
def unguarded(database: Database) -> Iterator[sa.Connection]:
    """As somebody who owns the database: without the guards."""
    sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.begin() as connection:
        if sqlite:
            for name in ("stays", "kept", "grows", "head_kept"):
                connection.exec_driver_sql(f"DROP TRIGGER audit_{name}")
        else:
            for table in ("audit", "audit_head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield connection


# -- recording -------------------------------------------------------------------------------------


def test_a_persons_command_that_writes_is_recorded_by_itself(database) -> None:
    with acting(ZHOU):
        database.run(pace("sms"))
        database.run(lambda tx: (pace("mail")(tx), tx.about("m2")))
        database.run(lambda tx: tx.execute(sa.select(models.paces)).all())
    (first, second) = entries(database)
    assert (first.act.username, first.act.role, first.act.address) == ("zhou", "desk", "10.0.0.7")
    assert (first.act.action, first.act.subject) == ("message.resend", "m1")
    assert second.act.subject == "m2"
    assert found(database) is None


def test_what_a_command_records_takes_the_place_of_the_entry_by_itself(database) -> None:
    def work(tx):
        pace("sms")(tx)
        tx.record("person.revealed", "XS-1", "王建国来电", action="x", among=("a", 1))

    with acting(ZHOU):
        database.run(work)
    (entry,) = entries(database)
    assert (entry.act.action, entry.act.reason) == ("person.revealed", "王建国来电")
    assert entry.act.detail == {"action": "x", "among": ["a", 1]}


def test_the_system_is_recorded_only_where_it_says_so(database) -> None:
    database.run(pace("sms"))
    assert entries(database) == []
    by = Actor("dept-ga", "department", address="amqp")
    database.run(lambda tx: tx.record("order.reply.signed", "o1", by=by))
    database.run(lambda tx: tx.record("retention.applied", "XS-1"))
    assert told(database) == [
        ("dept-ga", "order.reply.signed", "o1"),
        ("", "retention.applied", "XS-1"),
    ]


@pytest.mark.parametrize("flushed", [False, True])
def test_a_refused_command_leaves_no_entry(database, flushed) -> None:
    def refused(tx):
        tx.record("person.revealed", "XS-1")
        pace("sms")(tx)
        if flushed:
            tx.flush()
        raise Refused

    with acting(ZHOU):
        with pytest.raises(Refused):
            database.run(refused)
        database.run(pace("mail"))
    assert told(database) == [("zhou", "message.resend", "m1")]
    assert found(database) is None


@pytest.mark.parametrize(
    ("action", "detail", "error"),
    [("", {}, ValueError), ("a" * 65, {}, ValueError), ("a", {"x": object()}, TypeError)],
)
def test_what_cannot_be_recorded_is_refused_with_its_command(database, action, detail, error):
    def work(tx):
        pace("sms")(tx)
        tx.record(action, "s", **detail)

    with acting(ZHOU), pytest.raises(error):
        database.run(work)
    assert entries(database) == []


def test_the_commands_of_a_group_have_their_own_actors_and_one_chain(database) -> None:
    database.start(eventlet.spawn)

    def one(n: int) -> None:
        with acting(Actor(f"u{n}", "desk", act="a", subject=f"s{n}")):
            try:
                database.run(work(n))
            except Refused:
                assert n % 5 == 0

    def work(n: int):
        def run(tx):
            pace(f"p{n}")(tx)
            if n % 5 == 0:
                tx.record("never", "never")
                raise Refused
            if n % 3 == 0:
                tx.record("first", f"s{n}")
                tx.record("second", f"s{n}")

        return run

    commits = []
    database.on_commit.append(commits.append)
    for thread in [eventlet.spawn(one, n) for n in range(40)]:
        thread.wait()
    database.stop()
    assert len(commits) < 10
    wanted = [
        (f"u{n}", action, f"s{n}")
        for n in range(40)
        if n % 5
        for action in (("first", "second") if n % 3 == 0 else ("a",))
    ]
    assert sorted(told(database)) == sorted(wanted)
    assert found(database) is None


def test_entries_are_in_the_transaction_of_the_effect(url, database) -> None:
    other = opened(url)
    with acting(ZHOU), database.engine.connect() as looking:
        seen = []

        def work(tx):
            pace("sms")(tx)
            tx.flush()
            seen.append(
                looking.execute(sa.select(sa.func.count()).select_from(audit.entries)).scalar()
            )
            looking.rollback()

        database.run(work)
    assert seen == [0]
    assert len(entries(other)) == 1
    other.engine.dispose()


# -- several replicas ------------------------------------------------------------------------------


def test_two_replicas_whose_transactions_overlap_keep_one_chain(postgres) -> None:
    url = postgres.fresh_database("audit")
    first, second = opened(url), opened(url)
    migrate(first.engine, MIGRATIONS)
    # The head is locked last: the second one commits first, and the first continues after it.
    cross(
        first,
        lambda tx: tx.record("of the first", "s"),
        second,
        lambda tx: tx.record("of the second", "s"),
    )
    assert [e.act.action for e in entries(first)] == ["of the second", "of the first"]
    assert found(first) is None
    first.engine.dispose()
    second.engine.dispose()
    postgres.drop_database(url)


def test_replicas_that_write_at_once_keep_one_chain(url, database) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - real threads, this test only

    replicas = [database, opened(url)]

    def write(which: int) -> None:
        for n in range(40):
            with acting(Actor(f"r{which}", "desk", act="a", subject=str(n))):
                replicas[which].run(pace(f"r{which}-{n}"))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(write, which) for which in (0, 1)]:
            done.result()
    assert sorted(told(database)) == sorted(
        (f"r{w}", "a", str(n)) for w in (0, 1) for n in range(40)
    )
    assert found(database) is None
    replicas[1].engine.dispose()


# -- edits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 7",
        "UPDATE audit SET username = 'li' WHERE seq = 3",
        "UPDATE audit SET at = '2020-01-01' WHERE seq = 3",
        "UPDATE audit SET seq = 70 WHERE seq = 7",
        "UPDATE audit SET hash = previous",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 3",
    ],
)
def test_the_guards_refuse(filled, statement) -> None:
    with pytest.raises(DBAPIError, match="audit:"), filled.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert found(filled) is None


def test_truncate_is_refused(postgres) -> None:
    url = postgres.fresh_database("audit")
    database = opened(url)
    migrate(database.engine, MIGRATIONS)
    with pytest.raises(DBAPIError, match="audit:"), database.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE audit, audit_head")
    database.engine.dispose()
    postgres.drop_database(url)


def test_sealed_columns_may_be_sealed_anew(filled) -> None:
    with filled.engine.begin() as connection:
        connection.execute(audit.entries.update().values(reason="居民来问"))
    assert found(filled) is None
    with filled.engine.begin() as connection:
        connection.execute(
            audit.entries.update().where(audit.entries.c.seq == 5).values(reason="x")
        )
    assert found(filled) == (5, CHANGED)


@pytest.mark.parametrize(
    ("statement", "damage"),
    [
        ("UPDATE audit SET username = 'li' WHERE seq = 3", (3, CHANGED)),
        ("UPDATE audit SET subject = subject || ' ' WHERE seq = 1", (1, CHANGED)),
        ("UPDATE audit SET hash = previous WHERE seq = 7", (7, CHANGED)),
        ("DELETE FROM audit WHERE seq = 1", (1, MISSING)),
        ("DELETE FROM audit WHERE seq = 4", (4, MISSING)),
        ("DELETE FROM audit WHERE seq > 5", (6, CUT)),
        ("DELETE FROM audit", (1, CUT)),
        ("UPDATE audit_head SET mac = '00'", (7, FORGED)),
        ("UPDATE audit_head SET key = 'none'", (7, FORGED)),
        ("UPDATE audit_head SET seq = 5", (5, FORGED)),
        ("DELETE FROM audit_head", (0, FORGED)),
    ],
)
def test_without_the_guards_an_edit_is_found_and_named(filled, statement, damage) -> None:
    with unguarded(filled) as connection:
        connection.exec_driver_sql(statement)
    assert found(filled) == damage


def test_a_tail_cut_off_with_a_head_to_fit_is_found(filled) -> None:
    with filled.read() as connection:
        last = store.entry_at(connection, audit, 5)
    with unguarded(filled) as connection:
        connection.execute(audit.entries.delete().where(audit.entries.c.seq > 5))
        connection.execute(audit.head.update().values(seq=5, hash=last.hash))
    assert found(filled) == (5, FORGED)


def test_a_chain_written_anew_by_somebody_without_the_key_is_found(filled) -> None:
    mine = KeyRing(new_line(KEYS.ids[0]))  # another key by the same name
    with unguarded(filled) as connection:
        connection.execute(audit.entries.delete().where(audit.entries.c.seq > 6))
        before = store.entry_at(connection, audit, 6)
        head = store.signed(mine, "notify", 6, before.hash)
        connection.execute(
            audit.head.update().values(seq=head.seq, hash=head.hash, key=head.key, mac=head.mac)
        )
    assert found(filled) == (6, FORGED)


def test_one_changed_byte_of_every_column_of_an_entry_is_found(filled) -> None:
    """Planted byte by byte, each put back: none is missed, and each is named."""
    with filled.read() as connection:
        raw = sa.type_coerce(audit.entries.c.reason, sa.LargeBinary)
        sealed = bytes(
            connection.execute(sa.select(raw).where(audit.entries.c.seq == 4)).scalar_one()
        )
    with unguarded(filled):
        pass
    number = audit.entries.c.seq
    sealing = audit.entries.update().where(number == 4)
    reason = sa.cast(sa.bindparam("sealed", type_=sa.LargeBinary), sa.LargeBinary)
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with filled.engine.begin() as connection:
            connection.execute(
                sealing.values(reason=sa.type_coerce(reason, sa.LargeBinary)),
                {"sealed": bytes(damaged)},
            )
        assert found(filled) == (4, UNREADABLE), place
    with filled.engine.begin() as connection:
        connection.execute(
            sealing.values(reason=sa.type_coerce(reason, sa.LargeBinary)), {"sealed": sealed}
        )
    assert found(filled) is None


def test_an_entry_added_behind_the_end_is_found(filled) -> None:
    with filled.read() as connection:
        head = store.head_of(connection, audit)
        like = store.entry_at(connection, audit, 7)
    (added,) = store.link([like.act], Head(head.seq, head.hash))
    with filled.engine.begin() as connection:
        connection.execute(audit.entries.insert(), [store.row_of(added)])
    assert found(filled) == (8, BEYOND)


def test_an_entry_put_between_is_found(filled) -> None:
    with filled.read() as connection:
        before, after = (store.entry_at(connection, audit, seq) for seq in (3, 4))
    (instead,) = store.link([after.act], Head(before.seq, before.previous))
    with unguarded(filled) as connection:
        connection.execute(audit.entries.delete().where(audit.entries.c.seq == 4))
        connection.execute(audit.entries.insert(), [store.row_of(instead)])
    assert found(filled) == (4, PREVIOUS)


# -- keys ------------------------------------------------------------------------------------------


def test_new_keys_leave_the_chain_as_it_is(url, filled, tmp_path) -> None:
    old = KeyRing(new_line("old"))
    assert old.ids == ("old",)
    file = tmp_path / "keys"
    new = new_line("new")
    file.write_text(new, encoding="utf-8")
    both = KeyRing(f"{new}\n{_line_of_tests()}")
    rotated = opened(url, both)
    with rotated.engine.begin() as connection:
        for entry in entries(filled):
            values = {"reason": entry.act.reason, "detail": entry.act.detail}
            connection.execute(
                audit.entries.update().where(audit.entries.c.seq == entry.seq).values(**values)
            )
        assert store.sign_anew(connection, audit, "notify")
        assert not store.sign_anew(connection, audit, "notify")
    assert found(rotated) is None
    alone = opened(url, KeyRing.from_file(file))
    assert found(alone) is None  # nothing is left under the old key
    assert found(filled) is not None
    for database in (rotated, alone):
        database.engine.dispose()


def test_a_forged_head_is_not_signed_anew(url, filled) -> None:
    with filled.engine.begin() as connection:
        connection.execute(audit.head.update().values(mac="00"))
    rotated = opened(url, KeyRing(f"{new_line('new')}\n{_line_of_tests()}"))
    with pytest.raises(ValueError, match="not genuine"), rotated.engine.begin() as connection:
        store.sign_anew(connection, audit, "notify")
    rotated.engine.dispose()


def _line_of_tests() -> str:
    from tests.support.keys import DATA_KEYS  # noqa: PLC0415 - beside its one use

    return DATA_KEYS


# -- reading ---------------------------------------------------------------------------------------


def test_who_saw_what_when(filled) -> None:
    with acting(Actor("li", "supervisor", address="10.0.0.9")):
        filled.run(lambda tx: tx.record("person.revealed", "m3", "信访复核"))
    wanted = reading.Wanted(subject="m3", first=now().date(), last=now().date())
    page = reading.find(filled, reading.Wanted(subject="m3"), page=1, page_size=10)
    assert [(e.act.username, e.act.action, e.act.reason) for e in page.items] == [
        ("li", "person.revealed", "信访复核"),
        ("zhou", "message.read", "居民来问"),
    ]
    assert len(list(reading.every(filled, reading.Wanted(action="*.read")))) == 7
    assert len(list(reading.every(filled, reading.Wanted(action="message_read")))) == 0
    assert len(list(reading.every(filled, reading.Wanted(person="li")))) == 1
    assert wanted.first is not None


def test_an_export_can_be_verified_by_somebody_else(filled) -> None:
    import hashlib  # noqa: PLC0415 - somebody else's means, not ours
    import json  # noqa: PLC0415

    previous = "0" * 64
    for entry in reading.between(filled, None, None):
        said = json.loads(reading.line(reading.as_json(entry)))
        known = said.pop("hash")
        assert said["previous"] == previous
        text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.new("sm3", text.encode()).hexdigest() == known
        previous = known


def test_a_look_at_the_newest_says_what_it_looked_at(filled) -> None:
    verdict = reading.verify(filled, newest=3)
    assert (verdict.first, verdict.checked, verdict.damage) == (5, 3, None)
    with unguarded(filled) as connection:
        connection.exec_driver_sql("UPDATE audit SET username = 'li' WHERE seq = 2")
    assert reading.verify(filled, newest=3).damage is None
    assert found(filled) == (2, CHANGED)
