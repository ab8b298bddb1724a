"""What a signed-in person sees of problems, clusters and look-backs and does to them.

The same from the API and from a page. A department reads problems it leads or assists, and of their
orders its own; a supervisor reads and decides all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.routing import store as order_store
from services.routing.order import Order
from services.routing.present import lamp
from services.routing.problems import (
    candidate_handlers,
    cluster_handlers,
    cluster_store,
    handlers,
    lists,
    look_back_handlers,
    look_back_store,
    present,
    schemas,
    store,
)
from services.routing.problems.cluster import WATCHED, Cluster
from services.routing.problems.handlers import Draft
from services.routing.problems.lists import Wanted
from services.routing.problems.look_back import LookBack
from services.routing.problems.problem import Answer, Problem
from services.routing.schemas import Body as BodySchema
from services.routing.supervision import supervision_for
from shared.clock import now
from shared.db import Transaction
from shared.permissions import Place, Scope, User, may, scope_of
from shared.runtime import Runtime
from shared.web.problem import plain

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """What is done to something: the handler, the body it takes, and which of its fields."""

    act: Callable[..., Any]
    body: type[BodySchema]
    takes: tuple[str, ...] = ()


def _assign(tx: Transaction, problem: Problem, *, by: str, **body: Any) -> None:
    handlers.assign(tx, problem, _answer(body), body["note"], by)


PROBLEM_ACTS: Mapping[str, Act] = {
    "assign": Act(_assign, schemas.AnswerBody, ("lead", "assisting", "responsible", "note")),
    "step": Act(handlers.add_step, schemas.StepBody, ("text", "who", "until")),
    "step-done": Act(handlers.finish_step, schemas.StepDoneBody, ("step", "note")),
    "review": Act(handlers.review, schemas.ReviewBody, ("found", "next_at")),
    "attach": Act(handlers.attach, schemas.AttachBody, ("orders",)),
    "press": Act(handlers.press, schemas.ProblemNoteBody, ("note",)),
    "solve": Act(handlers.solve, schemas.ProblemNoteBody, ("note",)),
    "held": Act(handlers.held, schemas.FoundBody, ("found",)),
    "came-back": Act(handlers.came_back, schemas.FoundBody, ("found",)),
    "close": Act(handlers.close, schemas.ReasonBody, ("reason",)),
}
"""The last part of a problem's address -> what it does."""
_VERBS = {
    "assign": "assign",
    "step": "add_step",
    "review": "review",
    "attach": "attach",
    "press": "press",
    "solve": "solve",
    "held": "hold",
    "came-back": "come_back",
    "close": "close",
}
LOOK_BACK_ACTS: Mapping[str, Act] = {
    "held": Act(look_back_handlers.held, schemas.FoundBody, ("found",)),
    "came-back": Act(look_back_handlers.came_back, schemas.FoundBody, ("found",)),
}
CLUSTER_BODIES: Mapping[str, type[BodySchema]] = {
    "make-problem": schemas.MakeBody,
    "dismiss": schemas.ReasonBody,
    "restore": schemas.NothingBody,
}
CANDIDATE_BODIES: Mapping[str, type[BodySchema]] = {
    "take": schemas.MakeBody,
    "dismiss": schemas.ReasonBody,
}


# -- seeing ----------------------------------------------------------------------------------------


def own_department(user: User) -> str:
    """The department whose problems this user sees; empty for all of the district.

    Raises:
        Problem: 403 for an officer of no department.
    """
    if scope_of(user, "problem.read") is Scope.DISTRICT:
        return ""
    if not user.department:
        raise plain(403)
    return user.department


def problems(runtime: Runtime, user: User, asked: Body) -> dict[str, Any]:
    """A page of problems this user may see.

    Raises:
        Problem: 403 for another department's problems.
    """
    mine = own_department(user)
    if mine and asked["department"] not in ("", mine):
        raise plain(403)
    wanted, page, size = Wanted(asked["state"], mine or asked["department"]), *_page(asked)
    with runtime.database.read() as connection:
        found, total = lists.search(connection, wanted, page, size)
        numbers = [one.number for one in found]
        counted = store.count_attached(connection, numbers)
        due = lists.look_backs_due(connection, numbers)
    items = [
        present.problem(
            one, runtime.district, now(), counted.get(one.number, 0), due.get(one.number)
        )
        for one in found
    ]
    return {"items": items, "page": page, "page_size": size, "total": total}


def problem(runtime: Runtime, number: str, user: User) -> dict[str, Any]:
    """One problem with its steps, orders and history.

    Raises:
        Problem: 404, also for another department's.
    """
    district, moment = runtime.district, now()
    with runtime.database.read() as connection:
        one = _admit(user, lists.one(connection, number))
        orders = store.attached_to(connection, number, own_department(user))
        count = store.count_attached(connection, [number]).get(number, 0)
        due = lists.look_backs_due(connection, [number]).get(number)
        entries = store.history_of(connection, number)
    manages = may(user, "problem.manage")
    return present.problem(one, district, moment, count, due) | {
        "steps": present.steps(one, moment),
        "orders": [present.attached(order, district) for order in orders],
        "review_lamp": lamp(present.date_lamp(one.review_at, moment)),
        "history": present.history(entries, district),
        "next": [name for name, verb in _VERBS.items() if manages and one.allows(verb)],
    }


def counts(runtime: Runtime, user: User) -> dict[str, int]:
    """How many problems are in each state."""
    with runtime.database.read() as connection:
        return lists.counts(connection, own_department(user))


def candidates(runtime: Runtime, asked: Body) -> dict[str, Any]:
    """What is proposed for the list."""
    page, size = _page(asked)
    with runtime.database.read() as connection:
        found, total = lists.proposed(connection, page, size)
    items = [present.candidate(one, order, runtime.district) for one, order in found]
    return {"items": items, "page": page, "page_size": size, "total": total}


def clusters(runtime: Runtime, asked: Body) -> dict[str, Any]:
    """Clusters in a state: those that are watched ranked by growth, the others by decision."""
    rule, (page, size), state = _rule(runtime).clusters, _page(asked), asked["state"]
    with runtime.database.read() as connection:
        if state == WATCHED:
            query = cluster_store.growing(state, now(), rule.days, rule.least)
            ranked, total = cluster_store.rank(connection, query, rule.days, page, size)
            items = [present.cluster(one, growth, runtime.district) for one, growth in ranked]
        else:
            found, total = cluster_store.decided(connection, state, page, size)
            items = [
                present.cluster(
                    one,
                    cluster_store.growth_of(connection, one.number, now(), rule.days),
                    runtime.district,
                )
                for one in found
            ]
    numbers = {"page": page, "page_size": size, "total": total}
    return numbers | {"items": items, "days": rule.days, "least": rule.least}


def cluster(runtime: Runtime, number: str) -> dict[str, Any]:
    """One cluster: why its orders belong together, and which they are.

    Raises:
        Problem: 404.
    """
    days = _rule(runtime).clusters.days
    with runtime.database.read() as connection:
        one = _there(cluster_store.one(connection, number))
        growth = cluster_store.growth_of(connection, number, now(), days)
        orders = cluster_store.orders_of(connection, number)
    shown = present.cluster(one, growth, runtime.district)
    return shown | {
        "why": present.why_together(shown, days),
        "orders": [present.attached(order, runtime.district) for order in orders],
        "title": present.title_for(one, runtime.district),
    }


def look_backs(runtime: Runtime, asked: Body) -> dict[str, Any]:
    """A page of look-backs."""
    page, size = _page(asked)
    with runtime.database.read() as connection:
        found, total = look_back_store.search(connection, asked["state"], page, size)
        titles = _titles(connection, found)
    items = [
        present.look_back(one, titles.get(one.subject, ""), runtime.district, now())
        for one in found
    ]
    return {"items": items, "page": page, "page_size": size, "total": total}


def look_back(runtime: Runtime, number: str) -> dict[str, Any]:
    """One look-back.

    Raises:
        Problem: 404.
    """
    with runtime.database.read() as connection:
        one = _there(look_back_store.load(connection, number))
        titles = _titles(connection, [one])
    return present.look_back(one, titles.get(one.subject, ""), runtime.district, now())


def _titles(connection: Any, found: list[LookBack]) -> dict[str, str]:
    of_problems = [one.problem_number for one in found if one.problem_number]
    of_orders = [one.order_number for one in found if one.order_number]
    return lists.titles(connection, of_problems) | lists.order_titles(connection, of_orders)


# -- doing -----------------------------------------------------------------------------------------


def open_problem(runtime: Runtime, body: Body, user: User) -> str:
    """Put a problem on the list by hand; returns its number.

    Raises:
        Refused: a rule does not allow it.
    """
    named = {name: body[name] for name in ("title", "why", "note", "review_at", "orders")}
    draft = Draft(answer=_answer(body), **named)
    return runtime.database.run(lambda tx: handlers.open_problem(tx, draft, user.name)).number


def act(runtime: Runtime, number: str, verb: str, body: Body, user: User) -> None:
    """Do something to a problem.

    Raises:
        Problem: 404.
        Refused: the state or a rule does not allow it.
    """
    chosen = PROBLEM_ACTS[verb]

    def work(tx: Transaction) -> None:
        one = _admit(user, store.load(tx, number))
        chosen.act(tx, one, **{name: body[name] for name in chosen.takes}, by=user.name)
        if one.news:
            store.save(tx, one)

    runtime.database.run(work)


def decide_candidate(runtime: Runtime, order_number: str, verb: str, body: Body, user: User) -> str:
    """Take what is proposed or dismiss it; returns the number of the problem, if there is one.

    Raises:
        Problem: 404.
        Refused: it was decided before, or a rule does not allow it.
    """

    def work(tx: Transaction) -> str:
        order: Order = _there(order_store.load(tx, order_number))
        if verb == "dismiss":
            candidate_handlers.dismiss(tx, order, body["reason"], user.name)
            return ""
        answer = _answer_or(body, candidate_handlers.answer_of(tx, order), tx)
        problem = candidate_handlers.take(
            tx, order, body["title"], answer, note=body["note"], by=user.name
        )
        return problem.number

    return runtime.database.run(work)


def decide_cluster(runtime: Runtime, number: str, verb: str, body: Body, user: User) -> str:
    """Make a problem of a cluster, dismiss it or watch it again; returns the problem's number.

    Raises:
        Problem: 404.
        Refused: it was decided before, or a rule does not allow it.
    """

    def work(tx: Transaction) -> str:
        one: Cluster = _there(cluster_store.load(tx, number))
        if verb == "dismiss":
            cluster_handlers.dismiss(tx, one, body["reason"], user.name)
        elif verb == "restore":
            cluster_handlers.restore(tx, one, user.name)
        else:
            title = body["title"] or present.title_for(one, runtime.district)
            answer = _answer_or(body, cluster_handlers.answer_of(tx, one), tx)
            made = cluster_handlers.make_problem(
                tx, one, title, answer, note=body["note"], by=user.name
            )
            return made.number
        return ""

    return runtime.database.run(work)


def arrange_look_back(runtime: Runtime, order_number: str, user: User) -> str:
    """Somebody is to look back at an order; returns the look-back's number.

    Raises:
        Problem: 404.
        Refused: it is not answered, or one is due already.
    """

    def work(tx: Transaction) -> str:
        order: Order = _there(order_store.load(tx, order_number))
        return look_back_handlers.arrange(tx, order, user.name).number

    return runtime.database.run(work)


def settle_look_back(runtime: Runtime, number: str, verb: str, body: Body, user: User) -> None:
    """Say what was found: it held, or it came back.

    Raises:
        Problem: 404.
        Refused: somebody looked before, or nothing is said.
    """
    chosen = LOOK_BACK_ACTS[verb]

    def work(tx: Transaction) -> None:
        one: LookBack = _there(look_back_store.load(tx, number))
        chosen.act(tx, one, body["found"], user.name)
        tx.about(number)

    runtime.database.run(work)


# -- inside ----------------------------------------------------------------------------------------


def _admit(user: User, one: Problem | None) -> Problem:
    """The problem, if it is there for this user.

    Raises:
        Problem: 404; that another department's problem exists is none of this user's business.
    """
    if one is None or not any(
        may(user, "problem.read", Place(department=code)) for code in one.departments
    ):
        raise plain(404)
    return one


def _there(found: Any) -> Any:
    if found is None:
        raise plain(404)
    return found


def _page(asked: Body) -> tuple[int, int]:
    return asked["page"], asked["page_size"]


def _rule(runtime: Runtime) -> Any:
    return supervision_for(runtime.district)


def _answer(body: Body) -> Answer:
    return Answer(body["lead"], tuple(dict.fromkeys(body["assisting"])), body["responsible"])


def _answer_or(body: Body, usual: Answer, tx: Transaction) -> Answer:
    """Who answers: as the body says; what it leaves out is as usual."""
    lead = body["lead"] or usual.lead
    leader = (
        usual.responsible if lead == usual.lead else supervision_for(tx.district).leader_of(lead)
    )
    assisting = tuple(dict.fromkeys(body["assisting"])) or usual.assisting_under(lead)
    return Answer(lead, assisting, body["responsible"] or leader)
