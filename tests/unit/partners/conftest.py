"""A partners service's ground on SQLite, with the real pack; no bus runs."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.partners import handlers, handlers_partners, models
from services.partners import pack as partners_pack
from shared.bus.event import Event, new_id
from shared.bus.local import LocalTransport
from shared.clock import now
from shared.config import Settings
from shared.contracts import intake
from shared.district import District, load
from shared.migrate import migrate
from shared.runtime import Runtime, build
from tests.support.keys import KEYS

MIGRATIONS = Path(handlers.__file__).parent / "migrations"


@pytest.fixture(scope="session")
def district() -> District:
    return load("xiangshan")


@pytest.fixture(scope="session")
def pack(district: District) -> partners_pack.PartnersPack:
    return partners_pack.of(district)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, district: District) -> bytes:
    """A database file with the schema and the pack's partners, made once."""
    folder = tmp_path_factory.mktemp("migrated")
    made = _runtime(folder, district)
    migrate(made.database.engine, MIGRATIONS)
    handlers_partners.take_pack(made)
    with made.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.database.engine.dispose()
    return (folder / "partners.sqlite").read_bytes()


@pytest.fixture
def open_runtime(
    tmp_path: Path, district: District, migrated: bytes
) -> Iterator[Callable[[], Runtime]]:
    """Each call is another process's runtime on the same database."""
    (tmp_path / "partners.sqlite").write_bytes(migrated)
    opened: list[Runtime] = []

    def another() -> Runtime:
        opened.append(_runtime(tmp_path, district))
        return opened[-1]

    yield another
    for runtime in opened:
        runtime.database.engine.dispose()


@pytest.fixture
def runtime(open_runtime: Callable[[], Runtime]) -> Runtime:
    return open_runtime()


@pytest.fixture
def heard() -> Callable[..., Event]:
    """An event of intake, by its contract's example with some of it changed."""

    def made(name: str = "need_raised", version: int = 2, **changes: object) -> Event:
        contract = getattr(intake, name)
        data = dict(contract.example) | changes
        contract.check(data)
        number = str(data["number"])
        return Event(new_id(), contract.type, "/intake", number, now(), version, data)

    return made


def _runtime(folder: Path, district: District) -> Runtime:
    settings = Settings(
        embedded=True,
        district="xiangshan",
        data_dir=folder,
        database_url="",
        amqp_url="",
        secret_key="a-secret-for-tests-that-is-long-enough",
        address="127.0.0.1:0",
        data_keys=KEYS,
    )
    transport = LocalTransport(f"sqlite:///{folder / 'bus.sqlite'}", KEYS)
    return build("partners", settings, district, models.bus, transport, audit=models.audit)
