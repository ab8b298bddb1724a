"""Sentences of the timeline and words for states and lamps, in Chinese and English.

The timeline keeps facts; here, and only here, they become words, so that both languages and every
page tell them the same way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.intake.case import AWAITING, STATES, WORKING_STATES, Case, Entry
from services.intake.words_of_orders import ASSISTS, ORDERS, SOLVED, WHYS
from shared.clock import local

Lang = Literal["zh", "en"]

PEOPLE: dict[str, tuple[str, str]] = {
    "@resident": ("居民本人", "The resident"),
    "@system": ("系统", "System"),
    "@routing": ("转办中心", "Dispatch centre"),
    "@partners": ("社区合伙人", "Community partners"),
    "@notify": ("通知服务", "Messages"),
    "@back_office": ("社区后台", "Back office"),
    "@hotline": ("12345热线", "12345 hotline"),
    "@passer-by": ("随手拍市民", "A passer-by"),
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
    "back-office": (
        "转后台办理{back_office_by}{note}",
        "Moved to the back office{back_office_by}{note}",
    ),
    "transfer": ("转交职能部门办理{department}{reason}", "Transferred{department}{reason}"),
    "resolve": ("办结：{result}", "Resolved: {result}"),
    "answered": ("办件办结，等居民评价", "Resolved; the resident may rate it"),
    "answered_to_owner": (
        "部门已答复；还在等承诺的材料或公示，由首问责任人接着办",
        "The department replied; materials or the public notice are still waited for",
    ),
    "rate": ("评价：{grade}{comment}", "Rated: {grade}{comment}"),
    "reopen": ("反映没有解决，重新办理：{reason}", "Not solved, reopened: {reason}"),
    "close": ("归档{note}", "Closed{note}"),
    "withdraw": ("撤回：{reason}", "Withdrawn: {reason}"),
    "promise": (
        "容缺受理，书面承诺 {promise_by} 前补交：{materials}{reason}",
        "Accepted on a written promise to bring by {promise_by}: {materials}{reason}",
    ),
    "promise_broken": (
        "承诺的材料到期没有交来（{materials}），按撤回处理",
        "What was promised did not come ({materials}); it counts as withdrawn",
    ),
    "way": ("办理方式定为{way}", "Way of handling: {way}"),
    "refuse": (
        "不予办理：{reason}{ground}",
        "Refused: {reason}{ground}",
    ),
    "publish": (
        "开始公示，到 {until_day} 为止：{place}",
        "In public notice until {until_day}: {place}",
    ),
    "objection": ("收到公示异议：{objection}", "Objection to the public notice: {objection}"),
    "publication_ended": (
        "公示期满，收到异议 {objections} 条",
        "The public notice is over; objections: {objections}",
    ),
    "hand-over": (
        "首问责任人由{from}移交给{to}：{reason}",
        "Handed over from {from} to {to}: {reason}",
    ),
    "need": ("提出需求，请社区合伙人帮忙：{wish}", "Need raised with partners: {wish}"),
    **ORDERS,
    "need.offered": ("需求已发给社区合伙人{note}", "The need was offered to partners{note}"),
    "need.accepted": ("{partner}接下了需求{note}", "{partner} will meet the need{note}"),
    "need.fulfilled": ("{partner}已提供服务{note}", "{partner} says it is done{note}"),
    "need.confirmed": ("双方确认服务完成{note}", "Both sides confirmed the service{note}"),
    "need.unmet": ("暂时没有合伙人能接{note}", "No partner can meet the need yet{note}"),
    "hotline.more": (
        "12345 又发来这张工单，变了的有：{what}{note}",
        "12345 sent this order again; changed in it: {what}{note}",
    ),
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

_ASIDE = ("note", "comment", "reason_aside", "department", "ground")
_CLOCKS = {"contact": ("联系", "contact"), "finish": ("办结", "finish")}
_REASON_IS_ASIDE = frozenset({"transfer", "order.return_requested", "promise"})


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
    """Name who has it in hand now 承办人: the resident while materials are waited for.

    Empty where nobody works at it any more.
    """
    if case.state == AWAITING:
        return person("@resident", lang)
    if case.state not in WORKING_STATES:
        return ""
    return person(case.handler.name, lang)


def sentence(entry: Entry, lang: Lang) -> str:
    """Tell one line of the timeline.

    Raises:
        KeyError: nobody wrote a sentence for this action.

    """
    return worded(_pair(entry.action), entry, lang)


def _pair(action: str) -> tuple[str, str]:
    """The sentence of an action; of a department that assists it says so."""
    kind = action.removeprefix("assist.")
    if kind == action or action in ASSISTS:
        return ASSISTS.get(action) or SENTENCES[action]
    zh, en = SENTENCES[f"order.{kind}"]
    return f"协办：{zh}", f"Assisting: {en}"


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
    if lang == "en":
        return f"{then.day} {then:%b %Y %H:%M}"
    return f"{then.month}月{then.day}日 {then:%H:%M}"


def _clock(value: Any, lang: Lang) -> str:
    return _CLOCKS[value][lang == "en"]


def _until(value: Any, lang: Lang) -> str:
    if not value:
        return ""
    then = _moment(value, lang)
    return f", until {then} at the longest" if lang == "en" else f"，最长到 {then}"


def _by(value: Any, lang: Lang) -> str:
    if not value:
        return ""
    then = _moment(value, lang)
    return f", due {then}" if lang == "en" else f"，{then} 前办好"


def _why(value: Any, lang: Lang) -> str:
    return WHYS[value][lang == "en"] if value in WHYS else str(value)


def _solved(value: Any, lang: Lang) -> str:
    return SOLVED[value][lang == "en"] if value else ""


def _channel(value: Any, lang: Lang) -> str:
    return str(value) if lang == "en" else CHANNELS.get(value, str(value))


_WORDING: Mapping[str, Callable[[Any, Lang], str]] = {
    "supplement_by": _moment,
    "due_by": _moment,
    "promise_by": _moment,
    "until_day": _moment,
    "back_office_by": _by,
    "until": _until,
    "why": _why,
    "solved": _solved,
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
