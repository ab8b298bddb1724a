"""A department's reply, however it comes: by bus, webhook, mailed form, API or page.

Each counts once by its own id. What cannot be applied is kept with its reason and changes nothing.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.routing import disputes, events, joint, store
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.rules import Reason, Refused, msgid, not_yours, refuse
from services.routing.states import COMPLETED, IN_REVIEW
from shared.actor import Actor
from shared.bus.event import MalformedEvent, decode
from shared.bus.transport import Delivery
from shared.contracts import ContractViolation
from shared.contracts.departments import VERBS
from shared.db import Transaction

BUS, API, PAGE, WEBHOOK, MAIL = "bus", "api", "page", "webhook", "mail"
UNSIGNED = {BUS: "amqp", WEBHOOK: "webhook", MAIL: "mail"}
"""Ways on which nobody is signed in -> the address that the audit gives the department."""
APPLIED, REJECTED = "applied", "rejected"
MOST_KEPT = 20_000
"""Characters of an original that are kept and sent back."""
KEEP_WORDS = timedelta(days=90)
"""How long a reply can be read as it came; what it did stands in the order's history."""
KEEP_STRAY_WORDS = timedelta(days=7)
"""The same where it names no order of ours: nobody knows whose data is in it."""
MOST_AT_ONCE = 500
_NAMED = re.compile(r'"order"\s*:\s*"([^"\\]{1,50})"')
"""An order, in what need be no JSON."""
ACCOUNT = "dept-"
"""A department's broker accounts: ``dept-<code>``, or ``dept-<code>-…`` (docs/operations.md)."""


@dataclass(frozen=True)
class Outcome:
    """What became of a reply.

    Attributes:
        applied: whether the order changed, now or when this id was first seen.
        reason: why it was rejected: a Reason, or words; None where it was applied.
        errors: field -> reasons, where fields were wrong.
        repeated: the id was seen before; nothing happened now.
    """

    applied: bool
    reason: Reason | str | None = None
    errors: Mapping[str, Any] | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Letter:
    """A reply as it came over the bus. Without ``data`` it is unreadable, for ``reason``.

    ``names``: the order that it seems to be about, readable or not.
    """

    verb: str
    department: str
    reply_id: str
    original: str
    data: Mapping[str, Any] | None = None
    reason: str = ""
    errors: Mapping[str, Any] | None = None
    names: str = ""


class Unreadable(ValueError):
    """A letter that is no reply.

    Attributes:
        errors: field -> reasons.
    """

    def __init__(self, reason: str, errors: Mapping[str, Any] | None = None) -> None:
        self.errors = errors or {}
        super().__init__(reason)


def take_reply(tx: Transaction, delivery: Delivery) -> None:
    """A message of exchange ``department.replies``: apply it, or reject it on its sender's queue.

    Whatever the bytes are, this raises nothing because of them.
    """
    take_letter(tx, delivery, BUS)


def take_letter(tx: Transaction, delivery: Delivery, via: str) -> Outcome:
    """As ``take_reply``, for whatever way a whole letter came; says what became of it."""
    letter = read_letter(delivery)
    if letter.data is not None:
        return apply_reply(
            tx,
            letter.department,
            letter.verb,
            reply_id=letter.reply_id,
            data=letter.data,
            via=via,
            original=letter.original,
        )
    answer = via == BUS and _may_answer(tx, delivery, letter)
    return _reject(tx, letter, letter.reason, letter.errors or {}, via=via, answer=answer)


def apply_reply(
    tx: Transaction,
    department: str,
    verb: str,
    *,
    reply_id: str,
    data: Mapping[str, Any],
    via: str,
    original: str = "",
) -> Outcome:
    """Apply one of the six verbs, once. ``data`` is as the verb's contract says.

    A rejection is an Outcome, not an exception: it is remembered. Over the bus the department is
    told on its own queue; over HTTP the answer tells it.
    """
    letter = Letter(verb, department, reply_id, original, data, names=str(data.get("order", "")))
    try:
        order, reply = _answer(tx, department, verb, data)
    except Refused as refused:
        said, errors = refused.reason, {refused.reason.field: [str(refused.reason)]}
        told = via == BUS and department in tx.district.departments
        return _reject(tx, letter, said, errors, via=via, answer=told)
    if order.erased_at is not None:
        letter = replace(letter, original="")
    if not _log(tx, letter, via, APPLIED, ""):
        return _repeated(tx, department, reply_id)
    _say(tx, order, verb, reply)
    pressing.answered(tx, order, verb)
    store.save(tx, order)
    if verb == "completed" and order.state == COMPLETED:
        joint.went_out(tx, order)
    return Outcome(applied=True)


def _say(tx: Transaction, order: Order, verb: str, reply: dict[str, Any]) -> None:
    """Tell what was answered; a reply that waits says only that it does."""
    if verb != "completed":
        events.answered(tx, order, verb, reply)
    elif order.state == COMPLETED:
        events.completed(tx, order, order.replied_by)
    elif order.state == IN_REVIEW:
        events.review_asked(tx, order, order.replied_by)
    if verb == "return_requested":
        disputes.return_asked(tx, order)


def _answer(
    tx: Transaction, department: str, verb: str, data: Mapping[str, Any]
) -> tuple[Order, dict[str, Any]]:
    reply: dict[str, Any] = VERBS[verb].schema().load(data)
    order = store.load(tx, reply["order"])
    if order is None:
        raise Refused(Reason("order", msgid("没有这张工单"), msgid("请核对工单编号")))
    refuse(not_yours(order, department))
    assisted = verb == "completed" and joint.is_assisted(tx, order)
    order.answer(verb, reply, tx.now, tx.district, assists_open=assisted)
    reply["officer"] = reply["officer"] or tx.district.departments[department].short
    return order, reply


def _reject(
    tx: Transaction,
    letter: Letter,
    reason: Reason | str,
    errors: Mapping[str, Any],
    *,
    via: str = BUS,
    answer: bool,
) -> Outcome:
    if not _log(tx, letter, via, REJECTED, str(reason)):
        return _repeated(tx, letter.department, letter.reply_id)
    if answer:
        events.reply_rejected(
            tx,
            letter.department,
            reply_id=letter.reply_id,
            reason=str(reason),
            errors=dict(errors),
            original=letter.original,
        )
    return Outcome(applied=False, reason=reason, errors=errors)


def _log(tx: Transaction, letter: Letter, via: str, outcome: str, reason: str) -> bool:
    first = _logged(tx, letter, via, outcome, reason)
    if first and via in UNSIGNED:  # elsewhere somebody is signed in, and recorded
        _record(tx, letter, via, outcome)
    return first


def _record(tx: Transaction, letter: Letter, via: str, outcome: str) -> None:
    """A reply that nobody signed in gave is the department's act, whoever of it that was."""
    verb = letter.verb if letter.verb in VERBS else "unknown"
    by = Actor(f"{ACCOUNT}{letter.department}", "department", address=UNSIGNED[via])
    number = str((letter.data or {}).get("order", ""))
    tx.record(f"order.reply.{verb}", number, by=by, reply=letter.reply_id, outcome=outcome)


def _logged(tx: Transaction, letter: Letter, via: str, outcome: str, reason: str) -> bool:
    number, words, kept_until = _kept(tx, letter, outcome)
    return store.log_reply(
        tx,
        department=letter.department[:64],
        reply_id=letter.reply_id,
        verb=letter.verb[:40],
        order_number=number,
        via=via,
        outcome=outcome,
        reason=storable(reason),
        original=words,
        kept_until=kept_until,
    )


def _kept(tx: Transaction, letter: Letter, outcome: str) -> tuple[str, str, datetime | None]:
    """The order it is about, and what of its words is kept until when."""
    number, words = letter.names[:50], letter.original
    erased = store.is_erased(tx, number) if words and outcome == REJECTED else False
    if erased is None and letter.data is None:
        number = ""  # whatever that is, it is no number
    if erased or not words:
        return number, "", None
    return number, words, tx.now + (KEEP_STRAY_WORDS if erased is None else KEEP_WORDS)


def forget_words(tx: Transaction) -> int:
    """Drop a portion of what replies said long ago; returns of how many."""
    return store.forget_words(tx, MOST_AT_ONCE)


def _repeated(tx: Transaction, department: str, reply_id: str) -> Outcome:
    first = store.logged_reply(tx, department[:64], reply_id)
    applied = first["outcome"] == APPLIED
    return Outcome(applied=applied, reason=None if applied else first["reason"], repeated=True)


# -- reading what came from outside ----------------------------------------------------------------


def read_letter(delivery: Delivery) -> Letter:
    """Read a message of which nothing may be assumed."""
    verb, department = _key(delivery.routing_key)
    impostor = _impostor(delivery, department)
    original = storable(delivery.body[: 4 * MOST_KEPT].decode("utf-8", "replace"))[:MOST_KEPT]
    reply_id = f"sha256:{hashlib.sha256(delivery.body).hexdigest()}"
    try:
        if not impostor:  # who must not use up the department's own ids
            reply_id = _own_id(delivery.body) or reply_id
        data = _read(delivery, verb, department)
    except Unreadable as error:
        named = None if impostor else _NAMED.search(original)
        names = named[1] if named else ""
        return Letter(verb, department, reply_id, original, None, str(error), error.errors, names)
    return Letter(verb, department, reply_id, original, data)


def storable(text: str) -> str:
    """The text without what no database takes: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")


def _key(routing_key: str) -> tuple[str, str]:
    """``reply.<verb>.<code>`` -> verb and code; whatever else it is, two strings."""
    _, _, rest = storable(routing_key).partition(".")
    verb, _, department = rest.partition(".")
    return verb, department


def _own_id(body: bytes) -> str | None:
    """The reply's own id, where it can be read at all."""
    try:
        envelope = json.loads(body)
    except RecursionError as error:
        raise Unreadable("报文嵌套过深", {"body": ["嵌套过深"]}) from error
    except ValueError:
        return None
    found = envelope.get("id") if isinstance(envelope, dict) else None
    fits = isinstance(found, str) and 0 < len(found) <= 200 and storable(found) == found  # noqa: PLR2004
    return found if fits else None


def _read(delivery: Delivery, verb: str, department: str) -> Mapping[str, Any]:
    try:
        event = decode(delivery.body)
    except MalformedEvent as error:
        raise Unreadable(f"报文格式不对：{error}", {error.field: [error.reason]}) from error
    except ContractViolation as error:
        raise Unreadable("有几处不符合约定，见 errors", error.errors) from error
    if verb not in VERBS or event.type != VERBS[verb].type:
        raise Unreadable(f"路由键里的动作“{verb}”与 type 不一致", {"type": [event.type]})
    if _impostor(delivery, department):
        account = storable(delivery.user_id)
        said = f"账号 {account} 不能代 {department} 答复"
        raise Unreadable(said, {"user_id": [account]})
    if not delivery.user_id:
        said = f"没有写明 user_id。请把这个 AMQP 属性写成贵单位的账号，如 {ACCOUNT}{department}"
        raise Unreadable(said, {"user_id": ["没有填写"]})
    if not_storable(event.data):
        said = "报文含有不能保存的字符（NUL 或不完整的代理对）"
        raise Unreadable(said, {"data": ["不能保存的字符"]})
    return event.data


def _impostor(delivery: Delivery, department: str) -> bool:
    """Whether the broker vouches for somebody else's account; without user_id for nobody's."""
    own = f"{ACCOUNT}{department}"
    theirs = delivery.user_id == own or delivery.user_id.startswith(f"{own}-")
    return bool(delivery.user_id) and not theirs


def _may_answer(tx: Transaction, delivery: Delivery, letter: Letter) -> bool:
    """A rejection goes to a department of this district, and not for what another account sent.

    Without user_id it goes there too: the broker lets nobody else use the department's key.
    """
    known = letter.department in tx.district.departments
    return known and not _impostor(delivery, letter.department)


def not_storable(value: Any) -> bool:
    """Whether there is a character in it that no database takes."""
    text = json.dumps(value, ensure_ascii=False)
    return "\\u0000" in text or storable(text) != text
