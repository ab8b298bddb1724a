"""What goes wrong in the story: tables that are gone, dead letters, replies that are none."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.bus.event import Event, encode, new_id
from shared.bus.local import LocalTransport
from shared.bus.topology import build
from shared.bus.transport import Outgoing
from shared.contracts import SERVICES, Contract, intake
from shared.contracts.departments import VERBS
from shared.sealing import KeyRing
from tests.support.embedded import Run
from tests.support.leak_story import Teller, matter
from tests.support.leaks import PHONE, People
from tests.support.waiting import wait_until


@dataclass
class Told:
    """The story, told: the run, its people and what was answered."""

    run: Run
    people: People
    teller: Teller

    @property
    def keys(self) -> KeyRing:
        """The run's data keys."""
        return KeyRing.from_file(self.run.data / "data.keys")


def break_things(story: Told) -> None:
    """Faults in the middle of what people said: tables that are gone, rows nobody can read."""
    ask, case = story.teller.ask, story.teller.things["case"]
    data = story.run.data
    accepting = matter(story.teller, "broken") | {"kind": "complaint"}
    with _without(data / "intake.sqlite", "case_history"):
        for path in ("/api/intake/cases", f"/api/intake/cases/{case}/withdraw"):
            said = accepting if path.endswith("cases") else {"reason": story.teller.says("broken")}
            ask("desk", "POST", path, json=said, broken=True)
        ask("desk", "GET", f"/desk/{case}", broken=True)
    with _without(data / "routing.sqlite", "order_history"):
        ask("supervisor", "GET", f"/orders/{story.teller.things['order']}", broken=True)
    for service in ("notify", "partners"):
        table = {"notify": "messages", "partners": "needs"}[service]
        with _without(data / f"{service}.sqlite", table):
            path = {"notify": "/messages", "partners": "/api/partners/needs"}[service]
            ask("desk", "GET", path, params={"q": story.people.of("broken")[PHONE]}, broken=True)


@contextmanager
def _without(file: Path, table: str) -> Iterator[None]:
    _rename(file, table, f"{table}_gone")
    try:
        yield
    finally:
        _rename(file, f"{table}_gone", table)


def _rename(file: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
        connection.commit()


def poison(story: Told) -> None:
    """Events nobody can read, or too early for ever, and replies that are none, over the bus."""
    said = story.teller.says("poison")
    number = "XS-260101-0001-00"
    fact = dict(intake.reopened.example) | {"number": number, "reason": said}
    bad = dict(intake.transferred.example) | {"title": "", "description": said, "urgency": [said]}
    bus = LocalTransport(f"sqlite:///{story.run.data / 'bus.sqlite'}", story.keys)
    bus.declare(build(("ga",)))
    bus.publish(
        [
            _outgoing(intake.transferred, f'{{"specversion": "1.0", "id": "{said}'),
            _outgoing(intake.transferred, encode(_event(intake.transferred, bad))),
            _outgoing(intake.reopened, encode(_event(intake.reopened, fact))),
            _reply("signed", story.teller.says("reply.malformed")),
            _reply("completed", _said(story, "reply.rejected")),
        ]
    )
    bus.engine.dispose()
    wait_until(lambda: len(dead_letters(story)) >= 2, what="dead letters")
    wait_until(lambda: _rejected(story) >= 2, what="rejected replies")


def _said(story: Told, field: str) -> str:
    order = story.teller.things["order"]
    contract = VERBS["completed"]
    return encode(_event(contract, {"order": order, "result": story.teller.says(field)}))


def _event(contract: Contract, data: dict[str, object]) -> Event:
    source = f"/{contract.owner}"
    return Event(new_id(), contract.type, source, "", datetime.now(UTC), 9, data)


def _outgoing(contract: Contract, body: str) -> Outgoing:
    now = int(datetime.now(UTC).timestamp())
    key = contract.routing_key(contract.example)
    return Outgoing(contract.exchange, key, new_id(), contract.type, now, body)


def _reply(verb: str, body: str) -> Outgoing:
    contract = VERBS[verb]
    now = int(datetime.now(UTC).timestamp())
    return Outgoing(contract.exchange, f"reply.{verb}.ga", new_id(), contract.type, now, body)


def dead_letters(story: Told) -> list[tuple[str, str]]:
    found = []
    for service in SERVICES:
        with closing(sqlite3.connect(story.run.data / f"{service}.sqlite")) as connection:
            rows = connection.execute("SELECT event_id FROM parked").fetchall()
            found += [(service, event) for (event,) in rows]
    return found


def _rejected(story: Told) -> int:
    with closing(sqlite3.connect(story.run.data / "routing.sqlite")) as connection:
        asked = "SELECT count(*) FROM replies WHERE outcome = 'rejected'"
        return int(connection.execute(asked).fetchone()[0])
