"""What happens to channels: a fact is to be brought, somebody is onboarded, sent to, given up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from services.routing.channels import store
from services.routing.channels.channel import (
    AMQP,
    DEAD,
    FAILED,
    GIVE_UP_AFTER,
    KEEP_DEAD,
    KEEP_SENT,
    MOST_REFUSALS,
    OLD_SECRET_LASTS,
    PUSHED,
    WEBHOOK,
    Channel,
    Delivery,
    Outcome,
    Refused,
    Sent,
    Unreached,
    pause,
    wrong_address,
)
from services.routing.channels.signatures import new_secret
from services.routing.rules import Reason, msgid, refuse, unknown_department
from shared.bus.event import Event
from shared.db import Transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=35)
"""How long a channel is a process's own; sending gives up well before (``sender.ROUND``)."""
LOOK_EVERY = timedelta(seconds=15)
"""Between two looks at a department's queue."""
ERASED = "申请人信息已按规定删除，不再送达"


@dataclass(frozen=True)
class Claim:
    """A channel that is this process's own for a while, and what it is to bring."""

    channel: Channel
    until: datetime
    deliveries: Sequence[Delivery]


def send(tx: Transaction, event: Event, department: str) -> None:
    """A fact goes to a department: where its channel has to be pushed, it waits for it.

    The queue gets it in any case, by the outbox. Where the department is given another channel at
    this very moment, it waits for that one.
    """
    known = store.channel_of(tx, department)
    if known is None or not known.takes(event.type):
        return
    channel = store.channel_that_stays(tx, department)
    if channel.takes(event.type):
        store.keep(tx, event, channel)


# -- sending ---------------------------------------------------------------------------------------


def claim(tx: Transaction, kinds: Collection[str], most: int) -> list[Claim]:
    """Take channels that are due, no more than ``most``, and the oldest of what waits for each."""
    until = tx.now + LEASE
    taken = store.claim_due(tx, kinds, until, most)
    return [_claimed(tx, channel, until) for channel in taken]


def record(
    tx: Transaction,
    claimed: Claim,
    outcomes: Sequence[tuple[Delivery, Outcome]],
    *,
    go_on: bool = True,
) -> Claim | None:
    """Write down how it went; returns the next portion while the channel is well and we go on."""
    store.mark_sent(tx, [one.id for one, outcome in outcomes if isinstance(outcome, Sent)])
    channel = store.channel_of(tx, claimed.channel.department)
    if channel is None or channel.next_at != claimed.until or not channel.active:
        log.warning("channel_was_taken_again", department=claimed.channel.department)
        return None
    last = outcomes[-1][1] if outcomes else Sent()
    if not isinstance(last, Sent):
        _failed(tx, channel, outcomes)
        return None
    return _went_well(tx, channel, go_on=go_on)


def _went_well(tx: Transaction, channel: Channel, *, go_on: bool) -> Claim | None:
    until = tx.now + LEASE
    more = store.next_of(tx, channel.department) if go_on else []
    well = {"failures": 0, "error": "", "last_sent_at": tx.now}
    store.change(tx, channel, next_at=until if more else tx.now, **well)
    return Claim(replace(channel, **well), until, more) if more else None  # type: ignore[arg-type]


def _failed(
    tx: Transaction, channel: Channel, outcomes: Sequence[tuple[Delivery, Outcome]]
) -> None:
    """The last attempt failed: either the message is at fault, or nothing gets through."""
    delivery, outcome = outcomes[-1]
    went = {"last_sent_at": tx.now} if len(outcomes) > 1 else {}
    if isinstance(outcome, Refused):
        given_up = delivery.attempts + 1 >= MOST_REFUSALS
        store.mark_failed(tx, delivery, DEAD if given_up else FAILED, outcome.why)
        rest = timedelta(0) if given_up else pause(delivery.attempts + 1)
        store.change(tx, channel, next_at=tx.now + rest, error=outcome.why, **went)
        return
    assert isinstance(outcome, Unreached)  # noqa: S101 - the third of three
    failures = 1 if went else channel.failures + 1
    store.mark_failed(tx, delivery, FAILED, outcome.why)
    store.give_up_before(tx, channel.department, tx.now - GIVE_UP_AFTER, outcome.why)
    next_at = tx.now + pause(failures, outcome.wait)
    store.change(tx, channel, next_at=next_at, failures=failures, error=outcome.why, **went)


def _claimed(tx: Transaction, channel: Channel, until: datetime) -> Claim:
    return Claim(channel, until, store.next_of(tx, channel.department))


# -- the queues of departments with AMQP -----------------------------------------------------------


def claim_queues(tx: Transaction) -> list[Channel]:
    """The channels whose queues are looked at now."""
    return store.claim_queues(tx, tx.now + LOOK_EVERY)


def looked(tx: Transaction, department: str, depth: int, before: datetime) -> None:
    """A queue held so many messages: what is older than the newest so many was fetched.

    ``before``: what was said later may not have been published when somebody looked.
    """
    channel = store.channel_of(tx, department)
    if channel is None or channel.kind != AMQP:
        return
    store.settle_queue(tx, department, depth, before)
    store.change(tx, channel, depth=depth, looked_at=tx.now)


# -- keeping channels ------------------------------------------------------------------------------


def onboard(tx: Transaction, department: str, kind: str, address: str, by: str) -> Channel:
    """A department gets its orders so from now on; a webhook gets a secret.

    What waits for it goes the new way; what it has on the page already stays there.

    Raises:
        Refused: there is no such department, or the address will not do.
    """
    settings = tx.settings
    embedded = bool(settings is not None and settings.embedded)
    refuse(
        unknown_department(department, tx.district.departments),
        wrong_address(kind, address, embedded=embedded),
        _nothing_to_send_by(kind, tx),
    )
    before = store.channel_to_replace(tx, department)
    secret = new_secret() if kind == WEBHOOK else ""
    fresh = Channel(
        department, kind, address, secret, "", None, tx.now, True, by,  # noqa: FBT003
        tx.now, 0, "", None, None, None, 1,
    )  # fmt: skip
    if before is None:
        store.add(tx, fresh)
    else:
        if before.kind != kind:
            store.bring_otherwise(tx, department, kind)
        values = {n: getattr(fresh, n) for n in _FRESH}
        store.change(tx, before, **values)
    tx.record("channel.onboarded", department, kind=kind)
    return fresh


_FRESH = (
    "kind", "address", "secret", "old_secret", "old_until", "since", "active", "by", "next_at",
    "failures", "error", "last_sent_at", "depth", "looked_at",
)  # fmt: skip


def offboard(tx: Transaction, department: str) -> None:
    """The department works on the page from now on; what still waited is listed as dead.

    Raises:
        Refused: it was never onboarded.
    """
    channel = _there(store.channel_to_replace(tx, department))
    why = "已停用这种送达方式；工单在页面上"
    store.bring_otherwise(tx, department, channel.kind)
    store.give_up_before(tx, department, tx.now + LEASE, why)
    gone = {"active": False, "secret": "", "old_secret": "", "old_until": None, "error": ""}
    store.change(tx, channel, **gone)
    tx.record("channel.offboarded", department, kind=channel.kind)


def rotate(tx: Transaction, department: str) -> str:
    """Another secret for a webhook; the old one is good for a day more. Returns the new one.

    Raises:
        Refused: it has no webhook.
    """
    channel = _there(store.channel_of(tx, department))
    if channel.kind != WEBHOOK:
        remedy = msgid("只有 webhook 有密钥可换")
        refuse(Reason("department", msgid("这个部门没有用 webhook"), remedy))
    secret, until = new_secret(), tx.now + OLD_SECRET_LASTS
    store.change(tx, channel, secret=secret, old_secret=channel.secret, old_until=until)
    tx.record("channel.rotated", department)
    return secret


def resend(tx: Transaction, department: str, ids: Collection[int] | None = None) -> int:
    """Dead deliveries are tried again, now: all, or these. Returns how many.

    Raises:
        Refused: nothing can be brought to this department any more.
    """
    channel = _there(store.channel_of(tx, department))
    if channel.kind not in PUSHED:
        refuse(Reason("department", msgid("这个部门不用推送"), msgid("请先接入 webhook 或邮件")))
    many = store.resend(tx, department, channel.kind, ids)
    store.change(tx, channel, next_at=tx.now, failures=0)
    tx.record("channel.resent", department, many=many)
    return many


def forget(tx: Transaction, number: str) -> None:
    """The person of an order was erased: nothing of it that waits is brought or kept."""
    store.forget_order(tx, number, ERASED)


def forget_old(tx: Transaction) -> int:
    """Delete a portion of what was brought, dropped or given up long ago."""
    return store.forget_old(tx, KEEP_SENT, KEEP_DEAD)


def _there(channel: Channel | None) -> Channel:
    if channel is None or not channel.active:
        refuse(Reason("department", msgid("这个部门还没有接入"), msgid("请先接入，再做这一步")))
        raise AssertionError  # refuse() raised
    return channel


def _nothing_to_send_by(kind: str, tx: Transaction) -> Reason | None:
    settings = tx.settings
    if kind == "mail" and not (settings is not None and settings.channels.get("SMTP_URL")):
        remedy = msgid("请先为 routing 设好 SMTP_URL 和 SMTP_FROM，再接入邮件")
        return Reason("kind", msgid("本平台还不能发邮件"), remedy)
    if kind == AMQP and not (settings is not None and settings.amqp_url):
        remedy = msgid("内置总线在外面读不到；请用 RabbitMQ 部署，或换一种方式")
        return Reason("kind", msgid("本平台没有用 RabbitMQ"), remedy)
    return None
