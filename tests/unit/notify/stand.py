"""Where notify is tested without nameko: a migrated database, events, channels that are told."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.notify import handlers, models, service
from services.notify.contact import Contact
from services.notify.message import Message, Recipient
from services.notify.models import messages
from services.notify.store import attempts_of, message_of
from shared.bus.event import Event
from shared.bus.local import LocalTransport
from shared.clock import now
from shared.config import Settings
from shared.contracts import Contract, intake, intake_slots, routing
from shared.district import District, load
from shared.migrate import migrate
from shared.runtime import Runtime, build
from tests.support.keys import KEYS

MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Huaibei, a working day
MONDAY_NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00
MIGRATIONS = Path(service.__file__).parent / "migrations"
SECRET = "s" * 40
DEPLOYED = {
    "SMS_GATEWAY_URL": "http://127.0.0.1:9/sms",
    "SMS_GATEWAY_BODY": '{"mobile": "{phone}", "content": "{text}"}',
    "SMS_GATEWAY_SUCCESS": "code=0",
    "WECOM_WEBHOOK_URL": "http://127.0.0.1:9/robot?key=k",
    "SMTP_URL": "smtp://127.0.0.1:9?starttls=no",
    "SMTP_FROM": "baitong@example.cn",
}
"""Variables of a deployment that has every channel, though nothing listens there."""

_ids = itertools.count(1)
UNTOLD = {
    intake.sessions_ended,
    intake.person_corrected,
    intake.person_erased,
    intake_slots.forgotten,
    routing.reopened,
}
"""Heard, and told to nobody."""
AS_TOLD: Mapping[Contract, Mapping[str, Any]] = {intake.rated: {"satisfied": False}}
"""What is told in some cases only: what makes the contract's example one of them."""
_handlers = {
    contract: handler
    for entry in (
        service.NotifyService.hear_intake,
        service.NotifyService.hear_routing,
        service.NotifyService.hear_partners,
    )
    for extension in entry.nameko_entrypoints
    for contract, handler in extension._handlers.items()
}


@cache
def district() -> District:
    """The real pack, read once."""
    return load("xiangshan")


def make_runtime(
    folder: Path, channels: Mapping[str, str] | None = None, database_url: str = ""
) -> Runtime:
    """Notify's ground: embedded without ``channels``, otherwise as deployed with these."""
    runtime = another_replica(folder, channels, database_url)
    migrate(runtime.database.engine, MIGRATIONS)
    return runtime


def another_replica(folder: Path, channels: Mapping[str, str] | None, database_url: str) -> Runtime:
    """The same on a database that is up to date."""
    settings = Settings(
        embedded=channels is None,
        district="xiangshan",
        data_dir=folder,
        database_url=database_url,
        amqp_url="",
        secret_key=SECRET,
        address="127.0.0.1:18999",
        public_url="https://bt.example.cn",
        channels=dict(channels or {}),
        data_keys=KEYS,
    )
    transport = LocalTransport(f"sqlite:///{folder / 'bus.sqlite'}", KEYS)
    return build("notify", settings, district(), models.bus, transport, audit=models.audit)


def event_of(contract: Contract, version: int = 1, **changes: Any) -> Event:
    """An event with the contract's example, some of it changed."""
    data = {**contract.example, **changes}
    contract.check(data)
    subject = data.get("case_number") or data["number"]
    number = next(_ids)
    return Event(f"event-{number}", contract.type, "/test", subject, now(), version, data)


def hear(runtime: Runtime, event: Event) -> None:
    """Let the service's own handler of this contract apply an event."""
    runtime.database.run(lambda tx: _handlers[event.contract](_fresh(tx), event))


def _fresh(tx: Any) -> Any:
    tx.batch, tx.memo = (), {}  # as the inbox does for every batch
    return tx


def accept(runtime: Runtime, **changes: Any) -> None:
    """Let notify know a case."""
    hear(runtime, event_of(intake.accepted, **changes))


def sent(runtime: Runtime, **wanted: str) -> list[Message]:
    """All messages with their attempts, oldest first; ``wanted``: columns and their values."""
    chosen = sa.select(messages).order_by(messages.c.created_at, messages.c.template)
    for name, value in wanted.items():
        chosen = chosen.where(messages.c[name] == value)
    with runtime.database.read() as connection:
        rows = connection.execute(chosen).all()
        return [message_of(row, connection.execute(attempts_of(row.id)).all()) for row in rows]


def outbox(runtime: Runtime) -> list[str]:
    """The types of what waits to be published."""
    with runtime.database.read() as connection:
        return list(connection.execute(sa.select(models.bus.outbox.c.type)).scalars())


def take(runtime: Runtime, channel: str, most: int = 10, pace: Any = None) -> list[Message]:
    """Take what is due on a channel."""
    return runtime.database.run(lambda tx: handlers.claim_due(tx, channel, most, pace))


@dataclass
class FakeChannel:
    """A channel whose answers a test lays out: a receipt, or the failure to raise."""

    name: str = "sms"
    at_once: int = 5
    pace: Any = None
    answers: list[str | Exception] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        """Give the next answer."""
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else "ok"
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_message(**changes: Any) -> Message:
    """Some message to a resident."""
    plain = Message(
        id="m-1",
        case_number=intake.NUMBER,
        event_id="event-1",
        template="receipt",
        recipient=Recipient("resident", "王建国", phone="13805610000", email="w@example.cn"),
        community="340603002001",
        route=("sms",),
        channel="sms",
        language="zh",
        subject="您的事项已受理",
        body="您好，您的事项已受理。",
        created_at=MONDAY_MORNING,
        next_attempt_at=MONDAY_MORNING,
        params={"number": intake.NUMBER},
    )
    return replace(plain, **changes)


def a_contact(**changes: Any) -> Contact:
    """The case of the contracts' examples."""
    plain = Contact(
        number=intake.NUMBER,
        title="楼下烧烤店夜间噪声扰民",
        applicant="王建国",
        phone="13805610000",
        language="zh",
        owner="desk",
        owner_name="李敏",
        community="340603002001",
        community_name="供电社区",
        urgency="normal",
        state="accepted",
        version=1,
    )
    return replace(plain, **changes)
