"""The one navigation of all services, by role. The gateway gives each prefix to its service."""

from dataclasses import dataclass

import flask

from shared.web.auth import (
    ADMIN,
    AUDITOR,
    BACK_OFFICE,
    DEPARTMENT,
    DESK,
    GRID,
    PARTNER,
    SUPERVISOR,
    User,
)
from shared.web.i18n import gettext, msgid


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: where it leads, its name, and who sees it (None: everyone)."""

    path: str
    label: str
    roles: frozenset[str] | None
    residents: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as this person sees it on this page."""

    path: str
    label: str
    current: bool


PLACES = (
    Place("/desk", msgid("受理台"), frozenset({DESK, BACK_OFFICE, GRID})),
    Place("/desk/people", msgid("个人信息"), frozenset({DESK, BACK_OFFICE, SUPERVISOR})),
    Place("/orders", msgid("工单"), frozenset({DEPARTMENT, SUPERVISOR})),
    Place("/supervise", msgid("督办"), frozenset({SUPERVISOR})),
    Place("/accounts", msgid("账号"), frozenset({ADMIN})),
    Place("/desk/retention", msgid("保存期限"), frozenset({ADMIN})),
    Place("/audit/intake", msgid("审计"), frozenset({AUDITOR})),
    Place("/messages", msgid("消息"), frozenset({DESK, BACK_OFFICE, SUPERVISOR})),
    Place("/partners", msgid("合伙人"), None, residents=True),
    Place("/points", msgid("积分"), frozenset({PARTNER})),
    Place("/track", msgid("查进度"), None, residents=True),
    Place("/guides", msgid("办事指引"), frozenset(), residents=True),
)


def items(user: User | None) -> list[Item]:
    """List where `user` may go; residents, who are not signed in, see what is theirs."""
    path = flask.request.path
    shown = [
        place
        for place in PLACES
        if (place.residents if user is None else place.roles is None or user.role in place.roles)
    ]
    here = [p.path for p in shown if path == p.path or path.startswith(f"{p.path}/")]
    nearest = max(here, key=len, default="")
    return [Item(p.path, gettext(p.label), p.path == nearest) for p in shown]
