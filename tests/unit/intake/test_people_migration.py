"""What was written before people were sealed is sealed where it stands, and found again."""

import pytest

from shared.db import connect
from shared.migrate import migrate
from tests.support.intake_rows import (
    MIGRATIONS,
    PERSON,
    as_before,
    check_sealed,
    check_way_back,
)
from tests.support.keys import KEYS


@pytest.fixture
def sqlite(tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'old.sqlite'}", KEYS)
    as_before(engine)
    yield engine
    engine.dispose()


def test_what_is_there_is_sealed(sqlite, tmp_path):
    migrate(sqlite, MIGRATIONS)
    check_sealed(sqlite)
    sqlite.dispose()
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
    for known in PERSON:
        assert known.encode() not in lying


def test_and_opened_again_on_the_way_back(sqlite):
    migrate(sqlite, MIGRATIONS)
    check_way_back(sqlite)
