"""What the database itself refuses, and that the migration makes the tables of the models."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from services.partners import ledger, ledger_store, verify
from services.partners.ledger import Mismatch
from services.partners.models import metadata

OWNER = "demo-wei-master"
PLANTED = [
    ("UPDATE postings SET amount = 500 WHERE account = 'demo-wei-master'", "never changed"),
    ("DELETE FROM postings", "never deleted"),
    ("UPDATE entries SET note = 'x'", "never changed"),
    ("DELETE FROM entries", "never deleted"),
    ("UPDATE accounts SET balance = 500 WHERE code = 'demo-wei-master'", "sum of its postings"),
    ("UPDATE accounts SET balance = -1 WHERE code = 'demo-wei-master'", "sum of its postings"),
    ("UPDATE accounts SET kind = 'system', balance = NULL", "sum of its postings"),
    ("INSERT INTO accounts VALUES ('me', 'partner', 9, 1)", "opened empty"),
    ("INSERT INTO postings VALUES ('JF-000001', 9, 'demo-wei-master', 9)", "sealed"),
    ("INSERT INTO postings VALUES ('JF-0', 1, 'demo-wei-master', 0)", "amount_not_zero"),
    ("INSERT INTO postings VALUES ('JF-0', 1, 'nobody', 5)", "FOREIGN KEY"),
    (
        "INSERT OR REPLACE INTO entries SELECT number, kind, about, 'x', by, at FROM entries",
        "there already",
    ),
    ("UPDATE rewards SET taken = stock + 1", "stock_not_negative"),
    ("UPDATE rewards SET taken = -1", "stock_not_negative"),
]


@pytest.fixture
def engine(runtime):
    """A ledger with one entry: 20 points earned."""
    entry = ledger.earn(OWNER, 20, "n1", "修水管")
    runtime.database.run(lambda tx: ledger_store.post(tx, entry, "李敏"))
    return runtime.database.engine


@pytest.mark.parametrize(("statement", "why"), PLANTED)
def test_a_planted_change_is_refused(engine, statement, why):
    with pytest.raises(IntegrityError, match=why), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with engine.connect() as connection:
        assert ledger_store.verify(connection) is None


def insert_entry(connection, *amounts: tuple[str, int], number="JF-9"):
    for line, (account, amount) in enumerate(amounts, 1):
        connection.exec_driver_sql(
            "INSERT INTO postings VALUES (?, ?, ?, ?)", (number, line, account, amount)
        )
    connection.exec_driver_sql(
        "INSERT INTO entries (number, kind, about, note, by, at) "
        "VALUES (?, 'earned', 'x', '', 'me', '2026-11-21 00:00:00')",
        (number,),
    )


@pytest.mark.parametrize(
    "amounts",
    [
        [],
        [(OWNER, 5)],
        [(OWNER, 5), (ledger.ISSUED, -4)],
        [(OWNER, 5), ("demo-nuanxin", 5)],
    ],
)
def test_a_planted_unbalanced_entry_is_refused(engine, amounts):
    with pytest.raises(IntegrityError, match="do not sum to zero"), engine.begin() as connection:
        insert_entry(connection, *amounts)


def test_postings_without_an_entry_cannot_be_committed(engine):
    connection = engine.connect()
    connection.exec_driver_sql("INSERT INTO postings VALUES ('JF-9', 1, 'demo-wei-master', 5)")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        connection.commit()
    connection.close()


def overdraw(engine):
    with engine.begin() as connection:
        insert_entry(connection, (OWNER, -30), (ledger.REDEEMED, 30))
        connection.exec_driver_sql("UPDATE accounts SET balance = -10 WHERE code = ?", (OWNER,))


def test_an_overdraft_is_refused(engine):
    with pytest.raises(IntegrityError, match="balance_not_negative"):
        overdraw(engine)


def test_nothing_is_paid_for_twice(runtime, engine):
    again = ledger.earn(OWNER, 20, "n1", "修水管")
    with pytest.raises(IntegrityError, match="about"):
        runtime.database.run(lambda tx: ledger_store.post(tx, again, "李敏"))


def test_verify_names_what_somebody_changed_behind_the_guards(engine, monkeypatch, capsys, runtime):
    monkeypatch.setattr(verify, "runtime_of", lambda _service: runtime)
    assert verify.main() == 0
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_balance")
        connection.exec_driver_sql("UPDATE accounts SET balance = 500 WHERE code = ?", (OWNER,))
    with engine.connect() as connection:
        assert ledger_store.verify(connection) == Mismatch("account", OWNER, 500, 20)
    assert verify.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "account demo-wei-master: found 500, expected 20"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_postings_stay")
        connection.exec_driver_sql("UPDATE postings SET amount = 21 WHERE amount = 20")
    with engine.connect() as connection:
        assert ledger_store.verify(connection) == Mismatch("entry", "JF-000001", 1, 0)


def test_the_migration_makes_the_tables_of_the_models(runtime):
    with runtime.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = sa.inspect(connection)
        for table in metadata.tables.values():
            checks = {c["name"] for c in found.get_check_constraints(table.name)}
            wanted = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert checks == wanted, table.name
            keys = {
                (tuple(k["constrained_columns"]), k["referred_table"])
                for k in found.get_foreign_keys(table.name)
            }
            assert keys == {
                (tuple(k.column_keys), k.referred_table.name) for k in table.foreign_key_constraints
            }
