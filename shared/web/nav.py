"""The one navigation of all services: the top row, and the sections 分区 of the desk's area.

Who sees an entry is asked of the permissions; an entry of this service that has no page yet is not
shown. The gateway gives each prefix to its service.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import flask

from shared.permissions import may
from shared.routes import service_for
from shared.web.auth import User
from shared.web.context import web_of
from shared.web.i18n import frame_text, msgid


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: where it leads, its name, and who sees it.

    Attributes:
        action: what one must be allowed to do; None is everybody who is signed in, "" nobody.
        residents: whether those who are not signed in see it.
        key: the letter after `LEADER` that opens it.

    """

    path: str
    label: str
    action: str | None
    residents: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as this person sees it on this page."""

    path: str
    label: str
    current: bool
    key: str = ""


LEADER = "l"
"""The key before a section's letter 栏目: alone it shows the letters."""

DESK_AREA = "/desk"
DISTRICT_AREA = "/desk/people"
"""Where the desk's area begins for a supervisor, who keeps no desk."""

PLACES = (
    Place(DESK_AREA, msgid("受理台"), "case.accept"),
    Place("/orders", msgid("工单"), "order.read"),
    Place("/supervise", msgid("督办"), "order.supervise"),
    Place(DISTRICT_AREA, msgid("社区"), "order.supervise"),
    Place("/orders/channels", msgid("送达"), "channel.read"),
    Place("/accounts", msgid("账号"), "account.manage"),
    Place("/desk/retention", msgid("保存期限"), "retention.run"),
    Place("/audit/intake", msgid("审计"), "audit.read"),
    Place("/messages", msgid("消息"), "message.resend"),
    Place("/partners", msgid("合伙人"), None, residents=True),
    Place("/points", msgid("积分"), "reward.redeem"),
    Place("/track", msgid("查进度"), None, residents=True),
    Place("/guides", msgid("办事指引"), "", residents=True),
    Place("/book", msgid("预约"), "", residents=True),
)

SECTIONS = (
    Place("/desk", msgid("办件"), "case.accept", key="d"),
    Place("/my", msgid("我负责的"), "case.accept", key="m"),
    Place("/desk/back-office", msgid("后台"), "case.back-office", key="h"),
    Place("/desk/roster", msgid("值班"), "roster.swap", key="z"),
    Place("/desk/bookings", msgid("预约"), "booking.manage", key="y"),
    Place("/desk/queue", msgid("叫号"), "queue.call", key="j"),
    Place("/desk/reports", msgid("网格"), "report.handle", key="w"),
    Place("/field", msgid("现场"), "report.make", key="x"),
    Place("/desk/care", msgid("关爱"), "care.read", key="a"),
    Place("/desk/ledger", msgid("民情账本"), "demand.record", key="b"),
    Place("/desk/deliberation", msgid("协商"), "deliberation.manage", key="t"),
    Place("/desk/hotline", msgid("12345"), "hotline.read", key="r"),
    Place("/desk/catalogue", msgid("事项目录"), "catalogue.decide", key="c"),
    Place("/desk/archive", msgid("归档"), "archive.read", key="g"),
    Place("/figures", msgid("数据"), "figures.read", key="s"),
    Place("/desk/people", msgid("个人信息"), "person.export", key="p"),
)
"""The desk's area, in the order of an officer's day."""


def items(user: User | None) -> list[Item]:
    """List where `user` may go; residents, who are not signed in, see what is theirs."""
    shown = _shown(PLACES, user)
    return _marked(shown, _area(shown, _here()))


def sections(user: User | None) -> list[Item]:
    """List the sections of the desk's area while one is in it; none elsewhere."""
    shown = _shown(SECTIONS, user) if user else []
    current = _nearest(shown, _here())
    return _marked(shown, current) if current else []


def _area(shown: Iterable[Place], path: str) -> str:
    """The top entry that is current: on every section's page that is the desk's."""
    tops = {place.path for place in shown}
    in_section = _nearest(SECTIONS, path)
    top = _nearest(shown, path)
    if not in_section or (len(top) > len(in_section)):
        return top
    return next((area for area in (DESK_AREA, DISTRICT_AREA) if area in tops), top)


def _shown(places: Iterable[Place], user: User | None) -> list[Place]:
    return [place for place in places if _sees(user, place) and _served(place.path)]


def _sees(user: User | None, place: Place) -> bool:
    if user is None:
        return place.residents
    return place.action is None or (place.action != "" and may(user, place.action))


def _served(path: str) -> bool:
    """Whether a page is there, as far as this service can know: nothing leads nowhere."""
    if service_for(path) != web_of().service:
        return True
    return any(rule.rule == path for rule in flask.current_app.url_map.iter_rules())


def _here() -> str:
    return flask.request.path


def _nearest(places: Iterable[Place], path: str) -> str:
    """The longest address that `path` lies below; nothing where there is none."""
    here = [p.path for p in places if path == p.path or path.startswith(f"{p.path}/")]
    return max(here, key=len, default="")


def _marked(places: Iterable[Place], current: str) -> list[Item]:
    return [Item(p.path, frame_text(p.label), p.path == current, p.key) for p in places]
