"""What routing 转办 says: the life of a work order. Keys with a department reach its queue."""

from marshmallow import fields, validate

from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.fields import (
    Community,
    Person,
    department_code,
    identifier,
    moment,
    nested,
    text,
)
from shared.contracts.intake import APPLICANT, COMMUNITY, NUMBER

ORDER = f"{NUMBER}-1"


class OrderFact(ContractSchema):
    """What every fact about a work order carries."""

    number = identifier()
    case_number = identifier()
    department = department_code(required=True)
    department_name = text(60, required=True)
    state = text(30, required=True)
    by = text(60, load_default="")


FACT = {
    "number": ORDER,
    "case_number": NUMBER,
    "department": "ga",
    "department_name": "公安",
    "state": "dispatched",
    "by": "系统",
}


class Suggestion(ContractSchema):
    """A department that may be the right one, with reasons a person can check."""

    department = department_code(required=True)
    department_name = text(60, load_default="")
    score = fields.Float(required=True)
    reasons = fields.List(text(200), required=True)


class OrderProposed(ContractSchema):
    """A work order waits for a person to confirm the department."""

    number = identifier()
    case_number = identifier()
    state = text(30, required=True)
    suggestions = fields.List(nested(Suggestion), required=True)


class OrderDispatched(OrderFact):
    """The order, whole, as the department receives it. Its clocks run from ``dispatched_at``."""

    role = fields.String(required=True, validate=validate.OneOf(["lead", "assist"]))
    title = text(200, required=True)
    description = text(4000, load_default="")
    kind = text(30, required=True)
    urgency = text(30, required=True)
    community = nested(Community, required=True)
    location = text(300, load_default="")
    applicant = nested(Person, required=True)
    dispatched_at = moment(required=True)
    contact_by = moment(required=True)
    due_by = moment(required=True)
    reasons = fields.List(text(200), load_default=list)


class OrderNote(OrderFact):
    """A fact with words: what was done, or why."""

    note = text(4000, load_default="")


class ReturnRequested(OrderFact):
    """The department says it is not its remit (A50)."""

    reason = text(1000, required=True)
    legal_ground = text(500, required=True)
    proposed_department = department_code(load_default=None, allow_none=True)


class OrderExtended(OrderFact):
    """The deadline moved, once (A50)."""

    due_by = moment(required=True)
    note = text(1000, load_default="")


class OrderCompleted(OrderFact):
    """The department's reply to the resident."""

    result = text(4000, required=True)


class OrderLate(OrderFact):
    """A clock ran out and the order was raised."""

    clock = fields.String(required=True, validate=validate.OneOf(["contact", "finish"]))
    due_by = moment(required=True)


class ReplyRejected(ContractSchema):
    """A department's reply that could not be applied: why, and what it was. It changed nothing."""

    department = department_code(required=True)
    reply_id = text(200, load_default="")
    reason = text(1000, required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=dict)
    original = text(20000, load_default="")


def _order(
    name: str,
    schema: type[ContractSchema],
    extra: dict[str, object],
    summary: str,
    consumers: tuple[str, ...] = ("intake",),
    *,
    to_department: bool = False,
) -> Contract:
    return Contract(name, 1, "routing", consumers, schema, FACT | extra, summary, to_department)


proposed = Contract(
    "order.proposed",
    1,
    "routing",
    ("intake",),
    OrderProposed,
    {
        "number": ORDER,
        "case_number": NUMBER,
        "state": "proposed",
        "suggestions": [
            {
                "department": "ga",
                "department_name": "公安",
                "score": 0.8,
                "reasons": ["“噪声”属公安职责"],
            }
        ],
    },
    "A work order waits for a person to confirm its department.",
)
dispatched = _order(
    "order.dispatched",
    OrderDispatched,
    {
        "role": "lead",
        "title": "楼下烧烤店夜间噪声扰民",
        "description": "每晚十一点后仍在营业。",
        "kind": "complaint",
        "urgency": "normal",
        "community": COMMUNITY,
        "location": "幸福路 12 号楼下",
        "applicant": APPLICANT,
        "dispatched_at": "2026-11-21T09:13:00+08:00",
        "contact_by": "2026-11-21T10:13:00+08:00",
        "due_by": "2026-11-27T23:59:59+08:00",
        "reasons": ["“噪声”属公安职责"],
    },
    "The department has a work order; its clocks run.",
    ("intake", "notify"),
    to_department=True,
)
signed = _order(
    "order.signed",
    OrderNote,
    {"state": "signed"},
    "The department signed for it.",
    ("intake", "notify"),
)
contacted = _order(
    "order.contacted",
    OrderNote,
    {"state": "signed", "note": "已电话联系"},
    "The department spoke with the resident.",
    ("intake", "notify"),
)
progressed = _order(
    "order.progressed", OrderNote, {"state": "signed", "note": "已现场查看"}, "Something was done."
)
return_requested = _order(
    "order.return_requested",
    ReturnRequested,
    {
        "state": "return_requested",
        "reason": "属城管职责",
        "legal_ground": "市容管理条例第十条",
        "proposed_department": "cg",
    },
    "The department asks to give it back.",
)
returned = _order(
    "order.returned",
    OrderNote,
    {"state": "returned", "note": "退单成立"},
    "The return was granted; another department will be found.",
    to_department=True,
)
return_refused = _order(
    "order.return_refused",
    OrderNote,
    {"state": "signed", "note": "仍属本单位职责"},
    "The return was refused; the order stays.",
    to_department=True,
)
extension_requested = _order(
    "order.extension_requested",
    OrderNote,
    {"note": "需会同检测机构"},
    "The department asks for more time.",
)
extended = _order(
    "order.extended",
    OrderExtended,
    {"state": "signed", "due_by": "2026-12-04T23:59:59+08:00", "note": "同意"},
    "The deadline moved, once.",
    ("intake", "notify"),
    to_department=True,
)
extension_refused = _order(
    "order.extension_refused",
    OrderNote,
    {"state": "signed", "note": "理由不足"},
    "The deadline stays.",
    to_department=True,
)
completed = _order(
    "order.completed",
    OrderCompleted,
    {"state": "completed", "result": "已约谈店主,二十二点后停用音响。"},
    "The department's reply to the resident.",
)
reopened = _order(
    "order.reopened",
    OrderNote,
    {"state": "signed", "note": "居民反映未解决"},
    "It goes on: the reply did not solve it.",
    to_department=True,
)
closed = _order(
    "order.closed",
    OrderNote,
    {"state": "closed"},
    "Nothing more is asked of the department.",
    to_department=True,
)
cancelled = _order(
    "order.cancelled",
    OrderNote,
    {"state": "cancelled", "note": "居民撤回"},
    "The case was withdrawn; stop.",
    to_department=True,
)
late = _order(
    "order.late",
    OrderLate,
    {"clock": "contact", "due_by": "2026-11-21T10:13:00+08:00"},
    "A clock ran out; the order was raised.",
    ("intake", "notify"),
    to_department=True,
)
pressed = _order(
    "order.pressed",
    OrderNote,
    {"state": "signed", "note": "请今日内联系居民"},
    "A supervisor presses for it.",
    ("intake", "notify"),
    to_department=True,
)
reply_rejected = Contract(
    "reply.rejected",
    1,
    "routing",
    (),
    ReplyRejected,
    {
        "department": "ga",
        "reply_id": "7d0c2f",
        "reason": "工单不存在",
        "errors": {"order": ["未知"]},
        "original": "{}",
    },
    "A reply could not be applied: why, and what it was.",
    to_department=True,
)

CONTRACTS = (
    proposed,
    dispatched,
    signed,
    contacted,
    progressed,
    return_requested,
    returned,
    return_refused,
    extension_requested,
    extended,
    extension_refused,
    completed,
    reopened,
    closed,
    cancelled,
    late,
    pressed,
    reply_rejected,
)
