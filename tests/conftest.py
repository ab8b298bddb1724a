"""Fixtures for every test: real brokers, started when first asked for, removed at the end."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from tests.support.brokers import DESCRIPTIONS, Mode, Postgres, Rabbit, choose
from tests.support.brokers import make_postgres as _make_postgres
from tests.support.brokers import make_rabbit as _make_rabbit

_mode = pytest.StashKey[Mode]()


_SERVERS = {"rabbit", "postgres", "amqp_url", "broker_mode"}
_ON_SERVERS = {"postgres", "postgresql", "rabbitmq"}
"""Kinds of a fixture that need a server."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what .ci/run asks for when it runs the same tests on brokers of another kind."""
    parser.addoption(
        "--on-servers", action="store_true", help="only tests that need RabbitMQ or PostgreSQL"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --on-servers: leave out what would be the same again."""
    if not config.getoption("--on-servers"):
        return
    kept = [item for item in items if _stands_on_servers(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


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


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Turn SIGTERM into Ctrl-C, so that fixtures remove their containers and processes."""
    raise KeyboardInterrupt


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
