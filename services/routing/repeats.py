"""The same resident about the same matter again (重复反映): how many orders came shortly before.

Residents are told apart by the blind index of their telephone; nobody's number is read for it. Who
gives none is nobody's repeat, nor is what has no matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.order_fields import LEAD
from services.routing.supervision import supervision_for
from shared.bus.event import Event
from shared.contracts import intake
from shared.db import Transaction

_t = models.orders
_PURPOSE = "orders.applicant_phone"


@dataclass
class Heard:
    """What the telephones of a batch were heard about before.

    Attributes:
        phones: those that were looked up.
        cases: (telephone, matter) -> the cases about it.
    """

    phones: set[str]
    cases: dict[tuple[str, str], set[str]]


def count(tx: Transaction, order: Order) -> int:
    """How many other cases of this telephone were about the same matter within the days that count.

    Those of a batch are looked up at once; one that comes later in it counts the ones before.
    """
    phone = order.applicant_phone
    if not phone or not order.matter or order.erased_at is not None:
        return 0
    found: Heard | None = tx.memo.get("repeats")
    if found is None or phone not in found.phones:
        found = tx.memo["repeats"] = _look_up(tx, {phone, *_phones(tx.batch)})
    cases = found.cases.setdefault((phone, order.matter), set())
    before = len(cases - {order.case_number})
    cases.add(order.case_number)
    return before


def _phones(batch: Iterable[Event]) -> set[str]:
    opened = [one.data["applicant"] for one in batch if one.type == intake.transferred.type]
    return {one["phone"] for one in opened if one.get("phone")}


def _look_up(tx: Transaction, phones: set[str]) -> Heard:
    of_phone = {key: phone for phone in phones for key in tx.keys.digests(_PURPOSE, phone)}
    since = tx.now - timedelta(days=supervision_for(tx.district).repeats.days)
    index = sa.type_coerce(_t.c.applicant_phone_index, sa.LargeBinary)
    query = sa.select(index, _t.c.matter, _t.c.case_number).where(
        index.in_(sorted(of_phone)), _t.c.matter != "", _t.c.opened_at >= since, _t.c.role == LEAD
    )
    found = Heard(phones, {})
    rows: Sequence[Any] = tx.execute(query).all()
    for key, matter, case in rows:
        found.cases.setdefault((of_phone[bytes(key)], matter), set()).add(case)
    return found
