"""Ten thousand messages nobody should send, through the inbox every subscription reads with.

Whatever they are, nothing crashes and no queue stands still: each ends applied, rejected with a
reason, or parked with a reason. Valid messages between them all take effect, exactly once.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.routing.replies import read_letter
from shared import clock
from shared.bus import inbox as inbox_module
from shared.bus import parked as parked_letters
from shared.bus.event import MalformedEvent, decode
from shared.bus.inbox import RETRY_AFTER, Inbox
from shared.bus.transport import Delivery
from shared.contracts import Contract, ContractViolation, departments, intake
from shared.web.auth import User, issue_token
from tests.fuzz.ground import Ground, Hearing, application, grounds, silence
from tests.fuzz.messages import envelope, stray_event, stray_reply, written

A_BATCH = 20
PHASES = [Phase.generate]
SEEDS = st.integers(0, 2**64 - 1)
"""One batch each: the same ones every time, with FUZZ=long new ones (conftest.py)."""
BATCHES_OF_REPLIES = 260
BATCHES_OF_EVENTS = 31
"""A queue; eight queues hear services. With the replies: 20 x (260 + 8 x 31) = 10,160 messages."""
SUNDAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
EXAMPLE = intake.NUMBER
DESK = User("desk", "李敏", "desk", community="340603002001")
MATTER = {
    "community": "340603002001",
    "kind": "complaint",
    "title": "楼下烧烤店夜间噪声扰民",
    "description": "每晚十一点后仍在营业",
    "applicant": {"name": "王建国", "phone": "13805610000"},
}
effects = sa.Table(
    "fuzz_effects",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("queue", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
)
"""Every time a handler's effect was committed, written in the effect's own transaction."""


@dataclass
class Stand:
    """A queue under fire, and what of it was valid."""

    hearing: Hearing
    inbox: Inbox
    case: str
    """A case that is known to the service and is named by many a stray message."""
    thrown: int = 0
    sent: list[str] = field(default_factory=list)

    @property
    def ground(self) -> Ground:
        """The service."""
        return self.hearing.ground

    def ids(self, deliveries: list[Delivery]) -> set[str]:
        """The names the inbox knows these messages by."""
        return {_id_of(d, raw=self.hearing.raw is not None) for d in deliveries}

    def known(self, ids: set[str]) -> tuple[set[str], dict[str, str]]:
        """What is recorded as handled, and what is parked with its reason."""
        tables = self.ground.runtime.tables
        heard = sa.select(tables.inbox.c.event_id).where(
            tables.inbox.c.consumer == self.hearing.queue, tables.inbox.c.event_id.in_(ids)
        )
        parked = sa.select(tables.parked.c.event_id, tables.parked.c.reason).where(
            tables.parked.c.consumer == self.hearing.queue, tables.parked.c.event_id.in_(ids)
        )
        with self.ground.runtime.database.read() as connection:
            return set(connection.execute(heard).scalars()), {
                row.event_id: row.reason for row in connection.execute(parked)
            }

    def is_forgotten(self, delivery: Delivery) -> bool:
        """Whether it names somebody who was erased: what cannot be handled of them is not kept."""
        runtime = self.ground.runtime
        asked = partial(parked_letters.is_forgotten, tables=runtime.tables, body=delivery.body)
        return bool(runtime.database.run(asked))

    def times_effective(self) -> dict[str, int]:
        """How often each event took effect."""
        mine = effects.c.queue == self.hearing.queue
        asked = sa.select(effects.c.event_id, sa.func.count()).where(mine)
        asked = asked.group_by(effects.c.event_id)
        with self.ground.runtime.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(asked)}

    def waiting(self) -> int:
        """How many parked messages will be tried again."""
        return self.ground.count("parked", consumer=self.hearing.queue, state="waiting")


def _id_of(delivery: Delivery, *, raw: bool) -> str:
    if not raw:
        try:
            return decode(delivery.body).id
        except (MalformedEvent, ContractViolation):
            pass
    return inbox_module._raw_id(delivery)


@pytest.fixture(scope="module")
def stopped() -> Iterator[clock.StoppedClock]:
    with clock.set_for_tests(SUNDAY) as clock_of_all, silence():
        yield clock_of_all


@pytest.fixture(scope="module")
def services(tmp_path_factory, stopped) -> Iterator[dict[str, Ground]]:
    with grounds(tmp_path_factory.mktemp("fuzz")) as made:
        for ground in made.values():
            effects.metadata.create_all(ground.runtime.database.engine)
        yield made


def _counted(queue: str, handler: Any) -> Any:
    def handle(tx: Any, event: Any) -> None:
        handler(tx, event)
        tx.execute(effects.insert().values(queue=queue, event_id=event.id))

    return handle


def _stand(services: dict[str, Ground], service: str, source: str) -> Stand:
    hearing = next(h for h in services[service].hearing() if h.source == source)
    hearing = replace(
        hearing, handlers={c: _counted(hearing.queue, h) for c, h in hearing.handlers.items()}
    )
    return Stand(hearing, hearing.inbox(), _known_case(services, service))


def _known_case(services: dict[str, Ground], service: str) -> str:
    """A case this service knows: accepted at the desk, or heard of."""
    ground = services[service]
    if service == "intake":
        token = issue_token(DESK, ground.runtime.settings.secret_key)
        client = application(ground).test_client()
        answer = client.post(
            "/api/intake/cases", json=MATTER, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["number"])
    number = f"XS-261122-{uuid.uuid4().int % 10**8:08}-1"
    first = {"routing": intake.transferred, "notify": intake.accepted, "partners": intake.closed}
    delivery = Delivery("", "", _valid(first[service], number)[1])
    hearing = next(h for h in ground.hearing() if h.source == "intake")
    hearing.inbox().apply([delivery])
    return number


def _valid(contract: Contract, case: str, version: int = 1) -> tuple[str, bytes]:
    """A message as it should be, about this case: its id and its bytes."""
    event_id = uuid.uuid4().hex
    data = json.loads(json.dumps(contract.example).replace(EXAMPLE, case))
    return event_id, written(envelope(contract, event_id, data, version))


def _about(case: str, deliveries: list[Delivery]) -> list[Delivery]:
    """Every other stray message speaks of a case that is known here."""
    old, new = EXAMPLE.encode(), case.encode()
    return [
        replace(d, body=d.body.replace(old, new)) if place % 2 else d
        for place, d in enumerate(deliveries)
    ]


def _each_ended_somewhere(stand: Stand, deliveries: list[Delivery]) -> None:
    ids = stand.ids(deliveries)
    heard, parked = stand.known(ids)
    missing = [d for d in deliveries if not stand.ids([d]) <= heard | parked.keys()]
    assert all(stand.is_forgotten(d) for d in missing)
    assert all(parked.values()), "parked without a reason"


def _sort_out(stand: Stand, stopped: clock.StoppedClock) -> None:
    """Let the time of every retry come."""
    for seconds in (*RETRY_AFTER, 1):
        stopped.advance(timedelta(seconds=seconds + 1))
        while stand.inbox.retry_due():
            pass
    assert stand.waiting() == 0, "what is parked is tried for ever"


# -- what departments answer -----------------------------------------------------------------------


def _dispatched(services: dict[str, Ground]) -> str:
    """An order that 公安 holds."""
    return f"{_known_case(services, 'routing')}-1"


def _progress(order: str, note: str) -> tuple[str, Delivery]:
    reply_id = uuid.uuid4().hex
    data = {"order": order, "officer": "赵警官", "note": note}
    body = written(envelope(departments.progressed, reply_id, data, 0))
    return reply_id, Delivery(
        "routing.from_departments", "reply.progressed.ga", body, "", "dept-ga"
    )


def test_replies_of_departments(services, stopped):
    stand = _stand(services, "routing", "departments")
    order = _dispatched(services)

    @settings(max_examples=BATCHES_OF_REPLIES, phases=PHASES)
    @given(SEEDS)
    def throw(seed):
        chance = Random(seed)
        strays = [stray_reply(chance, stand.hearing.queue) for _ in range(A_BATCH)]
        strays = _about(stand.case, strays)
        reply_id, reply = _progress(order, f"第 {len(stand.sent)} 次")
        batch = [*strays, reply, reply]
        batch.insert(chance.randint(0, A_BATCH), reply)
        stand.inbox.apply(batch)
        stand.inbox.apply([reply])  # the broker may deliver it again, later
        stand.thrown += len(strays)
        stand.sent.append(reply_id)
        _each_ended_somewhere(stand, batch)
        _each_is_on_record(stand, strays)

    throw()
    _sort_out(stand, stopped)
    assert stand.thrown >= A_BATCH * BATCHES_OF_REPLIES
    assert stand.ground.count("parked", consumer=stand.hearing.queue) == 0, "a reply crashed us"
    for reply_id in stand.sent:
        assert stand.ground.count("replies", reply_id=reply_id, outcome="applied") == 1
    progressed = stand.ground.count("order_history", number=order, what="progressed")
    assert progressed == len(stand.sent)


def _each_is_on_record(stand: Stand, strays: list[Delivery]) -> None:
    assert stand.known(stand.ids(strays))[1] == {}, "a reply crashed its handler"
    table = stand.ground.table("replies")
    with stand.ground.runtime.database.read() as connection:
        for stray in strays:
            letter = read_letter(stray)
            asked = sa.select(table.c.outcome, table.c.reason).where(
                table.c.department == letter.department[:64], table.c.reply_id == letter.reply_id
            )
            row = connection.execute(asked).one()
            assert row.outcome == "applied" or (row.outcome == "rejected" and row.reason)


# -- what services say -----------------------------------------------------------------------------

QUEUES = [
    ("intake", "routing"),
    ("intake", "partners"),
    ("intake", "notify"),
    ("routing", "intake"),
    ("notify", "intake"),
    ("notify", "routing"),
    ("notify", "partners"),
    ("partners", "intake"),
]


def test_every_queue_is_thrown_at(services):
    known = {(name, h.source) for name, ground in services.items() for h in ground.hearing()}
    assert known == {*QUEUES, ("routing", "departments")}


@pytest.mark.parametrize(("service", "source"), QUEUES)
def test_events_of_services(services, stopped, service, source):
    stand = _stand(services, service, source)
    contracts = list(stand.hearing.handlers)
    quiet = _known_case(services, service)

    @settings(max_examples=BATCHES_OF_EVENTS, phases=PHASES)
    @given(SEEDS)
    def throw(seed):
        chance = Random(seed)
        strays = [stray_event(chance, stand.hearing.queue, contracts) for _ in range(A_BATCH)]
        strays = _about(stand.case, strays)
        contract = chance.choice(contracts)
        event_id, body = _valid(contract, quiet, version=len(stand.sent) + 2)
        valid = Delivery(stand.hearing.queue, contract.key, body, event_id)
        batch = [*strays, valid]
        batch.insert(chance.randint(0, A_BATCH), valid)
        stand.inbox.apply(batch)
        stand.inbox.apply([valid])
        stand.thrown += len(strays)
        stand.sent.append(event_id)
        _each_ended_somewhere(stand, batch)

    throw()
    _sort_out(stand, stopped)
    assert stand.thrown >= A_BATCH * BATCHES_OF_EVENTS
    times = stand.times_effective()
    ineffective = {event_id for event_id in stand.sent if event_id not in times}
    assert stand.known(ineffective)[1] == {}, "valid messages were parked"
    assert [times.get(event_id) for event_id in stand.sent] == [1] * len(stand.sent)
    assert set(times.values()) == {1}
