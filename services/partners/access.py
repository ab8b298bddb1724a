"""Who may see and do what: the signed-in user as an officer of a community or as a partner."""

from collections.abc import Iterable
from dataclasses import replace

from services.partners.handlers import Officer
from services.partners.refusal import Unknown
from services.partners.reward import Redemption
from services.partners.store import NeedRow
from shared.mask import mask_name, mask_phone, mask_text
from shared.permissions import Place, Scope, may, scope_of
from shared.web import auth
from shared.web.problem import FieldError, Problem, plain

STAFF = "partner.contact"
"""What those may do who speak for a community or the district."""


def officer(user: auth.User) -> Officer:
    """The user as one who speaks for the community, or for the whole district."""
    district = scope_of(user, STAFF) is Scope.DISTRICT
    return Officer(user.name, None if district else user.community or "")


def is_staff(user: auth.User | None) -> bool:
    """Whether they speak for a community or the district."""
    return user is not None and may(user, STAFF)


def own_partner(user: auth.User) -> str:
    """The partner the user acts for.

    Raises:
        Problem: 403 when the account belongs to none.
    """
    if not user.partner:
        reason = FieldError("partner", "您的账号还没有绑定合伙人", "请联系区里的管理员绑定")
        raise Problem(403, "no-partner", "您的账号还没有绑定合伙人", [reason])
    return user.partner


def place_of(need: NeedRow, offered_to: Iterable[str]) -> Place:
    """Where a need belongs: to its community, and to the partners it was shown to."""
    return Place(community=need.community, partners=frozenset(offered_to))


def admit_to_passbook(user: auth.User, owner: str) -> None:
    """Let through whoever may open this passbook.

    Raises:
        Problem: 404; that there is another's is none of this user's business.
    """
    if not may(user, "passbook.read", Place(partners=frozenset({owner}))):
        raise plain(404)


def admit_to_voucher(user: auth.User, redemption: Redemption, partner: str | None) -> None:
    """Let through whoever may settle a voucher as this partner, its owner or its giver.

    Raises:
        Unknown: another's voucher is as good as none.
    """
    mine = frozenset({partner} if partner else ())
    if not may(user, "voucher.settle", Place(partners=mine)):
        raise Unknown(f"voucher {redemption.voucher}")


def shown(need: NeedRow) -> NeedRow:
    """The need as everybody reads it: enough to help, too little to find the resident."""
    return replace(
        need,
        applicant=mask_name(need.applicant),
        phone=mask_phone(need.phone),
        wish=mask_text(need.wish, need.applicant),
        note=mask_text(need.note, need.applicant),
        location="",
    )


def may_reveal(need: NeedRow, user: auth.User) -> bool:
    """Staff of its community may see the whole, with a reason; of partners, who took it."""
    taken_by = frozenset({need.partner} if need.partner else ())
    return may(user, "person.reveal", Place(community=need.community, partners=taken_by))
