"""Who may see and do what.

Departments see their own orders, supervisors all, desks those of one case of their community.
"""

from dataclasses import replace

from services.routing.lists import Wanted
from services.routing.order import Order
from services.routing.states import COMPLETED
from shared.permissions import Place, Scope, User, may, scope_of
from shared.web.i18n import msgid
from shared.web.problem import FieldError, Problem, invalid, plain


def limited(user: User, wanted: Wanted) -> Wanted:
    """The part of what is wanted that the user may see.

    Raises:
        Problem: 403 for another department's orders and for a desk without a community; 422 for a
            desk that names no case.
    """
    scope = scope_of(user, "order.list")
    if scope is Scope.DISTRICT:
        return wanted
    if scope is Scope.DEPARTMENT:
        if not user.department or wanted.department not in ("", user.department):
            raise plain(403)
        return replace(wanted, department=user.department)
    if not wanted.case:
        reason, remedy = msgid("请写明办件编号"), msgid("百通岗按办件编号查工单")
        problem = invalid({})
        problem.errors = (FieldError("case", reason, remedy),)
        raise problem
    if not user.community:
        raise plain(403)
    return replace(wanted, community=user.community)


def admit(user: User, order: Order | None) -> Order:
    """The order, if it is there for this user.

    Raises:
        Problem: 404; that another department's order exists is none of this user's business.
    """
    if order is None or not may(user, "order.read", place_of(order)):
        raise plain(404)
    return order


def admit_to_decide(user: User, order: Order, action: str, *, afterwards: bool = False) -> None:
    """Supervision decides about every order, a leader about what waits for them in their own unit.

    ``afterwards``: the leader may also once the reply is out.

    Raises:
        Problem: 403.
    """
    if not may_decide(user, order, action, afterwards=afterwards):
        raise plain(403)


def may_decide(user: User, order: Order, action: str, *, afterwards: bool = False) -> bool:
    """Whether `admit_to_decide` lets them."""
    # Inside a transaction there is no request to ask who is signed in: `permit` would fail.
    went_out = order.state == COMPLETED and not afterwards
    wide = scope_of(user, action) is Scope.DISTRICT
    return may(user, action, place_of(order)) and (wide or not went_out)


def place_of(order: Order) -> Place:
    """Where an order belongs: to the community of its case, and to the department that has it.

    Between two departments the first answers for it (B14), and reads it.
    """
    return Place(community=order.community_code, department=order.answerable or "")


def sees_all(user: User) -> bool:
    """Whether the user may read every order of the district."""
    return scope_of(user, "order.read") is Scope.DISTRICT


def community_of(user: User, action: str) -> str:
    """The community to which the user's permission is limited; empty for the whole district.

    Raises:
        Problem: 403 for an officer of no community.
    """
    if scope_of(user, action) is Scope.DISTRICT:
        return ""
    if not user.community:
        raise plain(403)
    return user.community


__all__ = ["Problem", "admit", "community_of", "limited", "place_of", "sees_all"]
