"""Names, numbers, illnesses and quarrels put into everything, and looked for everywhere else.

The story (tests/support/leak_story.py) runs against the embedded run, at the usual level of logging
and at DEBUG; `tests/support/leaks.py` finds people in any writing. Where somebody may be read is
listed here, line by line; whatever else is found fails.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.catalogue import parts_of
from shared.bus.event import Event, encode, new_id
from shared.bus.local import LocalTransport
from shared.bus.topology import build
from shared.bus.transport import Outgoing
from shared.contracts import SERVICES, Contract, intake
from shared.contracts.departments import VERBS
from shared.db import connect
from shared.sealing import KeyRing
from tests.support.embedded import Run
from tests.support.leak_story import Teller, matter, tell
from tests.support.leaks import (
    ALL,
    APPLICANT,
    PHONE,
    Allowed,
    People,
    files_below,
    leaks,
    told,
)
from tests.support.waiting import wait_until

WHOLE = {
    "case.accepted": "the resident is told: notify has to know whom, and where to reach them",
    "case.transferred": "the work order is made of it",
    "case.need_raised": "the partner who takes it has to find them",
    "case.person_corrected": "every copy has to be put right",
    "order.dispatched": "the department has to find them; goes to its own queue",
}
"""event -> why it carries the person whole. No other event may."""
EVENT_WORDS = {
    "case.notice_given": "notice.missing",
    "case.moved_to_back_office": "backoffice.note page.backoffice.note",
    "case.resolved": "resolve.result resolve.second completed.result completed.first",
    "case.rated": "rating.comment rate.comment",
    "case.reopened": "reopen.reason track.reopen",
    "case.withdrawn": "page.withdraw",
    "order.signed": "signed.note",
    "order.contacted": "contacted.note",
    "order.progressed": "progressed.note page.progressed",
    "order.completed": "completed.first completed.result",
    "order.return_requested": "return.first return.first.ground return.second return.second.ground",
    "order.return_refused": "refuse-return.note",
    "order.returned": "grant-return.note",
    "order.extension_requested": "extension.reason",
    "order.extension_refused": "refuse-extension.note",
    "order.pressed": "press.note",
    "order.sent_back": "send-back.reason",
    "order.reopened": "reopen.reason track.reopen rating.comment",
    "order.reply_rejected": "reply.malformed reply.rejected",
}
"""event -> the free text it exists to carry, in the writer's own words; at rest it is sealed."""
IN_FILES: tuple[Allowed, ...] = ()
"""Databases, their journals, uploads: nobody, nowhere."""
IN_ANSWERS: tuple[Allowed, ...] = ()


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


@pytest.fixture(scope="module", params=["INFO", "DEBUG"])
def story(request, tmp_path_factory) -> Iterator[Told]:
    run = Run(tmp_path_factory.mktemp("leaks") / "data")
    run.process.env |= {"LOG_LEVEL": request.param, "TMPDIR": str(run.data / "tmp")}
    (run.data / "tmp").mkdir(parents=True)
    try:
        run.process.start()
        people = People()
        teller = Teller(run.baitong, people, (run.data / "secret.key").read_text())
        tell(teller)
        made = Told(run, people, teller)
        break_things(made)
        poison(made)
        yield made
    finally:
        run.close()


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
    fact = dict(intake.closed.example) | {"number": number, "title": said}
    bad = dict(intake.transferred.example) | {"title": "", "description": said, "urgency": [said]}
    bus = LocalTransport(f"sqlite:///{story.run.data / 'bus.sqlite'}", story.keys)
    bus.declare(build(("ga",)))
    bus.publish(
        [
            _outgoing(intake.transferred, f'{{"specversion": "1.0", "id": "{said}'),
            _outgoing(intake.transferred, encode(_event(intake.transferred, bad))),
            _outgoing(intake.closed, encode(_event(intake.closed, fact))),
            _reply("signed", story.teller.says("reply.malformed")),
            _reply("completed", _said(story, "reply.rejected")),
        ]
    )
    bus.engine.dispose()
    wait_until(lambda: len(_parked(story)) >= 2, what="dead letters")
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


def _parked(story: Told) -> list[tuple[str, str]]:
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


# ---- Nobody is found ----


def test_the_story_broke_nothing_by_itself(story: Told) -> None:
    assert story.teller.faults == []
    assert len(story.people.by_field) > 60


def test_no_log_line_names_anybody(story: Told) -> None:
    log = story.run.process.log_text()
    assert "request_failed" in log
    assert "message_parked" in log
    found = leaks(story.people, [("log", log.encode())])
    assert not found, told(found)


def test_no_file_names_anybody(story: Told) -> None:
    files = list(files_below(story.run.data))
    assert {"intake.sqlite", "bus.sqlite"} <= {name for name, _ in files}
    assert any(name.startswith("uploads/") for name, _ in files)
    found = leaks(story.people, files, IN_FILES)
    assert not found, told(found)


def test_no_dead_letter_names_anybody_unless_asked_with_a_reason(story: Told) -> None:
    parked = _parked(story)
    shown = []
    for service in SERVICES:
        shown.append(story.run.command("dead", "list", service))
        events = [event for where, event in parked if where == service]
        if events:
            shown.append(story.run.command("dead", "show", service, *events))
    assert [code for code, _ in shown] == [0] * len(shown)
    found = leaks(story.people, [("dead letters", text.encode()) for _, text in shown])
    assert not found, told(found)
    service, event = next(one for one in parked if one[0] == "routing")
    code, whole = story.run.command("dead", "show", service, event, "--reason", "查明原因")
    assert code == 0
    assert leaks(story.people, [("dead letters", whole.encode())])
    code, recorded = story.run.command("audit", "export", service)
    assert (code, "person.revealed" in recorded) == (0, True)


def test_events_carry_people_only_to_those_who_need_them(story: Told) -> None:
    allowed = [Allowed(f"{name} ", (), ALL, why) for name, why in WHOLE.items()]
    for name, fields in EVENT_WORDS.items():
        applicants = tuple(f for f in story.people.by_field if f.endswith(".applicant"))
        words = Allowed(f"{name} ", tuple(fields.split()), ALL, "its own words")
        named = Allowed(f"{name} ", applicants, frozenset({APPLICANT}), "named in these words")
        allowed += [words, named]
    said = list(_said_on_the_bus(story))
    assert {name.split()[0] for name, _ in said} >= {*WHOLE} - {"case.person_corrected"}
    found = leaks(story.people, said, allowed)
    assert not found, told(found)


def _said_on_the_bus(story: Told) -> Iterator[tuple[str, bytes]]:
    """Every event that left, by its name."""
    for service in SERVICES:
        outbox = parts_of(service).models.bus.outbox
        engine = connect(f"sqlite:///{story.run.data / f'{service}.sqlite'}", story.keys)
        with engine.connect() as connection:
            for row in connection.execute(sa.select(outbox.c.type, outbox.c.body)):
                name = row.type.removeprefix("cn.baitong.").rsplit(".v", 1)[0]
                number = json.loads(row.body)["data"].get("number", "")
                yield f"{name} {number}", row.body.encode()
        engine.dispose()


def test_no_answer_names_anybody_without_a_reason(story: Told) -> None:
    found = leaks(story.people, story.teller.answers, IN_ANSWERS)
    assert not found, told(found)
