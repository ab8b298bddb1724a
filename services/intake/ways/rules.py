"""What may not be: promises, refusals, public notices, hand-over, with their sources.

Sources are those of the pack's rules: A24, A38 are of 安阳市政务服务条例, X is practice elsewhere.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from services.intake.case import ACCEPTED, APPLY, Case, Officer
from services.intake.desk.pack import DeskRules
from services.intake.desk.pack_values import MinorMaterials
from services.intake.reason import Reason, msgid, spoken
from shared.clock import local
from shared.district import Item

MINORS = "minors"
"""Whom a public notice may leave out: the pack's `public_notice_omits`."""
OF_AGE = 18
_GB_11643 = 18


def way_known(desk: DeskRules, way: str) -> Reason | None:
    """One of the pack's ways of handling (1-19)."""
    if any(one.code == way for one in desk.ways):
        return None
    names = "、".join(f"{one.code} {one.name}" for one in desk.ways)
    return Reason(
        "way", msgid("没有这种办理方式"), msgid("请从这些里选：%(names)s"), {"names": names}
    )


def groups_known(known: Collection[str], groups: Sequence[str]) -> Reason | None:
    """Groups of the pack that have a first responder by rule (1-21)."""
    strange = [code for code in groups if code not in known]
    if not strange:
        return None
    values = {"names": "、".join(strange), "choices": "、".join(known)}
    text, remedy = msgid("没有“%(names)s”这类人群"), msgid("请从这些里选：%(choices)s")
    return Reason("groups", text, remedy, values)


def promise_for_application(case: Case) -> Reason | None:
    """Only who applies brings materials, and may promise one (A24)."""
    if case.kind == APPLY:
        return None
    return Reason("promise", msgid("只有办事申请才有容缺受理"), msgid("诉求不用交材料，请直接办理"))


def promise_once(case: Case) -> Reason | None:
    """A promise is not put off by another one (A24)."""
    if case.promise is None:
        return None
    return Reason(
        "promise",
        msgid("这件事已经作过补交承诺，期限是 %(due)s"),
        msgid("请按承诺的日期收材料"),
        {"due": spoken(case.promise.due)},
    )


def promise_names_missing(case: Case, materials: Sequence[str]) -> Reason | None:
    """Promised is what is asked for and not here (A24)."""
    strange = [name for name in materials if name not in case.missing]
    if materials and not strange:
        return None
    names = "、".join(case.missing)
    text, remedy = msgid("承诺补交的只能是还缺的材料"), msgid("请从这些里选：%(names)s")
    return Reason("materials", text, remedy, {"names": names or "—"})


def promise_minor_only(minor: MinorMaterials, materials: Sequence[str]) -> Reason | None:
    """What the decision stands on has to be here; only minor materials may come later (A24)."""
    main = [name for name in materials if not minor.minor(name)]
    if not main:
        return None
    return Reason(
        "materials",
        msgid("“%(names)s”是主要材料，不能容缺"),
        msgid("请出具一次性告知书，等材料备齐"),
        {"names": "、".join(main)},
    )


def promise_leaves_nothing_else(case: Case, materials: Sequence[str]) -> Reason | None:
    """With the promise it is complete; what else is missing is told first (A24, A36)."""
    left = [name for name in case.missing if name not in materials]
    if not left:
        return None
    return Reason(
        "materials",
        msgid("除承诺的以外还缺：%(names)s"),
        msgid("请先收齐，或一并承诺；不能容缺的请出具一次性告知书"),
        {"names": "、".join(left)},
    )


def promise_kept_first(case: Case) -> Reason | None:
    """No result by the community while a promised material is still waited for (A24)."""
    if not case.promised:
        return None
    return Reason(
        "state",
        msgid("承诺补交的材料还没有到：%(names)s"),
        msgid("收到之后再办结；到期没有交来，系统会按撤回处理"),
        {"names": "、".join(case.promised)},
    )


def refused_application(case: Case) -> Reason | None:
    """An application can be refused; a demand is answered, or transferred (A38)."""
    if case.kind == APPLY:
        return None
    return Reason(
        "state",
        msgid("不予办理只用于办事申请；诉求要有答复"),
        msgid("不属社区职责的请转部门，已有结论的请写明结果"),
    )


def is_minor(id_no: str, day: date) -> bool:
    """Whether who bears this identity number (GB 11643) is under 18 on a day."""
    if len(id_no) != _GB_11643:
        return False
    born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < OF_AGE


def notice_asked_for(item: Item | None) -> Reason | None:
    """Public notice is a flag of the item: none for 事实无人抚养儿童 (X)."""
    if item is not None and item.public_notice:
        return None
    return Reason("state", msgid("这个事项不公示"), msgid("公示会泄露居民隐私；请按程序直接办理"))


def minors_left_out(case: Case, item: Item | None, now: datetime) -> Reason | None:
    """Minors are left out of notices of 特困, so one has to know who is one (X)."""
    if item is None or MINORS not in item.public_notice_omits:
        return None
    if not case.applicant.id_no:
        text, remedy = (
            msgid("这个事项不公示未成年人，还不知道申请人年龄"),
            msgid("请先补登身份证号"),
        )
        return Reason("state", text, remedy)
    if is_minor(case.applicant.id_no, local(now).date()):
        text, remedy = msgid("申请人未满十八周岁，不公示"), msgid("请按程序直接办理")
        return Reason("state", text, remedy)
    return None


def published_once(case: Case) -> Reason | None:
    """One notice; objections are dealt with, not published again (X)."""
    if case.publication is None:
        return None
    return Reason("state", msgid("这件事已经公示过"), msgid("请按公示的结果办理"))


def published_first(case: Case, item: Item | None, now: datetime) -> Reason | None:
    """Nothing is resolved before the notice that its item asks for has ended (X)."""
    if case.kind != APPLY or notice_asked_for(item) is not None:
        return None
    if case.applicant.id_no and minors_left_out(case, item, now) is not None:
        return None
    if case.publication is not None and case.publication.ended_at is not None:
        return None
    return Reason(
        "state", msgid("这个事项要先公示，公示期满才能办结"), msgid("请先公示；期满后再写办理结果")
    )


def handed_to_another(case: Case, to: Officer) -> Reason | None:
    """A hand-over changes who answers (N, B14)."""
    if to.username != case.owner.username:
        return None
    return Reason(
        "to", msgid("%(name)s已经是首问责任人"), msgid("请选另一位同事"), {"name": to.name}
    )


def review_done(before: Case, after: Case, action: str) -> bool:
    """Whether what came online has been looked at: it went on, or somebody settled how (A42)."""
    return after.state != ACCEPTED or action in ("way", "promise") or before.review_by is None
