"""Where each service's parts are: the one place that knows all four."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.bus.local import LocalTransport
from shared.bus.transport import Transport
from shared.config import Settings
from shared.contracts import SERVICES
from shared.district import District
from shared.runtime import Runtime, build

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Parts:
    """A service's parts by convention: ``service.SERVICE``, ``models.bus``, maybe ``seed.seed``."""

    name: str
    service: type[Any]
    models: Any
    seed: Callable[[Runtime], None] | None

    @property
    def migrations(self) -> Path:
        """The folder of its migrations."""
        return HERE / self.name / "migrations"

    def read_pack(self, district: District) -> None:
        """Read what the service reads of the pack, by convention ``site.read_pack``.

        Raises:
            PackError: a file is missing or wrong.
        """
        import_module(f"services.{self.name}.site").read_pack(district)


def parts_of(name: str) -> Parts:
    """Import a service's parts.

    Raises:
        LookupError: there is no such service.
    """
    if name not in SERVICES:
        raise LookupError(f"service: {name!r} is not one of {', '.join(SERVICES)}")
    package = f"services.{name}"
    return Parts(
        name=name,
        service=import_module(f"{package}.service").SERVICE,
        models=import_module(f"{package}.models"),
        seed=_seed_of(name),
    )


def _seed_of(name: str) -> Callable[[Runtime], None] | None:
    if not (HERE / name / "seed.py").exists():
        return None
    seed: Callable[[Runtime], None] = import_module(f"services.{name}.seed").seed
    return seed


def transport_for(settings: Settings) -> Transport:
    """RabbitMQ where there is an address for it, otherwise the in-process bus."""
    if settings.amqp_url:
        from shared.bus.amqp import AmqpTransport  # noqa: PLC0415 - not needed in the embedded run

        return AmqpTransport(settings.amqp_url)
    return LocalTransport(f"sqlite:///{settings.data_dir / 'bus.sqlite'}", settings.data_keys)


def runtime_for(
    parts: Parts, settings: Settings, district: District, transport: Transport
) -> Runtime:
    """The ground a service stands on."""
    models = parts.models
    return build(parts.name, settings, district, models.bus, transport, audit=models.audit)
