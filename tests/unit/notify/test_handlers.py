from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.notify import models, store
from services.notify.message import CANCELLED, DUTY, QUEUED
from services.notify.pack import book_of
from shared.bus.event import encode
from shared.bus.inbox import Inbox, NotYet
from shared.bus.transport import Delivery
from shared.contracts import intake, intake_slots, intake_ways, partners, routing
from shared.track_link import number_of
from tests.unit.notify.stand import (
    AS_TOLD,
    MONDAY_MORNING,
    MONDAY_NIGHT,
    SECRET,
    UNTOLD,
    _handlers,
    accept,
    district,
    event_of,
    hear,
    sent,
)

NEXT_OPENING = MONDAY_NIGHT + timedelta(hours=10, minutes=30)  # Tuesday 08:30


def known(runtime):
    return runtime.database.run(lambda tx: (tx.memo.clear(), store.contact(tx, intake.NUMBER))[1])


def test_a_receipt_tells_number_owner_limit_and_where_to_look(embedded) -> None:
    accept(embedded)
    (message,) = sent(embedded)
    assert message.template == "receipt"
    assert intake.NUMBER in message.body
    assert "供电社区李敏" in message.body
    assert "5 个工作日内" in message.body
    token = message.body.rpartition("https://bt.example.cn/track/")[2]
    assert number_of(token, SECRET) == intake.NUMBER


def test_a_community_is_called_what_people_call_it(embedded) -> None:
    official = {"code": "340603002001", "name": "供电社区居民委员会"}
    accept(embedded, community=official)
    assert "供电社区李敏" in sent(embedded)[0].body


def test_no_limit_is_promised_where_none_is_given(embedded) -> None:
    accept(embedded, limit_shown="")
    assert "时限" not in sent(embedded)[0].body


def test_who_reads_english_is_told_in_english_and_staff_in_chinese(embedded) -> None:
    accept(embedded, language="en")
    hear(embedded, event_of(routing.extended))
    told = {m.recipient.kind: m for m in sent(embedded) if m.template.startswith("extended")}
    assert told["resident"].body.startswith("Hello.")
    assert "4 Dec" in told["resident"].body
    assert "12月4日" in told["owner"].body


@pytest.mark.parametrize(
    "contract", [c for c in _handlers if c not in UNTOLD], ids=lambda c: c.name
)
def test_every_step_tells_those_the_pack_names(embedded, contract) -> None:
    accept(embedded)
    begins = [intake_slots.booked] if contract.name.startswith("appointment.") else []
    for beginning in (one for one in begins if one is not contract):
        hear(embedded, event_of(beginning))
    hear(embedded, event_of(contract, version=2, **AS_TOLD.get(contract, {})))
    lines = book_of(district()).steps[contract.name]
    expected = sorted(line.template for line in lines if line.to != DUTY)  # nobody's address
    told = sorted(m.template for m in sent(embedded))
    if contract is not intake.accepted:
        told.remove("receipt")
        if begins and contract not in begins:
            told.remove("appointment_booked")
        assert told == expected
    else:
        assert told == ["receipt", "receipt"]  # two events, two receipts
    assert all("{" not in m.body and "[[" not in m.body for m in sent(embedded))


@pytest.mark.parametrize("contract", [routing.signed, partners.accepted, routing.late])
def test_an_event_before_its_case_waits(embedded, contract) -> None:
    with pytest.raises(NotYet, match="case_number"):
        hear(embedded, event_of(contract))
    assert sent(embedded) == []
    accept(embedded)
    hear(embedded, event_of(contract))
    assert len(sent(embedded)) > 1


def test_an_early_event_is_parked_and_takes_effect_when_its_case_is_here(embedded, at_work) -> None:
    queue = {"routing": "notify.routing", "intake": "notify.intake"}
    inboxes = {
        owner: Inbox(embedded.database, embedded.tables, name, _handlers)
        for owner, name in queue.items()
    }
    signed, taken = event_of(routing.signed), event_of(intake.accepted)
    inboxes["routing"].apply([delivery(queue["routing"], signed)])
    assert sent(embedded) == []
    inboxes["intake"].apply([delivery(queue["intake"], taken)])
    at_work.advance(timedelta(seconds=2))
    assert inboxes["routing"].retry_due() == 1
    assert sorted(m.template for m in sent(embedded)) == ["receipt", "signed"]


def test_duplicates_in_one_batch_or_later_change_nothing(embedded) -> None:
    inbox = Inbox(embedded.database, embedded.tables, "notify.intake", _handlers)
    first, second = event_of(intake.accepted), event_of(intake.transferred, version=2)
    both = [delivery("notify.intake", e) for e in (first, second)]
    inbox.apply([*both, *both])
    inbox.apply(both)
    assert sorted(m.template for m in sent(embedded)) == ["receipt", "transferred"]


def test_the_same_event_past_the_inbox_makes_no_second_message(embedded) -> None:
    accepted = event_of(intake.accepted)
    hear(embedded, accepted)
    hear(embedded, accepted)
    assert len(sent(embedded)) == 1


def test_the_copy_of_a_case_follows_the_newest_event_only(embedded) -> None:
    officer = {"username": "desk-b", "name": "吴倩"}
    hear(embedded, event_of(intake.transferred, version=3, owner=officer, urgency="urgent"))
    hear(embedded, event_of(intake.accepted, version=1))
    contact = known(embedded)
    assert (contact.owner, contact.version, contact.urgency) == ("desk-b", 3, "urgent")
    assert sorted(m.template for m in sent(embedded)) == ["receipt", "transferred"]


def test_urgency_is_kept_by_events_that_do_not_tell_it(embedded) -> None:
    accept(embedded, urgency="urgent")
    hear(embedded, event_of(intake.moved_to_back_office, version=2))
    assert (known(embedded).urgency, known(embedded).version) == ("urgent", 2)


def test_reminders_to_officers_wait_for_service_hours(embedded, at_work) -> None:
    accept(embedded)
    at_work.moment = MONDAY_NIGHT
    hear(embedded, event_of(routing.late))
    waiting = [m for m in sent(embedded) if m.template.startswith("late")]
    assert len(waiting) == 3
    assert {m.next_attempt_at for m in waiting} == {NEXT_OPENING}
    assert all(m.keeps_hours for m in waiting)


def test_an_urgent_matter_waits_for_nobody(embedded, at_work) -> None:
    accept(embedded, urgency="urgent")
    at_work.moment = MONDAY_NIGHT
    hear(embedded, event_of(routing.late))
    assert {m.next_attempt_at for m in sent(embedded) if m.template.startswith("late")} == {
        MONDAY_NIGHT
    }


def test_a_new_order_is_told_at_night_too(embedded, at_work) -> None:
    """The department contacts the resident within one hour, around the clock (N)."""
    accept(embedded)
    at_work.moment = MONDAY_NIGHT
    hear(embedded, event_of(routing.dispatched))
    (order,) = sent(embedded, template="new_order")
    assert order.next_attempt_at == MONDAY_NIGHT
    assert (order.recipient.kind, order.recipient.key) == ("department", "ga")


def test_reminders_of_a_case_that_is_over_are_dropped(embedded, at_work) -> None:
    accept(embedded)
    at_work.moment = MONDAY_NIGHT
    hear(embedded, event_of(routing.late))
    hear(embedded, event_of(intake.withdrawn, version=2))
    assert {m.state for m in sent(embedded) if m.template.startswith("late")} == {CANCELLED}
    hear(embedded, event_of(routing.pressed))  # said before, heard after
    assert sent(embedded, template="pressed_department") == []
    assert {m.state for m in sent(embedded, audience="resident")} == {QUEUED}


REMINDERS = (
    routing.due_soon,
    routing.late,
    routing.pressed,
    routing.escalated,
    routing.on_site_called,
)


def reminded(runtime):
    """Who hears of an order that is late, after everything before."""
    before = {m.id for m in sent(runtime)}
    for contract in REMINDERS:
        hear(runtime, event_of(contract))
    return {m.recipient.kind for m in sent(runtime) if m.id not in before}


def test_a_closed_case_whose_order_goes_on_is_reminded_of_again(embedded) -> None:
    accept(embedded)
    hear(embedded, event_of(intake.closed, version=9))
    assert reminded(embedded) == set()
    told = len(sent(embedded))
    hear(embedded, event_of(routing.reopened, version=20))
    assert len(sent(embedded)) == told  # the order's department has it from routing
    assert (known(embedded).state, known(embedded).version) == ("transferred", 9)
    assert reminded(embedded) == {"department", "owner", "supervisor"}
    hear(embedded, event_of(intake.closed, version=12))
    assert reminded(embedded) == set()


@pytest.mark.parametrize(
    ("ends", "state"),
    [(intake.withdrawn, "withdrawn"), (intake_ways.refused, "refused")],
    ids=lambda one: getattr(one, "name", ""),
)
def test_what_was_withdrawn_or_refused_stays_so(embedded, ends, state) -> None:
    accept(embedded)
    hear(embedded, event_of(ends, version=5))
    hear(embedded, event_of(routing.reopened))
    assert known(embedded).state == state
    assert reminded(embedded) == set()


def test_an_order_that_assists_takes_no_case_up_again(embedded) -> None:
    accept(embedded)
    hear(embedded, event_of(intake.closed, version=9))
    hear(embedded, event_of(routing.reopened, role="assist"))
    assert known(embedded).state == "closed"


def test_an_order_that_goes_on_waits_for_its_case(embedded) -> None:
    with pytest.raises(NotYet, match="case_number"):
        hear(embedded, event_of(routing.reopened))


def rate(runtime, satisfied, version=10):
    grade = 5 if satisfied else 1
    told = {"grade": grade, "satisfied": satisfied, "comment": "根本没解决", "state": "closed"}
    hear(runtime, event_of(intake.rated, version, **told))


def test_a_bad_rating_reaches_the_owner_also_after_the_days_end(deployed, at_work) -> None:
    """A52: whoever rates badly is contacted within one workday."""
    accept(deployed)
    hear(deployed, event_of(intake.closed, version=9))
    at_work.moment = MONDAY_NIGHT
    rate(deployed, satisfied=False)
    [message] = sent(deployed, template="rated_badly_owner")
    assert (message.recipient.kind, message.recipient.key) == ("owner", "desk")
    assert message.route == ("wecom", "inbox")
    assert message.next_attempt_at == MONDAY_NIGHT
    assert intake.NUMBER in message.body
    assert "根本没解决" not in f"{message.body}{message.params}"  # the robot speaks to a group


def test_who_is_satisfied_needs_nobody(embedded) -> None:
    accept(embedded)
    rate(embedded, satisfied=True)
    assert [m.template for m in sent(embedded)] == ["receipt"]


def test_a_rating_that_comes_late_closes_nothing_that_goes_on(embedded) -> None:
    """Routing answers a bad rating by taking the order up again; that may be heard first."""
    accept(embedded)
    hear(embedded, event_of(intake.closed, version=9))
    hear(embedded, event_of(routing.reopened))
    rate(embedded, satisfied=False)
    assert (known(embedded).state, known(embedded).version) == ("transferred", 9)


def test_a_rating_waits_for_its_case(embedded) -> None:
    with pytest.raises(NotYet):
        rate(embedded, satisfied=False)


def test_in_the_embedded_run_everything_stays_in_app(embedded) -> None:
    accept(embedded)
    hear(embedded, event_of(routing.late))
    assert {(m.channel, m.route) for m in sent(embedded)} == {("inbox", ("inbox",))}


def test_deployed_the_pack_decides_and_addresses_count(deployed) -> None:
    accept(deployed)
    hear(deployed, event_of(routing.late))
    routes = {m.template: m.route for m in sent(deployed)}
    assert routes["receipt"] == ("sms",)
    assert routes["late_owner"] == ("wecom", "inbox")
    assert routes["late_department"] == ("inbox",)  # the demo pack has no e-mail addresses


def test_a_resident_without_telephone_is_read_to_at_the_desk(deployed) -> None:
    accept(deployed, applicant={"name": "王建国", "phone": ""})
    assert sent(deployed)[0].route == ("inbox",)


def test_a_copied_case_is_one_row(embedded) -> None:
    accept(embedded)
    hear(embedded, event_of(intake.resolved, version=4))
    with embedded.database.read() as connection:
        rows = connection.execute(sa.select(models.contacts)).all()
    assert [(row.number, row.version, row.state) for row in rows] == [
        (intake.NUMBER, 4, "resolved")
    ]


def delivery(queue: str, event) -> Delivery:
    key = event.contract.routing_key(event.data)
    return Delivery(queue, key, encode(event).encode(), event.id)


def test_the_clock_of_these_tests_is_a_working_morning() -> None:
    assert district().calendar.is_workday(MONDAY_MORNING.date())
