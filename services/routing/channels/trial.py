"""A test delivery: the same way as an order, at once, and without one."""

import json

from services.routing.channels import store
from services.routing.channels.channel import (
    AMQP,
    MAIL,
    WEBHOOK,
    Channel,
    Outcome,
    Sent,
    Unreached,
)
from services.routing.channels.mail import TEST_SUBJECT, TEST_TEXT, MailWay
from services.routing.channels.webhook import WebhookWay
from services.routing.rules import Reason, msgid, refuse
from shared.bus.event import new_id
from shared.bus.transport import BusUnavailable, Outgoing
from shared.clock import local, now
from shared.runtime import Runtime

TYPE = "cn.baitong.channel.tested.v1"
KEY = "channel.tested"


def send_test(runtime: Runtime, department: str) -> Outcome:
    """Bring the department a test by its channel; says how it went.

    Raises:
        Refused: it has no channel that could be tested.
    """
    with runtime.database.read() as connection:
        channel = store.channel_in(connection, department)
    ways = {WEBHOOK: _by_webhook, MAIL: _by_mail, AMQP: _by_queue}
    if channel is None or not channel.active or channel.kind not in ways:
        refuse(Reason("department", msgid("这个部门还没有接入"), msgid("请先接入，再做这一步")))
        raise AssertionError  # refuse() raised
    outcome = ways[channel.kind](runtime, channel)
    went = "sent" if isinstance(outcome, Sent) else "failed"
    runtime.database.run(lambda tx: tx.record("channel.tested", department, outcome=went))
    return outcome


def _by_webhook(runtime: Runtime, channel: Channel) -> Outcome:
    way = WebhookWay(runtime.settings)
    event_id, body = _event(channel.department)
    with way.session() as session:
        return way.post(session, channel, event_id, body)


def _by_mail(runtime: Runtime, channel: Channel) -> Outcome:
    if not runtime.settings.channels.get("SMTP_URL"):
        return Unreached("SMTP_URL: not set")
    return MailWay(runtime.settings).mail(channel, new_id(), TEST_SUBJECT, TEST_TEXT)


def _by_queue(runtime: Runtime, channel: Channel) -> Outcome:
    event_id, body = _event(channel.department)
    message = Outgoing(
        exchange="routing.events",
        routing_key=f"{KEY}.{channel.department}",
        id=event_id,
        type=TYPE,
        timestamp=int(now().timestamp()),
        body=body,
    )
    publisher = runtime.transport.publisher()
    try:
        publisher.publish([message])
    except BusUnavailable as error:
        return Unreached(str(error))
    finally:
        publisher.close()
    return Sent()


def _event(department: str) -> tuple[str, str]:
    """A CloudEvent of a type that asks nothing of anybody."""
    event_id = new_id()
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "type": TYPE,
        "source": "/routing",
        "subject": department,
        "time": local(now()).isoformat(),
        "datacontenttype": "application/json",
        "data": {"department": department, "note": "测试，不用答复"},
    }
    return event_id, json.dumps(envelope, ensure_ascii=False)
