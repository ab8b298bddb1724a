"""The relay by itself, while there is nothing to publish."""

import pytest
import sqlalchemy as sa

from shared.bus import outbox
from shared.bus.local import LocalTransport
from shared.bus.outbox import Relay
from shared.bus.tables import bus_tables
from shared.db import Database, connect
from tests.support.keys import KEYS

metadata = sa.MetaData()
tables = bus_tables(metadata)


@pytest.fixture
def database(tmp_path):
    made = Database(connect(f"sqlite:///{tmp_path / 'outbox.sqlite'}", KEYS))
    metadata.create_all(made.engine)
    yield made
    made.engine.dispose()


def test_an_idle_relay_keeps_its_publisher_alive(database, tmp_path, monkeypatch):
    """On the in-process bus as on RabbitMQ: the relay asks every publisher alike."""
    monkeypatch.setattr(outbox, "POLL", 0.01)
    transport = LocalTransport(f"sqlite:///{tmp_path / 'bus.sqlite'}", KEYS)
    relay = Relay(database, tables, transport.publisher())
    kept = []

    def keep():
        LocalTransport.keep_alive(transport)
        kept.append(True)
        if len(kept) == 2:
            relay.stop()

    monkeypatch.setattr(transport, "keep_alive", keep)
    relay.run()
    transport.engine.dispose()
    assert kept == [True, True]
