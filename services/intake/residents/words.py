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
    "answered_to_owner": (
        "部门已办完它的部分，社区接着办",
        "The department has done its part; the community goes on",
    ),
    "rate": ("评价：{grade}{comment}", "Rated: {grade}{comment}"),
    "reopen": ("反映没有解决，重新办理", "Not solved; it goes on"),
    "close": ("已归档", "Closed"),
    "withdraw": ("已撤回", "Withdrawn"),
    "promise": (
        "已先受理，请按承诺在 {promise_by} 前补交：{materials}",
        "Accepted; as promised, please bring by {promise_by}: {materials}",
    ),
    "promise_broken": (
        "承诺补交的材料到期没有交来，按撤回处理：{materials}",
        "What was promised did not come, so it counts as withdrawn: {materials}",
    ),
    "way": ("办理方式：{way}", "Way of handling: {way}"),
    "refuse": ("不能办理：{reason}", "Refused: {reason}"),
    "publish": (
        "正在公示，到 {until_day} 为止",
        "In public notice until {until_day}",
    ),
    "publication_ended": ("公示期满，接着办理", "The public notice is over; it goes on"),
    "hand-over": ("今后由{to}负责到底", "{to} answers for it from now on"),
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
    "order.paused": (
        "{department_name}等一等再办：{reason_name}{until}",
        "{department_name} has to wait: {reason_name}{until}",
    ),
    "order.resumed": (
        "{department_name}继续办理，{due_by} 前办结",
        "{department_name} goes on, due {due_by}",
    ),
    "order.arbitration_opened": (
        "正在确认由哪个部门办，这期间由{department_name}负责",
        "It is being decided whose it is; until then {department_name} is answerable",
    ),
    "assist.dispatched": ("{department_name}协办", "{department_name} assists"),
    "assist.completed": (
        "{department_name}已办完协办部分",
        "{department_name} has done its part",
    ),
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
    if entry.action.startswith(("order.", "assist.")):
        return ""
    if entry.action.startswith("need."):
        return person("@partners", lang)
    return person(_name(case, entry.who), lang)


def _name(case: Case, who: str) -> str:
    departments = {order.get("department_name") for order in case.orders.values()}
    known = who in FROM_THE_APPLICANT or who == case.owner.name or who in departments
    return who if known else case.community_name
