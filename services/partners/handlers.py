"""What happens to a need: raised, offered, accepted, fulfilled, confirmed, or ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import sqlalchemy as sa

from services.partners import events, ledger, ledger_store, matching, pack, people, store
from services.partners import need as domain
from services.partners.matching import Candidate, Match
from services.partners.models import needs
from services.partners.refusal import Reason, msgid
from services.partners.store import NeedRow
from shared.bus.event import Event
from shared.db import Transaction
from shared.runtime import Runtime

SYSTEM = msgid("系统")
NO_MATCH = msgid("没有匹配的合伙人")
NO_TAKER = msgid("推送后没有人认领")
NOBODY_CAN = msgid("推送的合伙人都不方便")
ENDED = msgid("办件已结束")
OUR_WORDS = frozenset({SYSTEM, NO_MATCH, NO_TAKER, NOBODY_CAN, ENDED})


@dataclass(frozen=True)
class Officer:
    """Who speaks for the community; ``community`` None answers for the whole district."""

    name: str
    community: str | None = None


def take_need(tx: Transaction, event: Event) -> None:
    """A case shows a need: match it and show it to partners."""
    number = event.data["need"]
    case = store.hold_case(tx, event.data["number"])
    if tx.execute(sa.select(needs.c.number).where(needs.c.number == number)).one_or_none():
        return
    need = people.as_known(_raised(tx, event), case)
    if case.ended > event.version:
        need = replace(need, state=domain.CANCELLED, note=ENDED)
    store.add_need(tx, need)
    store.add_step(tx, need, "raise", need.owner_name, need.wish)
    if need.state == domain.RAISED:
        _match(tx, need)


def case_closed(tx: Transaction, event: Event) -> None:
    """What nobody accepted is cancelled; what a partner took goes on."""
    _case_ended(tx, event, "closed")


def case_withdrawn(tx: Transaction, event: Event) -> None:
    """Whatever is not done yet is cancelled."""
    _case_ended(tx, event, "withdrawn")


def accept(tx: Transaction, number: str, partner: str) -> NeedRow:
    """A partner takes a need; the first one wins.

    Raises:
        Unknown: no such need or partner.
        Refused: not offered to it, or another one was first.
    """
    need, asked = store.load_need(tx, number), store.offers_of(tx, number)
    name = store.partner_name(tx, partner)
    after = _saved(tx, need, domain.accept(need, asked, partner), "accept", name)
    store.save_offers(tx, number, asked, domain.settle(asked, partner))
    events.accepted(tx, after, name)
    return after


def decline(tx: Transaction, number: str, partner: str, note: str) -> NeedRow:
    """A partner cannot, before or after it accepted; the others are asked on.

    Raises:
        Unknown: no such need or partner.
        Refused: there is nothing of this partner's to decline.
    """
    need, asked = store.load_need(tx, number), store.offers_of(tx, number)
    name = store.partner_name(tx, partner)
    moved, left = domain.decline(need, asked, partner)
    again = need.state == domain.ACCEPTED and moved.state == domain.OFFERED
    after = _saved(tx, need, moved, "decline", name, note=note, offered=again)
    store.save_offers(tx, number, asked, left)
    if again:
        events.offered(tx, after, sum(o.state == domain.OPEN for o in left))
    elif after.state == domain.UNMET:
        events.unmet(tx, after, NOBODY_CAN)
    return after


def fulfil(tx: Transaction, number: str, partner: str, note: str) -> NeedRow:
    """The partner says it is done.

    Raises:
        Unknown: no such need or partner.
        Refused: it is not this partner's, or not accepted.
    """
    need = store.load_need(tx, number)
    name = store.partner_name(tx, partner)
    after = _saved(tx, need, domain.fulfil(need, partner), "fulfil", name, note=note)
    events.fulfilled(tx, after, name)
    return after


def confirm(tx: Transaction, number: str, officer: Officer, note: str) -> NeedRow:
    """The community says so too: the partner's passbook gets the points of the category.

    Raises:
        Unknown: no such need.
        Refused: another community's, or the partner has not said it is done.
    """
    need = store.load_need(tx, number)
    moved = domain.confirm(need, officer.community)
    points = pack.of(tx.district).category(need.category).points
    after = _saved(tx, need, replace(moved, points=points), "confirm", officer.name, note=note)
    owner = after.partner or ""
    name = store.load_partner(tx, owner).name
    ledger_store.post(tx, ledger.earn(owner, points, number, after.title), officer.name)
    events.confirmed(tx, after, name)
    return after


def send_back(tx: Transaction, number: str, officer: Officer, note: str) -> NeedRow:
    """The community says it is not done: the same partner goes on.

    Raises:
        Unknown: no such need.
        Refused: another community's, or nothing waits to be confirmed.
    """
    need = store.load_need(tx, number)
    return _saved(
        tx, need, domain.send_back(need, officer.community), "send_back", officer.name, note=note
    )


def offer_by_hand(
    tx: Transaction, number: str, partners: Sequence[str], officer: Officer
) -> NeedRow:
    """An officer shows a need to partners of their choice, whatever matching says.

    Raises:
        Unknown: no such need or partner.
        Refused: another community's, or its state does not allow it.
    """
    need, asked = store.load_need(tx, number), store.offers_of(tx, number)
    moved = domain.offer_by_hand(need, partners, officer.community)
    known = {offer.partner for offer in asked}
    fresh = [code for code in dict.fromkeys(partners) if code not in known]
    matches = [_by_hand(tx, code, officer) for code in fresh]
    again = [replace(o, state=domain.OPEN) if o.partner in partners else o for o in asked]
    after = _saved(tx, need, moved, "offer", officer.name, offered=True)
    store.save_offers(tx, number, asked, again)
    store.add_offers(tx, number, matches)
    count = len(fresh) + sum(o.state == domain.OPEN for o in again)
    events.offered(tx, after, count)
    return after


def expire_offers(runtime: Runtime) -> int:
    """What nobody took within the pack's working days is unmet; returns how many."""
    waiting = sa.select(needs.c.number).where(needs.c.state == domain.OFFERED)
    with runtime.database.read() as connection:
        numbers = connection.execute(waiting).scalars().all()
    return sum(runtime.database.run(partial(_expire, number=number)) for number in numbers)


def _expire(tx: Transaction, number: str) -> bool:
    need, asked = store.load_need(tx, number), store.offers_of(tx, number)
    days = pack.of(tx.district).workdays
    due = need.offered_at and tx.district.calendar.add_workdays(need.offered_at, days)
    if need.state != domain.OFFERED or due is None or tx.now <= due:
        return False
    after = _saved(tx, need, domain.move(need, "give_up"), "give_up", SYSTEM, note=NO_TAKER)
    store.save_offers(tx, number, asked, domain.settle(asked))
    events.unmet(tx, after, NO_TAKER)
    return True


def _raised(tx: Transaction, event: Event) -> NeedRow:
    said = event.data
    return NeedRow(
        number=said["need"],
        state=domain.RAISED,
        category=pack.of(tx.district).category(said["category"]).code,
        community=said["community"]["code"],
        version=1,
        case_number=said["number"],
        case_version=event.version,
        title=said["title"],
        wish=said["wish"],
        location=said.get("location", ""),
        community_name=said["community"]["name"],
        owner=said["owner"]["username"],
        owner_name=said["owner"]["name"],
        applicant=said["applicant"]["name"],
        phone=said["applicant"].get("phone", ""),
        person_version=event.version,
        language=said.get("language", "zh"),
        raised_at=event.time,
        changed_at=tx.now,
    )


def _match(tx: Transaction, need: NeedRow) -> None:
    found: list[Candidate] = store.candidates(tx, need.category, need.community)
    best = matching.rank(need.category, need.community, found)
    best = best[: pack.of(tx.district).most_partners]
    moved = domain.offer(need, [m.partner for m in best])
    note = "" if best else NO_MATCH
    after = _saved(
        tx, need, moved, "offer" if best else "give_up", SYSTEM, note=note, offered=bool(best)
    )
    store.add_offers(tx, need.number, best)
    if best:
        events.offered(tx, after, len(best))
    else:
        events.unmet(tx, after, NO_MATCH)


def _case_ended(tx: Transaction, event: Event, state: str) -> None:
    number = event.data["number"]
    store.remember_end(tx, number, state, event.version)
    end = domain.withdrawn if state == "withdrawn" else domain.closed
    for need in store.needs_of_case(tx, number, event.version):
        moved = end(need)
        if moved is not None:
            asked = store.offers_of(tx, need.number)
            _saved(tx, need, moved, "cancel", SYSTEM, note=event.data.get("reason", ""))
            store.save_offers(tx, need.number, asked, domain.settle(asked))


def _saved(
    tx: Transaction,
    before: NeedRow,
    moved: NeedRow,
    action: str,
    who: str,
    *,
    note: str = "",
    offered: bool = False,
) -> NeedRow:
    if before.erased_at is not None:
        note = ""  # the need may go on, but nothing is kept again of whom it was for (PIPL 47)
    after = replace(moved, note=note, offered_at=tx.now if offered else moved.offered_at)
    after = store.save_need(tx, before, after)
    store.add_step(tx, after, action, who, note)
    return after


def _by_hand(tx: Transaction, code: str, officer: Officer) -> Match:
    store.partner_name(tx, code)
    return Match(code, 0, (Reason(msgid("%(who)s指定推送"), {"who": officer.name}),))
