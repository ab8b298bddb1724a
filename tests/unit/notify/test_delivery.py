from datetime import timedelta

import eventlet
import pytest

from services.notify import handlers
from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.channels.pace import Pace
from services.notify.delivery import Counter, attempt_by, counters_for
from services.notify.message import (
    DELIVERED,
    FAILED,
    INTERRUPTED,
    LEASE,
    PERMANENT,
    QUEUED,
    RETRY_AFTER,
    SENDING,
    TEMPORARY,
    IllegalStep,
)
from services.notify.store import NoSuchMessage
from shared.contracts import intake, notify, routing
from tests.unit.notify.stand import (
    MONDAY_NIGHT,
    FakeChannel,
    a_message,
    accept,
    event_of,
    hear,
    outbox,
    sent,
    take,
)


def serve(runtime, channel) -> int:
    counter = Counter(runtime.database, channel)
    taken = counter.serve()
    counter.finish()
    return taken


def test_what_is_due_is_sent_and_every_attempt_recorded(deployed) -> None:
    accept(deployed)
    channel = FakeChannel(answers=["receipt-7"])
    assert serve(deployed, channel) == 1
    (message,) = sent(deployed)
    assert (message.state, message.tries, message.taken_at) == (DELIVERED, 1, None)
    assert message.delivered_at is not None
    assert [(a.outcome, a.detail) for a in message.attempts] == [(DELIVERED, "receipt-7")]
    assert serve(deployed, channel) == 0
    assert outbox(deployed) == []


def test_after_a_temporary_failure_it_is_tried_later_and_arrives(deployed, at_work) -> None:
    accept(deployed)
    channel = FakeChannel(answers=[TemporaryFailure("busy"), "ok"])
    serve(deployed, channel)
    assert serve(deployed, channel) == 0  # not yet due
    assert sent(deployed)[0].state == QUEUED
    at_work.advance(timedelta(seconds=RETRY_AFTER[0]))
    assert serve(deployed, channel) == 1
    (message,) = sent(deployed)
    assert message.state == DELIVERED
    assert [a.outcome for a in message.attempts] == [TEMPORARY, DELIVERED]
    assert channel.sent[0].id == channel.sent[1].id


def test_a_resident_who_cannot_be_told_is_the_owners_to_telephone(deployed) -> None:
    accept(deployed)
    serve(deployed, FakeChannel(answers=[PermanentFailure("空号")]))
    (message,) = sent(deployed)
    assert message.state == FAILED
    assert message.attempts[0].detail == "空号"
    assert outbox(deployed) == [notify.failed.type]


def test_the_end_of_all_attempts_is_said_once(deployed, at_work) -> None:
    accept(deployed)
    channel = FakeChannel(answers=[TemporaryFailure("busy")] * 10)
    for pause in (*RETRY_AFTER, 0):
        assert serve(deployed, channel) == 1
        at_work.advance(timedelta(seconds=pause))
    assert serve(deployed, channel) == 0
    (message,) = sent(deployed)
    assert message.state == FAILED
    assert len(message.attempts) == len(RETRY_AFTER) + 1
    assert outbox(deployed) == [notify.failed.type]


def test_staff_who_cannot_be_told_by_one_channel_are_told_by_the_next(deployed) -> None:
    accept(deployed)
    hear(deployed, event_of(routing.late))
    serve(deployed, FakeChannel("wecom", answers=[PermanentFailure("errcode 93000")] * 2))
    owner = sent(deployed, template="late_owner")[0]
    assert (owner.state, owner.channel) == (QUEUED, "inbox")
    serve(deployed, FakeChannel("inbox"))
    owner = sent(deployed, template="late_owner")[0]
    assert owner.state == DELIVERED
    assert [a.channel for a in owner.attempts] == ["wecom", "inbox"]
    assert outbox(deployed) == []


def test_a_retried_reminder_still_keeps_to_service_hours(deployed, at_work) -> None:
    accept(deployed)
    at_work.moment = MONDAY_NIGHT - timedelta(hours=4, minutes=31)  # 17:29
    hear(deployed, event_of(routing.late))
    answers = [TemporaryFailure("busy", wait=60)] * 2
    serve(deployed, FakeChannel("wecom", answers=answers))
    again = sent(deployed, template="late_owner")[0].next_attempt_at
    assert again == MONDAY_NIGHT + timedelta(hours=10, minutes=30)


def test_a_fault_of_the_channel_itself_is_recorded_and_tried_again(deployed) -> None:
    accept(deployed)
    serve(deployed, FakeChannel(answers=[KeyError("oops")]))
    (message,) = sent(deployed)
    assert message.state == QUEUED
    assert message.attempts[0].detail == "fault in the channel: KeyError"


def test_nobody_else_gets_what_is_taken(deployed) -> None:
    accept(deployed)
    assert len(take(deployed, "sms")) == 1
    assert take(deployed, "sms") == []


def test_what_a_dead_process_took_comes_back_and_is_sent_again(deployed, at_work) -> None:
    accept(deployed)
    (lost,) = take(deployed, "sms")  # sent perhaps; never recorded
    at_work.advance(LEASE - timedelta(seconds=1))
    assert deployed.database.run(handlers.return_abandoned) == 0
    at_work.advance(timedelta(seconds=1))
    assert deployed.database.run(handlers.return_abandoned) == 1
    channel = FakeChannel()
    assert serve(deployed, channel) == 1
    (message,) = sent(deployed)
    assert message.state == DELIVERED
    assert [a.outcome for a in message.attempts] == [INTERRUPTED, DELIVERED]
    assert channel.sent[0].id == lost.id  # the same id: a gateway can drop the double


def test_who_records_after_the_lease_is_over_changes_nothing_but_the_record(
    deployed, at_work
) -> None:
    accept(deployed)
    (slow,) = take(deployed, "sms")
    at_work.advance(LEASE)
    deployed.database.run(handlers.return_abandoned)
    (second,) = take(deployed, "sms")
    late = attempt_by(FakeChannel(answers=[PermanentFailure("too late")]), slow)
    deployed.database.run(lambda tx: handlers.record(tx, slow, late))
    (message,) = sent(deployed)
    assert message.state == SENDING
    assert [a.outcome for a in message.attempts] == [INTERRUPTED, PERMANENT]
    done = attempt_by(FakeChannel(), second)
    deployed.database.run(lambda tx: handlers.record(tx, second, done))
    assert sent(deployed)[0].state == DELIVERED
    assert outbox(deployed) == []


def test_a_pace_keeps_what_is_too_much_in_the_queue(deployed, at_work) -> None:
    pace = Pace(count=20, seconds=60)
    for n in range(50):
        number = f"XS-261121-{n:05}-7"
        accept(deployed, number=number)
        hear(deployed, event_of(routing.late, case_number=number))
    channel = FakeChannel("wecom", at_once=100, pace=pace)
    taken = [serve(deployed, channel), serve(deployed, channel)]
    at_work.advance(timedelta(seconds=59))
    taken.append(serve(deployed, channel))
    at_work.advance(timedelta(seconds=1))
    taken.append(serve(deployed, channel))
    assert taken == [20, 0, 0, 20]
    while not all(m.state == DELIVERED for m in sent(deployed, channel="wecom")):
        at_work.advance(timedelta(seconds=60))
        assert serve(deployed, channel) in range(1, 21)
    assert len(channel.sent) == 100  # owner and supervisor of 50 orders; nothing dropped


def test_pace_is_counted_over_any_window() -> None:
    pace = Pace(count=2, seconds=60)
    start = MONDAY_NIGHT
    recent = [start, start + timedelta(seconds=50)]
    assert pace.free(recent, start + timedelta(seconds=59)) == 0
    assert pace.free(recent, start + timedelta(seconds=60)) == 1
    assert pace.still_counting(recent, start + timedelta(seconds=60)) == recent[1:]


def test_a_channel_sends_so_many_at_a_time_and_holds_up_no_other(deployed) -> None:
    for n in range(7):
        accept(deployed, number=f"XS-261121-{n:05}-7")
    opened = eventlet.event.Event()

    class Hanging(FakeChannel):
        """A gateway that does not answer before it is let."""

        def send(self, message):
            opened.wait()
            return super().send(message)

    counter = Counter(deployed.database, Hanging(at_once=3))
    assert [counter.serve(), counter.serve()] == [3, 0]
    accept(deployed, number="XS-261121-00099-7", applicant={"name": "张", "phone": ""})
    assert serve(deployed, FakeChannel("inbox")) == 1
    opened.send()
    counter.finish()
    assert len(sent(deployed, state=DELIVERED)) == 4


def test_resent_by_a_person_it_goes_out_again(deployed) -> None:
    accept(deployed)
    serve(deployed, FakeChannel(answers=[PermanentFailure("空号")]))
    (message,) = sent(deployed)
    deployed.database.run(lambda tx: handlers.resend(tx, message.id))
    assert serve(deployed, FakeChannel()) == 1
    (message,) = sent(deployed)
    assert message.state == DELIVERED
    assert len(message.attempts) == 2


def test_what_is_on_its_way_is_not_sent_again(deployed) -> None:
    accept(deployed)
    (message,) = sent(deployed)
    with pytest.raises(IllegalStep, match="not from queued"):
        deployed.database.run(lambda tx: handlers.resend(tx, message.id))
    with pytest.raises(NoSuchMessage):
        deployed.database.run(lambda tx: handlers.resend(tx, "m-0"))


def test_an_attempt_carries_what_the_channel_asked(at_work) -> None:
    failing = FakeChannel(answers=[TemporaryFailure("slow down", wait=90)])
    attempt = attempt_by(failing, a_message())
    assert (attempt.outcome, attempt.detail, attempt.wait) == (TEMPORARY, "slow down", 90)


def test_the_embedded_run_has_one_counter_and_a_deployment_all(embedded, deployed) -> None:
    assert len(counters_for(embedded)) == 1
    assert len(counters_for(deployed)) == 4


def test_a_case_number_is_in_the_event_that_asks_to_telephone(deployed) -> None:
    accept(deployed)
    serve(deployed, FakeChannel(answers=[PermanentFailure("停机")]))
    with deployed.database.read() as connection:
        (row,) = connection.execute(deployed.tables.outbox.select()).all()
    assert intake.NUMBER in row.body
    assert "您的事项已受理" in row.body
