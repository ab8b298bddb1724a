"""The form of acceptance at the desk, as it is sent and as it is kept as a draft."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.api import LONGEST_KEY
from services.intake.case import APPLY
from shared.web.i18n import msgid

LONGEST_CODE = 60
"""Of what is chosen from a list, and of numbers; whether it is right the domain says."""
LONGEST_STAMP = 200
LABELS = {
    "name": msgid("办事人姓名"),
    "applicant.phone": msgid("电话"),
    "applicant.id_no": msgid("身份证号"),
    "title": msgid("事由"),
    "description": msgid("补充说明"),
    "location": msgid("地点"),
    "urgency": msgid("缓急"),
    "channel": msgid("从哪里来"),
    "way": msgid("怎么办"),
    "groups": msgid("需要照顾的人"),
    "not_a_certificate": msgid("为什么不是开证明"),
    "promise_reason": msgid("为什么今天缺"),
    "result": msgid("办理结果"),
}


def _text(most: int, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=most), **{"load_default": "", **more})


def _names(longest: int, most: int) -> fields.List[Any]:
    name = fields.String(validate=validate.Length(max=longest))
    return fields.List(name, load_default=list, validate=validate.Length(max=most))


class AcceptForm(ma.Schema):
    """What is filled in at the desk; the domain checks the rest."""

    item = _text(LONGEST_CODE)
    matter = _text(LONGEST_CODE)
    kind = _text(LONGEST_CODE, load_default=APPLY)
    name = _text(60)
    phone = _text(LONGEST_CODE, data_key="applicant.phone")
    id_no = _text(LONGEST_CODE, data_key="applicant.id_no")
    title = _text(200)
    description = _text(4000)
    location = _text(300)
    urgency = _text(LONGEST_CODE, load_default="normal")
    channel = _text(LONGEST_CODE, load_default="desk")
    language = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))
    way = _text(LONGEST_CODE)
    groups = _names(LONGEST_CODE, 20)
    materials = _names(220, 100)
    not_a_certificate = _text(300)
    promise_reason = _text(300)
    result = _text(4000)
    decision = _text(LONGEST_CODE)
    was_done = _text(LONGEST_CODE)
    """What was decided before the question about a certificate came in between."""
    once = _text(LONGEST_KEY)
    opened = _text(LONGEST_STAMP)
    reference = _text(LONGEST_CODE)


KEPT = frozenset(
    (field.data_key or name)
    for name, field in AcceptForm().fields.items()
    if name not in {"decision", "was_done", "once", "opened"}
)
"""What of it a draft keeps."""
