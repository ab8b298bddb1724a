"""Who may see and do what: the signed-in user as an officer of a community or as a partner."""

from dataclasses import replace

from services.partners.handlers import Officer
from services.partners.store import NeedRow
from shared.web import auth
from shared.web.problem import FieldError, Problem
from shared.web.words import mask_name, mask_phone

COMMUNITY_STAFF = (auth.DESK, auth.BACK_OFFICE, auth.GRID)
DISTRICT_STAFF = (auth.SUPERVISOR, auth.ADMIN)
STAFF = (*COMMUNITY_STAFF, *DISTRICT_STAFF)


def officer(user: auth.User) -> Officer:
    """The user as one who speaks for the community, or for the whole district."""
    return Officer(user.name, None if user.role in DISTRICT_STAFF else user.community or "")


def is_staff(user: auth.User | None) -> bool:
    """Whether they speak for a community or the district."""
    return user is not None and user.role in STAFF


def own_partner(user: auth.User) -> str:
    """The partner the user acts for.

    Raises:
        Problem: 403 when the account belongs to none.
    """
    if not user.partner:
        reason = FieldError("partner", "您的账号还没有绑定合伙人", "请联系区里的管理员绑定")
        raise Problem(403, "no-partner", "您的账号还没有绑定合伙人", [reason])
    return user.partner


def may_see(need: NeedRow, user: auth.User, offered_to: set[str]) -> bool:
    """Staff see their community's needs, partners those that were shown to them."""
    if user.role in DISTRICT_STAFF:
        return True
    if user.role in COMMUNITY_STAFF:
        return need.community == user.community
    return bool(user.partner) and user.partner in offered_to


def shown(need: NeedRow, user: auth.User) -> NeedRow:
    """The need as this user may read it: only who took it learns the name, telephone and place."""
    if is_staff(user) or (user.partner and user.partner == need.partner):
        return need
    return replace(
        need, applicant=mask_name(need.applicant), phone=mask_phone(need.phone), location=""
    )
