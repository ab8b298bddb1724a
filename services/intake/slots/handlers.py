"""What happens with bookings and slots: load, ask the rules, save, write the outbox.

Whether there is a place is decided by the database (`store.take_place`): what is read here may be
old by the time it is written, and then the command is run again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.intake import rules as case_rules
from services.intake.acceptance import read_phone
from services.intake.case import Actor
from services.intake.ledger import store_catalogue
from services.intake.reason import Conflict, Forbidden, Reason, Unknown, allow, msgid
from services.intake.slots import events, rules, store
from services.intake.slots.booking import BOOKED, WAITING, Booking
from services.intake.slots.pack import Kind, SlotBook, slots_for
from services.intake.slots.slot import OPEN, Slot, slot_id
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.mask import mask_text

PREFIX = "YY"
"""Of the numbers of bookings 预约号, so that none is taken for a case's."""
RESIDENT = ""
"""Who ended a booking when it was the resident."""


@dataclass(frozen=True)
class Wish:
    """A booking as it was asked for. `may_wait`: in line if there is no place left."""

    slot: str
    name: str
    phone: str
    item: str = ""
    matter: str = ""
    address: str = ""
    group: str = ""
    language: str = "zh"
    via: str = "online"
    may_wait: bool = False


@dataclass(frozen=True)
class NewSlot:
    """A slot as an officer makes it by hand; times aware."""

    community: str
    kind: str
    place: str
    starts: datetime
    ends: datetime
    capacity: int
    officer: str = ""
    departments: Sequence[str] = ()
    remarks: str = ""


# -- bookings --------------------------------------------------------------------------------------


def book(tx: Transaction, wish: Wish, officer: Actor | None = None) -> Booking:
    """Give a place, or a place in the line; never more than there are.

    Raises:
        Invalid, Conflict, Unknown: as the rules say; Forbidden: an officer of another community.

    """
    pack, slot = slots_for(tx.district), store.slot(tx, wish.slot)
    if officer is not None:
        allow(case_rules.own_community(officer, slot.community), as_=Forbidden)
    phone = _checked(tx, pack, slot, wish)
    held = store.held_by(tx, phone, tx.now)
    allow(
        rules.not_twice(held, slot),
        rules.not_too_many(held, pack),
        rules.place_left(slot, pack, may_wait=wish.may_wait),
        as_=Conflict,
    )
    new = _new_booking(tx, wish, slot, phone)
    if new.state == BOOKED:
        store.take_place(tx, slot.id)
    else:
        store.join_line(tx, slot.id)
    store.add_booking(tx, new)
    tx.about(new.number)
    events.booked(tx, new, slot)
    return new


def move(tx: Transaction, number: str, to: str, officer: Actor | None = None) -> Booking:
    """To another time that has a place; the old one goes to whoever waits for it.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before, old = _load(tx, number, officer)
    pack, new = slots_for(tx.district), store.slot(tx, to)
    _may_change(old, pack, tx.now, officer)
    if officer is not None:
        allow(case_rules.own_community(officer, new.community), as_=Forbidden)
    _bookable(tx, new, pack, before.group)
    allow(rules.address_given(_kind(pack, new), before.address))
    others = [one for one in store.held_by(tx, before.phone, tx.now) if one.number != number]
    same = [before, *others] if before.slot_id == new.id else others
    allow(rules.not_twice(same, new), rules.place_left(new, pack, may_wait=False), as_=Conflict)
    after = before.moved(new.id, new.community, _reminded_at(tx, new))
    store.take_place(tx, new.id)
    after = store.save_booking(tx, before, after)
    _free(tx, before, old)
    tx.about(number)
    events.moved(tx, after, new, old.starts_at)
    return after


def cancel(tx: Transaction, number: str, officer: Actor | None = None, reason: str = "") -> Booking:
    """Give it back; whoever waits moves up and is told.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before, slot = _load(tx, number, officer)
    _may_change(slot, slots_for(tx.district), tx.now, officer)
    after = before.cancelled(tx.now, officer.name if officer else RESIDENT, reason.strip())
    after = store.save_booking(tx, before, after)
    _free(tx, before, slot)
    tx.about(number)
    events.cancelled(tx, after, slot, by_community=officer is not None)
    return after


def come(tx: Transaction, number: str, officer: Actor) -> Booking:
    """They are here.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before, _ = _load(tx, number, officer)
    return store.save_booking(tx, before, before.came(tx.now, officer.name))


def miss(tx: Transaction, number: str, officer: Actor) -> Booking:
    """They did not come, and the time has begun.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before, slot = _load(tx, number, officer)
    allow(rules.begun(slot, tx.now), as_=Conflict)
    return store.save_booking(tx, before, before.missed(tx.now, officer.name))


def unreached(tx: Transaction, number: str) -> bool:
    """No message reaches them: the desk should telephone. False where it is no booking's number."""
    if not number.startswith(f"{PREFIX}-"):
        return False
    before = store.booking(tx, number)
    store.save_booking(tx, before, replace(before, unreached_at=tx.now))
    return True


# -- slots -----------------------------------------------------------------------------------------


def add_slot(tx: Transaction, new: NewSlot, officer: Actor) -> Slot:
    """A slot by hand: a mobile desk, a reception day, one more hour.

    Raises:
        Invalid: naming each wrong field; Forbidden: another community's.

    """
    pack = slots_for(tx.district)
    allow(case_rules.own_community(officer, new.community), as_=Forbidden)
    allow(
        _kind_known(pack, new.kind),
        _place_given(new.place),
        rules.times_in_order(new.starts, new.ends, tx.now),
        *(case_rules.department_known(tx.district, code) for code in new.departments),
    )
    mark = f"-h{tx.serial('slot')}"
    made = Slot(
        id=slot_id(new.community, new.kind, local(new.starts), mark),
        version=1,
        state=OPEN,
        community=new.community,
        kind=new.kind,
        place=new.place.strip(),
        place_en="",
        starts_at=new.starts,
        ends_at=new.ends,
        capacity=new.capacity,
        taken=0,
        waiting=0,
        officer=new.officer,
        departments=tuple(dict.fromkeys(new.departments)),
        remarks=mask_text(new.remarks.strip()),
        pattern="",
        closed_reason="",
    )
    store.add_slots(tx, [made])
    tx.about(made.id)
    return made


def close_slot(tx: Transaction, id_: str, officer: Actor, reason: str) -> int:
    """Take a slot back; everybody who counted on it is told why. Returns how many.

    Raises:
        Conflict: it is closed already; Invalid: no reason; Forbidden, Unknown.

    """
    slot = store.slot(tx, id_)
    allow(case_rules.own_community(officer, slot.community), as_=Forbidden)
    allow(_reason_given(reason))
    allow(rules.still_open(slot), as_=Conflict)
    told = mask_text(reason.strip())
    held = store.held_in(tx, id_)
    store.close_slot(tx, slot, told)
    for before in held:
        ended = before.cancelled(tx.now, officer.name, told)
        after = store.save_booking(tx, before, ended)
        events.cancelled(tx, after, slot, by_community=True)
    tx.about(id_)
    return len(held)


def move_up(tx: Transaction, slot: Slot) -> Booking | None:
    """The first in line has the place that became free, and is told; None when nobody waits."""
    first = store.first_in_line(tx, slot.id)
    if first is None:
        return None
    store.leave_line(tx, slot.id)
    after = store.save_booking(tx, first, first.moved_up(_reminded_at(tx, slot)))
    events.moved_up(tx, after, slot)
    return after


def _free(tx: Transaction, before: Booking, slot: Slot) -> None:
    """A place is given back, or a place in the line left."""
    if before.state == WAITING:
        store.leave_line(tx, slot.id)
    elif tx.now < slot.starts_at and move_up(tx, slot) is None:
        store.give_back(tx, slot.id)


def _checked(tx: Transaction, pack: SlotBook, slot: Slot, wish: Wish) -> str:
    """Every field looked up; the telephone as it is kept."""
    kind, phone = _kind(pack, slot), read_phone(wish.phone)
    allow(
        rules.name_given(wish.name),
        _phone_reason(phone),
        rules.matter_given(wish.item, wish.matter),
        _item_known(tx, wish.item),
        _group_known(pack, wish.group),
        rules.address_given(kind, wish.address),
    )
    _bookable(tx, slot, pack, wish.group)
    return str(phone)


def _bookable(tx: Transaction, slot: Slot, pack: SlotBook, group: str) -> None:
    allow(
        rules.still_open(slot),
        rules.not_too_late(slot, pack, tx.now),
        rules.not_too_early(slot, pack, tx.now),
        rules.kept_for_others(slot, _kind(pack, slot), group, tx.now),
        as_=Conflict,
    )


def _reminded_at(tx: Transaction, slot: Slot) -> datetime | None:
    """Now, on a day whose people are being reminded: what was just told is not told again."""
    days = timedelta(days=slots_for(tx.district).remind_days)
    return tx.now if local(slot.starts_at).date() <= local(tx.now).date() + days else None


def _new_booking(tx: Transaction, wish: Wish, slot: Slot, phone: str) -> Booking:
    item = store_catalogue.items_now(tx).get(wish.item)
    return Booking(
        number=make(PREFIX, local(tx.now).date(), tx.serial("booking")),
        version=1,
        state=BOOKED if slot.left else WAITING,
        slot_id=slot.id,
        community=slot.community,
        item=wish.item,
        matter=item.name if item else wish.matter.strip(),
        name=wish.name.strip(),
        phone=phone,
        address=wish.address.strip(),
        group=wish.group,
        rank=0 if wish.group else 1,
        language=wish.language,
        via=wish.via,
        booked_at=tx.now,
        queued_at=tx.now,
        reminded_at=_reminded_at(tx, slot) if slot.left else None,
    )


def _load(tx: Transaction, number: str, officer: Actor | None) -> tuple[Booking, Slot]:
    booking = store.booking(tx, number)
    if officer is not None:
        allow(case_rules.own_community(officer, booking.community), as_=Forbidden)
    return booking, store.slot(tx, booking.slot_id)


def _may_change(slot: Slot, pack: SlotBook, now: datetime, officer: Actor | None) -> None:
    """Residents keep to the time for changes; officers may help to the last."""
    if officer is None:
        allow(rules.change_in_time(slot, pack, now), as_=Conflict)


def _kind(pack: SlotBook, slot: Slot) -> Kind:
    found = pack.kinds.get(slot.kind)
    if found is None:
        raise Unknown(store.no_slot())
    return found


def _phone_reason(phone: str | Reason) -> Reason | None:
    if isinstance(phone, str):
        return None
    return Reason("phone", phone.text, phone.remedy)


def _item_known(tx: Transaction, code: str) -> Reason | None:
    if not code or code in store_catalogue.items_now(tx):
        return None
    return Reason("item", msgid("没有这个事项"), msgid("请从事项目录里选"))


def _group_known(pack: SlotBook, code: str) -> Reason | None:
    if not code or code in pack.groups:
        return None
    return Reason("group", msgid("没有这一类"), msgid("请从列出的里面选，或不选"))


def _kind_known(pack: SlotBook, code: str) -> Reason | None:
    if code in pack.kinds:
        return None
    return Reason("kind", msgid("没有这种预约"), msgid("请从列出的里面选"))


def _place_given(place: str) -> Reason | None:
    if place.strip():
        return None
    return Reason("place", msgid("没有写地点"), msgid("请写居民找得到的地方"))


def _reason_given(reason: str) -> Reason | None:
    if reason.strip():
        return None
    return Reason("reason", msgid("没有写原因"), msgid("已约的居民会收到这句话，请写清楚"))
