"""The steps of a matter as its resident reads them: plain, without notes and strangers' names.

What has no words here is the officers' own affair and is not shown at all.
"""

from services.intake.case import Case, Entry
from services.intake.words import Lang, person, worded

STEPS: dict[str, tuple[str, str]] = {
    "accepted": ("社区已受理，出具受理回执", "Accepted; a receipt was given"),
    "notice": (
        "一次性告知，请在 {supplement_by} 前补齐：{missing}",
        "Once-only notice; please bring by {supplement_by}: {missing}",
    ),
    "materials": ("收到材料：{received}", "Received: {received}"),
    "back-office": ("已转社区后台办理", "Moved to the back office"),
    "transfer": ("转职能部门办理", "To be handled by a department"),
    "resolve": ("办结：{result}", "Resolved: {result}"),
    "answered": ("答复：{result}", "Replied: {result}"),
    "rate": ("评价：{grade}{comment}", "Rated: {grade}{comment}"),
    "reopen": ("反映没有解决，重新办理", "Not solved; it goes on"),
    "close": ("已归档", "Closed"),
    "withdraw": ("已撤回", "Withdrawn"),
    "need": ("已请社区合伙人帮忙", "Community partners were asked to help"),
    "order.dispatched": ("已转给{department_name}办理", "Sent to {department_name}"),
    "order.signed": ("{department_name}已签收", "{department_name} signed for it"),
    "order.contacted": ("{department_name}已与您联系", "{department_name} spoke with you"),
    "order.progressed": ("{department_name}正在办", "{department_name} is working on it"),
    "order.extended": (
        "{department_name}申请延期已批准，办结期限延到 {due_by}",
        "{department_name} was given more time, until {due_by}",
    ),
    "order.reopened": ("{department_name}重新办理", "{department_name} takes it up again"),
    "person.corrected": ("更正了您的信息", "Your details were corrected"),
    "person.erased": ("删除了您的信息", "Your details were erased"),
    "need.accepted": ("合伙人接下了您的需求", "A partner will help you"),
    "need.fulfilled": ("合伙人已提供服务", "The partner says it is done"),
    "need.confirmed": ("双方确认服务完成", "Both sides confirmed the service"),
    "need.unmet": ("暂时没有合伙人能接", "No partner can help yet"),
}
"""action -> what the resident reads. A department's reply counts, and is told, as `answered`."""

FROM_THE_APPLICANT = ("@resident", "@system")
"""Who may be named beside the owner: neither is an officer."""


def steps(case: Case, entries: list[Entry], lang: Lang) -> list[dict[str, object]]:
    """Give the timeline as the web kit wants it, oldest first; an open case's last step is now."""
    told = [_step(case, entry, lang) for entry in entries if entry.action in STEPS]
    if told and case.open:
        told[-1]["state"] = "now"
    return told


def answered_by(case: Case) -> str:
    """Name who gave the result: the owner or a department; for another officer, the community."""
    return _name(case, case.resolved_by)


def _step(case: Case, entry: Entry, lang: Lang) -> dict[str, object]:
    sentence = worded(STEPS[entry.action], entry, lang)
    what, _, note = sentence.partition(": " if lang == "en" else "：")
    return {"at": entry.at, "who": _who(case, entry, lang), "what": what, "note": note}


def _who(case: Case, entry: Entry, lang: Lang) -> str:
    """A department's step names the department; who keyed it in is nobody's business."""
    if entry.action.startswith("order."):
        return ""
    if entry.action.startswith("need."):
        return person("@partners", lang)
    return person(_name(case, entry.who), lang)


def _name(case: Case, who: str) -> str:
    departments = {order.get("department_name") for order in case.orders.values()}
    known = who in FROM_THE_APPLICANT or who == case.owner.name or who in departments
    return who if known else case.community_name
