"""Who may do what, and where: the one table of roles, actions and scopes.

Every address of every service names its action (`shared.web.auth.requires`) or says that it is open
to everybody (`shared.web.auth.public`). A role that an action does not list may not do it at all;
one that is listed may do it within its scope: a desk officer in their community, a department with
what was dispatched to it. tests/architecture/test_permissions.py asks for every cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

DESK = "desk"
BACK_OFFICE = "back_office"
GRID = "grid"
MANAGER = "manager"
DEPARTMENT = "department"
LEADER = "leader"
SUPERVISOR = "supervisor"
PARTNER = "partner"
ADMIN = "admin"
AUDITOR = "auditor"
ROLE_NAMES = (
    DESK, BACK_OFFICE, GRID, MANAGER, DEPARTMENT, LEADER, SUPERVISOR, PARTNER, ADMIN, AUDITOR,
)  # fmt: skip


class Scope(StrEnum):
    """How far a permission reaches."""

    OWN = "own"
    """What is about the person themselves."""
    COMMUNITY = "community"
    """What belongs to their community."""
    DEPARTMENT = "department"
    """What was dispatched, or sent, to their department."""
    PARTNER = "partner"
    """What was offered to, or belongs to, the partner they act for."""
    DISTRICT = "district"
    """All of the district."""


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person and what they answer for.

    Raises:
        ValueError: the role is unknown.
    """

    username: str
    name: str
    role: str
    community: str | None = None
    department: str | None = None
    partner: str | None = None
    grids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in ROLE_NAMES:
            known = ", ".join(ROLE_NAMES)
            raise ValueError(f"role: {self.role!r} is unknown; use one of {known}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something belongs, as far as it is known. What is empty belongs to nobody there."""

    community: str = ""
    department: str = ""
    partners: frozenset[str] = frozenset()
    owner: str = ""


Roles = dict[str, Scope]

COMMUNITY_OFFICERS: Roles = dict.fromkeys((DESK, BACK_OFFICE, GRID, MANAGER), Scope.COMMUNITY)
AT_THE_DESK: Roles = dict.fromkeys((DESK, BACK_OFFICE, MANAGER), Scope.COMMUNITY)
MANAGEMENT: Roles = {MANAGER: Scope.COMMUNITY}
"""Who answers for a community's staff 社区负责人."""
OWN_DEPARTMENT: Roles = dict.fromkeys((DEPARTMENT, LEADER), Scope.DEPARTMENT)
OWN_LEADER: Roles = {LEADER: Scope.DEPARTMENT}
OWN_PARTNER: Roles = {PARTNER: Scope.PARTNER}
SUPERVISION: Roles = {SUPERVISOR: Scope.DISTRICT}
ADMINISTRATION: Roles = {ADMIN: Scope.DISTRICT}
AUDIT: Roles = {AUDITOR: Scope.DISTRICT}
EVERYONE: Roles = dict.fromkeys(ROLE_NAMES, Scope.OWN)
ORDERS: Roles = OWN_DEPARTMENT | SUPERVISION
MESSAGES: Roles = COMMUNITY_OFFICERS | SUPERVISION
NEEDS: Roles = COMMUNITY_OFFICERS | SUPERVISION
POINTS: Roles = dict.fromkeys((*COMMUNITY_OFFICERS, SUPERVISOR, ADMIN), Scope.DISTRICT)
"""Points buy in any community: whoever serves one may look a passbook up."""

PERMISSIONS: Mapping[str, Roles] = {
    # Of oneself.
    "session.own": EVERYONE,
    "account.own": EVERYONE,
    # Accounts, and nothing of residents: the administrator reads no matter (三权分立)
    "account.manage": ADMINISTRATION,
    "clock.set": ADMINISTRATION,
    "retention.run": ADMINISTRATION,
    # The audit: its reader does nothing else
    "audit.read": AUDIT,
    "audit.export": AUDIT,
    "audit.verify": AUDIT,
    # Cases, which intake keeps.
    "case.accept": COMMUNITY_OFFICERS,
    "case.read": COMMUNITY_OFFICERS | SUPERVISION,
    "case.notice": COMMUNITY_OFFICERS,
    "case.materials": COMMUNITY_OFFICERS,
    "case.back-office": COMMUNITY_OFFICERS,
    "case.transfer": COMMUNITY_OFFICERS,
    "case.resolve": COMMUNITY_OFFICERS,
    "case.rate": COMMUNITY_OFFICERS,
    "case.reopen": COMMUNITY_OFFICERS,
    "case.close": COMMUNITY_OFFICERS,
    "case.withdraw": COMMUNITY_OFFICERS,
    "case.need": COMMUNITY_OFFICERS,
    "case.way": COMMUNITY_OFFICERS,
    "case.promise": COMMUNITY_OFFICERS,
    "case.refuse": COMMUNITY_OFFICERS,
    "case.publish": COMMUNITY_OFFICERS,
    "case.hand-over": MANAGEMENT,
    "refusal.read": COMMUNITY_OFFICERS | SUPERVISION,
    "draft.own": dict.fromkeys(COMMUNITY_OFFICERS, Scope.OWN),
    # Who is on duty, and when
    "roster.read": COMMUNITY_OFFICERS | SUPERVISION,
    "roster.swap": COMMUNITY_OFFICERS,
    "roster.manage": MANAGEMENT,
    # Slots, bookings, tickets, mobile desks
    "slot.read": COMMUNITY_OFFICERS | SUPERVISION,
    "slot.manage": AT_THE_DESK,
    "booking.manage": COMMUNITY_OFFICERS,
    "queue.call": COMMUNITY_OFFICERS,
    # Grids: reports from the spot, and who needs care
    "report.make": COMMUNITY_OFFICERS,
    "report.read": COMMUNITY_OFFICERS | SUPERVISION,
    "report.handle": COMMUNITY_OFFICERS,
    "report.manage": AT_THE_DESK,
    "care.read": COMMUNITY_OFFICERS,
    "care.manage": AT_THE_DESK,
    # The people's ledger, and what the catalogue learns from it
    "demand.record": COMMUNITY_OFFICERS,
    "demand.read": COMMUNITY_OFFICERS | SUPERVISION,
    "catalogue.propose": COMMUNITY_OFFICERS | SUPERVISION,
    "catalogue.decide": SUPERVISION,
    "deliberation.read": COMMUNITY_OFFICERS | SUPERVISION,
    "deliberation.manage": COMMUNITY_OFFICERS,
    # 12345
    "hotline.read": COMMUNITY_OFFICERS | SUPERVISION,
    "hotline.import": SUPERVISION,
    # The archive, and figures
    "archive.read": COMMUNITY_OFFICERS | SUPERVISION,
    "archive.run": AT_THE_DESK,
    "figures.read": COMMUNITY_OFFICERS | SUPERVISION,
    "file.add": COMMUNITY_OFFICERS,
    "file.read": COMMUNITY_OFFICERS | SUPERVISION,
    "file.remove": COMMUNITY_OFFICERS,
    # People's data
    "person.reveal": COMMUNITY_OFFICERS | ORDERS | OWN_PARTNER,
    "person.export": AT_THE_DESK | SUPERVISION,
    "person.correct": AT_THE_DESK,
    "person.erase": SUPERVISION,
    # Work orders, which routing keeps.
    "order.list": ORDERS | COMMUNITY_OFFICERS,
    "order.read": ORDERS,
    "order.reply": OWN_DEPARTMENT,
    "order.decide": SUPERVISION,
    "order.supervise": SUPERVISION,
    "order.review": OWN_LEADER | SUPERVISION,
    "reply.read": ORDERS,
    "follow-up.read": SUPERVISION,
    "follow-up.record": SUPERVISION,
    "follow-up.review": SUPERVISION,
    "rates.read": ORDERS,
    "problem.read": ORDERS,
    "problem.manage": SUPERVISION,
    "cluster.read": SUPERVISION,
    # How departments get their orders
    "channel.read": ORDERS | ADMINISTRATION,
    "channel.manage": ADMINISTRATION,
    "department.read": EVERYONE,
    "department.suggest": EVERYONE,
    # Messages, which notify keeps.
    "message.read": MESSAGES | OWN_DEPARTMENT,
    "message.resend": MESSAGES,
    "template.read": MESSAGES | OWN_DEPARTMENT | ADMINISTRATION,
    # Partners, their needs and points.
    "partner.register": SUPERVISION | ADMINISTRATION | OWN_PARTNER,
    "partner.decide": SUPERVISION | ADMINISTRATION,
    "partner.contact": COMMUNITY_OFFICERS | SUPERVISION | ADMINISTRATION,
    "need.read": NEEDS | OWN_PARTNER,
    "need.answer": OWN_PARTNER,
    "need.settle": NEEDS,
    "need.confirm": NEEDS | OWN_PARTNER,
    "need.offer": NEEDS,
    "passbook.read": POINTS | OWN_PARTNER,
    "ledger.read": SUPERVISION | ADMINISTRATION,
    "reward.redeem": OWN_PARTNER,
    "voucher.read": POINTS | OWN_PARTNER,
    "voucher.settle": POINTS | OWN_PARTNER,
}
"""action -> role -> scope."""

PUBLIC: Mapping[str, str] = {
    "front.read": "the front door, the guides and what is not issued: open government",
    "session.begin": "signing in, and the way back from an identity provider",
    "session.end": "signing out takes a session away, never gives one",
    "roster.feed": "a phone's calendar, by a signed link that names one person and can be revoked",
    "slot.book": "a resident, who may book, move and cancel with their number and phone",
    "queue.take": "whoever stands in the waiting room, and its screen, which shows numbers only",
    "snapshot.send": "a rider or passer-by who saw a danger: limited in number, never shown back",
    "deliberation.open": "what a community decided together: open to those it is about",
    "open311.use": "Open311 GeoReport: the services, filing a request, and following it",
    "case.track": "a resident, by number and phone or by a signed link to one case",
    "person.ask": "a resident, by their signed link: a copy of what is held, or a request",
    "catalogue.read": "items, communities and what is not issued: open government",
    "partner.list": "who the partners are and what they offer",
    "file.open": "by a signed link that ends and names one file and who may open it",
    "webhook.receive": "a department's own system, by the signature of its secret",
    "form.open": "a department, by the signed link that was mailed to it with one order",
    "platform.read": "how the platform is: its health, and what its API looks like",
}
"""action -> why everybody may."""


def scope_of(user: User, action: str) -> Scope | None:
    """How far this person may do it; None: not at all.

    Raises:
        KeyError: no such action.
    """
    return PERMISSIONS[action].get(user.role)


def may(user: User, action: str, place: Place | None = None) -> bool:
    """Whether this person may do it, and with a place: whether they may do it there.

    Raises:
        KeyError: no such action.
    """
    scope = scope_of(user, action)
    if scope is None:
        return False
    return place is None or _reaches(scope, user, place)


def _reaches(scope: Scope, user: User, place: Place) -> bool:
    """Whether the place is the user's own, as far as the scope says. Nobody owns an empty place."""
    own = {
        Scope.OWN: bool(place.owner) and place.owner == user.username,
        Scope.COMMUNITY: bool(place.community) and place.community == user.community,
        Scope.DEPARTMENT: bool(place.department) and place.department == user.department,
        Scope.PARTNER: user.partner in place.partners,
        Scope.DISTRICT: True,
    }
    return own[scope]
