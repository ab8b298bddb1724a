"""What a report has to say, and who may do what about it. Each returns a reason or None."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.intake.case import Actor, Officer
from services.intake.grids.report import (
    RECORDED,
    REPORTED,
    STATES,
    Draft,
    Position,
    Report,
)
from services.intake.grids.work import GridWork, Kind, find
from services.intake.reason import Reason, msgid

MOST_PHOTOS = 6
LONGEST_AGO = timedelta(days=366)
_LAT, _LNG = 90, 180


def kind_known(work: GridWork, code: str, *, outside: bool) -> Reason | None:
    """One of the pack's kinds; who is not signed in sends those that are open."""
    kind = work.kind(code)
    if kind is not None and (kind.open or not outside):
        return None
    return Reason("kind", msgid("没有选上报什么"), msgid("请选走访、巡查、隐患或随手拍"))


def says_something(draft: Draft, kind: Kind) -> Reason | None:
    """A hazard is described, or photographed, or of a named category."""
    if draft.words.strip() or draft.photos or draft.found or draft.answers or draft.checklist:
        return None
    if draft.category not in ("", "other") or not kind.categories:
        return None
    return Reason("words", msgid("还没有写看到了什么"), msgid("请写一两句话，或者拍一张照片"))


def category_known(work: GridWork, draft: Draft, kind: Kind) -> Reason | None:
    """A hazard is of a category."""
    if not kind.categories and not draft.category:
        return None
    if work.category(draft.category) is not None:
        return None
    return Reason("category", msgid("没有选是哪一类"), msgid("请选一类，拿不准就选“其他”"))


def checklist_known(work: GridWork, draft: Draft, kind: Kind) -> Reason | None:
    """The checklist is one of the kind's, and what was found is on it."""
    if not draft.checklist and not draft.found:
        return None
    chosen = work.checklist(draft.checklist) if draft.checklist in kind.checklists else None
    if chosen is not None and all(find(chosen.items, code) for code in draft.found):
        return None
    return Reason("checklist", msgid("查出的问题不在所选的检查单里"), msgid("请重新选检查单"))


def answers_known(answers: Mapping[str, str], kind: Kind) -> Reason | None:
    """Answers are choices of the kind's questions."""
    for code, choice in answers.items():
        question = find(kind.questions, code)
        if question is None or find(question.choices, choice) is None:
            return Reason("answers", msgid("有一个问题的回答不在选项里"), msgid("请重新选"))
    return None


def placed(draft: Draft, *, followed: bool) -> Reason | None:
    """Who goes there has to find it: words, or where the phone was."""
    if not followed or draft.place.strip() or draft.position is not None or draft.care:
        return None
    return Reason("place", msgid("没有写在什么地方"), msgid("请写小区和楼号，或者按“用当前位置”"))


def on_earth(position: Position | None) -> Reason | None:
    """Degrees as they are."""
    if position is None or (abs(position.lat) <= _LAT and abs(position.lng) <= _LNG):
        return None
    return Reason("position", msgid("经纬度不对"), msgid("请重新定位，或者只写地点"))


def few_photos(count: int) -> Reason | None:
    """At most MOST_PHOTOS a report."""
    if count <= MOST_PHOTOS:
        return None
    text, remedy = msgid("一次最多 %(most)s 张照片"), msgid("请留下最能说明问题的几张")
    return Reason("photos", text, remedy, {"most": MOST_PHOTOS})


def still_kept(report: Report) -> Reason | None:
    """Whoever was forgotten is not brought back by a photo that comes late (PIPL 47)."""
    if report.erased_at is None:
        return None
    text = msgid("这条上报里的个人信息已按规定删除，不能再加照片")
    return Reason("file", text, msgid("请从手机上删去这一条；事情还没解决的，请另报一条"))


def its_own(report: Report, draft: Draft) -> Reason | None:
    """One id is one report; only its reporter says that they changed it (`edited`)."""
    if draft.edited and draft.actor.username and draft.actor.username == report.by.username:
        return None
    text, remedy = msgid("这个编号已用于另一条上报"), msgid("请重新打开上报页再写一条")
    return Reason("id", text, remedy)


def still_untouched(report: Report) -> Reason | None:
    """What somebody works at is not changed under their hands."""
    if report.state in (REPORTED, RECORDED) and report.erased_at is None:
        return None
    return Reason(
        "id",
        msgid("这条上报（%(number)s）现在是“%(state)s”，不能再改"),
        msgid("要补充的请告诉百通岗，或另报一条"),
        {"number": report.number, "state": STATES[report.state]},
    )


def seen_when(seen_at: datetime, now: datetime) -> datetime:
    """When it was seen: phones' clocks go wrong, and nothing is seen after it was told."""
    return max(min(seen_at, now), now - LONGEST_AGO)


def own_work(report: Report, actor: Actor, *, manages: bool) -> Reason | None:
    """A grid worker does what was dispatched to them, and what they found themselves."""
    if manages or actor.username in (report.handler.username, report.by.username):
        return None
    text, remedy = msgid("这一单没有派给您"), msgid("请由承办人办理，或请百通岗改派")
    return Reason("handler", text, remedy)


def reviewed_by_another(report: Report, actor: Actor, work: GridWork) -> Reason | None:
    """Who solved it does not review it (审单, N 1-22)."""
    if not work.reviewed_by_another or report.solved_by != actor.username:
        return None
    text, remedy = msgid("自己办的单要由别人来审"), msgid("请社区负责人或其他同事审单")
    return Reason("solved_by", text, remedy)


def not_theirs(
    report: Report, action: str, actor: Actor, work: GridWork, *, manages: bool
) -> Reason | None:
    """Why this person is refused a step which others may take."""
    if action in ("solve", "to-case"):
        return own_work(report, actor, manages=manages)
    return reviewed_by_another(report, actor, work) if action == "approve" else None


def something_said(field: str, text: str) -> Reason | None:
    """A reason or a result is in words."""
    if text.strip():
        return None
    return Reason(field, msgid("没有填写"), msgid("请写一句话说明"))


def works_here(officer: Officer | None) -> Reason | None:
    """Work is given to whoever works in this community."""
    if officer is not None:
        return None
    return Reason("username", msgid("没有选派给谁"), msgid("请从本社区的人员里选"))
