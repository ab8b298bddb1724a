"""What routing 转办 says: the life of a work order. Keys with a department reach its queue."""

from shared.contracts.case_fact import APPLICANT, COMMUNITY, NUMBER
from shared.contracts.contract import Contract, ContractSchema
from shared.contracts.routing_facts import (
    FACT,
    ORDER,
    ArbitrationOpened,
    AssistAdded,
    FollowedUp,
    OnSiteCalled,
    OrderCompleted,
    OrderDispatched,
    OrderEscalated,
    OrderExtended,
    OrderLate,
    OrderNote,
    OrderPaused,
    OrderPersonCorrected,
    OrderPressed,
    OrderProposed,
    OrderReopened,
    ProblemFact,
    ProblemOpened,
    ReplyRejected,
    ReturnRequested,
)


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
    OrderReopened,
    {"state": "signed", "note": "居民反映未解决", "due_by": "2026-12-04T23:59:59+08:00"},
    "It goes on: the reply did not solve it.",
    ("intake", "notify"),
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
    OrderPressed,
    {
        "state": "signed",
        "note": "请今日内联系居民",
        "level": 1,
        "level_name": "数据资源管理局跟进办",
        "to": "区数据资源管理局督办科",
        "on_duty": "督办员甲",
    },
    "A supervisor presses for it.",
    ("intake", "notify"),
    to_department=True,
)
due_soon = _order(
    "order.due_soon",
    OrderLate,
    {"clock": "finish", "due_by": "2026-11-27T23:59:59+08:00"},
    "A clock turned yellow: most of its time is used up.",
    ("notify",),
    to_department=True,
)
paused = _order(
    "order.paused",
    OrderPaused,
    {"state": "signed", "reason": "testing", "reason_name": "等待检测鉴定"},
    "The finish clock stands still for a named reason.",
    ("intake", "notify"),
    to_department=True,
)
resumed = _order(
    "order.resumed",
    OrderExtended,
    {"state": "signed", "due_by": "2026-12-01T23:59:59+08:00"},
    "The finish clock goes on, to a new deadline.",
    ("intake", "notify"),
    to_department=True,
)
review_asked = _order(
    "order.review_asked",
    OrderNote,
    {"state": "in_review"},
    "The reply waits for the unit's leader, who reviews it before it goes out (N).",
    (),
    to_department=True,
)
assist_added = _order(
    "order.assist_added",
    AssistAdded,
    {
        "state": "signed",
        "assist": f"{ORDER}-a1",
        "assist_department": "cg",
        "assist_department_name": "城管",
    },
    "Another department assists.",
    ("intake",),
    to_department=True,
)
arbitration_opened = _order(
    "order.arbitration_opened",
    ArbitrationOpened,
    {"state": "arbitration", "arbiter": "区委编办", "fallback": "sh", "hops": 2},
    "It bounced too often: a named arbiter decides; the first department stays answerable.",
    ("intake", "notify"),
    to_department=True,
)
escalated = _order(
    "order.escalated",
    OrderEscalated,
    {
        "state": "signed",
        "level": 2,
        "level_name": "区委区政府督查局提级办",
        "to": "区委区政府督查局",
        "on_duty": "督查员甲",
        "why": "finish_late",
    },
    "It was raised to a level of pressing.",
    ("intake", "notify"),
    to_department=True,
)
on_site_called = _order(
    "order.on_site_called",
    OnSiteCalled,
    {"state": "signed", "leader": "单位主要负责人", "note": "同一事项第三次反映"},
    "The unit's leader is called to the spot.",
    ("intake", "notify"),
    to_department=True,
)
followed_up = _order(
    "order.followed_up",
    FollowedUp,
    {"state": "completed", "contacted": True, "solved": True, "grade": 5, "channel": "call"},
    "What the resident said afterwards.",
    ("intake",),
    to_department=True,
)
person_corrected = _order(
    "order.person_corrected",
    OrderPersonCorrected,
    {"state": "signed", "applicant": APPLICANT},
    "The resident was corrected: whom the department has to speak with from now on.",
    (),
    to_department=True,
)
PROBLEM = {
    "number": "WT-261123-0001",
    "title": "幸福路夜间烧烤噪声反复",
    "why": "standing",
    "why_name": "反复出现的共性问题",
    "state": "open",
    "department": "ga",
    "department_name": "公安",
    "role": "lead",
    "level": 0,
    "times_back": 0,
    "by": "郑建国",
}
problem_opened = Contract(
    "problem.opened",
    1,
    "routing",
    (),
    ProblemOpened,
    PROBLEM | {"responsible": "分管副局长", "review_at": "2026-12-07T23:59:59+08:00"},
    "A problem this department leads or assists is on the responsibility list, or came back.",
    to_department=True,
)
problem_closed = Contract(
    "problem.closed",
    1,
    "routing",
    (),
    ProblemFact,
    PROBLEM | {"state": "closed"},
    "A problem is off the list: looking back found that it held, or it was withdrawn.",
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
    due_soon,
    paused,
    resumed,
    review_asked,
    assist_added,
    arbitration_opened,
    escalated,
    on_site_called,
    followed_up,
    person_corrected,
    problem_opened,
    problem_closed,
    reply_rejected,
)
