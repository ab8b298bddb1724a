"""A partner 合伙人: four kinds, registration and approval. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.partners.refusal import Reason, Refused, msgid

ORGANISATION, PROFESSIONAL, COMMUNITY, VOLUNTEER = (
    "organisation",
    "professional",
    "community",
    "volunteer",
)
KINDS: Mapping[str, str] = {
    ORGANISATION: msgid("机关企事业单位"),
    PROFESSIONAL: msgid("专业人才"),
    COMMUNITY: msgid("社区合伙人"),
    VOLUNTEER: msgid("社区志愿者"),
}
"""The four kinds of partners (mechanism 3-10)."""

PENDING, APPROVED, REFUSED = "pending", "approved", "refused"
STATES: Mapping[str, str] = {
    PENDING: msgid("待审核"),
    APPROVED: msgid("已加入"),
    REFUSED: msgid("未通过"),
}
TRANSITIONS: Mapping[tuple[str, str], str] = {
    (PENDING, "approve"): APPROVED,
    (PENDING, "refuse"): REFUSED,
    (REFUSED, "approve"): APPROVED,
}
"""(state, action) -> state."""

SERVICE, RESOURCE = "service", "resource"
LISTS: Mapping[str, str] = {SERVICE: msgid("服务清单"), RESOURCE: msgid("资源清单")}
"""Two of the three lists (mechanism 1-27); the third, of needs, comes from cases."""


@dataclass(frozen=True)
class Offering:
    """A line of a partner's service or resource list. ``terms``: free, at cost, by appointment."""

    list: str
    category: str
    name: str
    name_en: str = ""
    terms: str = ""
    terms_en: str = ""
    confirmed: bool = True


@dataclass(frozen=True)
class Partner:
    """Who can help.

    Attributes:
        communities: 12-digit codes; empty means the whole district.
        capacity: needs it can carry at once.
        origin: ``pack``, ``demo`` or ``registered``.
        credit_code: its unified social credit code (GB 32100), where it has one; no secret.
    """

    code: str
    name: str
    kind: str
    state: str = PENDING
    name_en: str = ""
    about: str = ""
    about_en: str = ""
    contact: str = ""
    phone: str = ""
    credit_code: str = ""
    communities: tuple[str, ...] = ()
    capacity: int = 3
    origin: str = "registered"
    sources: tuple[str, ...] = ()
    offerings: tuple[Offering, ...] = field(default=())
    version: int = 1


def move(partner: Partner, action: str) -> Partner:
    """The partner after it was approved or refused.

    Raises:
        Refused: that was decided before.
    """
    state = TRANSITIONS.get((partner.state, action))
    if state is None:
        values = {"state": STATES[partner.state]}
        reason = Reason(msgid("现在是“%(state)s”，不能这样办"), values)
        raise Refused("state", reason, msgid("请刷新看看最新情况"))
    return replace(partner, state=state, version=partner.version + 1)
