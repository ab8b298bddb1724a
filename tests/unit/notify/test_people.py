"""What notify holds of people: sealed, masked, put right, forgotten, told to themselves."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from services.notify import handlers, models, people, site
from services.notify.channels import PermanentFailure, TemporaryFailure
from services.notify.delivery import attempt_by
from services.notify.message import (
    CANCELLED,
    DELIVERED,
    FAILED,
    INTERRUPTED,
    LEASE,
    PERMANENT,
    TEMPORARY,
    IllegalStep,
)
from shared.bus import parked
from shared.bus.inbox import NotYet
from shared.contracts import intake, partners, routing
from shared.db import connect
from shared.migrate import alembic_config, migrate
from shared.web.auth import COOKIE, User, issue_token
from tests.support.dead_letters import give_up
from tests.support.keys import KEYS
from tests.unit.notify.stand import (
    MIGRATIONS,
    SECRET,
    FakeChannel,
    accept,
    event_of,
    hear,
    outbox,
    sent,
    take,
)
from tests.unit.notify.test_web import DESK, ELSEWHERE, SUPERVISOR, ask, browse

ADMIN = User("admin", "管理员", "admin")
MASKED = {"name": "王**", "phone": "138****0000", "masked": True}
RIGHT = {"name": "王建军", "phone": "13905610009"}
FACT = {"number": intake.NUMBER, "corrected_at": intake.NOW}
ERASED = {"number": intake.NUMBER, "erased_at": intake.NOW, "reason": "本人要求"}


@pytest.fixture
def app(embedded):
    made = site.create_app(embedded)
    made.config["WTF_CSRF_ENABLED"] = False
    accept(embedded)
    return made


def correct(runtime, version=3, **person: str):
    hear(runtime, event_of(intake.person_corrected, version, **FACT, applicant={**RIGHT, **person}))


def erase(runtime, version=9):
    hear(runtime, event_of(intake.person_erased, version, **ERASED))


def audited(runtime):
    with runtime.database.read() as connection:
        chosen = sa.select(models.audit.entries).order_by(models.audit.entries.c.seq)
        return [(row.action, row.subject, row.reason) for row in connection.execute(chosen)]


def test_nothing_readable_of_a_person_lies_in_the_file(embedded, tmp_path):
    accept(embedded)
    embedded.database.engine.dispose()
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
    for known in ("王建国", "13805610000", "李敏负责到底"):
        assert known.encode() not in lying


def test_a_masked_fact_keeps_who_is_known(embedded):
    accept(embedded)
    hear(embedded, event_of(intake.resolved, 2, applicant=MASKED))
    assert {m.recipient.phone for m in sent(embedded, audience="resident")} == {"13805610000"}


def test_a_masked_fact_waits_for_the_one_that_says_who_it_is_about(embedded):
    with pytest.raises(NotYet):
        hear(embedded, event_of(intake.resolved, 2, applicant=MASKED))


def test_a_correction_holds_against_older_facts_that_come_late(embedded):
    accept(embedded)
    correct(embedded, version=3)
    hear(embedded, event_of(intake.transferred, 2))
    hear(embedded, event_of(intake.resolved, 4, applicant=MASKED))
    newest = sent(embedded, template="resolved", audience="resident")
    assert [(m.recipient.name, m.recipient.phone) for m in newest] == [("王建军", "13905610009")]


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        (PermanentFailure("no such number"), timedelta(0)),
        (TemporaryFailure("no answer"), timedelta(hours=1)),
    ],
)
def test_what_did_not_get_through_goes_to_the_corrected_number(deployed, at_work, answer, waits):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    attempt = attempt_by(FakeChannel(answers=[answer]), taken)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    correct(deployed)
    if sent(deployed)[0].state == FAILED:
        deployed.database.run(lambda tx: handlers.resend(tx, taken.id))
    at_work.advance(waits)
    (again,) = take(deployed, "sms")
    assert (again.recipient.name, again.recipient.phone) == ("王建军", "13905610009")


def test_a_number_corrected_while_a_message_is_on_its_way_counts_for_the_next_try(
    deployed, at_work
):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    correct(deployed)
    attempt = attempt_by(FakeChannel(answers=[TemporaryFailure("no answer")]), taken)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    at_work.advance(timedelta(hours=1))
    assert [m.recipient.phone for m in take(deployed, "sms")] == ["13905610009"]


def test_a_message_that_got_through_to_the_old_number_says_so(deployed, at_work):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    correct(deployed)
    attempt = attempt_by(FakeChannel(), taken)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    (told,) = sent(deployed)
    assert (told.state, told.recipient.phone) == (DELIVERED, "13805610000")


def test_who_is_told_anew_by_a_newer_fact_is_told_there_as_well(deployed, at_work):
    accept(deployed)
    hear(deployed, event_of(intake.transferred, 4, applicant=RIGHT))
    correct(deployed, version=3)
    assert {m.recipient.phone for m in take(deployed, "sms")} == {"13905610009"}


def test_what_was_delivered_says_whom_it_reached_until_it_is_sent_again(deployed, at_work):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    attempt = attempt_by(FakeChannel(), taken)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    correct(deployed)
    assert sent(deployed)[0].recipient.phone == "13805610000"
    deployed.database.run(lambda tx: handlers.resend(tx, taken.id))
    assert [m.recipient.phone for m in take(deployed, "sms")] == ["13905610009"]


def test_a_corrected_resident_changes_nobody_elses_messages(deployed, at_work):
    accept(deployed)
    hear(deployed, event_of(routing.late))
    before = {m.id: m.recipient for m in sent(deployed) if m.recipient.kind != "resident"}
    correct(deployed)
    assert before
    assert before == {m.id: m.recipient for m in sent(deployed) if m.id in before}


@pytest.mark.parametrize(
    "late",
    [
        lambda: event_of(intake.closed, 5),
        lambda: event_of(routing.dispatched, location="水产局后院 77 号"),
        lambda: event_of(partners.fulfilled, note="交给王建国本人"),
        lambda: event_of(routing.pressed, note="王建国家里漏水"),
    ],
)
def test_what_was_said_before_somebody_was_forgotten_and_comes_after_brings_nothing_back(
    embedded, late
):
    accept(embedded)
    erase(embedded, version=9)
    before = len(sent(embedded))
    hear(embedded, late())
    assert len(sent(embedded)) == before
    with embedded.database.read() as connection:
        (row,) = connection.execute(sa.select(models.contacts))
    assert (row.title, row.applicant, row.phone) == ("", "", "")


def test_who_is_forgotten_before_their_case_is_heard_of_stays_so(embedded):
    erase(embedded)
    accept(embedded)
    hear(embedded, event_of(intake.resolved, 4, applicant=MASKED))
    assert sent(embedded) == []
    with embedded.database.read() as connection:
        (row,) = connection.execute(sa.select(models.contacts))
    assert (row.applicant, row.title, row.owner, row.state) == ("", "", "desk", "resolved")


def test_a_fact_that_could_not_be_handled_goes_with_its_person(embedded):
    accept(embedded)
    lost = event_of(intake.transferred, 2)
    give_up(embedded.database, models.bus, lost)
    assert "王建国" in parked.list_parked(embedded.database, models.bus)[0].body
    erase(embedded)
    assert parked.list_parked(embedded.database, models.bus) == []


def test_a_case_whose_resident_is_forgotten_is_not_taken_up_again(embedded):
    accept(embedded)
    hear(embedded, event_of(intake.closed, 8))
    erase(embedded)
    told = len(sent(embedded))
    hear(embedded, event_of(routing.reopened))
    hear(embedded, event_of(routing.late))
    hear(embedded, event_of(intake.rated, 10, satisfied=False))
    assert len(sent(embedded)) == told


def test_who_is_forgotten_is_in_no_row_and_is_told_nothing_more(embedded):
    accept(embedded)
    erase(embedded)
    erase(embedded)
    (left,) = sent(embedded)
    assert (left.state, left.body, left.subject, left.params) == (CANCELLED, "", "", {})
    assert (left.recipient.name, left.recipient.phone) == ("", "")
    before = len(sent(embedded))
    hear(embedded, event_of(intake.transferred, 10))
    correct(embedded, version=11)
    hear(embedded, event_of(intake.resolved, 12, applicant=MASKED))
    told = sent(embedded)[before:]
    assert "resident" not in {m.recipient.kind for m in told}
    assert all("王建" not in m.body for m in told)


UNKNOWN = f"{intake.NUMBER}：王建国 13805610000 不在服务区"


@pytest.mark.parametrize(
    ("answer", "outcome", "state"),
    [
        (UNKNOWN, DELIVERED, DELIVERED),
        (TemporaryFailure(UNKNOWN), TEMPORARY, CANCELLED),
        (PermanentFailure(UNKNOWN), PERMANENT, CANCELLED),
    ],
)
def test_who_is_forgotten_while_a_message_is_on_its_way_stays_so(
    deployed, at_work, answer, outcome, state
):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    attempt = attempt_by(FakeChannel(answers=[answer]), taken)
    assert "王建国" in attempt.detail
    erase(deployed)
    said = outbox(deployed)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    (left,) = sent(deployed)
    assert left.state == state
    assert [(one.outcome, one.detail) for one in left.attempts] == [(outcome, "")]
    assert outbox(deployed) == said
    at_work.advance(timedelta(days=1))
    assert take(deployed, "sms") == []


def test_what_a_dead_process_took_is_not_sent_once_its_resident_is_forgotten(deployed, at_work):
    accept(deployed)
    take(deployed, "sms")
    erase(deployed)
    at_work.advance(LEASE)
    assert deployed.database.run(handlers.return_abandoned) == 1
    (left,) = sent(deployed)
    assert (left.state, left.attempts[0].outcome) == (CANCELLED, INTERRUPTED)
    assert take(deployed, "sms") == []


def test_the_owner_hears_why_a_message_failed_without_the_residents_name(deployed, at_work):
    accept(deployed)
    (taken,) = take(deployed, "sms")
    attempt = attempt_by(FakeChannel(answers=[PermanentFailure(UNKNOWN)]), taken)
    deployed.database.run(lambda tx: handlers.record(tx, taken, attempt))
    with deployed.database.read() as connection:
        (body,) = connection.execute(sa.select(models.bus.outbox.c.body)).scalars()
    assert "不在服务区" in body
    assert "王建国" not in body
    assert "13805610000" not in body


def test_a_forgotten_text_is_not_sent_again(embedded):
    accept(embedded)
    erase(embedded)
    (left,) = sent(embedded)
    with pytest.raises(IllegalStep):
        left.resent(left.created_at)


def test_the_link_of_a_message_is_the_residents_alone(app, embedded):
    (receipt,) = sent(embedded)
    token = receipt.body.partition("/track/")[2]
    for answer in (
        ask(app, DESK, "GET", f"/api/notify/messages/{receipt.id}"),
        ask(app, DESK, "GET", "/api/notify/messages"),
        browse(app, DESK, f"/messages/{receipt.id}"),
    ):
        assert token not in answer.text
        assert "13805610000" not in answer.text


def test_seeing_the_whole_needs_a_reason_and_is_kept(app, embedded):
    (receipt,) = sent(embedded)
    path = f"/api/notify/messages/{receipt.id}/reveal"
    assert ask(app, DESK, "POST", path, json={}).status_code == 422
    assert ask(app, ADMIN, "POST", path, json={"reason": "看看"}).status_code == 403
    assert ask(app, ELSEWHERE, "POST", path, json={"reason": "看看"}).status_code == 404
    assert not [one for one in audited(embedded) if one[0] == "person.revealed"]
    answer = ask(app, DESK, "POST", path, json={"reason": "电话联系办事人"})
    assert answer.json["recipient"]["phone"] == "13805610000"
    assert answer.json["body"] == receipt.body
    assert audited(embedded)[-1] == ("person.revealed", intake.NUMBER, "电话联系办事人")


def test_the_page_shows_the_whole_once_and_only_with_a_reason(app, embedded):
    (receipt,) = sent(embedded)
    path = f"/messages/{receipt.id}/reveal"
    client = app.test_client()
    refused = browse(app, DESK, path, method="POST")
    assert refused.status_code == 422
    assert "13805610000" not in refused.text
    client.set_cookie(COOKIE, issue_token(DESK, SECRET))
    shown = client.post(path, data={"why": "call"}, headers={"Accept": "text/html"})
    assert "13805610000" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert audited(embedded)[-1] == ("person.revealed", intake.NUMBER, "电话联系办事人")


def test_what_is_held_of_a_person_is_told_within_reach(app, embedded):
    path, asked = "/api/notify/person", {"phone": "13805610000", "reason": "本人申请查阅"}
    told = ask(app, DESK, "POST", path, json=asked).json
    assert [item["case_number"] for item in told["items"]] == [intake.NUMBER]
    assert told["items"][0]["messages"][0]["body"] == sent(embedded)[0].body
    assert ask(app, SUPERVISOR, "POST", path, json=asked).json["items"]
    assert ask(app, ELSEWHERE, "POST", path, json=asked).json["items"] == []
    assert ask(app, ADMIN, "POST", path, json=asked).status_code == 403
    assert ask(app, DESK, "POST", path, json={"reason": "本人申请查阅"}).status_code == 422
    assert ("person.exported", "138****0000", "本人申请查阅") in audited(embedded)


def test_what_is_there_is_sealed_by_the_migration(tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'old.sqlite'}", KEYS)
    with engine.connect() as connection:
        command.upgrade(alembic_config(MIGRATIONS, connection), "0004_sessions")
        connection.exec_driver_sql(
            "INSERT INTO contacts VALUES ('XS-1','t','王建国','13805610000','zh','desk','李敏',"
            "'340603002001','供电社区','normal','accepted',1)"
        )
        connection.commit()
    migrate(engine, MIGRATIONS)
    with engine.connect() as connection:
        (row,) = connection.execute(
            sa.select(models.contacts).where(
                KEYS.matches(models.contacts.c.phone_index, "13805610000")
            )
        )
    assert (row.applicant, row.phone, row.person_version) == ("王建国", "13805610000", 0)
    engine.dispose()
    assert "王建国".encode() not in (tmp_path / "old.sqlite").read_bytes()


def test_held_asks_for_somebody(embedded):
    with embedded.database.read() as connection:
        found = people.held(connection, KEYS, SUPERVISOR, phone="13905619999")
        assert list(found) == []
