from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.notify import models, store
from services.notify.message import CANCELLED, QUEUED
from services.notify.pack import book_of
from shared.bus.event import encode
from shared.bus.inbox import Inbox, NotYet
from shared.bus.transport import Delivery
from shared.contracts import intake, partners, routing
from shared.track_link import number_of
from tests.unit.notify.stand import (
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
    hear(embedded, event_of(contract, version=2))
    expected = sorted(line.template for line in book_of(district()).steps[contract.name])
    told = sorted(m.template for m in sent(embedded))
    if contract is not intake.accepted:
        told.remove("receipt")
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
