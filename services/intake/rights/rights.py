"""A resident's rights over what is held of them (PIPL 44 to 50): requests, and forgetting."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.case import Actor, Applicant, Case
from services.intake.reason import Conflict, Reason, allow, msgid, spoken
from services.intake.refusal import Refusal
from services.intake.rights.retention import Period

EXPORT, CORRECT, ERASE = "export", "correct", "erase"
KINDS: dict[str, tuple[str, str]] = {
    EXPORT: (msgid("查阅、复制"), "Access and copy"),
    CORRECT: (msgid("更正"), "Correction"),
    ERASE: (msgid("删除"), "Erasure"),
}
"""What may be asked for (PIPL 45, 46, 47) -> its name in Chinese and in English."""

IN_PERSON, BY_PHONE, ONLINE = "in_person", "phone", "online"
CHANNELS: dict[str, tuple[str, str]] = {
    IN_PERSON: (msgid("当面"), "In person"),
    BY_PHONE: (msgid("电话"), "By telephone"),
    ONLINE: (msgid("网上"), "Online"),
}
CHECKS: dict[str, tuple[str, str]] = {
    "id_card": (msgid("核对了身份证"), "Identity card seen"),
    "call_back": (msgid("回拨登记的电话核对"), "Called back on the number on file"),
    "known": (msgid("本人到场，工作人员认识"), "Here in person, known to staff"),
    "link": (msgid("本人的办件链接"), "Their own tracking link"),
}
"""How somebody made sure that it is the person themselves."""

TAKEN, DONE, REFUSED = "taken", "done", "refused"
STATES: dict[str, tuple[str, str]] = {
    TAKEN: (msgid("待办"), "Received"),
    DONE: (msgid("已办"), "Done"),
    REFUSED: (msgid("未同意"), "Refused"),
}
TRANSITIONS: dict[tuple[str, str], str] = {
    (TAKEN, "do"): DONE,
    (TAKEN, "refuse"): REFUSED,
}
"""(state, action) -> the state after it. What is not here is refused."""

ON_REQUEST, TIME_OVER = "本人要求删除", "保存期限已满"
"""Why somebody is forgotten, as other services hear it: never in words that may name them."""

KEPT = frozenset(
    {
        *("order", "need", "department_name", "department", "departments", "role", "clock"),
        *("due_by", "supplement_by", "grade", "grade_en", "channel", "category", "at"),
        *("until", "assist_department_name", "arbiter", "level", "level_name", "why", "leader"),
        *("reason_name", "solved", "way", "way_en", "until", "until_day"),
        *("promise_by", "back_office_by", "objections"),
    }
)
"""What the lines of an erased case's timeline keep: codes, departments and times."""
_OF_ORDERS = ("state", "department", "department_name", "role", "due_by", "dispatched_at")
_ORDER_KEPT = frozenset({*_OF_ORDERS, "result_at", "closed", "opened", "paused"})


@dataclass(frozen=True)
class PersonRequest:
    """A resident's request about their own data, from being taken to its answer.

    Attributes:
        number: of a series of its own, QL-….
        about: the number of the case (or refusal) by which the person is known.
        name, phone, wish: personal; masked in lists and sealed in the table.
        checked: one of CHECKS.
        taken_by: username; empty where the resident asked online.
        due_at: when the answer is due (PIPL 50; the pack's ``answer_workdays``).
        reason: why it was refused.
    """

    number: str
    kind: str
    about: str
    community: str
    name: str
    phone: str
    wish: str
    channel: str
    checked: str
    taken_by: str
    taken_name: str
    taken_at: datetime
    due_at: datetime
    state: str = TAKEN
    decided_by: str = ""
    decided_name: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    version: int = 1

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == TAKEN


def decided(request: PersonRequest, action: str, by: Actor, at: datetime, why: str) -> Any:
    """The request answered: ``do`` or ``refuse``, which needs a reason (PIPL 50).

    Raises:
        Conflict: it was answered before.
    """
    after = TRANSITIONS.get((request.state, action))
    if after is None:
        raise Conflict(Reason("state", msgid("这个请求已经答复过了"), msgid("请刷新看看最新情况")))
    return replace(
        request,
        state=after,
        decided_by=by.username,
        decided_name=by.name,
        decided_at=at,
        reason=why,
    )


def one_at_a_time(waiting: bool) -> Reason | None:
    """What was asked for and not yet answered need not be asked for again."""
    if not waiting:
        return None
    text, remedy = msgid("同样的请求已经在办"), msgid("请等答复；着急的请打社区电话问")
    return Reason("kind", text, remedy)


def may_be_corrected(case: Case) -> Reason | None:
    """There must be somebody to correct (PIPL 46)."""
    if case.erased_at is None:
        return None
    values = {"number": case.number}
    return Reason("case", msgid("%(number)s 的办事人信息已经删除"), "", values)


def may_be_erased(case: Case, period: Period | None, now: datetime) -> Reason | None:
    """Not while the matter goes on, nor while the law has it kept (PIPL 47)."""
    if case.erased_at is not None:
        return None
    if case.open or case.closed_at is None:
        return Reason(
            "case",
            msgid("%(number)s 还没有办完，办理期间不能删除"),
            msgid("办结归档或撤回之后再办"),
            {"number": case.number},
        )
    return kept_by_law(case.number, case.closed_at, period, now)


def refusal_may_be_erased(refusal: Refusal, period: Period, now: datetime) -> Reason | None:
    """A refusal is needed while it can be appealed against."""
    if refusal.erased_at is not None:
        return None
    return kept_by_law(refusal.number, refusal.at, period, now)


def kept_by_law(
    number: str, since: datetime, period: Period | None, now: datetime
) -> Reason | None:
    """Within its period an archive stays whatever is asked (PIPL 47, the pack's retention.yml)."""
    if period is None or not period.archive or period.over(since, now):
        return None
    return Reason(
        "case",
        msgid("%(number)s 按规定要保存到 %(until)s，期内不能删除"),
        msgid("请向本人说明理由；期满后系统会自动删除"),
        {"number": number, "until": spoken(period.ends(since))[:10]},
    )


def completed(known: Applicant, given: Applicant, *, without_id: bool = False) -> Applicant:
    """Who somebody is, put right: what is given; what is left empty stays as it is known."""
    id_no = "" if without_id else given.id_no or known.id_no
    return Applicant(given.name or known.name, given.phone or known.phone, id_no)


def something_given(given: Applicant, *, without_id: bool) -> Reason | None:
    """A correction changes one thing at least."""
    if without_id or given.name or given.phone or given.id_no:
        return None
    return Reason("name", msgid("没有填要更正什么"), msgid("姓名、手机号、身份证号至少填一项"))


def given_or_removed(given: Applicant, *, without_id: bool) -> Reason | None:
    """An identity number is put right or removed, not both."""
    if not (without_id and given.id_no):
        return None
    return Reason("id_no", msgid("填了新号码，又勾了删去"), msgid("请只留一样"))


def corrected(case: Case, applicant: Applicant) -> Case:
    """The case with who brought it put right (PIPL 46).

    Raises:
        Conflict: its person was erased.
    """
    allow(may_be_corrected(case), as_=Conflict)
    return replace(case, applicant=applicant)


def forgotten(case: Case, title: str, at: datetime) -> Case:
    """The case without anybody in it: numbers, kinds, states, times and grades are left (PIPL 47).

    ``title`` stands instead of the title, which may tell of somebody.
    """
    rating = case.rating and replace(case.rating, comment="")
    notice = case.notice and replace(case.notice, missing=())
    return replace(
        case,
        title=title,
        description="",
        applicant=Applicant("", ""),
        location="",
        materials=(),
        notice=notice,
        result="",
        rating=rating,
        groups=(),
        promise=case.promise and replace(case.promise, materials=(), reason=""),
        publication=case.publication and replace(case.publication, objections=()),
        refused=case.refused and replace(case.refused, reason=""),
        orders={number: _order_kept(order) for number, order in case.orders.items()},
        erased_at=case.erased_at or at,
    )


def refusal_forgotten(refusal: Refusal, at: datetime) -> Refusal:
    """The refusal without who asked."""
    return replace(
        refusal,
        title=refusal.name,
        description="",
        applicant_name="",
        applicant_phone="",
        erased_at=refusal.erased_at or at,
    )


def line_kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a line of the timeline."""
    return {name: value for name, value in data.items() if name in KEPT}


def _order_kept(order: Mapping[str, Any]) -> dict[str, Any]:
    """Without the department's words; their versions stay, so that what is older stays older."""
    return {
        name: value
        for name, value in order.items()
        if name in _ORDER_KEPT or name.endswith("_version")
    }
