"""How the deliveries stand, department by department: apart from how the orders stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from services.routing.channels import store
from services.routing.channels.channel import (
    AMQP,
    DEAD,
    FAILED,
    LATE,
    MAIL,
    PAGE,
    PUSHED,
    SOON,
    WAITING,
    WEBHOOK,
    Channel,
)
from shared.contracts import routing as facts
from shared.district import District
from shared.permissions import Scope, User, scope_of
from shared.web.i18n import ENGLISH, gettext, language, msgid, ngettext
from shared.web.problem import plain

KIND_LABELS = {
    AMQP: msgid("消息队列"),
    WEBHOOK: msgid("Webhook"),
    MAIL: msgid("电子邮件"),
    PAGE: msgid("只用页面"),
}
STATE_LABELS = {
    "waiting": msgid("待送"),
    "failed": msgid("没送到，会再送"),
    "dead": msgid("已放弃"),
    "sent": msgid("已送达"),
    "dropped": msgid("已改用别的方式，不再送"),
}
TYPE_LABELS = {
    facts.dispatched.type: msgid("派单"),
    facts.returned.type: msgid("同意退单"),
    facts.return_refused.type: msgid("退单不成立"),
    facts.extended.type: msgid("同意延期"),
    facts.extension_refused.type: msgid("不同意延期"),
    facts.reopened.type: msgid("重新办理"),
    facts.closed.type: msgid("办结归档"),
    facts.cancelled.type: msgid("已撤销"),
    facts.late.type: msgid("超期"),
    facts.pressed.type: msgid("已发出督办"),
    facts.due_soon.type: msgid("将到期提醒"),
    facts.paused.type: msgid("中止计时"),
    facts.resumed.type: msgid("恢复计时"),
    facts.review_asked.type: msgid("提交负责人审核"),
    facts.assist_added.type: msgid("增加协办单位"),
    facts.arbitration_opened.type: msgid("提请裁定"),
    facts.escalated.type: msgid("提级督办"),
    facts.on_site_called.type: msgid("请负责人到现场"),
    facts.followed_up.type: msgid("回访"),
    facts.person_corrected.type: msgid("更正申请人信息"),
    facts.problem_opened.type: msgid("已列入问题清单"),
    facts.problem_closed.type: msgid("已销号"),
    facts.reply_rejected.type: msgid("答复没有被采纳"),
}
"""What a department is told, in words."""
UNSEEN_AFTER = timedelta(minutes=5)
"""A queue that was not looked at for so long is not known."""


@dataclass(frozen=True)
class Status:
    """One department's channel and what waits for it."""

    department: str
    name: str
    channel: Channel | None
    waiting: int
    failed: int
    dead: int
    oldest: datetime | None
    now: datetime

    @property
    def kind(self) -> str:
        """How it gets its orders now."""
        return self.channel.kind if self.channel is not None and self.channel.active else PAGE

    @property
    def level(self) -> str:
        """green, yellow, red; none where nothing is brought or the queue cannot be seen."""
        if self.kind == PAGE or self._unseen():
            return "none"
        age = self.now - self.oldest if self.oldest else timedelta(0)
        if age >= LATE:
            return "red"
        return "yellow" if age >= SOON or self.dead else "green"

    @property
    def words(self) -> str:
        """What the lamp says."""
        if self.kind == PAGE:
            return gettext("在页面办理")
        if self._unseen():
            return gettext("还没有看到队列")
        if self.oldest is not None:
            return gettext("已等 %(age)s", age=age_in_words(self.now - self.oldest))
        if self.dead:
            return ngettext("有 %(num)s 件没有送到", "有 %(num)s 件没有送到", self.dead)
        return gettext("没有积压")

    def as_data(self) -> dict[str, Any]:
        """For the API and the pages."""
        channel = self.channel if self.kind != PAGE else None
        return {
            "department": self.department,
            "name": self.name,
            "kind": self.kind,
            "kind_label": gettext(KIND_LABELS[self.kind]),
            "address": shown_address(channel),
            "since": channel.since if channel else None,
            "waiting": self.waiting,
            "failed": self.failed,
            "dead": self.dead,
            "depth": channel.depth if channel else None,
            "oldest_since": self.oldest if channel else None,
            "last_sent_at": channel.last_sent_at if channel else None,
            "next_at": channel.next_at if channel and self.failed else None,
            "error": channel.error if channel else "",
            "old_secret_until": channel.old_until if channel else None,
            "lamp": {"level": self.level, "words": self.words},
        }

    def _unseen(self) -> bool:
        if self.channel is None or self.kind != AMQP:
            return False
        looked = self.channel.looked_at
        return looked is None or self.now - looked > UNSEEN_AFTER


def statuses(
    connection: sa.Connection, district: District, departments: list[str], now: datetime
) -> list[Status]:
    """How each of these departments' deliveries stand."""
    channels, counted = store.all_channels(connection), store.counts(connection)
    oldest = store.oldest_open(connection, [one for one in departments if one in channels])
    return [
        Status(
            department=code,
            name=_name(district, code),
            channel=channels.get(code),
            waiting=counted.get(code, {}).get(WAITING, 0),
            failed=counted.get(code, {}).get(FAILED, 0),
            dead=counted.get(code, {}).get(DEAD, 0),
            oldest=oldest.get(code),
            now=now,
        )
        for code in departments
    ]


def visible(user: User, district: District) -> list[str]:
    """The departments whose deliveries this person may see: all, or their own.

    Raises:
        Problem: 403 for an officer of no department of this district.
    """
    if scope_of(user, "channel.read") is Scope.DISTRICT:
        return list(district.departments)
    if user.department not in district.departments:
        raise plain(403)
    return [str(user.department)]


def shown_address(channel: Channel | None) -> str:
    """The address without what may be secret in it: a webhook's host, a mailbox's beginning."""
    if channel is None or channel.kind not in PUSHED:
        return ""
    if channel.kind == MAIL:
        box, _, domain = channel.address.partition("@")
        return f"{box[:2]}***@{domain}"
    parts = urlsplit(channel.address)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}/…"


def type_label(type_: str) -> str:
    """What a fact is called; the short name of one without words."""
    label = TYPE_LABELS.get(type_)
    return gettext(label) if label else type_.removeprefix("cn.baitong.").rpartition(".v")[0]


def age_in_words(age: timedelta) -> str:
    """How long, roughly."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return gettext("不到 1 分钟")
    if minutes < 60:  # noqa: PLR2004 - an hour
        return ngettext("%(num)s 分钟", "%(num)s 分钟", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)s 小时", "%(num)s 小时", minutes // 60)
    return ngettext("%(num)s 天", "%(num)s 天", minutes // (24 * 60))


def _name(district: District, code: str) -> str:
    department = district.departments[code]
    return department.name_en if language() == ENGLISH else department.short
