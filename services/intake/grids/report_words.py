"""How reports are called and told, in both languages."""

from collections.abc import Mapping
from typing import Any

from services.intake.grids.report import Draft, Report
from services.intake.grids.work import GridWork, Named, find
from services.intake.reason import msgid

LINES: Mapping[str, str] = {
    "report": msgid("上报"),
    "record": msgid("记录"),
    "take": msgid("接单"),
    "dispatch": msgid("派单"),
    "press": msgid("督单"),
    "solve": msgid("已解决"),
    "approve": msgid("审单通过"),
    "return": msgid("审单退回"),
    "to-case": msgid("转为办件"),
    "dismiss": msgid("不予处理"),
    "notice": msgid("发整改通知书"),
    "photo": msgid("添加照片"),
    "amend": msgid("改了上报内容"),
    "reword": msgid("改了上报内容，原来写的是"),
}
"""Action -> how the timeline calls it."""


def title(work: GridWork, draft: Draft) -> str:
    """Kind and what it is about, from the pack alone: lists show it, and it names nobody."""
    return title_of(work, draft.kind, {"category": draft.category, "checklist": draft.checklist})


def title_of(
    work: GridWork, kind: str, checked: Mapping[str, Any], *, english: bool = False
) -> str:
    """The title in one language."""
    about = work.category(checked["category"]) or work.checklist(checked["checklist"])
    parts = [work.kind(kind), about]
    joint = ": " if english else "："
    return joint.join(_name(one, english=english) for one in parts if one is not None)


def found(work: GridWork, report: Report, *, english: bool = False) -> list[str]:
    """What was ticked and answered, in words."""
    return found_of(work, report.kind, report.checked, english=english)


def found_of(
    work: GridWork, kind_code: str, checked: Mapping[str, Any], *, english: bool = False
) -> list[str]:
    """The same, of a report's kind and what was checked."""
    checklist = work.checklist(checked["checklist"])
    items = [find(checklist.items, code) for code in checked["found"]] if checklist else []
    words = [_name(one, english=english) for one in items if one is not None]
    kind = work.kind(kind_code)
    for code, choice in checked["answers"].items():
        question = find(kind.questions, code) if kind else None
        answer = find(question.choices, choice) if question else None
        if answer is not None:
            words.append(_name(answer, english=english))
    return words


def description(report: Report) -> str:
    """What the case says of where it comes from."""
    return f"{report.words or report.title}（网格上报 {report.number}）"


def reporter(report: Report) -> str:
    """Whose case it is where nobody else is named."""
    return report.by.name if report.by.username else "随手拍市民"


def reason_for_department(report: Report) -> str:
    """Why the department gets it."""
    return f"网格上报 {report.number} 转来：{report.title}"


def _name(entry: Named | None, *, english: bool) -> str:
    if entry is None:
        return ""
    return entry.name_en if english else entry.name
