"""What a signed-in person does to an order, the same from the API and from a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.routing import (
    access,
    decisions,
    disputes,
    held,
    joint,
    lists,
    present,
    replies,
    rules_decided,
    schemas,
    store,
)
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.replies import Outcome
from services.routing.rules import refuse
from shared.bus.event import new_id
from shared.clock import now
from shared.db import Transaction
from shared.permissions import may
from shared.runtime import Runtime
from shared.web.auth import User, permit
from shared.web.person import record_export
from shared.web.reveal import record

DECIDE, REVIEW = "order.decide", "order.review"


@dataclass(frozen=True)
class Decision:
    """A supervisor's act: the handler, the body it takes, and what it takes from that body.

    ``action`` is who may: with ``order.review`` the leader of the order's department as well;
    ``afterwards``: the leader also once the reply is out, for this judges no reply.
    """

    act: Callable[..., None]
    body: type[schemas.Body]
    takes: tuple[str, ...]
    action: str = DECIDE
    afterwards: bool = False


DECISIONS: Mapping[str, Decision] = {
    "dispatch": Decision(decisions.dispatch, schemas.DispatchBody, ("department",)),
    "grant-return": Decision(
        disputes.grant_return, schemas.GrantReturnBody, ("department", "note")
    ),
    "refuse-return": Decision(disputes.refuse_return, schemas.NoteBody, ("note",)),
    "grant-extension": Decision(
        decisions.grant_extension, schemas.OptionalNoteBody, ("note",), REVIEW
    ),
    "refuse-extension": Decision(decisions.refuse_extension, schemas.NoteBody, ("note",), REVIEW),
    "arbitrate": Decision(disputes.arbitrate, schemas.ArbitrateBody, ("department", "note")),
    "pause": Decision(decisions.pause, schemas.PauseBody, ("reason", "note")),
    "resume": Decision(decisions.resume, schemas.OptionalNoteBody, ("note",)),
    "assist": Decision(joint.assist, schemas.AssistBody, ("department", "note")),
    "drop-assist": Decision(joint.drop, schemas.NoteBody, ("note",)),
    "press": Decision(pressing.press, schemas.PressBody, ("level", "note")),
    "on-site": Decision(pressing.call_on_site, schemas.OptionalNoteBody, ("note",)),
    "on-site-done": Decision(
        pressing.was_on_site, schemas.OnSiteBody, ("record", "met"), REVIEW, afterwards=True
    ),
    "send-back": Decision(decisions.send_back, schemas.SendBackBody, ("reason",), REVIEW),
    "approve": Decision(decisions.approve, schemas.ApproveBody, ("note",), REVIEW),
    "close": Decision(decisions.close, schemas.OptionalNoteBody, ("note",)),
}
"""The last part of the address -> what it does."""


def shown(
    runtime: Runtime, number: str, user: User, *, whole: bool = False, acted: bool = False
) -> dict[str, Any]:
    """An order as this user may see it: masked, unless it was revealed to them.

    ``acted``: they have just done something to it, which may have taken it away from them.

    Raises:
        Problem: 404.
    """
    with runtime.database.read() as connection:
        found = lists.one(connection, number)
        order = found if acted and found is not None else access.admit(user, found)
        history = store.history_of(connection, number)
    return present.detail(order, history, runtime.district, now(), whole=whole)


def reveal(runtime: Runtime, number: str, user: User, reason: str) -> dict[str, Any]:
    """The whole of an order, for a reason that is recorded first.

    Raises:
        Problem: 403, 404.
        Unavailable: it cannot be recorded, so nothing is shown.
    """
    with runtime.database.read() as connection:
        order = access.admit(user, lists.one(connection, number))
    permit("person.reveal", access.place_of(order))
    record(runtime.database, number, reason)
    return shown(runtime, number, user, whole=True)


def export(runtime: Runtime, user: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """All that routing holds of a person, as far as this user reaches; recorded first.

    Raises:
        Problem: 403 for an officer without a community.
        Unavailable: it cannot be recorded, so nothing is shown.
    """
    wanted = held.Wanted(asked["case"], asked["phone"], access.community_of(user, "person.export"))
    record_export(runtime.database, asked)
    with runtime.database.read() as connection:
        return held.of_person(connection, runtime.database.keys, wanted)


def answer(
    runtime: Runtime,
    number: str,
    verb: str,
    data: Mapping[str, Any],
    *,
    user: User,
    reply_id: str,
    via: str,
) -> Outcome:
    """Answer for the user's department; ``data`` is as the verb's contract, without ``order``.

    Raises:
        Problem: 404 for an order that is not with this department.
    """
    with runtime.database.read() as connection:
        access.admit(user, lists.one(connection, number))
    body = {**data, "order": number, "officer": data.get("officer") or user.name}
    if verb == "completed":
        body["reviewed_by"] = _read_by(user)

    def work(tx: Transaction) -> Outcome:
        outcome = replies.apply_reply(
            tx, user.department or "", verb, reply_id=reply_id or new_id(), data=body, via=via
        )
        if not outcome.repeated:
            said = replies.APPLIED if outcome.applied else replies.REJECTED
            tx.record(f"order.reply.{verb}", number, outcome=said)
        return outcome

    return runtime.database.run(work)


def _read_by(user: User) -> str:
    """Who read a reply before it goes out: only a leader who is signed in, whatever was written."""
    return user.name if may(user, "order.review") else ""


def decide(runtime: Runtime, number: str, verb: str, body: Mapping[str, Any], user: User) -> None:
    """Do what a supervisor or the unit's leader decided.

    Raises:
        Problem: 403 for a leader who would judge a reply that went out already; 404.
        Refused: the state or a rule does not allow it, or a reply came that they have not read.
    """
    decision = DECISIONS[verb]

    def work(tx: Transaction) -> None:
        order: Order = access.admit(user, store.load(tx, number))
        access.admit_to_decide(user, order, decision.action, afterwards=decision.afterwards)
        read = body.get("version")
        if read is not None:
            refuse(rules_decided.reply_not_read(newer=store.replied_since(tx, number, read)))
        given = {name: body[name] for name in decision.takes}
        decision.act(tx, order, **given, by=user.name)
        named = {"department": given["department"]} if given.get("department") else {}
        tx.record(f"order.decide.{verb}", number, **named)
        store.save(tx, order)

    runtime.database.run(work)
