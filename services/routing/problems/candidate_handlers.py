"""Finding orders that may be problems, each once, and what a supervisor decides about them."""

from datetime import datetime, timedelta

from services.routing.order import Order
from services.routing.problems import handlers, rules, store
from services.routing.problems.candidate import Candidate, whys_of
from services.routing.problems.handlers import Draft
from services.routing.problems.problem import Answer, Problem
from services.routing.rules import Refused, refuse
from services.routing.states import ARBITRATION
from services.routing.supervision import supervision_for
from shared.clock import local
from shared.db import Transaction
from shared.mask import mask_text
from shared.runtime import Runtime
from shared.workdays import end_of_day

MOST_AT_ONCE = 200
_DAY = timedelta(days=1)


def look(runtime: Runtime) -> int:
    """Propose all that the rules find; returns how many. For a timer of an hour.

    What ended undecided is forgotten first: opened again, it may be proposed again.
    """
    while runtime.database.run(_forget_ended):
        pass
    done = 0
    while found := runtime.database.run(propose):
        done += found
    while runtime.database.run(_begin):
        pass
    return done


def _forget_ended(tx: Transaction) -> int:
    return store.forget_ended(tx, MOST_AT_ONCE)


def _begin(tx: Transaction) -> int:
    return handlers.begin_look_backs(tx, MOST_AT_ONCE)


def propose(tx: Transaction) -> int:
    """Propose the next orders that the rules find; returns how many were not proposed before."""
    rule = supervision_for(tx.district)
    before = unsolved_before(tx)
    highest = max(rule.levels)
    queries = (
        store.unsolved_since(before, MOST_AT_ONCE),
        store.troubled(rule.arbitration.after_hops, highest, MOST_AT_ONCE),
        store.in_arbitration(ARBITRATION, MOST_AT_ONCE),
    )
    found = {one.number: one for query in queries for one in store.standing(tx, query)}
    fresh = 0
    for one in found.values():
        whys = whys_of(one, rule, before)
        fresh += store.propose(tx, Candidate(one.number, whys, tx.now))
    return fresh


def unsolved_before(tx: Transaction) -> datetime:
    """Orders opened until then have been open for longer than the district's working days.

    Counted as deadlines are: from the day after the opening to the end of the last day.
    """
    days = supervision_for(tx.district).problems.unsolved_workdays
    day = local(tx.now).date() - _DAY
    while days > 0:
        days -= tx.district.calendar.is_workday(day)
        day -= _DAY
    return end_of_day(day)


# -- what a supervisor decides ---------------------------------------------------------------------


def take(
    tx: Transaction, order: Order, title: str, answer: Answer | None, *, note: str, by: str
) -> Problem:
    """Put it on the list; who answers is the order's department, where nobody else is named.

    Raises:
        Refused: it was decided before, is on the list already, or has ended; or a rule does not
            allow it.
    """
    listed = store.of_order(tx, order.number)
    refuse(rules.ended(order), *(rules.listed_already(order.number, one.number) for one in listed))
    candidate = _load(tx, order.number)
    draft = Draft(
        title=title or order.title,
        why=candidate.whys[0],
        answer=answer or answer_of(tx, order),
        note=note,
        community_code=order.community_code,
        matter=order.matter or order.item_code or "",
        cases={order.number: order.case_number},
    )
    problem = handlers.open_problem(tx, draft, by)
    candidate.take(problem.number, tx.now, by)
    store.save_candidate(tx, candidate)
    return problem


def dismiss(tx: Transaction, order: Order, reason: str, by: str) -> None:
    """It is no problem; it is not proposed again.

    Raises:
        Refused: it was decided before, or no reason is given.
    """
    candidate = _load(tx, order.number)
    candidate.dismiss(mask_text(reason, order.applicant_name), tx.now, by)
    store.save_candidate(tx, candidate)


def answer_of(tx: Transaction, order: Order) -> Answer:
    """Who answers, if nobody says otherwise: its department's leader, or the fallback's."""
    rule = supervision_for(tx.district)
    lead = order.answerable or rule.arbitration.fallback
    return Answer(lead, (), rule.leader_of(lead))


def _load(tx: Transaction, number: str) -> Candidate:
    candidate = store.load_candidate(tx, number)
    if candidate is None:
        raise Refused(rules.taken_before())
    return candidate
