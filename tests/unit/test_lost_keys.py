"""Keys that are gone, others under the same id, half a file: nothing starts or is written."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from services.catalogue import parts_of
from services.command import main
from shared.actor import acting, operator
from shared.config import BadSetting, embedded
from shared.contracts import SERVICES
from shared.db import Database, connect
from shared.sealing import KeyRing
from shared.sealing.check import AT_EACH_END, LostKeys, refuse_lost_keys
from shared.sealing.cipher import seal
from shared.sealing.keys import new_line
from tests.support.embedded import Run

OLD, NEW, OTHER_OLD = new_line("old"), new_line("new"), new_line("old")
INTAKE = parts_of("intake").models
AUDIT = INTAKE.audit


@pytest.fixture
def url(tmp_path):
    made = f"sqlite:///{tmp_path / 'intake.sqlite'}"
    INTAKE.metadata.create_all(connect(made, KeyRing(OLD)))
    return made


def check(url: str, keys: str) -> None:
    ring = KeyRing(keys)
    refuse_lost_keys("intake", connect(url, ring), INTAKE.metadata, ring, AUDIT)


def say(url: str, keys: str, *texts: str) -> None:
    """Entries of the audit, or one: a sealed reason, and a signed head."""
    database = Database(connect(url, KeyRing(keys)), service="intake", audit=AUDIT)
    with acting(operator("console.test")):
        for text in texts or ("as the resident said",):
            database.run(lambda tx, text=text: tx.record("person.revealed", "340600", text))


def test_a_new_database_goes_with_any_keys(url, tmp_path):
    check(url, NEW)
    check(f"sqlite:///{tmp_path / 'nothing.sqlite'}", NEW)


def test_the_keys_that_sealed_it_go_and_further_ones_beside_them(url):
    say(url, OLD)
    check(url, OLD)
    check(url, f"{NEW}\n{OLD}")
    say(url, f"{NEW}\n{OLD}")
    check(url, f"{NEW}\n{OLD}")


def test_a_missing_key_is_named_with_what_to_do(url):
    say(url, OLD)
    with pytest.raises(LostKeys, match=r"intake: .*'old'.*there is new\..*backup.*begin anew"):
        check(url, NEW)


def test_another_key_under_the_same_id_is_no_key(url):
    say(url, OLD)
    with pytest.raises(LostKeys, match=r"'old' in DATA_KEYS opens none of .* the same id"):
        check(url, OTHER_OLD)


@pytest.mark.parametrize("keys", [NEW, OTHER_OLD], ids=["missing", "replaced"])
def test_the_head_of_the_audit_alone_says_it(url, keys):
    say(url, OLD, "")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
        for guard in [
            n for (n,) in file.execute("SELECT name FROM sqlite_master WHERE type='trigger'")
        ]:
            file.execute(f'DROP TRIGGER "{guard}"')
        file.execute("UPDATE audit SET reason = x'', detail = NULL")
        file.commit()
    with pytest.raises(LostKeys, match=r"'old'"):
        check(url, keys)


def test_what_the_head_is_signed_with_is_found_where_all_else_was_rotated(url):
    say(url, f"{NEW}\n{OLD}")
    with connect(url, KeyRing(OLD)).begin() as connection:
        connection.execute(sa.update(AUDIT.head).values(key="old"))
    with pytest.raises(LostKeys, match=r"'old' \(audit_head\)"):
        check(url, NEW)


def test_one_damaged_value_stops_nothing(url):
    say(url, OLD)
    with connect(url, KeyRing(OLD)).begin() as connection:
        damaged = seal(KeyRing(OTHER_OLD), "outbox.body", b"{}")
        columns = {c.name: c for c in INTAKE.bus.outbox.columns}
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        needed = {name: _something(c) for name, c in columns.items() if not c.nullable}
        names = ", ".join(f'"{name}"' for name in needed)
        marks = ", ".join("?" for _ in needed)
        connection.exec_driver_sql(
            f"INSERT INTO outbox ({names}) VALUES ({marks})",  # noqa: S608 - the model's own names
            tuple(damaged if name == "body" else value for name, value in needed.items()),
        )
    check(url, OLD)


def _something(column):
    return 1 if isinstance(column.type, sa.Integer | sa.Boolean) else "2026-11-22 00:00:00.000000"


def test_both_ends_of_a_long_table_are_looked_at(url):
    say(url, OLD, "first")
    for ring in (OLD, f"{NEW}\n{OLD}"):
        say(url, ring, *(f"reason {number}" for number in range(AT_EACH_END + 5)))
    for keys in (NEW, OLD):
        with pytest.raises(LostKeys):
            check(url, keys)
    check(url, f"{NEW}\n{OLD}")


def test_a_column_that_a_migration_has_not_sealed_yet_asks_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'intake.sqlite'}"
    with closing(sqlite3.connect(tmp_path / "intake.sqlite")) as file:
        file.execute("CREATE TABLE outbox (event_id TEXT PRIMARY KEY, position INTEGER, body TEXT)")
        file.execute("INSERT INTO outbox VALUES ('e', 1, 'plain')")
        file.commit()
    check(url, NEW)


# ---- The embedded run ----


@pytest.fixture
def data(tmp_path, url):
    (tmp_path / "data.keys").write_text(f"{OLD}\n")
    say(url, OLD)
    return tmp_path


def test_no_key_is_made_beside_sealed_values(data):
    (data / "data.keys").unlink()
    with pytest.raises(BadSetting, match=r"data\.keys: .* intake\.sqlite .*'old'.*backup"):
        embedded({"DATA_DIR": str(data)})
    assert not (data / "data.keys").exists()


def test_one_is_made_beside_what_was_never_sealed(tmp_path, url):
    assert url
    assert embedded({"DATA_DIR": str(tmp_path)}).data_keys.ids


@pytest.mark.parametrize("length", [0, 10, len(OLD) - 8])
def test_half_a_file_is_no_file(data, length):
    (data / "data.keys").write_text(OLD[:length])
    with pytest.raises(BadSetting, match=r"data\.keys"):
        embedded({"DATA_DIR": str(data)})
    assert (data / "data.keys").read_text() == OLD[:length]


@pytest.mark.parametrize("keys", [NEW, OTHER_OLD], ids=["missing", "replaced"])
def test_the_run_does_not_begin(data, keys):
    run = Run(data)
    before = run.stored()
    (data / "data.keys").write_text(f"{keys}\n")
    code, said = run.command()
    assert (code, "'old'" in said, "backup" in said, "Traceback" in said) == (2, True, True, False)
    assert run.stored()["intake.sqlite"] == before["intake.sqlite"]


@pytest.mark.parametrize("keys", [NEW, OTHER_OLD], ids=["missing", "replaced"])
def test_nor_does_the_migration(data, keys, monkeypatch, capsys):
    run = Run(data)
    before = run.stored()
    (data / "data.keys").write_text(f"{keys}\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", str(data))
    assert main(["migrate", "intake"]) == 2  # as a process: the next test
    said = capsys.readouterr().err
    assert ("'old'" in said, "backup" in said) == (True, True)
    assert run.stored()["intake.sqlite"] == before["intake.sqlite"]


def test_a_message_of_the_bus_is_asked_about_as_well(tmp_path):
    run = Run(tmp_path)
    run.process.start()
    run.baitong.person("desk").accept(
        kind="complaint",
        title="路灯",
        description="不亮",
        applicant={"name": "王密封", "phone": "13805610000"},
    )
    run.process.stop()
    held = [f for f in tmp_path.glob("*.sqlite") if f.stem in SERVICES]
    assert len(held) == len(SERVICES)
    (tmp_path / "data.keys").write_text(f"{NEW}\n")
    code, said = run.command("migrate", "intake")
    assert (code, "is not in" in said, "Traceback" in said) == (2, True, False)
