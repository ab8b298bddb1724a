"""Seeing the whole of what is masked: an act with a reason, recorded before anything is shown."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.actor import current
from shared.db import Database
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid

ACTION = "person.revealed"
LONGEST_REASON = 200
OTHER = "other"
REASONS: Mapping[str, str] = {
    "call": msgid("电话联系办事人"),
    "visit": msgid("上门办理或现场核实"),
    "check": msgid("核对身份和材料"),
    "paper": msgid("出具文书"),
    OTHER: msgid("其他（请写明）"),
}
"""What officers need the whole for, most days; anything else is written."""
_CHOOSE = msgid("请选择为什么需要看完整信息")


class RevealForm(ma.Schema):
    """Why somebody has to see the whole, as a page asks."""

    why = fields.String(
        required=True,
        validate=validate.OneOf(list(REASONS), error=_CHOOSE),
        error_messages={"required": _CHOOSE},
    )
    words = fields.String(load_default="", validate=validate.Length(max=LONGEST_REASON))

    @ma.validates_schema
    def _written(self, data: Mapping[str, Any], **_more: Any) -> None:
        if data.get("why") == OTHER and not data.get("words", "").strip():
            raise ma.ValidationError("请写明为什么需要看完整信息", "words")


class RevealIn(ma.Schema):
    """Why somebody has to see the whole, as a program says."""

    reason = fields.String(
        required=True,
        validate=validate.Length(min=2, max=LONGEST_REASON),
        metadata={"description": "Why the whole is needed; it is kept in the audit"},
    )


def read_reveal() -> Form:
    """Read the reveal form of this request; look at `form.ok` before `record`."""
    return read_form(RevealForm())


def reason_of(form: Form) -> str:
    """The reason a good form gives, in words."""
    if form.data["why"] == OTHER:
        return str(form.data["words"])
    return REASONS[form.data["why"]]


def record(database: Database, subject: str, reason: str) -> None:
    """Keep in the audit that this request's person saw the whole of `subject`, and why.

    Only what is committed is shown: call it before the whole is read. Raises RuntimeError outside
    a person's request, and Unavailable when it cannot be kept; then nothing may be shown.
    """
    if current() is None:
        raise RuntimeError("nobody asks: only a person's request may reveal")
    database.run(lambda tx: tx.record(ACTION, subject, reason))


def reason_choices() -> list[tuple[str, str]]:
    """Every reason for a select, in the reader's language."""
    return [(code, gettext(label)) for code, label in REASONS.items()]
