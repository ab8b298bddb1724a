"""What partners holds of people: sealed, put right, forgotten, told to themselves."""

import sqlalchemy as sa
from alembic import command

from services.partners import handlers, models, need, people
from services.partners.models import needs, steps
from shared.bus import parked
from shared.contracts import intake
from shared.db import connect
from shared.migrate import alembic_config, migrate
from tests.support.dead_letters import give_up
from tests.support.keys import KEYS
from tests.unit.partners.conftest import MIGRATIONS
from tests.unit.partners.test_api import NEED, USERS

CORRECTION = {"number": intake.NUMBER, "corrected_at": intake.NOW}
ERASURE = {"number": intake.NUMBER, "erased_at": intake.NOW, "reason": "本人要求"}
RIGHT = {"name": "王建军", "phone": "13905610009"}


def the_need(runtime):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(*models.NEED)).mappings().one()


def hear(runtime, handler, event):
    runtime.database.run(lambda tx: handler(tx, event))


def asked(runtime):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(models.offers.c.partner)).scalars().first()


def corrected(heard, version=3):
    return heard("person_corrected", version, **CORRECTION, applicant=RIGHT)


def erased(heard, version=9):
    return heard("person_erased", version, **ERASURE)


def test_nothing_readable_of_a_person_lies_in_the_file(runtime, heard, tmp_path):
    hear(runtime, handlers.take_need, heard(location="幸福路 12 号 3 单元"))
    runtime.database.engine.dispose()
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
    for known in ("王建国", "13805610000", "3 单元", "独居老人家中水管漏水", "13905610106"):
        assert known.encode() not in lying


def test_facts_of_a_need_carry_nobody(runtime, heard):
    hear(runtime, handlers.take_need, heard())
    with runtime.database.read() as connection:
        said = "".join(connection.execute(sa.select(models.bus.outbox.c.body)).scalars())
    assert '"masked":true' in said
    assert "王**" in said
    assert "王建国" not in said
    assert "13805610000" not in said


def test_a_correction_reaches_needs_before_and_after_it(runtime, heard):
    hear(runtime, handlers.take_need, heard())
    hear(runtime, people.correct, corrected(heard, 3))
    assert (the_need(runtime)["applicant"], the_need(runtime)["phone"]) == ("王建军", "13905610009")
    with runtime.database.read() as connection:
        by_phone = KEYS.matches(needs.c.phone_index, "13905610009")
        assert connection.execute(sa.select(needs.c.number).where(by_phone)).scalars().all()


def test_a_correction_heard_first_holds(runtime, heard):
    hear(runtime, people.correct, corrected(heard, 3))
    hear(runtime, handlers.take_need, heard(version=2))
    assert the_need(runtime)["applicant"] == "王建军"


def test_an_older_correction_changes_nothing(runtime, heard):
    hear(runtime, handlers.take_need, heard(version=5))
    hear(runtime, people.correct, corrected(heard, 3))
    assert the_need(runtime)["applicant"] == "王建国"


def test_who_is_forgotten_does_not_come_back(runtime, heard):
    hear(runtime, handlers.take_need, heard(location="幸福路"))
    for _ in range(2):
        hear(runtime, people.erase, erased(heard))
    hear(runtime, people.correct, corrected(heard, 12))
    left = the_need(runtime)
    assert {name: left[name] for name in people.NOBODY} == people.NOBODY
    assert left["erased_at"] is not None
    with runtime.database.read() as connection:
        assert set(connection.execute(sa.select(steps.c.note)).scalars()) == {""}


def test_a_need_that_could_not_be_handled_goes_with_its_person(runtime, heard):
    give_up(runtime.database, models.bus, heard())
    assert "王建国" in parked.list_parked(runtime.database, models.bus)[0].body
    hear(runtime, people.erase, erased(heard))
    assert parked.list_parked(runtime.database, models.bus) == []


def test_what_is_said_of_a_need_after_the_erasure_is_not_kept(runtime, heard):
    hear(runtime, handlers.take_need, heard())
    code = asked(runtime)
    runtime.database.run(lambda tx: handlers.accept(tx, NEED, code))
    hear(runtime, people.erase, erased(heard))
    runtime.database.run(lambda tx: handlers.fulfil(tx, NEED, code, "已送到王建国大爷家"))
    assert (the_need(runtime)["state"], the_need(runtime)["note"]) == (need.FULFILLED, "")
    with runtime.database.read() as connection:
        assert set(connection.execute(sa.select(steps.c.note)).scalars()) == {""}
        said = "".join(connection.execute(sa.select(models.bus.outbox.c.body)).scalars())
    assert "need.fulfilled" in said
    assert "大爷" not in said


def test_a_need_heard_after_the_erasure_knows_nobody(runtime, heard):
    hear(runtime, people.erase, erased(heard))
    hear(runtime, handlers.take_need, heard())
    assert (the_need(runtime)["applicant"], the_need(runtime)["wish"]) == ("", "")
    with runtime.database.read() as connection:
        notes = set(connection.execute(sa.select(steps.c.note)).scalars())
    assert not any("漏水" in note for note in notes)


def test_what_is_held_is_told_within_reach(runtime, heard):
    hear(runtime, handlers.take_need, heard())
    with runtime.database.read() as connection:
        told = {
            who: list(people.held(connection, KEYS, USERS[who], phone="13805610000"))
            for who in ("desk", "elsewhere", "supervisor")
        }
    assert told["elsewhere"] == []
    assert told["desk"] == told["supervisor"]
    (item,) = told["desk"]
    assert (item["number"], item["name"], item["phone"]) == (NEED, "王建国", "13805610000")
    assert item["steps"][0]["action"] == "raise"


def test_what_is_there_is_sealed_by_the_migration(tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'old.sqlite'}", KEYS)
    with engine.connect() as connection:
        command.upgrade(alembic_config(MIGRATIONS, connection), "0004_sessions")
        connection.exec_driver_sql(
            "INSERT INTO needs VALUES ('XS-1-n1','XS-1',1,'t','repair','水管漏水','幸福路',"
            "'340603002001','供电社区','desk','李敏','王建国','13805610000','zh','unmet',NULL,'',"
            "'2026-11-21 01:00:00',NULL,'2026-11-21 01:00:00',0,1)"
        )
        connection.commit()
    migrate(engine, MIGRATIONS)
    with engine.connect() as connection:
        by_phone = KEYS.matches(needs.c.phone_index, "13805610000")
        row = connection.execute(sa.select(*models.NEED).where(by_phone)).one()
    assert (row.applicant, row.wish, row.location) == ("王建国", "水管漏水", "幸福路")
    engine.dispose()
    assert "王建国".encode() not in (tmp_path / "old.sqlite").read_bytes()
