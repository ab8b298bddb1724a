"""What every service answers when a resident asks what is held of them (PIPL 45)."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.db import Database
from shared.mask import mask_phone

ACTION = "person.exported"


class PersonQuery(ma.Schema):
    """Of whom, and why; by telephone, by case, or both."""

    phone = fields.String(load_default="", validate=validate.Length(max=30))
    case = fields.String(load_default="", validate=validate.Length(max=40))
    reason = fields.String(required=True, validate=validate.Length(min=2, max=200))

    @ma.validates_schema
    def _of_somebody(self, data: Mapping[str, str], **_more: Any) -> None:
        if not (data.get("phone") or data.get("case")):
            raise ma.ValidationError("请填手机号或办件编号", "phone")


class PersonView(ma.Schema):
    """What one service holds of a person, one item for each case of theirs."""

    service = fields.String()
    items = fields.List(fields.Dict())


def record_export(database: Database, asked: Mapping[str, str]) -> None:
    """Keep in the audit who asked for it and why, before it is read."""
    subject = asked["case"] or mask_phone(asked["phone"])
    database.run(lambda tx: tx.record(ACTION, subject, asked["reason"]))
