"""Rows of intake as they were before people were sealed, and what they have to be after it."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import parts_of
from services.intake import models, queries
from services.intake.queries import Filter
from shared.migrate import alembic_config

AT = datetime(2026, 11, 21, 1, 12, tzinfo=UTC)
MIGRATIONS = parts_of("intake").migrations
NUMBER = "XS-261121-0042-08"
PERSON = ("王建国", "13805610000", "340603194905120014", "孩子睡不着", "幸福路 12 号", "张大妈说好")
CASE = {
    "number": NUMBER,
    "version": 3,
    "state": "resolved",
    "kind": "complaint",
    "item": {},
    "title": "王建国（13805610000）反映噪声扰民",
    "description": "孩子睡不着",
    "community": "340603002001",
    "community_name": "供电社区",
    "owner_username": "desk",
    "owner_name": "周敏",
    "handler": ["owner", "desk", "周敏"],
    "applicant_name": "王建国",
    "applicant_phone": "13805610000",
    "applicant_id_no": "340603194905120014",
    "language": "zh",
    "channel": "desk",
    "urgency": "normal",
    "location": "幸福路 12 号",
    "materials": [["户口簿", True, False]],
    "notice": {},
    "limit_zh": "5 个工作日内",
    "limit_en": "within 5 working days",
    "accepted_at": AT,
    "transfers": 0,
    "resolutions": 1,
    "result": "张大妈说好",
    "resolved_by": "周敏",
    "resolved_order": "",
    "rating": {},
    "needs": 0,
    "orders": {},
}
ENTRY = {
    "case_number": NUMBER,
    "seq": 3,
    "at": AT,
    "who": "周敏",
    "action": "resolve",
    "data": {"result": "张大妈说好"},
}
REFUSAL = {
    "number": "XS-261121-0043-05",
    "at": AT,
    "code": "C-01",
    "name": "亲属关系证明",
    "redirect": "请到公安机关",
    "departments": ["ga"],
    "community": "340603002001",
    "community_name": "供电社区",
    "title": "王建国开证明",
    "description": "孩子睡不着",
    "applicant_name": "王建国",
    "applicant_phone": "13805610000",
    "channel": "desk",
    "by_username": "desk",
    "by_name": "周敏",
}


def as_before(engine):
    """A database as it was before the migration, with a case, its line and a refusal."""
    with engine.connect() as connection:
        command.upgrade(alembic_config(MIGRATIONS, connection), "0007_sessions")
        for table, row in (("cases", CASE), ("case_history", ENTRY), ("refusals", REFUSAL)):
            old = sa.Table(table, sa.MetaData(), autoload_with=connection)
            connection.execute(old.insert().values(row))
        connection.commit()


def check_sealed(engine):
    """What stood in clear is read as before, found by its blind indexes, and readable nowhere."""
    with engine.connect() as connection:
        (found,) = queries.list_cases(connection, Filter(text="反映噪声")).items
        assert found.title == "王**（138****0000）反映噪声扰民"
        for text in ("13805610000", "王建国", "340603194905120014"):
            (case,) = queries.list_cases(connection, Filter(text=text)).items
            read = case.applicant.name, case.applicant.phone, case.applicant.id_no
            assert (*read, case.description, case.location, case.result) == PERSON
        assert case.materials[0].name == "户口簿"
        assert queries.timeline(connection, NUMBER)[0].data == ENTRY["data"]
        refusal = queries.get_refusal(connection, REFUSAL["number"])
        assert (refusal.applicant_name, refusal.erased_at) == ("王建国", None)
        assert refusal.title == "王**开证明"
        for table in ("cases", "case_history", "refusals"):
            lying = sa.Table(table, sa.MetaData(), autoload_with=connection)
            raw = connection.execute(sa.select(lying)).one()
            held = b"".join(bytes(one) for one in raw if isinstance(one, bytes | memoryview))
            for known in PERSON:
                assert known not in str(raw)
                assert known.encode() not in held
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []


def check_way_back(engine):
    """The migration can be taken back, with what is there."""
    with engine.connect() as connection:
        command.downgrade(alembic_config(MIGRATIONS, connection), "0007_sessions")
        connection.commit()
        kept = connection.exec_driver_sql("SELECT applicant_name, result FROM cases").one()
        assert tuple(kept) == ("王建国", "张大妈说好")
        indexes = {one["name"] for one in sa.inspect(connection).get_indexes("cases")}
    wanted = {"cases_by_community", "cases_by_owner", "cases_by_phone", "cases_by_name"}
    assert indexes == wanted
