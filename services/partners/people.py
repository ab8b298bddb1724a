"""What is held of people here, and how it is put right and forgotten (PIPL 44 to 47)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.partners import store
from services.partners.models import NEED, bus, cases, needs, partners, steps
from services.partners.store import CaseRow, NeedRow
from shared.bus import parked
from shared.bus.event import Event
from shared.db import Transaction
from shared.permissions import Scope, User, scope_of
from shared.sealing import KeyRing

NOBODY: Mapping[str, Any] = dict.fromkeys(
    ("applicant", "phone", "location", "wish", "note"), ""
) | {"title": "—"}
"""What is left of a need whose resident was forgotten."""
OF_NEED = ("number", "case_number", "title", "category", "wish", "location", "state", "note")


def as_known(need: NeedRow, case: CaseRow) -> NeedRow:
    """A need just raised, with what was corrected or erased before it was heard of."""
    if case.erased_at is not None:
        return replace(need, **NOBODY, erased_at=case.erased_at)
    if case.person is not None and case.person["version"] > need.person_version:
        return _with(need, case.person["name"], case.person["phone"], case.person["version"])
    return need


def correct(tx: Transaction, event: Event) -> None:
    """Name and telephone were wrong: put right in every need of the case (PIPL 46)."""
    number, person = event.data["number"], event.data["applicant"]
    name, phone = person["name"], person.get("phone") or ""
    known = store.hold_case(tx, number)
    if known.erased_at is not None or (known.person or {"version": -1})["version"] > event.version:
        return
    said = {"name": name, "phone": phone, "version": event.version}
    tx.update(cases.update().where(cases.c.number == number).values(person=said))
    for need in store.needs_of_case(tx, number):
        if need.person_version <= event.version:
            store.save_need(tx, need, _newer(_with(need, name, phone, event.version)))


def erase(tx: Transaction, event: Event) -> None:
    """Forget the resident in every need of the case, now and in those heard of later (PIPL 47)."""
    number, at = event.data["number"], datetime.fromisoformat(event.data["erased_at"])
    if store.hold_case(tx, number).erased_at is not None:
        return
    parked.forget_with(tx, bus, event)
    forgotten = {"person": None, "erased_at": at}
    tx.update(cases.update().where(cases.c.number == number).values(**forgotten))
    for need in store.needs_of_case(tx, number):
        store.save_need(tx, need, _newer(replace(need, **NOBODY, erased_at=at)))
        tx.execute(steps.update().where(steps.c.need == need.number).values(note=""))


def held(
    connection: sa.Connection, keys: KeyRing, reader: User, *, phone: str = "", case: str = ""
) -> Iterator[dict[str, Any]]:
    """Everything held of a person, by telephone or case, as far as the reader may ask for it."""
    wanted = [needs.c.case_number == case] if case else []
    if phone:
        wanted.append(keys.matches(needs.c.phone_index, phone))
    if scope_of(reader, "person.export") is not Scope.DISTRICT:
        wanted.append(needs.c.community == (reader.community or ""))
    found = connection.execute(sa.select(*NEED).where(*wanted).order_by(needs.c.number))
    for row in found.mappings().all():
        said = {name: row[name] for name in OF_NEED}
        yield said | {
            "name": row["applicant"],
            "phone": row["phone"],
            "partner": _partner(connection, row["partner"]),
            "raised_at": row["raised_at"].isoformat(),
            "erased_at": row["erased_at"] and row["erased_at"].isoformat(),
            "steps": list(_steps(connection, row["number"])),
        }


def _steps(connection: sa.Connection, number: str) -> Iterator[dict[str, Any]]:
    own = sa.select(steps).where(steps.c.need == number).order_by(steps.c.version)
    for row in connection.execute(own).mappings():
        at = row["at"].isoformat()
        yield {"at": at, "who": row["who"], "action": row["action"], "note": row["note"]}


def _partner(connection: sa.Connection, code: str | None) -> str:
    name = sa.select(partners.c.name).where(partners.c.code == code)
    return connection.execute(name).scalar_one_or_none() or ""


def _with(need: NeedRow, name: str, phone: str, version: int) -> NeedRow:
    return replace(need, applicant=name, phone=phone, person_version=version)


def _newer(need: NeedRow) -> NeedRow:
    return replace(need, version=need.version + 1)
