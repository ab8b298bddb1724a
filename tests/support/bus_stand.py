"""Where the bus is tested: databases and a broker, and counts of what happened there."""

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from shared.bus.tables import bus_tables
from shared.sealing import give_keys
from tests.support.keys import DATA_KEYS, KEYS
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

PROGRAM = "tests.support.bus_program"


@dataclass
class Stand:
    """One bus with its databases; ``env`` is what the program under test is told."""

    env: dict[str, str]
    speaker_url: str
    listener_url: str

    @contextmanager
    def program(self, *args: str):
        """The bus program, ready; killed at the end if it still runs."""
        process = ServiceProcess([PROGRAM, *args], self.env, ready_line="the bus program serves")
        process.start()
        try:
            yield process
        finally:
            if process.running:
                process.kill9()

    def say(self, count: int, *, title: str = "plain", first: int = 1, reason: str = "") -> None:
        """Commit facts with their events, then die before anything is published."""
        asked = ["--say", str(count), "--title", title, "--first", str(first), "--reason", reason]
        process = ServiceProcess([PROGRAM, *asked, "--die"], self.env)
        process.launch()
        wait_until(lambda: not process.running, 60, "the speaker died")

    def ask(self, url: str, query: str) -> list[tuple]:
        """Run a query on one of the databases."""
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(sa.text(query))]
        finally:
            engine.dispose()

    def published(self) -> list[tuple[str, str]]:
        """Routing key and body of everything that the speaker said."""
        engine = give_keys(sa.create_engine(self.speaker_url), KEYS)
        outbox = bus_tables(sa.MetaData()).outbox
        try:
            with engine.connect() as connection:
                rows = connection.execute(sa.select(outbox.c.routing_key, outbox.c.body))
                return [tuple(row) for row in rows]
        finally:
            engine.dispose()

    def said(self) -> set[str]:
        """What was committed by the speaker."""
        return {f"n{n}" for (n,) in self.ask(self.speaker_url, "SELECT n FROM said")}

    def effects(self) -> dict[str, int]:
        """What took effect, and how often."""
        rows = self.ask(self.listener_url, "SELECT number, count(*) FROM heard GROUP BY number")
        return dict(rows)

    def parked(self) -> list[tuple]:
        """What could not be handled: state, attempts, reason."""
        return self.ask(
            self.listener_url, "SELECT state, attempts, reason FROM parked ORDER BY event_id"
        )

    def wait_heard(self, count: int, deadline: float = 90) -> None:
        """Until that many different events took effect."""
        wait_until(lambda: len(self.effects()) >= count, deadline, f"{count} events took effect")

    def assert_each_once(self) -> int:
        """Everything that was said took effect, exactly once; returns how many."""
        effects = self.effects()
        assert set(effects) == self.said()
        assert [number for number, times in effects.items() if times != 1] == []
        return len(effects)


def acknowledged(process: ServiceProcess) -> set[str]:
    """The numbers the program printed as said: their commit had returned."""
    return {f"n{n}" for n in re.findall(r"^said (\d+)$", process.log.read_text(), re.MULTILINE)}


def local_stand(folder: Path) -> Stand:
    """The in-process bus with SQLite files."""
    urls = [f"sqlite:///{folder / name}.sqlite" for name in ("intake", "routing")]
    return Stand({"DATA_DIR": str(folder), "DATA_KEYS": DATA_KEYS}, *urls)


def deployed_stand(folder: Path, amqp_url: str, postgres) -> Stand:
    """RabbitMQ and PostgreSQL."""
    speaker, listener = (postgres.fresh_database(name) for name in ("intake", "routing"))
    env = {
        "DATA_DIR": str(folder),
        "DATA_KEYS": DATA_KEYS,
        "AMQP_URL": amqp_url,
        "INTAKE_URL": speaker,
        "ROUTING_URL": listener,
        "PATH": os.environ["PATH"],
    }
    return Stand(env, speaker, listener)
