"""What happens to the care list 关爱名单: somebody is put on it, changed, visited, taken off."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake import acceptance, rules
from services.intake.case import Actor
from services.intake.grids import care_store
from services.intake.grids.care_person import CarePerson, as_seen, sensitive_with_consent
from services.intake.grids.territory import grid_known
from services.intake.grids.work import GridWork, find, work_for
from services.intake.reason import Conflict, Forbidden, Reason, allow, msgid
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.workdays import end_of_day

SERIES = "grid_care"


@dataclass(frozen=True)
class Asked:
    """Somebody as they are put on the list, or changed.

    Attributes:
        consent: code of how they consented to having sensitive things kept; empty for not.
        worker: username of the grid worker.
        every_days: 0 for the pack's.

    """

    name: str
    phone: str
    id_no: str
    address: str
    grid: str
    groups: tuple[str, ...]
    needs: str
    consent: str
    worker: str
    every_days: int = 0


def add(tx: Transaction, actor: Actor, community: str, asked: Asked) -> CarePerson:
    """Put somebody on the list.

    Raises:
        Invalid: naming each wrong field, or sensitive things come without consent (PIPL 29).
        Conflict: they are on it already.
        Forbidden: another community's.

    """
    allow(rules.own_community(actor, community), as_=Forbidden)
    values = _checked(tx, actor, community, asked)
    care_store.hold(tx, community)
    there = care_store.on_the_list(tx, community, values["phone"], values["id_no"])
    allow(_not_yet(there), as_=Conflict)
    person = CarePerson(
        number=make(work_for(tx.district).care_prefix, local(tx.now).date(), tx.serial(SERIES)),
        community=community,
        added_by=actor.name,
        added_at=tx.now,
        due_at=end_of_day(local(tx.now).date()),  # who is new is visited at once
        **values,
    )
    care_store.add(tx, person)
    tx.record("care.added", person.number, consent=asked.consent)
    return person


def change(
    tx: Transaction, number: str, actor: Actor, asked: Asked, seen: int | None = None
) -> CarePerson:
    """Change what is kept of them; `seen`: which version the officer saw, if they say so.

    Where consent is taken back, the groups that speak of health go with it.

    Raises:
        Invalid, Conflict, Forbidden, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    allow(as_seen(before, seen), as_=Conflict)
    values = _checked(tx, actor, before.community, asked, before)
    care_store.hold(tx, before.community)
    there = care_store.on_the_list(tx, before.community, values["phone"], values["id_no"])
    allow(_not_yet(None if there == number else there), as_=Conflict)
    after = before.change(**values)
    care_store.save(tx, before, after)
    tx.record("care.changed", number, consent=asked.consent)
    return after


def end(tx: Transaction, number: str, actor: Actor, why: str) -> CarePerson:
    """Take them off; what was sensitive is forgotten, and so is who they are.

    Raises:
        Conflict, Forbidden, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = before.end(why, tx.now)
    care_store.save(tx, before, after)
    tx.record("care.ended", number, why)
    return after


def visited(tx: Transaction, number: str, actor: Actor, met_at: datetime | None) -> None:
    """A visit was reported: the next one counts from when they were met.

    Raises:
        Forbidden, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = before if met_at is None else before.visited(met_at)
    if after is not before and before.active:
        care_store.save(tx, before, after)


def _checked(
    tx: Transaction, actor: Actor, community: str, asked: Asked, before: CarePerson | None = None
) -> dict[str, Any]:
    """Every field, checked and as it is kept."""
    work = work_for(tx.district)
    phone = acceptance.read_phone(asked.phone) if asked.phone else ""
    id_no = acceptance.read_id_no(asked.id_no)
    worker = next((w for w in care_store.workers(tx, community) if w[0] == asked.worker), None)
    consent = _consent(tx, actor, asked, before)
    groups = _groups(work, asked, before)
    allow(
        _own_field(phone, "phone"),
        _own_field(id_no, "id_no"),
        _groups_known([one.code for one in work.groups], asked.groups),
        _some_left(asked.groups, groups),
        sensitive_with_consent(work.sensitive(groups), asked.needs, consent),
        grid_known(tx.district, community, asked.grid),
        None if worker else _no_worker(),
    )
    username, name = worker[:2] if worker else ("", "")
    return {
        "name": asked.name.strip(),
        "phone": phone,
        "id_no": id_no,
        "address": asked.address.strip(),
        "grid": asked.grid,
        "groups": groups,
        "needs": asked.needs.strip(),
        "consent": consent,
        "worker_username": username,
        "worker_name": name,
        "every_days": asked.every_days or work.visit_every_days,
    }


def _consent(
    tx: Transaction, actor: Actor, asked: Asked, before: CarePerson | None
) -> Mapping[str, str] | None:
    """How, by whom taken and when; one given before in the same way stands (PIPL 29, 31)."""
    if not asked.consent or find(work_for(tx.district).consents, asked.consent) is None:
        return None
    if before is not None and before.consent and before.consent["how"] == asked.consent:
        return before.consent
    return {"how": asked.consent, "by": actor.name, "at": tx.now.isoformat()}


def _groups(work: GridWork, asked: Asked, before: CarePerson | None) -> tuple[str, ...]:
    """Those named, without what speaks of health once the consent to it is taken back (PIPL 15)."""
    if before is None or not before.consents_no_more(asked.consent):
        return asked.groups
    return tuple(code for code in asked.groups if not work.sensitive([code]))


def _some_left(named: tuple[str, ...], kept: tuple[str, ...]) -> Reason | None:
    if kept or not named:
        return None
    return Reason(
        "groups",
        msgid("撤回同意后，涉及健康的类别要清除，一类也不剩了"),
        msgid("请另选一类不涉及健康的，或者把这位居民移出名单"),
    )


def _own_field(read: str | Reason, name: str) -> Reason | None:
    return replace(read, field=name) if isinstance(read, Reason) else None


def _groups_known(known: list[str], groups: tuple[str, ...]) -> Reason | None:
    if groups and set(groups) <= set(known):
        return None
    return Reason("groups", msgid("没有选属于哪类人群"), msgid("请至少选一类"))


def _no_worker() -> Reason:
    return Reason("worker", msgid("没有选由哪位网格员负责"), msgid("请从本社区的网格员里选"))


def _not_yet(number: str | None) -> Reason | None:
    if number is None:
        return None
    text, remedy = msgid("这位居民已经在名单上：%(number)s"), msgid("请打开那一条修改")
    return Reason("phone", text, remedy, {"number": number})


def _load_for(tx: Transaction, number: str, actor: Actor) -> CarePerson:
    person = care_store.load(tx, number)
    allow(rules.own_community(actor, person.community), as_=Forbidden)
    return person
