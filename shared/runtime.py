"""What a service stands on: settings, district pack, database and bus, built before it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from nameko.extensions import DependencyProvider, SharedExtension

from shared.audit.tables import AuditTables
from shared.bus import topology
from shared.bus.outbox import Relay
from shared.bus.tables import BusTables
from shared.bus.transport import Transport
from shared.bus.upkeep import EVERY, purge
from shared.config import Settings
from shared.db import Database, Unavailable, connect
from shared.district import District
from shared.green import Signal, Timeout, give_way

log = structlog.get_logger(__name__)


@dataclass
class Runtime:
    """One service's ground.

    Attributes:
        service: its name.
        settings: from the environment.
        district: the pack.
        database: its own.
        tables: its bus tables.
        transport: the bus.
    """

    service: str
    settings: Settings
    district: District
    database: Database
    tables: BusTables
    transport: Transport
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = Relay(self.database, self.tables, self.transport.publisher())

    def declare_bus(self) -> None:
        """Declare every exchange, queue and binding of the district (promise 4).

        Raises:
            BusUnavailable: the bus cannot be reached.
        """
        self.transport.declare(topology.build(tuple(self.district.departments)))


def build(
    service: str,
    settings: Settings,
    district: District,
    tables: BusTables,
    transport: Transport,
    *,
    audit: AuditTables | None = None,
) -> Runtime:
    """A service's runtime; connects nothing yet. Without ``audit`` nothing is recorded."""
    engine: sa.Engine = connect(settings.database_for(service), settings.data_keys)
    database = Database(
        engine,
        service=service,
        district=district,
        serials=tables.serials,
        settings=settings,
        audit=audit,
    )
    return Runtime(service, settings, district, database, tables, transport)


class RuntimeExtension(SharedExtension):  # type: ignore[misc]
    """The runtime inside a nameko container; starts and stops the committer and the relay."""

    def __init__(self) -> None:
        self._relay_stopped = Signal()

    @property
    def runtime(self) -> Runtime:
        """This container's."""
        runtimes: Mapping[str, Runtime] = self.container.config["runtimes"]
        return runtimes[self.container.service_name]

    def start(self) -> None:
        """Commit and publish from now on."""
        self.runtime.database.start(self.container.spawn_managed_thread)
        self.container.spawn_managed_thread(self._relay)
        self.container.spawn_managed_thread(self._upkeep)

    def stop(self) -> None:
        """Publish what is left, then stop."""
        self.runtime.relay.stop()
        self._relay_stopped.wait()
        self.runtime.database.stop()

    def _relay(self) -> None:
        self.runtime.relay.run()
        self._relay_stopped.send()

    def _upkeep(self) -> None:
        while not self._relay_stopped.ready():
            with Timeout(EVERY, exception=False):
                self._relay_stopped.wait()
                return
            try:
                while purge(self.runtime.database, self.runtime.tables):
                    give_way()
            except Unavailable as error:
                log.warning("upkeep_postponed", error=str(error))


class RuntimeProvider(DependencyProvider):  # type: ignore[misc]
    """Gives a service's methods ``self.runtime``."""

    shared = RuntimeExtension()

    def get_dependency(self, worker_ctx: Any) -> Runtime:  # noqa: ARG002 - nameko's signature
        """The container's runtime."""
        return self.shared.runtime
