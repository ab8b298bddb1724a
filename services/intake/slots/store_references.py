"""What one page hands to the form of acceptance, kept on the server: no address names anybody."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from services.intake.models import slot_list as of
from services.intake.slots import store
from shared.db import Transaction

BOOKING, TICKET = "booking", "ticket"
"""The fields that say what of: a booking's number, a ticket's id. No form has them."""


def keep(tx: Transaction, username: str, fields: Mapping[str, Any]) -> str:
    """Keep the fields for this officer alone; returns the reference."""
    id_ = uuid.uuid4().hex
    tx.insert(of.references, id=id_, username=username, fields=dict(fields), at=tx.now)
    return id_


def accepted(tx: Transaction, id_: str, username: str, case: str) -> None:
    """The case that came of it is named by the booking or ticket, in the case's own transaction.

    Somebody may bring two matters to one appointment: the first stays.
    """
    told = find(tx, id_, username)
    if told.get(BOOKING):
        booking = store.booking(tx, told[BOOKING])
        if not booking.case_number:
            store.save_booking(tx, booking, replace(booking, case_number=case))
    if told.get(TICKET):
        ticket = store.ticket(tx, told[TICKET])
        if not ticket.case_number:
            store.save_ticket(tx, ticket, replace(ticket, case_number=case))


def find(connection: sa.Connection | Transaction, id_: str, username: str) -> dict[str, Any]:
    """The fields a reference stands for; nothing for another's, or for one that is gone."""
    r = of.references.c
    found = sa.select(of.references.c.fields).where(r.id == id_, r.username == username)
    return dict(connection.execute(found).scalar_one_or_none() or {})
