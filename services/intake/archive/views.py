"""What the pages and the API of the archive do alike, for whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.intake import queries, rules
from services.intake.archive.dossier import Document, opened
from services.intake.archive.masking import masked_document
from services.intake.archive.queries_report import Report
from services.intake.archive.queries_search import Found, Wanted, get, search
from services.intake.case import Actor
from services.intake.models import archive
from services.intake.reason import Forbidden, Reason, Unknown, allow, msgid
from shared.mask import mask_name, mask_phone
from shared.runtime import Runtime
from shared.web import reveal


@dataclass(frozen=True)
class Opened:
    """A dossier with its seal."""

    document: Document
    seal: Mapping[Any, Any]
    community: str
    erased: bool


def find(runtime: Runtime, asked: Mapping[str, Any], actor: Actor, most: int) -> Found:
    """A page of dossiers; an officer finds those of their own community.

    Raises:
        Forbidden: another community was asked for.
    """
    wanted = Wanted(
        communities=tuple(runtime.district.communities),
        community=place_of(actor, asked["community"]),
        text=asked["q"],
        item=asked["item"],
        first=asked["first"],
        last=asked["last"],
        before=asked["before"],
    )
    with runtime.database.read() as connection:
        return search(connection, wanted, most)


def place_of(actor: Actor, community: str) -> str | None:
    """The community that is asked for: an officer's own, or any, or all, for the whole district.

    Raises:
        Forbidden: it is another's.
    """
    if not community:
        return actor.community
    allow(rules.own_community(actor, community), as_=Forbidden)
    return community


def open_dossier(runtime: Runtime, text: str, actor: Actor, *, reason: str = "") -> Opened:
    """One dossier: masked, or whole for a reason, which is recorded before it is read.

    Raises:
        Invalid, Unknown: no number, or nothing archived under it.
        Forbidden: it is another community's.
    """
    number = queries.read_number(text)
    with runtime.database.read() as connection:
        row = get(connection, number)
    if row is None:
        text, remedy = msgid("档案里没有 %(number)s"), msgid("还没有归档的，请到受理台查找")
        raise Unknown(Reason("number", text, remedy, {"number": number}))
    allow(rules.own_community(actor, row["community"]), as_=Forbidden)
    if reason:
        reveal.record(runtime.database, number, reason)
    return _opened(runtime, number, row["community"], whole=bool(reason))


def _opened(runtime: Runtime, number: str, community: str, *, whole: bool) -> Opened:
    table = archive.documents
    with runtime.database.read() as connection:
        asked = sa.select(table).where(table.c.number == number)
        kept = connection.execute(asked).mappings().one()
    document, _ = opened(kept["document"])
    said = document[document["what"]]
    shown = document if whole else masked_document(document)
    return Opened(shown, kept, community, said["erased_at"] is not None)


def row_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A dossier in a list, masked."""
    plain = ("number", "day", "title", "state", "kind", "item", "community", "channel", "way")
    who = {"name": mask_name(row["applicant_name"]), "phone": mask_phone(row["applicant_phone"])}
    return {name: row[name] for name in plain} | {"owner": row["owner_name"], "applicant": who}


@dataclass(frozen=True)
class Told:
    """A day's end as it was told."""

    report: Report
    version: int
    made_at: datetime
    made_by: str


def report(runtime: Runtime, community: str, day: date) -> Told:
    """The day's end of a community.

    Raises:
        Unknown: it was not told.
    """
    table = archive.reports
    asked = sa.select(table).where(table.c.community == community, table.c.day == day)
    with runtime.database.read() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None:
        text = msgid("%(day)s 还没有日终归档")
        raise Unknown(Reason("day", text, msgid("当天归档之后才有报告"), {"day": day.isoformat()}))
    told = Report.of(community, day, row["said"])
    return Told(told, row["version"], row["made_at"], row["made_by"])


def reports(runtime: Runtime, community: str, most: int = 14) -> list[date]:
    """The last days that were told of a community."""
    table = archive.reports
    asked = sa.select(table.c.day).where(table.c.community == community)
    with runtime.database.read() as connection:
        return list(connection.execute(asked.order_by(table.c.day.desc()).limit(most)).scalars())
