"""Appointments are told by SMS, with exactly what to bring; who it is comes from the booking."""

import pytest

from services.notify import store
from shared.booking_link import booking_url
from shared.bus.inbox import NotYet
from shared.contracts import intake_slots
from tests.unit.notify.stand import SECRET, event_of, hear, sent

NUMBER = intake_slots.APPOINTMENT
PHONE = "13805610000"


def contact(runtime):
    return runtime.database.run(lambda tx: (tx.memo.clear(), store.contact(tx, NUMBER))[1])


def test_a_booking_is_told_with_what_to_bring_and_the_way_to_change(embedded) -> None:
    hear(embedded, event_of(intake_slots.booked))
    (message,) = sent(embedded)
    assert (message.template, message.recipient.phone) == ("appointment_booked", PHONE)
    for told in ("已约好", "11月24日 09:30", "1.居民身份证；2.户口簿", NUMBER):
        assert told in message.body
    assert booking_url("https://bt.example.cn", NUMBER, SECRET).rpartition("/")[2] in message.body


def test_who_stands_in_line_is_told_so(embedded) -> None:
    hear(embedded, event_of(intake_slots.booked, state="waiting"))
    assert "候补" in sent(embedded)[0].body


@pytest.mark.parametrize(
    ("contract", "template", "words"),
    [
        (intake_slots.moved, "appointment_moved", "11月23日 09:30的预约已改到11月24日 09:30"),
        (intake_slots.cancelled, "appointment_cancelled", "已取消：当天停电检修"),
        (intake_slots.moved_up, "appointment_moved_up", "有空位了，已为您约好"),
        (intake_slots.reminder, "appointment_reminder", "1.居民身份证；2.户口簿"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_what_becomes_of_it_is_told_to_whom_the_booking_named(
    embedded, contract, template, words
) -> None:
    """The later facts are masked; they wait for the first one, which is not."""
    with pytest.raises(NotYet, match=NUMBER):
        hear(embedded, event_of(contract, version=2))
    hear(embedded, event_of(intake_slots.booked))
    hear(embedded, event_of(contract, version=2))
    (message,) = sent(embedded, template=template)
    assert words in message.body
    assert message.recipient.phone == PHONE


def test_english_is_told_in_english(embedded) -> None:
    hear(embedded, event_of(intake_slots.booked, language="en"))
    assert sent(embedded)[0].body.startswith("Hello. Your appointment")


def test_an_older_fact_changes_nothing_that_is_known(embedded) -> None:
    hear(embedded, event_of(intake_slots.booked))
    hear(embedded, event_of(intake_slots.moved, version=5, title="新的事项"))
    hear(embedded, event_of(intake_slots.moved_up, version=2, title="旧的事项"))
    assert (contact(embedded).title, contact(embedded).version) == ("新的事项", 5)


def test_who_is_forgotten_is_forgotten_here(embedded) -> None:
    """PIPL 47."""
    hear(embedded, event_of(intake_slots.booked))
    hear(embedded, event_of(intake_slots.forgotten, version=9))
    assert (contact(embedded).applicant, contact(embedded).phone) == ("", "")
    assert [message.body for message in sent(embedded)] == [""]
