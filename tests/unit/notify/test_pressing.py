"""Who is told of pressing, pauses and disputes; and of a department that assists another."""

from dataclasses import replace

import pytest

from services.notify.compose import Step, compose, recipient_of, worth_telling
from services.notify.contact import contact_of
from services.notify.message import DEPARTMENT, DUTY, OWNER, RESIDENT
from services.notify.pack import Address, book_of
from shared.bus.inbox import NotYet
from shared.contracts import intake, routing
from shared.district import load
from tests.unit.notify.stand import (
    MONDAY_MORNING,
    MONDAY_NIGHT,
    accept,
    district,
    event_of,
    hear,
    sent,
)

ASSIST = {"role": "assist", "lead": f"{intake.NUMBER}-1", "number": f"{intake.NUMBER}-1-a1"}
NEW = (
    routing.due_soon,
    routing.paused,
    routing.resumed,
    routing.arbitration_opened,
    routing.escalated,
    routing.on_site_called,
)


def audiences(runtime):
    return {m.recipient.kind for m in sent(runtime) if m.template != "receipt"}


@pytest.mark.parametrize(
    ("contract", "whom"),
    [
        (routing.due_soon, {DEPARTMENT}),
        (routing.paused, {RESIDENT, OWNER}),
        (routing.resumed, {RESIDENT, DEPARTMENT}),
        (routing.arbitration_opened, {OWNER}),
        (routing.pressed, {DEPARTMENT, OWNER}),
        (routing.escalated, {DEPARTMENT}),
        (routing.on_site_called, {DEPARTMENT, OWNER}),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_whom_it_tells(embedded, contract, whom) -> None:
    accept(embedded)
    hear(embedded, event_of(contract, version=2))
    assert audiences(embedded) == whom


@pytest.mark.parametrize("contract", NEW, ids=lambda one: one.name)
def test_it_waits_for_its_case_and_is_told_once(embedded, contract) -> None:
    event = event_of(contract)
    with pytest.raises(NotYet):
        hear(embedded, event)
    accept(embedded)
    hear(embedded, event)
    told = len(sent(embedded))
    hear(embedded, event)
    assert len(sent(embedded)) == told


def test_reminders_of_officers_keep_to_hours_and_the_resident_hears_at_once(
    embedded, at_work
) -> None:
    accept(embedded)
    at_work.moment = MONDAY_NIGHT
    for contract in (*NEW, routing.pressed):
        hear(embedded, event_of(contract))
    told = [m for m in sent(embedded) if m.template != "receipt"]
    at_once = {m.template for m in told if m.next_attempt_at == MONDAY_NIGHT}
    assert at_once == {"paused", "resumed"}
    assert {m.keeps_hours for m in told if m.recipient.kind != RESIDENT} == {True}


def test_an_urgent_order_is_pressed_for_at_night(embedded, at_work) -> None:
    accept(embedded, urgency="urgent")
    at_work.moment = MONDAY_NIGHT
    hear(embedded, event_of(routing.escalated))
    [message] = sent(embedded, template="escalated_department")
    assert message.next_attempt_at == MONDAY_NIGHT


@pytest.mark.parametrize(
    ("contract", "whom"),
    [
        (routing.dispatched, {DEPARTMENT}),
        (routing.signed, set()),
        (routing.contacted, set()),
        (routing.extended, set()),
        (routing.paused, set()),
        (routing.resumed, {DEPARTMENT}),
        (routing.late, {DEPARTMENT, "supervisor"}),
        (routing.due_soon, {DEPARTMENT}),
        (routing.pressed, {DEPARTMENT}),
        (routing.escalated, {DEPARTMENT}),
        (routing.on_site_called, {DEPARTMENT}),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_of_an_assist_neither_resident_nor_owner_hears(embedded, contract, whom) -> None:
    accept(embedded)
    hear(embedded, event_of(contract, **ASSIST))
    assert audiences(embedded) == whom


# -- who is on duty --------------------------------------------------------------------------------


def step(contract):
    contact = contact_of(intake.accepted.example, 1, None)
    return Step(contract.name, "event-1", contract.example, contact, "link", MONDAY_MORNING)


@pytest.mark.parametrize("contract", [routing.pressed, routing.escalated], ids=lambda c: c.name)
def test_who_is_on_duty_is_told_where_their_level_has_an_address(contract) -> None:
    book, raised = book_of(district()), step(contract)
    [line] = [line for line in book.steps[contract.name] if line.to == DUTY]
    assert not worth_telling(line, raised, book)
    level = contract.example["level"]
    reached = replace(book, duty={level: Address(email="duty@example.cn")})
    assert worth_telling(line, raised, reached)
    assert not worth_telling(line, raised, replace(book, duty={level + 1: Address()}))
    told = recipient_of(line, raised, reached)
    assert (told.kind, told.name, told.email) == (
        DUTY,
        contract.example["on_duty"],
        "duty@example.cn",
    )
    message = compose(raised, line, reached, district(), ("smtp",))
    assert contract.example["on_duty"] in message.body
    assert contract.example["level_name"] in message.subject


@pytest.mark.parametrize(
    ("name", "waits"),
    [("xiangshan", True), ("huainan", True), ("daguan", True), ("beiguan", False)],
)
def test_a_district_that_works_around_the_clock_reminds_at_night(name, waits) -> None:
    pack = load(name)
    book = book_of(pack)
    assert book.reminders_keep_hours is waits
    at_night = replace(step(routing.escalated), at=MONDAY_NIGHT)
    [line] = [line for line in book.steps["order.escalated"] if line.to == DEPARTMENT]
    message = compose(at_night, line, book, pack, ("inbox",))
    assert (message.next_attempt_at > MONDAY_NIGHT, message.keeps_hours) == (waits, waits)
