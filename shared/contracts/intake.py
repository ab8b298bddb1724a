"""What intake 受理 says: the life of a case."""

from marshmallow import fields, validate

from shared.contracts import intake_slots, intake_ways
from shared.contracts.case_fact import APPLICANT, FACT, NOW, NUMBER, CaseFact
from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.fields import (
    Item,
    Person,
    department_code,
    identifier,
    moment,
    nested,
    text,
)


class CaseAccepted(CaseFact):
    """A receipt was given (A36)."""

    kind = text(30, required=True)
    item = nested(Item, load_default=None, allow_none=True)
    channel = text(30, required=True)
    urgency = text(30, required=True)
    accepted_at = moment(required=True)
    due_at = moment(load_default=None, allow_none=True)
    limit_shown = text(100, load_default="")


class NoticeGiven(CaseFact):
    """The once-only notice: everything that is missing, told once, in writing (A36)."""

    missing = fields.List(text(200, required=True), required=True, validate=validate.Length(min=1))
    procedure = fields.List(text(300), load_default=list)
    limit_shown = text(100, load_default="")
    supplement_by = moment(load_default=None, allow_none=True)


class MaterialsReceived(CaseFact):
    """Some came in; what is promised in writing is not missing and stands apart (A24)."""

    received = fields.List(text(200, required=True), required=True)
    still_missing = fields.List(text(200), load_default=list)
    still_promised = fields.List(text(200), load_default=list, validate=validate.Length(max=50))


class MovedToBackOffice(CaseFact):
    """The desk handed the work, not the responsibility, to the back office."""

    due_at = moment(load_default=None, allow_none=True)
    note = text(1000, load_default="")


class CaseTransferred(CaseFact):
    """The community cannot do it: a line department must. Routing opens a work order."""

    transfer = fields.Integer(required=True, validate=validate.Range(min=1))
    description = text(4000, load_default="")
    kind = text(30, required=True)
    item = nested(Item, load_default=None, allow_none=True)
    department = department_code(load_default=None, allow_none=True)
    urgency = text(30, required=True)
    location = text(300, load_default="")
    reason = text(1000, load_default="")
    transferred_at = moment(required=True)


class CaseResolved(CaseFact):
    """There is a result; the resident is asked to rate it."""

    result = text(4000, required=True)
    resolved_by = text(60, required=True)


class CaseRated(CaseFact):
    """The resident's grade, five steps (好差评)."""

    grade = fields.Integer(required=True, validate=validate.Range(min=1, max=5))
    satisfied = fields.Boolean(required=True)
    comment = text(1000, load_default="")


class CaseReopened(CaseFact):
    """Not solved: the matter goes on under the same owner."""

    reason = text(1000, required=True)


class CaseClosed(CaseFact):
    """Nothing more is to be done."""

    outcome = text(30, required=True)


class CaseWithdrawn(CaseFact):
    """Withdrawn by the applicant, or for want of the missing materials (A36)."""

    reason = text(1000, required=True)


class NeedRaised(CaseFact):
    """A case shows a need that partners could meet."""

    need = text(40, required=True)
    category = text(40, required=True)
    wish = text(1000, required=True)
    location = text(300, load_default="")


class PersonCorrected(ContractSchema):
    """What was held of a resident was wrong and is right now (PIPL 46)."""

    number = identifier()
    applicant = nested(Person, required=True)
    corrected_at = moment(required=True)


class PersonErased(ContractSchema):
    """A resident is to be forgotten: as they wish, or when the time for keeping is over (PIPL 47).

    Whoever hears it takes name, telephone, place and words out of its own copies of the case.
    """

    number = identifier()
    erased_at = moment(required=True)
    reason = text(1000, required=True)


class SessionsEnded(ContractSchema):
    """Somebody's sessions are over before their time; every service stops taking their tokens."""

    username = text(60, required=True)
    session = text(64, load_default="")
    ended_at = moment(required=True)


accepted = Contract(
    "case.accepted",
    1,
    "intake",
    ("notify",),
    CaseAccepted,
    FACT
    | {
        "kind": "complaint",
        "item": None,
        "channel": "desk",
        "urgency": "normal",
        "accepted_at": NOW,
        "due_at": "2026-11-27T23:59:59+08:00",
        "limit_shown": "5 个工作日内",
    },
    "A matter was accepted and a receipt given.",
)
notice_given = Contract(
    "case.notice_given",
    1,
    "intake",
    ("notify",),
    NoticeGiven,
    FACT
    | {
        "title": "高龄津贴申请",
        "state": "awaiting_materials",
        "missing": ["户口簿", "本人银行卡/社保卡"],
        "procedure": ["受理", "审核", "办结"],
        "limit_shown": "由区里确认后公布",
        "supplement_by": "2026-12-04T23:59:59+08:00",
    },
    "The once-only notice of everything missing was given.",
)
materials_received = Contract(
    "case.materials_received",
    1,
    "intake",
    ("notify",),
    MaterialsReceived,
    FACT
    | {
        "title": "高龄津贴申请",
        "received": ["户口簿"],
        "still_missing": [],
        "still_promised": ["本人银行卡或社保卡"],
    },
    "Missing materials came in.",
)
moved_to_back_office = Contract(
    "case.moved_to_back_office",
    1,
    "intake",
    ("notify",),
    MovedToBackOffice,
    FACT | {"state": "in_back_office", "due_at": None, "note": "需入户核查"},
    "The back office handles it; the first responder still owns it.",
)
transferred = Contract(
    "case.transferred",
    1,
    "intake",
    ("routing", "notify"),
    CaseTransferred,
    FACT
    | {
        "state": "transferred",
        "transfer": 1,
        "description": "每晚十一点后仍在营业,音响声很大,孩子无法入睡。",
        "kind": "complaint",
        "item": None,
        "department": "ga",
        "urgency": "normal",
        "location": "幸福路 12 号楼下",
        "reason": "超出社区职责",
        "transferred_at": NOW,
    },
    "A line department must do it.",
)
resolved = Contract(
    "case.resolved",
    1,
    "intake",
    ("notify",),
    CaseResolved,
    FACT
    | {"state": "resolved", "result": "已约谈店主,二十二点后停用音响。", "resolved_by": "公安"},
    "There is a result; the resident is asked to rate it.",
)
rated = Contract(
    "case.rated",
    1,
    "intake",
    ("routing", "notify"),
    CaseRated,
    FACT | {"state": "resolved", "grade": 5, "satisfied": True, "comment": "很快"},
    "The resident rated the result.",
)
reopened = Contract(
    "case.reopened",
    1,
    "intake",
    ("routing", "notify"),
    CaseReopened,
    FACT | {"state": "accepted", "reason": "噪声又出现了"},
    "Not solved: the matter goes on.",
)
closed = Contract(
    "case.closed",
    1,
    "intake",
    ("routing", "notify", "partners"),
    CaseClosed,
    FACT | {"state": "closed", "outcome": "satisfied"},
    "The case is closed.",
)
withdrawn = Contract(
    "case.withdrawn",
    1,
    "intake",
    ("routing", "notify", "partners"),
    CaseWithdrawn,
    FACT | {"state": "withdrawn", "reason": "申请人撤回"},
    "The case was withdrawn.",
)
need_raised = Contract(
    "case.need_raised",
    1,
    "intake",
    ("partners",),
    NeedRaised,
    FACT
    | {
        "need": f"{NUMBER}-n1",
        "category": "repair",
        "wish": "独居老人家中水管漏水,需上门维修",
        "location": "幸福路 12 号 3 单元",
    },
    "A case shows a need that partners could meet.",
)

person_corrected = Contract(
    "case.person_corrected",
    1,
    "intake",
    ("routing", "notify", "partners"),
    PersonCorrected,
    {"number": NUMBER, "applicant": APPLICANT, "corrected_at": NOW},
    "What was held of the resident of a case was corrected.",
)
person_erased = Contract(
    "case.person_erased",
    1,
    "intake",
    ("routing", "notify", "partners"),
    PersonErased,
    {"number": NUMBER, "erased_at": NOW, "reason": "保存期限已满"},
    "The resident of a case is to be forgotten in every copy.",
)
sessions_ended = Contract(
    "account.sessions_ended",
    1,
    "intake",
    ("routing", "notify", "partners"),
    SessionsEnded,
    {"username": "desk", "session": "", "ended_at": NOW},
    "Somebody signed out, or their account was changed. Without a session: all that they began.",
)

CONTRACTS = (
    sessions_ended,
    person_corrected,
    person_erased,
    accepted,
    notice_given,
    materials_received,
    moved_to_back_office,
    transferred,
    resolved,
    rated,
    reopened,
    closed,
    withdrawn,
    need_raised,
    *intake_slots.CONTRACTS,
    *intake_ways.CONTRACTS,
)
