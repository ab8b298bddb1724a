"""Forgetting somebody: what goes, what stays, in any order, twice, and never back (PIPL 46, 47)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake import facts, handlers, models
from services.intake.case import Actor, Applicant
from services.intake.files import handlers as files_handlers
from services.intake.files.case_file import CaseFile
from services.intake.reason import Conflict, Forbidden, Invalid, Unknown
from services.intake.rights import handlers as rights_handlers
from services.intake.rights.handlers import Asked
from shared import clock
from shared.bus.event import encode
from shared.bus.inbox import RETRY_AFTER, Inbox
from shared.bus.transport import Delivery
from shared.contracts import notify, routing
from shared.sealing.types import SealedType
from tests.unit.intake.ground import (
    DESK,
    PHONE,
    SATURDAY,
    accepted,
    do,
    event_of,
    names,
    noise,
    published,
    stored,
)

SUPERVISOR = Actor("supervisor", "区督办", "supervisor", None)
ELSEWHERE = Actor("desk-guiyuan", "赵", "desk", "340603009001")
NAME, PLACE, WORDS = "王建国", "幸福路 12 号", "每晚十一点后仍在营业，我是王建国"
KNOWN = (
    NAME,
    PHONE,
    PLACE,
    "十一点",
    "老王说",
    "11010519491231002X",
    "很满意，谢谢小周",
    "身份证.jpg",
)
WHY = "本人要求"


def a_file(number):
    said = {"kind": "photo", "material": "", "media_type": "image/jpeg", "size": 3, "sm3": "0" * 64}
    kept = {"name": "身份证.jpg", "stored": "b" * 32, "key": b"k" * 16}
    return CaseFile("a" * 32, number, **said, **kept, by_username="", by="@resident", at=SATURDAY)


@pytest.fixture(autouse=True)
def saturday():
    with clock.set_for_tests(SATURDAY) as stopped:
        yield stopped


@pytest.fixture
def case(runtime):
    """A question with everything in it that may name its person, closed."""
    asked = noise(
        kind="question",
        description=WORDS,
        location=PLACE,
        id_no="11010519491231002X",
        key="a-key",
        materials={"王建国的身份证": True},
        title="王建国问路灯",
    )
    number = accepted(runtime, asked).number
    do(runtime, handlers.give_notice, number, DESK, ["老王说的收据"])
    do(runtime, handlers.take_materials, number, DESK, ["老王说的收据"])
    do(runtime, files_handlers.attach_file, a_file(number), DESK)
    do(runtime, handlers.resolve_case, number, DESK, "老王说好了")
    do(runtime, handlers.rate_case, number, DESK, "5", "很满意，谢谢小周")
    return do(runtime, handlers.close_case, number, DESK, "老王说可以归档")


def everything(runtime):
    """Every value of every table, opened by the keys."""
    said = []
    with runtime.database.read() as connection:
        for table in models.metadata.sorted_tables:
            if table.name.startswith("audit"):
                continue
            for row in connection.execute(sa.select(table)).mappings():
                said += [str(value) for value in row.values()]
    return "\n".join(said)


def erase(runtime, *numbers: str):
    return do(runtime, rights_handlers.erase_person, list(numbers), SUPERVISOR, WHY)


def send(runtime):
    """As the relay does: everything in the outbox is out."""
    box = models.bus.outbox
    runtime.database.run(lambda tx: tx.execute(box.update().values(sent_at=tx.now)))


def park(runtime, event_id, body, state="dead"):
    row = {
        "event_id": event_id,
        "consumer": "intake.routing",
        "routing_key": "order.completed.ga",
        "user_id": "",
        "body": body.encode(),
        "state": state,
        "attempts": 9,
        "reason": "KeyError",
        "first_failed_at": SATURDAY,
        "next_attempt_at": None,
    }
    runtime.database.run(lambda tx: tx.insert(models.bus.parked, **row))


def count(runtime, table):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_before_everything_is_there(runtime, case):
    said = everything(runtime)
    for known in KNOWN:
        assert known in said, known


def test_afterwards_nothing_of_the_person_is_in_any_table(runtime, case):
    do(runtime, rights_handlers.take_request, Asked("erase", case.number, "老王说删掉"), DESK)
    park(runtime, "e1", f'{{"case_number": "{case.number}", "result": "老王说的"}}')
    send(runtime)
    erase(runtime, case.number)
    said = everything(runtime)
    for known in KNOWN:
        assert known not in said, known


def test_numbers_states_times_and_grades_stay(runtime, case):
    before = stored(runtime, case.number)
    erase(runtime, case.number)
    after = stored(runtime, case.number)
    for name in ("number", "state", "kind", "community", "owner", "accepted_at", "closed_at"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.rating.grade == before.rating.grade
    assert after.rating.comment == ""
    assert after.erased_at == SATURDAY
    assert after.title == "咨询"
    assert after.version == before.version + 1


def test_messages_about_others_stay(runtime, case):
    park(runtime, "e1", '{"case_number": "XS-261121-0999-00"}')
    park(runtime, "e2", f'{{"case_number": "{case.number}"}}', state="waiting")
    other = accepted(runtime)
    send(runtime)
    before = count(runtime, models.bus.outbox)
    erase(runtime, case.number)
    assert count(runtime, models.bus.parked) == 2
    left = [e for e in published(runtime) if e.subject == other.number]
    assert names(left) == ["case.accepted"]
    assert count(runtime, models.bus.outbox) < before


def test_what_waits_to_be_heard_names_nobody_once_it_is_given_up(runtime, case, saturday):
    def fails(_tx, event):
        raise KeyError(event.id)

    number, bus = f"{case.number}-1", models.bus
    inbox = Inbox(runtime.database, bus, "intake.routing", {routing.completed: fails})
    late = event_of(
        routing.completed, 9, SATURDAY, number=number, case_number=case.number, result="老王说好"
    )
    inbox.apply([Delivery("intake.routing", "order.completed.ga", encode(late).encode())])
    send(runtime)
    erase(runtime, case.number)
    assert count(runtime, bus.parked) == 1, "it may still say that the order is done"
    for seconds in RETRY_AFTER:
        saturday.advance(timedelta(seconds=seconds))
        assert inbox.retry_due() == 1
    assert count(runtime, bus.parked) == 0
    assert "老王" not in everything(runtime)


def test_what_is_not_sent_yet_still_goes_out(runtime, case):
    erase(runtime, case.number)
    assert names(published(runtime))[0] == "case.accepted"
    assert names(published(runtime))[-1] == "case.person_erased"


def test_twice_is_once(runtime, case):
    erase(runtime, case.number)
    first = stored(runtime, case.number)
    erase(runtime, case.number)
    assert stored(runtime, case.number) == first
    assert names(published(runtime)).count("case.person_erased") == 1


def test_what_comes_late_brings_nobody_back(runtime, case):
    send(runtime)
    erase(runtime, case.number)
    number = f"{case.number}-1"
    late = event_of(
        routing.completed, 9, SATURDAY, number=number, case_number=case.number, result="老王说好"
    )
    do(runtime, facts.order_told, late)
    failed = event_of(notify.failed, 9, SATURDAY, case_number=case.number, reason=f"{PHONE} 空号")
    do(runtime, facts.message_failed, failed)
    after = stored(runtime, case.number)
    assert number in after.orders
    assert "老王" not in everything(runtime)
    assert PHONE not in "".join(str(line) for line in _lines(runtime, case.number))


def _lines(runtime, number):
    told = sa.select(models.history.c.data).where(models.history.c.case_number == number)
    with runtime.database.read() as connection:
        return list(connection.execute(told).scalars())


def test_nobody_works_on_an_erased_case(runtime, case):
    erase(runtime, case.number)
    with pytest.raises(Conflict):
        do(runtime, handlers.reopen_case, case.number, DESK, "又坏了")
    with pytest.raises(Conflict):
        do(runtime, rights_handlers.take_request, Asked("export", case.number), DESK)
    right = Applicant("李四", "13905610001")
    with pytest.raises(Conflict):
        do(runtime, rights_handlers.correct_person, [case.number], DESK, right, WHY)


def test_an_archive_goes_when_its_time_is_over(runtime, saturday):
    case = accepted(runtime, noise(kind="complaint"))
    do(runtime, handlers.withdraw_case, case.number, DESK, "不办了")
    with pytest.raises(Conflict, match="2029-11-21"):
        erase(runtime, case.number)
    saturday.advance(timedelta(days=3 * 366))
    erase(runtime, case.number)
    assert stored(runtime, case.number).applicant == Applicant("", "")


def test_a_refusal_is_erased_when_nobody_can_appeal_any_more(runtime, saturday):
    asked = noise(title="开无犯罪记录证明", kind="application", description=WORDS)
    refusal = do(runtime, handlers.accept_case, asked).refusal
    with pytest.raises(Conflict, match="按规定要保存"):
        erase(runtime, refusal.number)
    saturday.advance(timedelta(days=800))
    erase(runtime, refusal.number)
    said = everything(runtime)
    assert NAME not in said
    assert refusal.number in said
    erase(runtime, refusal.number)


def test_another_community_neither_asks_nor_corrects(runtime, case):
    with pytest.raises(Forbidden):
        do(runtime, rights_handlers.take_request, Asked("erase", case.number), ELSEWHERE)
    right = Applicant(NAME, PHONE)
    with pytest.raises(Forbidden):
        do(runtime, rights_handlers.correct_person, [case.number], ELSEWHERE, right, WHY)
    with pytest.raises(Unknown):
        do(runtime, rights_handlers.take_request, Asked("erase", "XS-261121-0999-00"), DESK)


def test_nothing_chosen_is_refused(runtime):
    with pytest.raises(Invalid):
        erase(runtime)
    with pytest.raises(Invalid):
        do(runtime, rights_handlers.correct_person, [], DESK, Applicant(NAME, PHONE), WHY)


def test_a_correction_of_several_cases_is_told_for_each(runtime):
    numbers = [accepted(runtime).number for _ in range(2)]
    right = Applicant("王建设", "138 0561 0007", "")
    do(runtime, rights_handlers.correct_person, numbers, DESK, right, WHY)
    told = published(runtime)[-2:]
    assert [event.subject for event in told] == numbers
    for event in told:
        assert event.data["applicant"] == {"name": "王建设", "phone": "13805610007"}
    assert _lines(runtime, numbers[0])[-1] == {"fields": ["name", "phone"]}


def test_correcting_to_what_it_is_says_nothing(runtime, case):
    person = stored(runtime, case.number).applicant
    before = names(published(runtime))
    do(runtime, rights_handlers.correct_person, [case.number], DESK, person, WHY)
    assert names(published(runtime)) == before


def test_a_request_is_due_after_the_packs_working_days(runtime, case):
    taken = do(runtime, rights_handlers.take_request, Asked("export", case.number), DESK)
    assert taken.due_at == runtime.district.calendar.add_workdays(SATURDAY, 15)


def test_no_purpose_of_a_sealed_column_is_forgotten():
    columns = {c.name: c for c in models.person_requests.c}
    for name in ("name", "phone", "wish", "reason"):
        assert isinstance(columns[name].type, SealedType), name


def test_the_reason_others_hear_names_nobody(runtime, case):
    do(runtime, rights_handlers.erase_person, [case.number], SUPERVISOR, f"{NAME}要求")
    assert NAME not in published(runtime)[-1].data["reason"]
