"""What every service answers when a resident asks what is held of them (PIPL 45).

Asked by POST: a telephone number belongs into no address, and giving somebody's data out is an act.
"""

import json
from collections.abc import Mapping
from typing import Any

import flask
import marshmallow as ma
from marshmallow import fields, validate

from shared.db import Database
from shared.mask import mask_phone
from shared.web.forms import read_form
from shared.web.limits import count_search
from shared.web.problem import plain

ACTION = "person.exported"
ASKED = "本人要求查阅"
"""Why, where somebody asks at the desk and an officer presses a button for them."""


class PersonIn(ma.Schema):
    """Of whom, and why; by telephone, by case, or both."""

    phone = fields.String(load_default="", validate=validate.Length(max=30))
    case = fields.String(load_default="", validate=validate.Length(max=40))
    reason = fields.String(required=True, validate=validate.Length(min=2, max=200))

    @ma.validates_schema
    def _of_somebody(self, data: Mapping[str, str], **_more: Any) -> None:
        if not (data.get("phone") or data.get("case")):
            raise ma.ValidationError("请填手机号或办件编号", "phone")


class PersonForm(ma.Schema):
    """Of whom, as intake's page of a person asks: by one button for each case and service."""

    case = fields.String(required=True, validate=validate.Length(max=40))
    phone = fields.String(load_default="", validate=validate.OneOf([""]))
    reason = fields.String(load_default=ASKED, validate=validate.Length(min=2, max=200))


class PersonView(ma.Schema):
    """What one service holds of a person, one item for each case of theirs."""

    service = fields.String()
    items = fields.List(fields.Dict())


def asked_on_page() -> Mapping[str, str]:
    """Of whom, and why, as a button of intake's page of a person says it.

    Raises:
        Problem: 422, the case is missing.
    """
    form = read_form(PersonForm())
    if not form.ok:
        raise plain(422)
    asked: Mapping[str, str] = form.data
    return asked


def as_file(held: Mapping[str, Any]) -> flask.Response:
    """What is held, to take away. Nobody keeps a copy on the way."""
    response = flask.Response(json.dumps(held, ensure_ascii=False, indent=2) + "\n")
    response.content_type = "application/json; charset=utf-8"
    name = f"geren-xinxi-{held['service']}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def record_export(database: Database, asked: Mapping[str, str]) -> None:
    """Keep in the audit who asked for it and why, before it is read.

    Raises:
        Problem: 429, this person has asked for very many.
    """
    count_search()
    subject = asked["case"] or mask_phone(asked["phone"])
    database.run(lambda tx: tx.record(ACTION, subject, asked["reason"]))
