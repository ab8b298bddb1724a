"""What a signed-in person does to an order, the same from the API and from a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.routing import access, handlers, held, lists, present, replies, schemas, store
from services.routing.order import Order
from services.routing.replies import Outcome
from shared.bus.event import new_id
from shared.clock import now
from shared.db import Transaction
from shared.runtime import Runtime
from shared.web.auth import User, permit
from shared.web.person import record_export
from shared.web.reveal import record


@dataclass(frozen=True)
class Decision:
    """A supervisor's act: the handler, the body it takes, and what it takes from that body."""

    act: Callable[..., None]
    body: type[schemas.Body]
    takes: tuple[str, ...]


DECISIONS: Mapping[str, Decision] = {
    "dispatch": Decision(handlers.dispatch, schemas.DispatchBody, ("department",)),
    "grant-return": Decision(
        handlers.grant_return, schemas.GrantReturnBody, ("department", "note")
    ),
    "refuse-return": Decision(handlers.refuse_return, schemas.NoteBody, ("note",)),
    "grant-extension": Decision(handlers.grant_extension, schemas.OptionalNoteBody, ("note",)),
    "refuse-extension": Decision(handlers.refuse_extension, schemas.NoteBody, ("note",)),
    "press": Decision(handlers.press, schemas.NoteBody, ("note",)),
    "send-back": Decision(handlers.send_back, schemas.SendBackBody, ("reason",)),
    "approve": Decision(handlers.approve, schemas.OptionalNoteBody, ("note",)),
    "close": Decision(handlers.close, schemas.OptionalNoteBody, ("note",)),
}
"""The last part of the address -> what it does."""


def shown(runtime: Runtime, number: str, user: User, *, whole: bool = False) -> dict[str, Any]:
    """An order as this user may see it: masked, unless it was revealed to them.

    Raises:
        Problem: 404.
    """
    with runtime.database.read() as connection:
        order = access.admit(user, lists.one(connection, number))
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

    def work(tx: Transaction) -> Outcome:
        outcome = replies.apply_reply(
            tx, user.department or "", verb, reply_id=reply_id or new_id(), data=body, via=via
        )
        if not outcome.repeated:
            said = replies.APPLIED if outcome.applied else replies.REJECTED
            tx.record(f"order.reply.{verb}", number, outcome=said)
        return outcome

    return runtime.database.run(work)


def decide(runtime: Runtime, number: str, verb: str, body: Mapping[str, Any], user: User) -> None:
    """Do what a supervisor decided.

    Raises:
        Problem: 404.
        Refused: the state or a rule does not allow it.
    """
    decision = DECISIONS[verb]

    def work(tx: Transaction) -> None:
        order: Order = access.admit(user, store.load(tx, number))
        given = {name: body[name] for name in decision.takes}
        decision.act(tx, order, **given, by=user.name)
        named = {"department": given["department"]} if given.get("department") else {}
        tx.record(f"order.decide.{verb}", number, **named)
        store.save(tx, order)

    runtime.database.run(work)
