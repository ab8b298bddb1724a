"""Rows of routing as they were before people were sealed, and the migration that seals them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import command

from services.catalogue import HERE
from services.routing import models
from services.routing.order import Order
from services.routing.store import order_of
from shared.migrate import alembic_config, migrate, one_transaction
from shared.sealing import KeyRing

FOLDER = HERE / "routing" / "migrations"
BEFORE = "0004_sessions"
NAME, PHONE = "王建国", "13805610000"
AT = "2026-11-23 01:00:00+00:00"
RETURN = '{"reason": "王建国说属城管", "legal_ground": "第十条", "proposed_department": "cg"}'
ORDER_ROW = {
    "case_number": "XS-1",
    "transfer": 1,
    "title": f"{NAME}（{PHONE}）反映噪声",
    "description": "每晚十一点后仍在营业",
    "kind": "complaint",
    "urgency": "normal",
    "location": "幸福路 12 号",
    "community_code": "340603002001",
    "community_name": "供电社区",
    "applicant_name": NAME,
    "applicant_phone": PHONE,
    "owner_name": "李敏",
    "item_name": "",
    "opened_at": AT,
    "case_version": 3,
    "role": "lead",
    "state": "return_requested",
    "reasons": '["首问责任人李敏选定公安"]',
    "suggestions": "[]",
    "return_request": RETURN,
    "due_alarm_at": AT,
    "extensions": 0,
    "result": "",
    "hops": 0,
    "level": 0,
    "rated_version": 3,
    "version": 2,
}
HISTORY_ROW = {
    "version": 1,
    "at": AT,
    "what": "case_rated",
    "by": NAME,
    "state": "signed",
    "note": f"1/5 {NAME}不满意",
}
REPLY_ROW = {
    "department": "ga",
    "reply_id": "r",
    "verb": "signed",
    "order_number": "XS-1-1",
    "via": "bus",
    "outcome": "applied",
    "reason": "",
    "original": f'{{"note": "{NAME}"}}',
    "at": AT,
}
EARLY_ROW = {
    "event_id": "e",
    "case_number": "XS-2",
    "type": "cn.baitong.case.rated.v1",
    "version": 4,
    "data": f'{{"number": "XS-2", "comment": "{NAME}"}}',
    "kept_at": AT,
}


def fill_and_seal(
    engine: sa.Engine, count: int = 3, changes: Mapping[str, Any] | None = None
) -> None:
    """Migrate to the revision before, fill it with plain rows, and migrate to the newest.

    Args:
        engine: of an empty database.
        count: of orders.
        changes: to what the orders are.
    """
    with engine.connect() as connection, one_transaction(connection):
        command.upgrade(alembic_config(FOLDER, connection), BEFORE)
        connection.commit()
    with engine.begin() as connection:
        for n in range(1, count + 1):
            number = {"number": f"XS-1-{n}"}
            _insert(connection, "orders", number | ORDER_ROW | {"transfer": n} | (changes or {}))
            _insert(connection, "order_history", number | HISTORY_ROW)
        _insert(connection, "replies", REPLY_ROW)
        _insert(connection, "early_facts", EARLY_ROW)
    migrate(engine, FOLDER)


def _insert(connection: sa.Connection, table: str, row: dict[str, Any]) -> None:
    there = sa.Table(table, sa.MetaData(), autoload_with=connection)
    typed = {name: _value(there.c[name].type, value) for name, value in row.items()}
    connection.execute(there.insert(), typed)


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, sa.JSON):
        return json.loads(value)
    return datetime.fromisoformat(value) if value == AT and isinstance(kind, sa.DateTime) else value


def check_sealed(engine: sa.Engine, keys: KeyRing) -> None:
    """Every row reads as it was, but that titles and histories name nobody; phones are found."""
    found = sealed_orders(engine)
    assert [one.transfer for one in found] == [1, 2, 3]
    for order in found:
        assert (order.applicant_name, order.applicant_phone) == (NAME, PHONE)
        assert order.title == "王**（138****0000）反映噪声"
        assert order.reasons == ["首问责任人李敏选定公安"]
        assert order.return_request == json.loads(RETURN)
        assert (order.extension, order.person_version, order.erased_at) == (None, 0, None)
    index = models.orders.c.applicant_phone_index
    with engine.connect() as connection:
        finding = sa.select(sa.func.count()).where(keys.matches(index, PHONE))
        assert connection.execute(finding).scalar_one() == len(found)
        line = connection.execute(sa.select(models.history)).first()
        assert line is not None
        assert (line.by, line.note) == ("居民", HISTORY_ROW["note"])
        reply = connection.execute(sa.select(models.replies)).one()
        assert reply.original == REPLY_ROW["original"]
        assert connection.execute(sa.select(models.early_facts)).one().data["comment"] == NAME


def sealed_orders(engine: sa.Engine) -> list[Order]:
    """The orders as they are read now."""
    table = models.orders
    with engine.connect() as connection:
        return [order_of(row) for row in connection.execute(sa.select(table).order_by("number"))]
