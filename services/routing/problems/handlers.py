"""What happens to problems, and the two things routing's own handlers call: remember and erased.

Nobody's name is written about a problem: words are masked with the applicants of its orders before
they are kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.routing import store as order_store
from services.routing.events import PLATFORM
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.problems import cluster_store, events, look_back_store, rules, store, words
from services.routing.problems.cluster import Trace
from services.routing.problems.look_back import DUE, LookBack
from services.routing.problems.place import Place, place_of
from services.routing.problems.problem import Answer, Problem
from services.routing.rules import Refused
from services.routing.states import AT_WORK
from services.routing.supervision import supervision_for
from shared.clock import local
from shared.db import Transaction
from shared.mask import mask_text
from shared.workdays import end_of_day

MOST_OF_A_TITLE = 200


# -- what routing's handlers call ------------------------------------------------------------------


def remember(tx: Transaction, order: Order) -> None:
    """An order was opened: keep where it is, what it is about, and its content words.

    One row with the others of the batch; which cluster it belongs to is found out a moment later
    (``cluster_handlers.gather``). A case that is transferred anew is still one complaint, and
    still about the problems it was attached to.
    """
    if order.erased_at is not None:
        return
    trace = trace_of(tx, order)
    if order.transfer > 1:
        _stay_attached(tx, order)
    if order.transfer > 1 and cluster_store.trace_of_case(tx, order.case_number) is not None:
        cluster_store.change_trace(tx, order.case_number, order_number=order.number)
        return
    cluster_store.add_trace(tx, trace)


def _stay_attached(tx: Transaction, order: Order) -> None:
    """The order that counts now stands for its case, as the one it replaces did."""
    for problem in store.of_case(tx, order.case_number):
        fresh = store.attach(tx, problem.number, [(order.number, order.case_number)], PLATFORM)
        if fresh and problem.allows("attach"):  # one that is closed may come back
            problem.attach(fresh, tx.now, PLATFORM)
            store.save(tx, problem)


def trace_of(tx: Transaction, order: Order) -> Trace:
    """What is remembered of an order."""
    place = place_of(order.location, order.title)
    community = tx.district.communities.get(order.community_code)
    without = [place.area if place else "", community.short_name if community else ""]
    return Trace(
        case_number=order.case_number,
        order_number=order.number,
        community_code=order.community_code,
        matter=(order.matter or order.item_code or "")[:60],
        words=words.content(order.title, order.applicant_name, without=without),
        place=place,
        opened_at=order.opened_at,
    )


def corrected(tx: Transaction, order: Order) -> None:
    """The applicant's right name is known: what was kept of the title is masked with it too.

    Call it after the order has the name; its title is masked by then.
    """
    cluster_store.hold(tx)
    known = cluster_store.trace_of_case(tx, order.case_number)
    if known is None or order.erased_at is not None:
        return
    trace, number = known
    said = trace_of(tx, order) if order.transfer == 1 else trace
    reworded = replace(trace, words=words.content(said.words, order.applicant_name))
    if reworded.words == trace.words:
        return
    cluster_store.change_trace(tx, order.case_number, words=reworded.words)
    cluster = cluster_store.load(tx, number) if number else None
    if cluster is not None:
        before = cluster.version
        cluster.reword(trace, reworded)
        cluster_store.save(tx, cluster, before)


def erased(tx: Transaction, order: Order) -> None:
    """The applicant of an order is about to be forgotten: nothing that could name them stays.

    Call it before the order forgets their name. What is only about this case loses its words; of
    what is about several, the name is masked once more.
    """
    _forget_trace(tx, order.case_number)
    store.forget_candidate(tx, order.number)
    for problem in store.of_case(tx, order.case_number):
        _forget_problem(tx, problem, order)
    for look_back in look_back_store.of_order(tx, order.number):
        if look_back.state == DUE:
            look_back.drop(tx.now, PLATFORM)
            look_back_store.save(tx, look_back)
        else:
            look_back_store.forget(tx, look_back)


def _forget_trace(tx: Transaction, case_number: str) -> None:
    cluster_store.hold(tx)  # or who has read the trace puts it into a cluster all the same
    known = cluster_store.trace_of_case(tx, case_number)
    if known is None:
        return
    trace, number = known
    cluster_store.change_trace(tx, case_number, words="", place=None)
    cluster = cluster_store.load(tx, number) if number else None
    if cluster is not None:
        before = cluster.version
        cluster.forget(trace, _places(tx, cluster.number))
        cluster_store.save(tx, cluster, before)


def _places(tx: Transaction, cluster: str) -> Iterable[Place | None]:
    return [one.place for one in cluster_store.traces_of(tx, cluster)]


def _forget_problem(tx: Transaction, problem: Problem, order: Order) -> None:
    alone = store.is_of_one_case(tx, problem.number, order.case_number)
    if alone:
        problem.forget(tx.now, PLATFORM)
    else:
        problem.mask(order.applicant_name, tx.now, PLATFORM)
    store.rewrite_history(tx, problem.number, None if alone else order.applicant_name, mask_text)
    for look_back in look_back_store.of_problem(tx, problem.number):
        if alone:
            look_back_store.forget(tx, look_back)
    store.save(tx, problem)


# -- putting a problem on the list -----------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """What is to be put on the list. ``orders``: their numbers; they must be there."""

    title: str
    why: str
    answer: Answer
    note: str = ""
    review_at: datetime | None = None
    orders: Sequence[str] = ()
    cluster: str | None = None
    community_code: str = ""
    matter: str = ""
    cases: dict[str, str] = field(default_factory=dict)
    """order -> case, where they are known already."""


def open_problem(tx: Transaction, draft: Draft, by: str) -> Problem:
    """Put it on the list; every department that answers for it hears of it.

    Raises:
        Refused: a rule does not allow it, or an order is not there.
    """
    cases = draft.cases or _cases_of(tx, draft.orders)
    names = store.names_of(tx, cases)
    problem = Problem(
        number=f"WT-{local(tx.now):%y%m%d}-{tx.serial('problem'):04d}",
        title=mask_text(draft.title, *names)[:MOST_OF_A_TITLE],
        why=draft.why,
        lead=draft.answer.lead,
        responsible=draft.answer.responsible,
        opened_at=tx.now,
        opened_by=by,
        assisting=list(draft.answer.assisting),
        cluster=draft.cluster,
        community_code=draft.community_code,
        matter=draft.matter,
    )
    review_at = draft.review_at or next_review(tx)
    problem.open(mask_text(draft.note, *names), review_at, tx.now, tx.district)
    store.add(tx, problem)
    store.attach(tx, problem.number, cases.items(), by)
    tx.about(problem.number)
    events.opened(tx, problem, problem.departments, by)
    return problem


def next_review(tx: Transaction) -> datetime:
    """When it is reviewed next, if nobody says otherwise."""
    days = supervision_for(tx.district).problems.review_workdays
    at: datetime = tx.district.calendar.add_workdays(tx.now, days)
    return at


def _cases_of(tx: Transaction, orders: Sequence[str]) -> dict[str, str]:
    found = store.cases_of(tx, orders)
    for number in orders:
        if number not in found:
            raise Refused(rules.no_order(number))
    return found


# -- what a supervisor does ------------------------------------------------------------------------


def assign(tx: Transaction, problem: Problem, answer: Answer, note: str, by: str) -> None:
    """Say who answers for it; a department that is new to it hears of it.

    Raises:
        Refused: the state or a rule does not allow it.
    """
    former = set(problem.departments)
    problem.assign(answer, _said(tx, problem, note), tx.now, by, tx.district)
    events.opened(tx, problem, [one for one in problem.departments if one not in former], by)


def add_step(
    tx: Transaction, problem: Problem, text: str, who: str, until: datetime, *, by: str
) -> None:
    """Something is to be done, by whom, until when.

    Raises:
        Refused: the state or a rule does not allow it.
    """
    problem.add_step(_said(tx, problem, text), who, until, tx.now, by)


def finish_step(tx: Transaction, problem: Problem, step: int, note: str, by: str) -> None:
    """A step is done.

    Raises:
        Refused: there is no such open step.
    """
    problem.finish_step(step, _said(tx, problem, note), tx.now, by)


def review(
    tx: Transaction, problem: Problem, found: str, next_at: datetime | None, by: str
) -> None:
    """It was reviewed; the next date is the district's, where none is given.

    Raises:
        Refused: the state or a rule does not allow it.
    """
    problem.review(_said(tx, problem, found), next_at or next_review(tx), tx.now, by)


def press(tx: Transaction, problem: Problem, note: str, by: str) -> None:
    """Raise it one level of pressing; its departments hear of it.

    Raises:
        Refused: it is at the highest level, or the state does not allow it.
    """
    problem.press(_said(tx, problem, note), highest_level(tx), tx.now, by)
    events.opened(tx, problem, problem.departments, by)


def attach(tx: Transaction, problem: Problem, orders: Sequence[str], by: str) -> None:
    """Attach orders that are about it; those that are attached already change nothing.

    Raises:
        Refused: the state does not allow it, or an order is not there.
    """
    attach_known(tx, problem, _cases_of(tx, orders).items(), by)


def attach_known(
    tx: Transaction, problem: Problem, orders: Iterable[tuple[str, str]], by: str
) -> None:
    """The same, of (order, case) that are known to be there."""
    fresh = store.attach(tx, problem.number, orders, by)
    if fresh:
        problem.attach(fresh, tx.now, by)


def solve(tx: Transaction, problem: Problem, note: str, by: str) -> None:
    """It is said to be solved; somebody will look back whether it held (N, 3-32).

    Raises:
        Refused: a step is open, or the state does not allow it.
    """
    problem.solve(_said(tx, problem, note), tx.now, by)
    earlier = look_back_store.of_problem(tx, problem.number)
    look_back_store.add(
        tx,
        LookBack(
            number=f"{problem.number}-h{len(earlier) + 1}",
            problem_number=problem.number,
            order_number=None,
            department=problem.lead,
            due_by=look_back_due(tx),
            created_at=tx.now,
            created_by=by,
        ),
    )


def look_back_due(tx: Transaction) -> datetime:
    """Until when somebody looks whether a fix of now held."""
    days = supervision_for(tx.district).problems.look_back_workdays
    at: datetime = tx.district.calendar.add_workdays(tx.now, days)
    return at


def close(tx: Transaction, problem: Problem, reason: str, by: str) -> None:
    """Off the list without a fix, and why.

    Raises:
        Refused: the state does not allow it, or no reason is given.
    """
    problem.close(_said(tx, problem, reason), tx.now, by)
    _let_cluster_follow(tx, problem, "problem_closed", by)
    events.closed(tx, problem, by)


def held(tx: Transaction, problem: Problem, found: str, by: str) -> None:
    """Somebody looked, and it held: off the list.

    Raises:
        Refused: it was not solved, or nothing is said.
    """
    said = _said(tx, problem, found)
    _settle(tx, problem, "held", said, by)
    problem.hold(said, tx.now, by)
    _let_cluster_follow(tx, problem, "problem_closed", by)
    events.closed(tx, problem, by)


def came_back(tx: Transaction, problem: Problem, found: str, by: str) -> None:
    """It came back: open again, a level higher, and its departments hear of it.

    Raises:
        Refused: the state does not allow it, or nothing is said.
    """
    said = _said(tx, problem, found)
    problem.come_back(said, next_review(tx), highest_level(tx), tx.now, by)
    _settle(tx, problem, "came_back", said, by)
    _let_cluster_follow(tx, problem, "problem_came_back", by)
    _press_orders(tx, problem)
    events.opened(tx, problem, problem.departments, by)


def _press_orders(tx: Transaction, problem: Problem) -> None:
    """What comes back is repeated: the ladder takes its orders that are still at work (N, 3-18)."""
    for number in store.order_numbers_of(tx, problem.number):
        order = order_store.load(tx, number)
        if order is not None and order.state in AT_WORK:
            before = order.version
            pressing.occasion(tx, order, "repeated", problem.times_back + 1)
            if order.version != before:
                order_store.save(tx, order)


def begin_look_backs(tx: Transaction, most: int) -> int:
    """Problems whose day of looking back has come; returns how many."""
    numbers = look_back_store.beginning(tx, end_of_day(local(tx.now).date()), most)
    for number in numbers:
        problem = store.load(tx, number)
        if problem is not None and problem.allows("begin_look_back"):
            problem.begin_look_back(tx.now, PLATFORM)
            store.save(tx, problem)
    return len(numbers)


def highest_level(tx: Transaction) -> int:
    """Of the district's levels of pressing."""
    return max(supervision_for(tx.district).levels)


def _settle(tx: Transaction, problem: Problem, verb: str, found: str, by: str) -> None:
    for look_back in look_back_store.of_problem(tx, problem.number):
        if look_back.state == DUE:
            look_back.settle(verb, found, tx.now, by)
            look_back_store.save(tx, look_back)


def _let_cluster_follow(tx: Transaction, problem: Problem, verb: str, by: str) -> None:
    cluster = cluster_store.of_problem(tx, problem.number)
    if cluster is not None:
        before = cluster.version
        cluster.follow_problem(verb, tx.now, by)
        if cluster.version != before:
            cluster_store.save(tx, cluster, before)


def _said(tx: Transaction, problem: Problem, text: str) -> str:
    """Words as they may be kept: without the applicants of its orders."""
    return mask_text(text, *store.names_of(tx, store.order_numbers_of(tx, problem.number)))
