"""What the tests of slots say often."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from services.intake.models import slot_list as of
from services.intake.slots import handlers, store
from services.intake.slots.handlers import Wish
from tests.unit.intake.ground import ALLOWANCE, COMMUNITY, do

MONDAY_NINE = f"{COMMUNITY}-deskam-2611230900"
"""Two places."""
MONDAY_HALF = f"{COMMUNITY}-deskam-2611230930"
EARLY = f"{COMMUNITY}-early-2611230730"
"""One place."""
HOME = f"{COMMUNITY}-homeam-2611240900"
PHONES = [f"138056100{n:02d}" for n in range(60)]


def wish(slot=MONDAY_NINE, phone=PHONES[0], **more: Any):
    return replace(Wish(slot, "王建国", phone, item=ALLOWANCE), **more)


def book(runtime, slot=MONDAY_NINE, phone=PHONES[0], **more: Any):
    return do(runtime, handlers.book, wish(slot, phone, **more))


def slot_now(runtime, id_):
    return do(runtime, store.slot, id_)


def booking_now(runtime, number):
    return do(runtime, store.booking, number)


def tickets(runtime):
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(of.tickets)).mappings()
        return {row["number"]: store.ticket_of(row) for row in rows}
