"""What may not be done in a deliberation; each rule returns its reason, or None."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from services.intake.case import Case
from services.intake.deliberation.matter import MOST, Decision, Matter, Meeting
from services.intake.deliberation.pack import Named, Pack, Quorum, Step
from services.intake.reason import Reason, msgid


def known(field: str, code: str, listing: Iterable[Named]) -> Reason | None:
    """Only codes of the pack."""
    codes = [one.code for one in listing]
    if code in codes:
        return None
    values = {"choices": "、".join(codes)}
    return Reason(field, msgid("没有这一项"), msgid("请从这些里选：%(choices)s"), values)


def somebody(case: Case) -> Reason | None:
    """What was said of somebody who was forgotten is not written down anew."""
    if case.erased_at is None:
        return None
    values = {"number": case.number}
    return Reason("source", msgid("%(number)s 的办事人信息已经删除"), "", values)


def few_enough(field: str, there: Collection[object]) -> Reason | None:
    """One matter has its bounds."""
    if len(there) < MOST:
        return None
    values = {"most": MOST}
    text = msgid("一件事最多记 %(most)s 条")
    return Reason(field, text, msgid("请结束这一件，另开一件"), values)


def step_ready(matter: Matter, step: Step, pack: Pack) -> Reason | None:
    """What the district wants before the next step, by its name in deliberation.yml."""
    return _READY[step.needs](matter, pack)


def missing_parties(meeting: Meeting, pack: Pack) -> list[str]:
    """Parties that must be there and were not (1-05: three parties)."""
    came = {one.party for one in meeting.attendance if one.people > 0}
    return [one.name for one in pack.parties if one.must_attend and one.code not in came]


def no_quorum(entitled: int, present: int, quorum: Quorum) -> Reason | None:
    """More than the district's share of those entitled must be there."""
    if present > quorum.present * entitled:
        return None
    values = {"present": present, "entitled": entitled, "needed": _more_than(quorum, entitled)}
    return Reason(
        "present",
        msgid("应到 %(entitled)s 人，实到 %(present)s 人，不够法定人数（至少 %(needed)s 人）"),
        msgid("这次表决不算数，请改日再议"),
        values,
    )


def _more_than(quorum: Quorum, entitled: int) -> int:
    return int(quorum.present * entitled) + 1


def passes(votes_for: int, present: int, quorum: Quorum) -> bool:
    """Whether enough of those present agree."""
    return votes_for > quorum.for_ * present


def votes_add_up(entitled: int, present: int, votes: tuple[int, int, int]) -> Reason | None:
    """Who votes is there, and who is there is entitled."""
    if present > entitled:
        return Reason("present", msgid("实到人数多于应到人数"), msgid("请核对人数"))
    if sum(votes) != present:
        values = {"votes": sum(votes), "present": present}
        text = msgid("三种票共 %(votes)s 张，实到 %(present)s 人，对不上")
        return Reason("votes_for", text, msgid("请核对票数，没表态的算弃权"), values)
    return None


def not_past(due: date, today: date) -> Reason | None:
    """A task is for today or later."""
    if due >= today:
        return None
    return Reason("due", msgid("期限已经过去了"), msgid("请选今天或以后的日子"))


def task_open(matter: Matter, task: int) -> Reason | None:
    """There is such a task, and it is not done."""
    if not 1 <= task <= len(matter.tasks):
        return Reason("task", msgid("没有这一项任务"), msgid("请刷新看看最新情况"))
    if matter.tasks[task - 1].done_at is not None:
        return Reason("task", msgid("这一项任务已经办完了"), "")
    return None


def decided_or_said(matter: Matter) -> Reason | None:
    """Only what was decided, or how it ended, is made public."""
    if matter.result or any(one.passed for one in matter.decisions):
        return None
    text, remedy = msgid("还没有可公开的决定"), msgid("表决通过或办成后再公开")
    return Reason("public_words", text, remedy)


def shown_to_all(matter: Matter) -> Reason | None:
    """Only what is on the public page is taken off it."""
    if matter.published_at is not None:
        return None
    text, remedy = msgid("这件事没有公开，不用收回"), msgid("请刷新看看最新情况")
    return Reason("state", text, remedy)


def one_case(matter: Matter) -> Reason | None:
    """A matter ends as one case."""
    if not matter.case_number:
        return None
    values = {"number": matter.case_number}
    return Reason("case", msgid("已经转为办件 %(number)s"), "", values)


def last_step(matter: Matter, pack: Pack) -> Reason | None:
    """All six steps come before the end."""
    if pack.after(matter.step) is None:
        return None
    values = {"step": pack.steps[-1].name}
    text = msgid("还没走到“%(step)s”")
    return Reason("step", text, msgid("请一步一步走完；谈不成的请记为没谈成"), values)


def _nothing(_matter: Matter, _pack: Pack) -> Reason | None:
    return None


def _met(matter: Matter, pack: Pack) -> Reason | None:
    if any(not missing_parties(one, pack) for one in matter.meetings):
        return None
    names = [one.name for one in pack.parties if one.must_attend]
    values = {"names": "、".join(names)}
    text = msgid("还没有各方都到的会：%(names)s")
    return Reason("meeting", text, msgid("请先开会并记下各方说了什么"), values)


def _tasks(matter: Matter, _pack: Pack) -> Reason | None:
    if matter.tasks:
        return None
    text, remedy = msgid("还没有分工"), msgid("请写明谁在什么时候以前做什么")
    return Reason("task", text, remedy)


def _means(matter: Matter, _pack: Pack) -> Reason | None:
    if matter.means:
        return None
    text, remedy = (
        msgid("还没有记筹措"),
        msgid("请写明各方出钱、出工还是出物；不用筹的写明理由跳过"),
    )
    return Reason("means", text, remedy)


def _decided(matter: Matter, _pack: Pack) -> Reason | None:
    if any(_counts(one) for one in matter.decisions):
        return None
    text, remedy = msgid("还没有有效的表决"), msgid("请记下应到、实到和票数")
    return Reason("decision", text, remedy)


def _counts(decision: Decision) -> bool:
    return not decision.why_not


def _graded(matter: Matter, _pack: Pack) -> Reason | None:
    if matter.grades:
        return None
    text, remedy = msgid("居民还没有评价"), msgid("请记下居民的评价")
    return Reason("grade", text, remedy)


_READY: Mapping[str, Callable[[Matter, Pack], Reason | None]] = {
    "nothing": _nothing,
    "meeting": _met,
    "task": _tasks,
    "means": _means,
    "decision": _decided,
    "grade": _graded,
}
