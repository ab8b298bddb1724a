"""Every state with every step, of bookings and tickets: what the tables let happen, and no more."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.intake.reason import Conflict
from services.intake.slots import booking as b
from services.intake.slots import ticket as t

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
BOOKING = b.Booking(
    "YY-261121-0001-69", 1, b.BOOKED, "s", "c", "", "问事", "王建国", "13805610000", "", "", 1,
    "zh", "online", AT, AT,
)  # fmt: skip
TICKET = t.Ticket("t", 1, t.WAITING, "s", "c", "A001", "general", 1, AT)
BOOKING_STEPS = {
    "move_up": lambda one: one.moved_up(),
    "move": lambda one: one.moved("other", "c"),
    "cancel": lambda one: one.cancelled(AT, ""),
    "come": lambda one: one.came(AT, "周敏"),
    "miss": lambda one: one.missed(AT, "周敏"),
    "lapse": lambda one: one.lapsed(AT),
}
TICKET_STEPS = {
    "call": lambda one: one.called(AT, "desk", 1),
    "again": lambda one: one.called_again(AT),
    "skip": lambda one: one.skipped(AT),
    "done": lambda one: one.done(AT),
    "expire": lambda one: one.expired(AT),
}


def _in(one, state):
    return replace(one, state=state)


@pytest.mark.parametrize("state", b.STATES)
@pytest.mark.parametrize("step", b.TRANSITIONS)
def test_a_booking_goes_only_where_the_table_says(state, step):
    after = b.TRANSITIONS[step].get(state)
    if after is None:
        with pytest.raises(Conflict, match="state"):
            BOOKING_STEPS[step](_in(BOOKING, state))
    else:
        assert BOOKING_STEPS[step](_in(BOOKING, state)).state == after


@pytest.mark.parametrize("state", t.STATES)
@pytest.mark.parametrize("step", t.TRANSITIONS)
def test_a_ticket_goes_only_where_the_table_says(state, step):
    after = t.TRANSITIONS[step].get(state)
    if after is None:
        with pytest.raises(Conflict, match="A001"):
            TICKET_STEPS[step](_in(TICKET, state))
    else:
        assert TICKET_STEPS[step](_in(TICKET, state)).state == after


def test_every_step_of_the_tables_is_walked():
    assert set(BOOKING_STEPS) == set(b.TRANSITIONS)
    assert set(TICKET_STEPS) == set(t.TRANSITIONS)


def test_who_is_forgotten_leaves_only_what_is_counted():
    gone = BOOKING.forgotten(AT)
    assert (gone.name, gone.phone, gone.matter, gone.state) == ("", "", "", b.BOOKED)
