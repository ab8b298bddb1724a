"""Fixtures for every test: real brokers, started when first asked for, removed at the end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
import structlog

from tests.support.brokers import DESCRIPTIONS, Mode, Postgres, Rabbit, choose
from tests.support.brokers import make_postgres as _make_postgres
from tests.support.brokers import make_rabbit as _make_rabbit

_mode = pytest.StashKey[Mode]()

# A traceback with every local, as structlog prints it where nothing is configured, takes seconds.
structlog.configure(
    [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

_WORKER = "PYTEST_XDIST_WORKER"
"""Is in the environment of a worker of several (`make test`)."""
_LONG = (
    "fuzz/test_openapi",
    "fuzz/test_replies",
    "integration/test_leaks",
    "integration/test_leaks_deployed",
    "integration/test_embedded_faults",
    "integration/test_bus",
    "integration/test_bus_faults",
    "integration/test_compose_faults",
    "integration/test_rotation_under_load",
    "integration/test_permissions",
)
"""Files that take longest. Several workers (`make test`) begin with them, so that none has a long
one left when the others are done; it matters for the time alone."""
_SERVERS = {"rabbit", "postgres", "amqp_url", "broker_mode"}
_ON_SERVERS = {"postgres", "postgresql", "rabbitmq"}
"""Kinds of a fixture that need a server."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what .ci/run asks for when it runs the same tests on brokers of another kind."""
    parser.addoption(
        "--on-servers", action="store_true", help="only tests that need RabbitMQ or PostgreSQL"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, for several workers; with --on-servers only what would not be the same."""
    if _WORKER in os.environ:
        items.sort(key=_when)
    if not config.getoption("--on-servers"):
        return
    kept = [item for item in items if _stands_on_servers(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _when(item: pytest.Item) -> tuple[int, bool]:
    """Where a test's file comes among those of several workers."""
    folder, name = item.path.parent.name, f"{item.path.parent.name}/{item.path.stem}"
    place = _LONG.index(name) if name in _LONG else len(_LONG)
    return place, folder not in {"integration", "e2e"}


def _stands_on_servers(item: pytest.Item) -> bool:
    asks = set(getattr(item, "fixturenames", ()))
    params = getattr(getattr(item, "callspec", None), "params", {})
    return bool(asks & _SERVERS) or bool(_ON_SERVERS & set(map(str, params.values())))


def pytest_configure(config: pytest.Config) -> None:
    """Decide where brokers come from, and end in an orderly way when told to end."""
    config.stash[_mode] = choose()
    # eventlet announces its age at every import (docs/adr/0001)
    config.addinivalue_line("filterwarnings", r"ignore:\s*Eventlet is deprecated")
    # nameko's pytest plugin asks for monkey patching, which these tests do not want
    config.option.suppress_eventlet_notification = True
    signal.signal(signal.SIGTERM, _interrupt)
    if _WORKER in os.environ:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Turn SIGTERM into Ctrl-C, so that fixtures remove their containers and processes."""
    if _WORKER in os.environ:  # xdist sends another one; what is removed now must be finished
        for once in (signal.SIGTERM, signal.SIGINT):
            signal.signal(once, signal.SIG_IGN)
    raise KeyboardInterrupt


def pytest_keyboard_interrupt() -> None:
    """Tell the workers, which xdist would end before they have removed what they started."""
    if _WORKER in os.environ:
        return
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    for pid in children.read_text().split() if children.exists() else ():
        os.kill(int(pid), signal.SIGTERM)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which brokers the run used."""
    return DESCRIPTIONS[config.stash[_mode]]


@pytest.fixture(scope="session")
def broker_mode(request: pytest.FixtureRequest) -> Mode:
    """Where brokers come from, for a test that needs one made its own way."""
    return request.config.stash[_mode]


@pytest.fixture(scope="session")
def rabbit(request: pytest.FixtureRequest) -> Iterator[Rabbit]:
    """RabbitMQ for the whole run; a test that stops or kills it need not start it again."""
    with _make_rabbit(request.config.stash[_mode]) as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """PostgreSQL for the whole run; a test that stops or kills it need not start it again."""
    with _make_postgres(request.config.stash[_mode]) as server:
        yield server


@pytest.fixture
def amqp_url(rabbit: Rabbit) -> Iterator[str]:
    """The address of an empty RabbitMQ vhost that is this test's alone."""
    url = rabbit.fresh_vhost()
    yield url
    rabbit.drop_vhost(url)
