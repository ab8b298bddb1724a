"""What intake 受理 says, continued: promises, refusals, public notices, hand-over."""

from marshmallow import fields, validate

from shared.contracts.case_fact import FACT, NOW, CaseFact
from shared.contracts.contract import Contract
from shared.contracts.fields import Officer, moment, nested, text

APPLIED = FACT | {"title": "高龄津贴申请"}


class CasePromised(CaseFact):
    """Accepted on a written promise to bring minor materials by a day (A24).

    `due_at`: by when it is done now; after a notice the limit starts anew (A36).
    """

    materials = fields.List(
        text(200, required=True), required=True, validate=validate.Length(min=1, max=100)
    )
    promise_by = moment(required=True)
    due_at = moment(load_default=None, allow_none=True)


class CaseRefused(CaseFact):
    """An application was refused in writing, with reasons and remedies (A38)."""

    reason = text(1000, required=True)
    ground = text(300, load_default="")
    refused_at = moment(required=True)
    reconsideration_days = fields.Integer(required=True, validate=validate.Range(1, 3660))
    litigation_months = fields.Integer(required=True, validate=validate.Range(1, 120))


class CasePublished(CaseFact):
    """An application is in public notice 公示 until a day."""

    until = moment(required=True)
    place = text(60, required=True)


class PublicationEnded(CaseFact):
    """The public notice is over; how many objections there were."""

    objections = fields.Integer(required=True, validate=validate.Range(0, 10**6))


class HandedOver(CaseFact):
    """A manager gave it to another first responder, who is the fact's owner now (B14)."""

    before = nested(Officer, required=True)
    reason = text(1000, required=True)


promised = Contract(
    "case.promised",
    1,
    "intake",
    ("notify",),
    CasePromised,
    APPLIED
    | {
        "materials": ["近期照片"],
        "promise_by": "2026-11-27T23:59:59+08:00",
        "due_at": "2026-12-31T23:59:59+08:00",
    },
    "Accepted on a written promise to bring minor materials later.",
)
refused = Contract(
    "case.refused",
    1,
    "intake",
    ("routing", "notify", "partners"),
    CaseRefused,
    APPLIED
    | {
        "state": "refused",
        "reason": "申请人未满八十周岁",
        "ground": "高龄津贴发放办法第三条",
        "refused_at": NOW,
        "reconsideration_days": 60,
        "litigation_months": 6,
    },
    "An application was refused in writing, with reasons and remedies.",
)
published = Contract(
    "case.published",
    1,
    "intake",
    ("notify",),
    CasePublished,
    APPLIED
    | {
        "state": "in_public_notice",
        "until": "2026-11-30T23:59:59+08:00",
        "place": "社区居务公开栏",
    },
    "An application is in public notice.",
)
publication_ended = Contract(
    "case.publication_ended",
    1,
    "intake",
    ("notify",),
    PublicationEnded,
    APPLIED | {"objections": 0},
    "The public notice of an application is over.",
)
handed_over = Contract(
    "case.handed_over",
    1,
    "intake",
    ("routing", "notify"),
    HandedOver,
    FACT | {"before": {"username": "backoffice", "name": "李国强"}, "reason": "原责任人调离"},
    "Another first responder answers for the case.",
)

CONTRACTS = (promised, refused, published, publication_ended, handed_over)
