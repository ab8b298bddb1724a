"""What the API and the pages do alike about somebody's own data, each as a command."""

from collections.abc import Sequence
from typing import Any

from services.intake.case import Actor, Applicant
from services.intake.reason import Forbidden, Reason, allow, msgid
from services.intake.rights import handlers, queries, rights, views
from services.intake.rights.queries import Matters, Wanted
from services.intake.rights.rights import PersonRequest
from shared.mask import mask_id, mask_phone
from shared.permissions import User, may
from shared.runtime import Runtime
from shared.web.limits import count_search

SEARCHED = "person.searched"
DOES = {
    rights.EXPORT: "person.export",
    rights.CORRECT: "person.correct",
    rights.ERASE: "person.erase",
}
"""kind of request -> the action of who may do it, or refuse it."""


def search(runtime: Runtime, wanted: Wanted) -> Matters:
    """Who has this, for who looks for them: also whoever shares a telephone.

    That they looked is recorded first.

    Raises:
        Problem: 429, this person has looked for very many.
    """
    subject = _named(wanted)
    if not subject:
        return Matters()  # no number at all: it finds nobody
    count_search()
    runtime.database.run(lambda tx: tx.record(SEARCHED, subject))
    with runtime.database.read() as connection:
        return queries.matters(connection, wanted, of_anybody=True)


def export(runtime: Runtime, wanted: Wanted, reason: str, actor: Actor) -> dict[str, Any]:
    """All that is held, for the person; recorded before it is read (PIPL 45).

    Raises:
        Problem: 429, as `search`.
    """
    count_search()
    with runtime.database.read() as connection:
        found = queries.matters(connection, wanted)
    return _given_out(runtime, found, _named(wanted), reason, actor)


def export_of(runtime: Runtime, number: str, reason: str, actor: Actor) -> dict[str, Any]:
    """All that is held of the person of this case or refusal.

    Raises:
        Invalid, Unknown: as `queries.of_same_person`.
    """
    with runtime.database.read() as connection:
        found = queries.of_same_person(connection, number, actor.community)
    return _given_out(runtime, found, number, reason, actor)


def export_own(runtime: Runtime, number: str, actor: Actor) -> dict[str, Any]:
    """What is held about one matter, for who has its link."""
    with runtime.database.read() as connection:
        found = queries.matters(connection, Wanted(number=number))
    return _given_out(runtime, found, number, "", actor)


def refuse(runtime: Runtime, number: str, user: User, actor: Actor, reason: str) -> PersonRequest:
    """Refuse a request.

    Raises:
        Forbidden: who may not do it may not refuse it.
        Rejected: as `handlers.refuse_request`.
    """
    with runtime.database.read() as connection:
        request = queries.get_request(connection, number)
    if request is not None:
        allow(_may_do(user, request.kind), as_=Forbidden)
    return runtime.database.run(lambda tx: handlers.refuse_request(tx, number, actor, reason))


def correct(
    runtime: Runtime,
    numbers: Sequence[str],
    actor: Actor,
    right: Applicant,
    reason: str,
    *,
    without_id: bool = False,
) -> None:
    """Put somebody right; raises as `handlers.correct_person`."""
    runtime.database.run(
        lambda tx: handlers.correct_person(tx, numbers, actor, right, reason, without_id=without_id)
    )


def erase(runtime: Runtime, numbers: Sequence[str], actor: Actor, reason: str) -> None:
    """Forget somebody; raises as `handlers.erase_person`."""
    runtime.database.run(lambda tx: handlers.erase_person(tx, numbers, actor, reason))


def _named(wanted: Wanted) -> str:
    """Of whom, as the audit may say it."""
    return wanted.number or mask_phone(wanted.phone) or mask_id(wanted.id_no)


def _given_out(
    runtime: Runtime, found: Matters, subject: str, reason: str, actor: Actor
) -> dict[str, Any]:
    numbers = found.numbers
    runtime.database.run(lambda tx: handlers.record_export(tx, subject, reason, numbers, actor))
    with runtime.database.read() as connection:
        items = list(views.held(connection, found))
    return {"service": "intake", "items": items}


def _may_do(user: User, kind: str) -> Reason | None:
    if may(user, DOES[kind]):
        return None
    return Reason("number", msgid("这类请求不由您答复"), msgid("请交给有权办理的同事"))
