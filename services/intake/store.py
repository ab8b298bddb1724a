"""Loading and saving cases."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake import rows_of_parts
from services.intake.case import Applicant, Case, Entry, Handler, Material, Officer
from services.intake.models import cases, history
from services.intake.reason import Reason, Unknown, msgid
from services.intake.rights import rights
from shared.db import Transaction

_PLAIN = (
    "number",
    "version",
    "state",
    "kind",
    "title",
    "description",
    "community",
    "community_name",
    "language",
    "channel",
    "urgency",
    "location",
    "limit_zh",
    "limit_en",
    "accepted_at",
    "due_at",
    "transfers",
    "transferred_at",
    "resolutions",
    "result",
    "resolved_by",
    "resolved_at",
    "resolved_order",
    "closed_at",
    "needs",
    "erased_at",
    "way",
    "grid",
    "back_office_by",
    "review_by",
    "visits",
    "handed_over",
    "catalogue_version",
    "archived_at",
)
"""Columns that hold a field of the same name as it is."""


def load(tx: Transaction, number: str) -> Case:
    """The case with this number, for changing it.

    Raises:
        Unknown: there is none.

    """
    row = tx.row(cases, number)
    if row is None:
        raise no_such_case(number)
    return case_of(row)


def hold(tx: Transaction, number: str) -> Case:
    """The case with this number, as it is until the commit: for writing beside it, not in it.

    Whoever forgets its person waits, and finds what was written, or was first, and is seen here.
    It is read anew: another command of the group may have read it before it was held.

    Raises:
        Unknown: there is none.
    """
    own = sa.select(cases).where(cases.c.number == number)
    row = tx.execute(own.with_for_update()).mappings().first()
    if row is None:
        raise no_such_case(number)
    return case_of(row)


def load_all(tx: Transaction, numbers: Collection[str]) -> dict[str, Case]:
    """The cases with these numbers, by number; what is not known is left out."""
    wanted = sa.select(cases).where(cases.c.number.in_(sorted(numbers)))
    return {row["number"]: case_of(row) for row in tx.execute(wanted).mappings()}


def no_such_case(number: str) -> Unknown:
    """The rejection for a number that is well written and unknown."""
    return Unknown(
        Reason(
            "number",
            msgid("没有编号为 %(number)s 的办件"),
            msgid("请核对受理回执上的编号"),
            {"number": number},
        )
    )


def add(tx: Transaction, case: Case, who: str, action: str, data: Mapping[str, Any]) -> None:
    """A new case and the first line of its timeline."""
    tx.insert(cases, **row_of(case))
    _add_history(tx, case, Entry(tx.now, who, action, data))


def save(
    tx: Transaction,
    before: Case,
    after: Case,
    *,
    who: str,
    action: str,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> Case:
    """The changed case with a new line of its timeline; returns it with its new version.

    `at` is when it happened, where that is not now: an event that came late.
    """
    if before.erased_at is not None:  # what comes late brings nobody back (PIPL 47)
        after, data = (
            rights.forgotten(after, before.title, before.erased_at),
            rights.line_kept(data),
        )
    after = replace(after, version=before.version + 1, archived_at=None)
    old, new = row_of(before), row_of(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    changed["archived_at"] = None  # what changed is archived anew, whoever archives meanwhile
    tx.change(cases, before.number, before.version, changed)
    _add_history(tx, after, Entry(at or tx.now, who, action, data))
    return after


def _add_history(tx: Transaction, case: Case, entry: Entry) -> None:
    tx.about(case.number)
    tx.insert(
        history,
        case_number=case.number,
        seq=case.version,
        at=entry.at,
        who=entry.who,
        action=entry.action,
        data=dict(entry.data),
    )


def row_of(case: Case) -> dict[str, Any]:
    """A case as a row."""
    row = {name: getattr(case, name) for name in _PLAIN}
    row |= {
        "owner_username": case.owner.username,
        "owner_name": case.owner.name,
        "applicant_name": case.applicant.name,
        "applicant_phone": case.applicant.phone,
        "applicant_id_no": case.applicant.id_no,
        "applicant_name_index": case.applicant.name,
        "applicant_phone_index": case.applicant.phone,
        "applicant_id_index": case.applicant.id_no,
        "handler": [case.handler.kind, case.handler.code, case.handler.name],
        "materials": [[m.name, m.required, m.received] for m in case.materials],
        "item": rows_of_parts.item_row(case.item),
        "notice": rows_of_parts.notice_row(case.notice),
        "supplement_by": case.notice.supplement_by if case.notice else None,
        "rating": rows_of_parts.rating_row(case.rating),
        "orders": dict(case.orders),
        "groups": list(case.groups) or None,
        "promise": rows_of_parts.promise_row(case.promise),
        "promise_by": case.promise_by,
        "publication": rows_of_parts.publication_row(case.publication),
        "publication_until": case.publication_until,
        "refused": rows_of_parts.refused_row(case.refused),
    }
    return row


def case_of(row: Mapping[Any, Any]) -> Case:
    """A row as a case."""
    return Case(
        **{name: row[name] for name in _PLAIN},
        owner=Officer(row["owner_username"], row["owner_name"]),
        applicant=Applicant(row["applicant_name"], row["applicant_phone"], row["applicant_id_no"]),
        handler=Handler(*row["handler"]),
        materials=tuple(Material(*one) for one in row["materials"]),
        item=rows_of_parts.item_of(row["item"]),
        notice=rows_of_parts.notice_of(row["notice"]),
        rating=rows_of_parts.rating_of(row["rating"]),
        orders=row["orders"],
        groups=tuple(row["groups"] or ()),
        promise=rows_of_parts.promise_of(row["promise"]),
        publication=rows_of_parts.publication_of(row["publication"]),
        refused=rows_of_parts.refused_of(row["refused"]),
    )
