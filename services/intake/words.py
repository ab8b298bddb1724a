"""Sentences of the timeline and words for states and lamps, in Chinese and English.

The timeline keeps facts; here, and only here, they become words, so that both languages and every
page tell them the same way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.intake.case import AWAITING, STATES, WORKING_STATES, Case, Entry
from shared.clock import local

Lang = Literal["zh", "en"]

PEOPLE: dict[str, tuple[str, str]] = {
    "@resident": ("居民本人", "The resident"),
    "@system": ("系统", "System"),
    "@routing": ("转办中心", "Dispatch centre"),
    "@partners": ("社区合伙人", "Community partners"),
    "@notify": ("通知服务", "Messages"),
    "@back_office": ("社区后台", "Back office"),
}
"""Names that stand for no single person."""

CHANNELS = {"sms": "短信", "email": "电子邮件", "wecom": "企业微信", "in_app": "站内消息"}

SENTENCES: dict[str, tuple[str, str]] = {
    "accepted": ("受理登记，出具受理回执", "Accepted; a receipt was given"),
    "notice": (
        "出具一次性告知书，请在 {supplement_by} 前补齐：{missing}",
        "Once-only notice: please bring by {supplement_by}: {missing}",
    ),
    "materials": ("收到材料：{received}", "Received: {received}"),
    "back-office": ("转后台办理{note}", "Moved to the back office{note}"),
    "transfer": ("转交职能部门办理{department}{reason}", "Transferred{department}{reason}"),
    "resolve": ("办结：{result}", "Resolved: {result}"),
    "answered": ("办件办结，等居民评价", "Resolved; the resident may rate it"),
    "rate": ("评价：{grade}{comment}", "Rated: {grade}{comment}"),
    "reopen": ("反映没有解决，重新办理：{reason}", "Not solved, reopened: {reason}"),
    "close": ("归档{note}", "Closed{note}"),
    "withdraw": ("撤回：{reason}", "Withdrawn: {reason}"),
    "need": ("提出需求，请社区合伙人帮忙：{wish}", "Need raised with partners: {wish}"),
    "order.proposed": (
        "正在确认由哪个部门办理，推荐：{departments}",
        "Choosing the department; suggested: {departments}",
    ),
    "order.dispatched": (
        "工单已派给{department_name}，请于 {due_by} 前办结",
        "Work order sent to {department_name}, due {due_by}",
    ),
    "order.signed": ("{department_name}已签收{note}", "{department_name} signed for it{note}"),
    "order.contacted": (
        "{department_name}已联系居民{note}",
        "{department_name} spoke with the resident{note}",
    ),
    "order.progressed": ("{department_name}办理进展{note}", "{department_name}: progress{note}"),
    "order.return_requested": (
        "{department_name}申请退单{reason}（依据：{legal_ground}）",
        "{department_name} asks to return it{reason} (ground: {legal_ground})",
    ),
    "order.returned": (
        "{department_name}退单成立，另行派单{note}",
        "Returned by {department_name}; another department will be found{note}",
    ),
    "order.return_refused": (
        "{department_name}退单未获同意，继续办理{note}",
        "Return refused; {department_name} goes on{note}",
    ),
    "order.extension_requested": (
        "{department_name}申请延期{note}",
        "{department_name} asks for more time{note}",
    ),
    "order.extended": ("同意延期至 {due_by}{note}", "Deadline moved to {due_by}{note}"),
    "order.extension_refused": ("不同意延期{note}", "Extension refused{note}"),
    "order.completed": ("{department_name}答复：{result}", "{department_name} replied: {result}"),
    "order.reopened": (
        "{department_name}重新办理{note}",
        "{department_name} takes it up again{note}",
    ),
    "order.closed": (
        "{department_name}工单办结归档{note}",
        "Work order of {department_name} closed{note}",
    ),
    "order.cancelled": (
        "{department_name}工单取消{note}",
        "Work order of {department_name} cancelled{note}",
    ),
    "order.late": (
        "{department_name}超过{clock}时限，已提级",
        "{department_name} passed the {clock} deadline; raised a level",
    ),
    "order.pressed": ("督办{department_name}{note}", "{department_name} was pressed{note}"),
    "need.offered": ("需求已发给社区合伙人{note}", "The need was offered to partners{note}"),
    "need.accepted": ("{partner}接下了需求{note}", "{partner} will meet the need{note}"),
    "need.fulfilled": ("{partner}已提供服务{note}", "{partner} says it is done{note}"),
    "need.confirmed": ("双方确认服务完成{note}", "Both sides confirmed the service{note}"),
    "need.unmet": ("暂时没有合伙人能接{note}", "No partner can meet the need yet{note}"),
    "file.added": ("添加{what}", "Added: {what}"),
    "file.removed": ("移除{what}", "Removed: {what}"),
    "person.corrected": ("更正了办事人信息", "The resident's details were corrected"),
    "person.erased": ("删除了办事人信息", "The resident's details were erased"),
    "message.failed": (
        "{channel}没有送达（{reason}），请首问责任人电话告知居民",
        "The {channel} message was not delivered ({reason}); please telephone the resident",
    ),
}
"""action -> its sentence. A value that is empty leaves nothing behind."""

_ASIDE = ("note", "comment", "reason_aside", "department")
_CLOCKS = {"contact": ("联系", "contact"), "finish": ("办结", "finish")}
_REASON_IS_ASIDE = frozenset({"transfer", "order.return_requested"})


@dataclass(frozen=True)
class Lamp:
    """A deadline at a glance. `level`: green, yellow, red, or none without a running deadline."""

    level: str
    zh: str
    en: str

    def words(self, lang: Lang) -> str:
        """In the reader's language."""
        return self.en if lang == "en" else self.zh


def state_words(state: str, lang: Lang) -> str:
    """Name a state."""
    return STATES[state][lang == "en"]


def person(name: str, lang: Lang) -> str:
    """Name who did it; `@` names stand for no single person."""
    return PEOPLE[name][lang == "en"] if name in PEOPLE else name


def handler_words(case: Case, lang: Lang) -> str:
    """Name who has it in hand now 承办人; where nobody works at it, say why."""
    if case.state == AWAITING:
        return "Waiting for the applicant" if lang == "en" else "等居民补材料"
    if case.state not in WORKING_STATES:
        return state_words(case.state, lang)
    return person(case.handler.name, lang)


def sentence(entry: Entry, lang: Lang) -> str:
    """Tell one line of the timeline.

    Raises:
        KeyError: nobody wrote a sentence for this action.

    """
    return worded(SENTENCES[entry.action], entry, lang)


def worded(pair: tuple[str, str], entry: Entry, lang: Lang) -> str:
    """Put an entry's values into a sentence, given in Chinese and English."""
    return pair[lang == "en"].format_map(_Values(entry, lang))


def lamp(case: Case, now: datetime, yellow_from: float) -> Lamp:
    """Green, yellow from that share of the time (0 to 1) on, red when late.

    Only while the clock runs: a case that waits for materials or has its result shows none.
    """
    if case.due_at is None or case.state not in WORKING_STATES:
        return Lamp("none", "不计时", "No deadline")
    if now > case.due_at:
        zh, en = _span(now - case.due_at)
        return Lamp("red", f"已超期 {zh}", f"{en} late")
    whole = case.due_at - case.accepted_at
    if now - case.accepted_at >= whole * yellow_from:
        return Lamp("yellow", "将到期", "Due soon")
    return Lamp("green", "正常", "On time")


class _Values(dict[str, str]):
    """Makes each value of an entry into words when its sentence asks for it."""

    def __init__(self, entry: Entry, lang: Lang) -> None:
        super().__init__()
        self._entry = entry
        self._lang = lang

    def __missing__(self, name: str) -> str:
        value = self._entry.data.get(name, "")
        if self._lang == "en":
            value = self._entry.data.get(f"{name}_en", value)
        aside = name in _ASIDE or (name == "reason" and self._entry.action in _REASON_IS_ASIDE)
        told = _WORDING.get(name, _text)(value, self._lang)
        return _aside(told, self._lang) if aside else told


def _aside(text: str, lang: Lang) -> str:
    if not text:
        return ""
    return f": {text}" if lang == "en" else f"：{text}"


def _text(value: Any, lang: Lang) -> str:
    if isinstance(value, list):
        return (", " if lang == "en" else "、").join(map(str, value))
    return str(value)


def _moment(value: Any, lang: Lang) -> str:
    then = local(datetime.fromisoformat(value)) if value else None
    if then is None:
        return ""
    return f"{then:%Y-%m-%d %H:%M}" if lang == "en" else f"{then.month}月{then.day}日 {then:%H:%M}"


def _clock(value: Any, lang: Lang) -> str:
    return _CLOCKS[value][lang == "en"]


def _channel(value: Any, lang: Lang) -> str:
    return str(value) if lang == "en" else CHANNELS.get(value, str(value))


_WORDING: Mapping[str, Callable[[Any, Lang], str]] = {
    "supplement_by": _moment,
    "due_by": _moment,
    "clock": _clock,
    "channel": _channel,
}


def _span(length: timedelta) -> tuple[str, str]:
    if length.days:
        return f"{length.days} 天", f"{length.days} day{'s' if length.days > 1 else ''}"
    hours = int(length.total_seconds() // 3600)
    if hours:
        return f"{hours} 小时", f"{hours} hour{'s' if hours > 1 else ''}"
    return "不到 1 小时", "less than an hour"
