"""What bookings and the queue hold of somebody (PIPL 45)."""

import sqlalchemy as sa

from services.intake.models import slot_list as of
from services.intake.rights.held import FoundBy, Held, Whose, own_cases, rows_of, told
from services.intake.slots import booking, ticket
from shared.sealing import keys_of

TABLES = (of.bookings, of.tickets)
_BOOKING = FoundBy(of.bookings, "phone_index", number="number", cases=("case_number",))
_TICKET = FoundBy(of.tickets, cases=("case_number",))
_SAID = ("name", "phone", "address", "group", "reason", "starts_at", "place")


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their bookings, with when and where; and their tickets that became a case."""
    return [*_bookings(connection, whose), *_tickets(connection, whose)]


def _bookings(connection: sa.Connection, whose: Whose) -> list[Held]:
    asked = sa.select(of.bookings, of.slots.c.starts_at, of.slots.c.place).outerjoin(
        of.slots, of.slots.c.id == of.bookings.c.slot_id
    )
    where = _BOOKING.rows(keys_of(connection.dialect), whose)
    newest = asked.order_by(of.bookings.c.booked_at.desc())
    return [
        Held(
            "booking",
            row["number"],
            row["booked_at"],
            row["community"],
            {"title": row["matter"], "state": booking.STATES[row["state"]]}
            | told(row, *_SAID)
            | own_cases(row, whose, "case_number"),
        )
        for row in rows_of(
            connection, newest, where, lambda row: row["erased_at"] is None and whose.theirs(row)
        )
    ]


def _tickets(connection: sa.Connection, whose: Whose) -> list[Held]:
    where = _TICKET.rows(keys_of(connection.dialect), whose)
    asked = sa.select(of.tickets).order_by(of.tickets.c.taken_at.desc())
    return [
        Held(
            "ticket",
            row["number"],
            row["taken_at"],
            row["community"],
            {"state": ticket.STATES[row["state"]]} | told(row, "case_number"),
        )
        for row in rows_of(connection, asked, where)
    ]
