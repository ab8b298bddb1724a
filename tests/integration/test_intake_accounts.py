"""Accounts, the operator's commands, demo accounts, and the migrated schema."""

import argparse
import io
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import parts_of
from services.intake import models, seed
from services.intake.reason import Conflict, Invalid
from services.intake.staff import accounts, accounts_commands, passwords
from services.intake.staff.passwords import hash_password
from shared.db import connect
from shared.migrate import migrate
from shared.web.auth import User
from tests.unit.intake.ground import COMMUNITY, do, runtime_in

LI = User("li", "李梅", "desk", community=COMMUNITY)
PASSWORD = "a long password"


@pytest.fixture
def runtime(tmp_path):
    with runtime_in(tmp_path) as ground:
        yield ground


@pytest.fixture
def li(runtime):
    do(runtime, accounts.add, LI, hash_password(PASSWORD))
    return LI


def command(runtime, monkeypatch, *words: str, typed=""):
    parser = argparse.ArgumentParser()
    accounts_commands.add_commands(parser.add_subparsers(), lambda _service: runtime)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    options = parser.parse_args(words)
    return options.run(options)


def test_only_the_right_password_lets_in(runtime, li):
    assert accounts.verify(runtime.database, "li", PASSWORD).user == li
    assert accounts.verify(runtime.database, "li", "another one") is None
    assert accounts.verify(runtime.database, "nobody", PASSWORD) is None


def test_a_wrong_name_costs_one_check_of_a_password_too(runtime, li, monkeypatch):
    """The same work for both, so that time tells nothing."""
    checked = []
    verify = passwords._hasher.verify

    class Counting:
        def verify(self, known, password):
            checked.append(known.split("$")[3])
            return verify(known, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    accounts.verify(runtime.database, "li", "wrong")
    accounts.verify(runtime.database, "nobody", "wrong")
    assert len(checked) == 2
    assert checked[0] == checked[1]  # memory, passes and lanes


def test_a_disabled_account_lets_nobody_in(runtime, li):
    do(runtime, accounts.disable, "li")
    assert accounts.verify(runtime.database, "li", PASSWORD) is None


def test_a_name_is_taken_once(runtime, li):
    with pytest.raises(Conflict, match="用户名 li 已有人用"):
        do(runtime, accounts.add, LI, "hash")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"community": "340603999999"}, "community"),
        ({"community": None}, "community"),
        ({"role": "department", "community": None}, "department"),
        ({"role": "department", "department": "xx"}, "department"),
    ],
)
def test_an_account_fits_the_pack(runtime, change, field):
    with pytest.raises(Invalid) as refused:
        do(runtime, accounts.add, replace(LI, **change), "hash")
    assert [reason.field for reason in refused.value.reasons] == [field]


def test_the_operator_adds_lists_and_disables(runtime, monkeypatch, capsys):
    place = ("--community", COMMUNITY, "--password-stdin")
    add = ("account", "add", "li", "--name", "李梅", "--role", "desk", *place)
    assert command(runtime, monkeypatch, *add, typed=f"{PASSWORD}\n") == 0
    added = accounts.verify(runtime.database, "li", PASSWORD)
    assert (added.user, added.must_change) == (LI, True)
    assert command(runtime, monkeypatch, *add, typed=f"{PASSWORD}\n") == 2
    assert "已有人用" in capsys.readouterr().err
    assert command(runtime, monkeypatch, "account", "disable", "li") == 0
    assert command(runtime, monkeypatch, "account", "disable", "nobody") == 2
    capsys.readouterr()
    assert command(runtime, monkeypatch, "account", "list") == 0
    assert capsys.readouterr().out == f"li\tdesk\t李梅\t{COMMUNITY}\tdisabled\n"


def test_the_operator_changes_roles_passwords_and_sessions(runtime, monkeypatch, capsys, li):
    def run(*words: str, typed=""):
        return command(runtime, monkeypatch, "account", *words, typed=typed)

    assert run("disable", "li", "--at-once") == 0
    assert run("enable", "li") == 0
    assert run("end-sessions", "li") == 0
    assert run("role", "li", "--role", "grid", "--community", COMMUNITY) == 0
    assert run("role", "li", "--role", "department", "--department", "xx") == 2
    given = ("password", "li", "--password-stdin")
    assert run(*given, typed="horse battery\n") == 0
    assert accounts.verify(runtime.database, "li", "horse battery").must_change
    assert run(*given, "--keep-password", typed="battery horse\n") == 0
    found = accounts.verify(runtime.database, "li", "battery horse")
    assert not found.must_change
    assert (found.user.role, found.user.name) == ("grid", "李梅")
    for word in ("enable", "end-sessions", "password --password-stdin", "role --role desk"):
        name, *rest = word.split()
        assert run(name, "nobody", *rest, typed="horse battery\n") == 2
    assert "没有账号 nobody" in capsys.readouterr().err


def test_the_operator_does_not_take_the_last_administrator_away(runtime, monkeypatch, capsys):
    do(runtime, accounts.add, User("boss", "管", "admin"), "hash")
    assert command(runtime, monkeypatch, "account", "disable", "boss") == 2
    assert "最后一位" in capsys.readouterr().err


def test_a_short_password_is_refused(runtime, monkeypatch, capsys):
    add = ("account", "add", "x", "--name", "某", "--role", "admin", "--password-stdin")
    assert command(runtime, monkeypatch, *add, typed="short\n") == 2
    assert "至少 10 个字符" in capsys.readouterr().err
    assert accounts.every(runtime.database) == []


def test_the_embedded_run_gets_the_packs_staff_once(runtime):
    seed.seed(runtime)
    known = accounts.every(runtime.database)
    assert {account.user.username for account in known} == set(runtime.district.staff)
    assert accounts.verify(runtime.database, "dept-ga", "baitong").user.department == "ga"
    assert accounts.verify(runtime.database, "partner", "baitong").user.partner
    do(runtime, accounts.disable, "desk")
    seed.seed(runtime)
    assert accounts.verify(runtime.database, "desk", "baitong") is None


def test_demo_accounts_are_for_the_embedded_run_only(runtime):
    runtime.settings = replace(runtime.settings, embedded=False)
    with pytest.raises(RuntimeError, match="account add"):
        seed.seed(runtime)
    assert accounts.every(runtime.database) == []


def test_the_migrated_schema_is_the_one_the_code_expects(tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    migrate(engine, parts_of("intake").migrations)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, models.metadata)
        tables = set(sa.inspect(connection).get_table_names())
    engine.dispose()
    assert found == []
    assert tables == {*models.metadata.tables, "alembic_version"}
