"""The four services in this process, each on its own SQLite file, with no bus between them."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from services.catalogue import Parts, parts_of, runtime_for, transport_for
from shared import config
from shared.bus.inbox import Inbox
from shared.bus.topology import queue_name
from shared.contracts import SERVICES, Contract
from shared.district import District, load
from shared.runtime import Runtime
from shared.web.context import web_of

SILENT = "critical"
"""What is thrown at us here would fill the log with itself."""


@dataclass(frozen=True)
class Ground:
    """One service: its parts and its runtime."""

    parts: Parts
    runtime: Runtime

    @property
    def name(self) -> str:
        """The service's."""
        return self.parts.name

    def count(self, table: str, **wanted: Any) -> int:
        """How many rows have these values."""
        columns = self.table(table).c
        asked = sa.select(sa.func.count()).where(*(columns[n] == v for n, v in wanted.items()))
        with self.runtime.database.read() as connection:
            return int(connection.execute(asked.select_from(self.table(table))).scalar_one())

    def table(self, name: str) -> sa.Table:
        """One of its tables."""
        return self.parts.models.metadata.tables[name]

    def hearing(self) -> list["Hearing"]:
        """Every queue this service reads, as `service.py` says."""
        entries = [
            extension
            for method in vars(self.parts.service).values()
            for extension in getattr(method, "nameko_entrypoints", ())
            if hasattr(extension, "_source")
        ]
        return [Hearing(self, e._source, dict(e._handlers), e._raw) for e in entries]


@dataclass(frozen=True)
class Hearing:
    """A queue of a service, read by the inbox that its subscription would make."""

    ground: Ground
    source: str
    handlers: dict[Contract, Any]
    raw: Any

    @property
    def queue(self) -> str:
        """The queue's name."""
        return queue_name(self.ground.name, self.source)

    def inbox(self) -> Inbox:
        """A fresh inbox of this queue."""
        runtime = self.ground.runtime
        return Inbox(runtime.database, runtime.tables, self.queue, self.handlers, self.raw)


@contextmanager
def grounds(folder: Path, names: Sequence[str] = SERVICES) -> Iterator[dict[str, Ground]]:
    """The services on fresh databases under `folder`, with their demo accounts and partners."""
    settings = config.embedded({"DATA_DIR": str(folder), "PORT": "18999"})
    district = load(settings.district)
    made = {name: _ground(name, settings, district) for name in names}
    yield made
    for ground in made.values():
        ground.runtime.database.engine.dispose()


def _ground(name: str, settings: config.Settings, district: District) -> Ground:
    parts = parts_of(name)
    runtime = runtime_for(parts, settings, district, transport_for(settings))
    # Nobody pulls the plug here, and a flush for each of ten thousand messages takes minutes.
    sa.event.listen(runtime.database.engine, "connect", _careless)
    parts.models.metadata.create_all(runtime.database.engine)
    runtime.declare_bus()
    if parts.seed is not None:
        parts.seed(runtime)
    return Ground(parts, runtime)


def _careless(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def application(ground: Ground) -> Any:
    """The service's web application."""
    from importlib import import_module  # noqa: PLC0415 - sites import everything

    app = import_module(f"services.{ground.name}.site").create_app(ground.runtime)
    assert web_of(app).service == ground.name
    return app


@contextmanager
def silence() -> Iterator[None]:
    """No log while this goes on."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(SILENT),
        cache_logger_on_first_use=False,  # a logger first used here would be silent for ever
    )
    try:
        yield
    finally:
        structlog.configure(**before)
