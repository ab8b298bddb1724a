from datetime import timedelta

import pytest

from services.notify.message import (
    CANCELLED,
    DELIVERED,
    FAILED,
    QUEUED,
    RETRY_AFTER,
    SENDING,
    STATES,
    TRANSITIONS,
    IllegalStep,
    route_for,
)
from tests.unit.notify.stand import MONDAY_MORNING as NOW
from tests.unit.notify.stand import a_message

STEPS = {
    "claim": lambda m: m.claimed(NOW),
    "deliver": lambda m: m.delivered(NOW),
    "retry": lambda m: m.refused(NOW, permanent=False),
    "give_up": lambda m: m.refused(NOW, permanent=True),
    "release": lambda m: m.released(NOW),
    "cancel": lambda m: m.cancelled(),
    "drop": lambda m: m.dropped(),
    "resend": lambda m: m.resent(NOW),
}


@pytest.mark.parametrize("step", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_every_step_from_every_state_is_what_the_table_says(step: str, state: str) -> None:
    message = a_message(state=state)
    if state in TRANSITIONS[step]:
        assert STEPS[step](message).state == TRANSITIONS[step][state]
    else:
        with pytest.raises(IllegalStep, match=f"not from {state}"):
            STEPS[step](message)


def test_every_state_can_be_reached_from_the_queue() -> None:
    reached = {QUEUED}
    for _ in STATES:
        reached |= {
            after for step in TRANSITIONS.values() for s, after in step.items() if s in reached
        }
    assert reached == set(STATES)


def test_a_channel_is_tried_with_growing_pauses_to_a_stated_end() -> None:
    message = a_message()
    pauses = []
    for _ in RETRY_AFTER:
        message = message.claimed(NOW).refused(NOW, permanent=False)
        pauses.append((message.next_attempt_at - NOW).total_seconds())
    assert pauses == list(RETRY_AFTER) == sorted(RETRY_AFTER)
    assert message.claimed(NOW).refused(NOW, permanent=False).state == FAILED


def test_a_channel_that_asks_to_wait_longer_is_given_the_time() -> None:
    refused = a_message(state=SENDING).refused(NOW, permanent=False, wait=300)
    assert refused.next_attempt_at == NOW + timedelta(seconds=300)


def test_what_one_channel_cannot_do_the_next_does_at_once() -> None:
    message = a_message(route=("wecom", "inbox"), channel="wecom", state=SENDING, tries=2)
    following = message.refused(NOW, permanent=True)
    assert (following.state, following.channel, following.tries) == (QUEUED, "inbox", 0)
    assert following.next_attempt_at == NOW
    assert following.claimed(NOW).refused(NOW, permanent=True).state == FAILED


def test_resent_begins_at_the_first_channel_again() -> None:
    failed = a_message(route=("wecom", "inbox"), channel="inbox", state=FAILED, tries=6)
    again = failed.resent(NOW)
    assert (again.state, again.channel, again.tries) == (QUEUED, "wecom", 0)


def test_cancelled_and_delivered_messages_are_claimed_by_nobody() -> None:
    for state in (CANCELLED, DELIVERED):
        with pytest.raises(IllegalStep):
            a_message(state=state).claimed(NOW)


@pytest.mark.parametrize(
    ("wished", "set_up", "phone", "route"),
    [
        (("sms",), ("sms", "inbox"), "13805610000", ("sms",)),
        (("sms",), ("sms", "inbox"), "", ("inbox",)),  # no telephone: the desk reads it out
        (("sms",), ("inbox",), "13805610000", ("inbox",)),  # no gateway here
        (("sms", "inbox"), ("inbox", "sms"), "13805610000", ("sms", "inbox")),
        (("smtp", "wecom"), ("smtp", "wecom", "inbox"), "", ("smtp", "wecom")),
    ],
)
def test_a_route_is_what_is_wished_set_up_and_able(wished, set_up, phone, route) -> None:
    recipient = a_message().recipient
    recipient = type(recipient)(recipient.kind, recipient.name, phone=phone, email="a@example.cn")
    assert route_for(wished, set_up, recipient) == route
