"""Rules of accounts: what fits a role, and what nobody may do to themselves.

One account has one role, so nobody is both administrator and auditor (三权分立): the administrator
makes accounts, the auditor reads what was done with them, and neither works on matters.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from services.intake.reason import Reason, msgid
from shared.district import District
from shared.permissions import (
    ADMIN,
    BACK_OFFICE,
    DEPARTMENT,
    DESK,
    GRID,
    LEADER,
    MANAGER,
    PARTNER,
    User,
)

SCOPES: Mapping[str, tuple[str, ...]] = {
    DESK: ("community",),
    BACK_OFFICE: ("community",),
    GRID: ("community", "grids"),
    MANAGER: ("community",),
    DEPARTMENT: ("department",),
    LEADER: ("department",),
    PARTNER: ("partner",),
}
"""role -> what its holder answers for; the others answer for the district, or for nothing."""
LONGEST_NAME = 60
LONGEST_IDENTITY = 255
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_GRID = re.compile(r"\d{12,18}")


def scoped(user: User) -> User:
    """The person with what their role answers for, and nothing else."""
    own = SCOPES.get(user.role, ())
    empty = {"community": None, "department": None, "partner": None, "grids": ()}
    return replace(user, **{n: v for n, v in empty.items() if n not in own})  # type: ignore[arg-type]


def fits(user: User, district: District) -> list[Reason | None]:
    """Why this role and scope do not fit the district's pack."""
    own = SCOPES.get(user.role, ())
    communities, departments = set(district.communities), set(district.departments)
    return [
        _known("community", user.community, communities, needed="community" in own),
        _known("department", user.department, departments, needed="department" in own),
        _acts_for_someone(user),
        _grids_within(user),
    ]


def username_taken(username: str, *, taken: bool) -> Reason | None:
    """Two people never share a name to sign in with."""
    if not taken:
        return None
    values = {"username": username}
    return Reason("username", msgid("用户名 %(username)s 已有人用"), msgid("请换一个"), values)


def username_written(username: str) -> Reason | None:
    """Usernames stand in addresses and on the command line."""
    if _USERNAME.fullmatch(username):
        return None
    return Reason(
        "username",
        msgid("用户名只能用小写字母、数字和 . _ -，以字母或数字开头"),
        msgid("例如 limin 或 desk-01"),
    )


def identity_free(owner: str | None, username: str) -> Reason | None:
    """One person of the identity provider is one account."""
    if owner in (None, username):
        return None
    values = {"username": owner}
    return Reason(
        "identity",
        msgid("统一身份认证里的这个账号已经连着 %(username)s"),
        msgid("请先在那个账号里去掉"),
        values,
    )


def not_oneself(by: str, username: str) -> Reason | None:
    """Nobody locks themselves out, or gives themselves another role."""
    if by != username:
        return None
    return Reason(
        "", msgid("不能停用自己的账号，也不能改自己的角色"), msgid("请另一位系统管理员来做")
    )


def not_the_last(admins: set[str], username: str) -> Reason | None:
    """Somebody must be left who can make accounts."""
    if admins != {username}:
        return None
    return Reason("", msgid("这是最后一位系统管理员"), msgid("请先让另一个账号担任系统管理"))


def hands_over_first(count: int) -> Reason | None:
    """Who first received a matter answers for it until it is done (N, B14): it has to be another's.

    The page named is the manager's list of what an officer answers for; there each is handed over.
    """
    if not count:
        return None
    return Reason(
        "",
        msgid("这位同志是 %(count)s 件没有办结的办件的首问责任人，要负责到底"),
        msgid("请社区负责人先在“我负责的”里选这位同志，逐件移交给别的同志，再停用或换社区"),
        {"count": count},
    )


def leaves_community(before: User, after: User | None) -> bool:
    """Whether an officer can no longer work on what was received in their community."""
    return after is None or after.community != before.community


def leaves_admin(before: User, after: User | None) -> bool:
    """Whether an administrator is to be none any more."""
    return before.role == ADMIN and (after is None or after.role != ADMIN)


def _known(field: str, code: str | None, codes: set[str], *, needed: bool) -> Reason | None:
    if code in codes or (code is None and not needed):
        return None
    return Reason(
        field,
        msgid("“%(code)s”不在本区的数据包里"),
        msgid("请填写数据包里的代码"),
        {"code": code or ""},
    )


def _acts_for_someone(user: User) -> Reason | None:
    if user.role != PARTNER or user.partner:
        return None
    return Reason("partner", msgid("没有写明代表哪一家合伙人"), msgid("请填写合伙人的编号"))


def _grids_within(user: User) -> Reason | None:
    wrong = [grid for grid in user.grids if not _GRID.fullmatch(grid) or not _below(grid, user)]
    if not wrong:
        return None
    return Reason(
        "grids",
        msgid("网格 %(grid)s 不在这个社区里"),
        msgid("网格编号以社区的 12 位代码开头"),
        {"grid": wrong[0]},
    )


def _below(grid: str, user: User) -> bool:
    return bool(user.community) and grid.startswith(user.community or "")


def columns(user: User, identity: str) -> dict[str, object]:
    """What an account keeps of who its person is, beside the username."""
    return {
        "name": user.name,
        "role": user.role,
        "community": user.community,
        "department": user.department,
        "partner": user.partner,
        "grids": list(user.grids),
        "identity": identity or None,
    }


def place(user: User) -> dict[str, object]:
    """What the audit says a person answers for."""
    said = {"community": user.community, "department": user.department, "partner": user.partner}
    return {name: value for name, value in said.items() if value} | (
        {"grids": list(user.grids)} if user.grids else {}
    )
