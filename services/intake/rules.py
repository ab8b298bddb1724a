"""What may not be: each rule a function that returns a reason or None, with its source.

Sources are those of the pack's rules: A36 is 安阳市政务服务条例 art. 36, N the district's practice.
"""

from collections.abc import Sequence
from datetime import datetime

from services.intake.case import ACCEPTED, CLOSED, RESOLVED, STATES, Actor, Case
from services.intake.reason import Reason, msgid, spoken
from shared.clock import local
from shared.district import District, Grade, NotIssued
from shared.district.checks import is_catch_all

REFUSED_KINDS = ("application", "help")
"""Who applies, or asks for help, asks *for* the certificate. A complaint, a report or a question
only speaks of it: those are taken and answered."""


def notice_once(case: Case) -> Reason | None:
    """Missing materials are told once, all of them; never a second time (A36)."""
    if case.notice is None:
        return None
    return Reason(
        "notice",
        msgid("一次性告知只能出具一次：%(at)s 已由%(by)s告知过"),
        msgid("请按已告知的材料收件；不能再要求别的材料"),
        {"at": spoken(case.notice.at), "by": case.notice.by},
    )


def notice_on_the_spot(case: Case, now: datetime) -> Reason | None:
    """Told on the spot; later the case counts as accepted on the day it came in (A36).

    At the desk that is the same day; what came online is told at its review (A42).
    """
    if case.state != ACCEPTED or case.transfers or case.resolutions:
        return Reason(
            "state",
            msgid("一次性告知应在受理时当场作出；办件现在是“%(state)s”"),
            msgid("请按已受理继续办理"),
            {"state": STATES[case.state][0]},
        )
    in_review = case.review_by is not None and now <= case.review_by
    if in_review or local(now).date() == local(case.accepted_at).date():
        return None
    return Reason(
        "state",
        msgid("一次性告知应在受理时当场作出；收件当日没有告知，%(day)s 起即为受理"),
        msgid("请按已受理继续办理；确实缺的材料，由社区帮居民核实或调取"),
        {"day": spoken(case.accepted_at)[:10]},
    )


def notice_lists_something(missing: Sequence[str]) -> Reason | None:
    """A notice with nothing on it would only make the resident wait (A36)."""
    if missing:
        return None
    return Reason(
        "missing", msgid("材料已齐，没有需要告知的内容"), msgid("请直接办理，或写明还缺哪份材料")
    )


def no_catch_all(names: Sequence[str]) -> Reason | None:
    """A catch-all such as 其他材料 is no material that anybody could bring (A13)."""
    if not any(_catch_all(name.strip()) for name in names):
        return None
    return Reason(
        "missing",
        msgid("不能写“其他材料”这样的兜底要求"),
        msgid("请逐项写清材料名称"),
    )


def _catch_all(name: str) -> bool:
    """Also what trails a list: 等材料 asks for 其他材料."""
    trailing = name.startswith("等") and is_catch_all("其他" + name[1:])
    return trailing or is_catch_all(name)


def materials_asked_for(case: Case, received: Sequence[str]) -> Reason | None:
    """Only what was told to be missing is waited for (A36)."""
    strange = [name for name in received if name not in {m.name for m in case.materials}]
    if not strange:
        return None
    return Reason(
        "received",
        msgid("“%(name)s”不在这件事的材料清单里"),
        msgid("请从清单里选：%(names)s"),
        {"name": "、".join(strange), "names": "、".join(m.name for m in case.materials)},
    )


def rated_when_resolved(case: Case) -> Reason | None:
    """A grade is given to a result, also after the day's end closed the case (好差评, 0-25)."""
    if case.erased_at is not None:  # nobody is left to say whose grade it is (PIPL 47)
        return Reason(
            "grade", msgid("办事人信息已经删除，不能再评价"), msgid("还有事请作为新的一件登记")
        )
    if case.state in (RESOLVED, CLOSED):
        return None
    return Reason("grade", msgid("办结之后才能评价"), msgid("请等办件有了结果再评价"))


def ratable(case: Case) -> bool:
    """Whether the resident is asked for a grade."""
    return rated_when_resolved(case) is None and rated_once(case) is None


def rated_once(case: Case) -> Reason | None:
    """Online: one rating a matter, that is, one for each result (好差评)."""
    if case.rating is None or case.rating.resolution != case.resolutions:
        return None
    return Reason(
        "grade",
        msgid("这次办理结果已在 %(at)s 评价过"),
        msgid("没有解决的，可以点“没有解决”重新办理"),
        {"at": spoken(case.rating.at)},
    )


def reopened_after_result(case: Case) -> Reason | None:
    """Not solved: that is said of a result, so of a resolved or closed case (B14)."""
    if case.state in (RESOLVED, CLOSED) and case.erased_at is None:
        return None
    if case.erased_at is not None:  # nobody is left to be answered (PIPL 47)
        return Reason(
            "state", msgid("办事人信息已经删除，不能重新办理"), msgid("还有事请作为新的一件登记")
        )
    return Reason(
        "state",
        msgid("办件现在是“%(state)s”，还没有结果，不需要重新办理"),
        msgid("有新情况请告诉首问责任人"),
        {"state": STATES[case.state][0]},
    )


def closed_after_resolved(case: Case) -> Reason | None:
    """Archived only with a result, rated or not (N: 日终归档)."""
    if case.state == RESOLVED:
        return None
    return Reason(
        "state",
        msgid("办件现在是“%(state)s”，办结之后才能归档"),
        msgid("请先填写办理结果"),
        {"state": STATES[case.state][0]},
    )


def own_community(actor: Actor, community: str) -> Reason | None:
    """Officers serve their own community's desk; residents and rules are bound to none.

    An officer whose account names no community (``""``) serves none.
    """
    if actor.community is None or (actor.community and actor.community == community):
        return None
    return Reason(
        "community",
        msgid("这件事属于别的社区"),
        msgid("请到所属社区办理，或由该社区的百通岗操作"),
    )


def grade_known(district: District, grade: str) -> Grade | Reason:
    """The grade by its score (1 to 5) or its code (好差评, five grades)."""
    for known in district.rules.grades:
        if grade in (known.code, str(known.score)):
            return known
    names = "、".join(f"{known.score} {known.name}" for known in district.rules.grades)
    return Reason(
        "grade", msgid("没有这一档评价"), msgid("请从五档里选：%(names)s"), {"names": names}
    )


def department_known(district: District, code: str | None) -> Reason | None:
    """An officer may name a department of the pack, or leave it to routing."""
    if code is None or code in district.departments:
        return None
    return Reason(
        "department",
        msgid("没有代码为“%(code)s”的部门"),
        msgid("请从部门清单里选，或留空由系统推荐"),
        {"code": code},
    )


def not_issued(district: District, kind: str, asked: str, overruled: str) -> NotIssued | None:
    """The certificate asked for that communities must not issue (民发〔2020〕20号), if any.

    The pack's key words only hint; an officer who gives a reason is believed.
    """
    if kind not in REFUSED_KINDS or overruled:
        return None
    return district.refusal_for(asked)
