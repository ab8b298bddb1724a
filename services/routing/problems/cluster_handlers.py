"""Putting new orders into clusters, and what a supervisor decides about a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.routing.events import PLATFORM
from services.routing.problems import cluster_store, handlers, store
from services.routing.problems.cluster import PROBLEM, Cluster, Trace, best_of, new_cluster
from services.routing.problems.handlers import Draft
from services.routing.problems.problem import MOST_ASSISTING, Answer, Problem
from services.routing.supervision import supervision_for
from shared.clock import local
from shared.db import Transaction
from shared.mask import mask_text
from shared.runtime import Runtime

MOST_AT_ONCE = 200


def look(runtime: Runtime) -> int:
    """Put all new orders into clusters; returns how many there were."""
    done = 0
    while found := runtime.database.run(gather):
        done += found
    return done


@dataclass
class _Known:
    """The clusters looked up and made in one go."""

    alike: dict[tuple[str, str], list[Cluster]] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    """Number -> version as loaded; those made now are not in it."""
    changed: dict[str, Cluster] = field(default_factory=dict)
    found: list[tuple[str, str]] = field(default_factory=list)
    joined: dict[str, list[Trace]] = field(default_factory=dict)


def gather(tx: Transaction) -> int:
    """Put the next new orders into clusters; returns how many.

    Each is compared with at most fifty clusters of its community and matter, found by index. Later
    orders of a cluster that is a problem are attached to that by themselves.
    """
    cluster_store.hold(tx)
    traces, known = cluster_store.waiting_traces(tx, MOST_AT_ONCE), _Known()
    for trace in traces:
        _put(tx, trace, known)
    cluster_store.put_into_clusters(tx, known.found)
    for number, cluster in known.changed.items():
        if number in known.before:
            cluster_store.save(tx, cluster, known.before[number])
        else:
            cluster_store.add(tx, cluster)
    for number, mine in known.joined.items():
        _attach(tx, number, mine)
    return len(traces)


def _put(tx: Transaction, trace: Trace, known: _Known) -> None:
    days = timedelta(days=supervision_for(tx.district).clusters.days)
    where = trace.community_code, trace.matter
    if where not in known.alike:
        known.alike[where] = cluster_store.alike(tx, trace, trace.opened_at - days)
        known.before |= {one.number: one.version for one in known.alike[where]}
    recent = [one for one in known.alike[where] if one.last_at >= trace.opened_at - days]
    cluster = best_of(recent, trace)
    if cluster is None:
        number = f"JL-{local(trace.opened_at):%y%m%d}-{tx.serial('cluster'):05d}"
        cluster = new_cluster(number, trace)
        known.alike[where].append(cluster)
    else:
        cluster.join(trace)
    known.changed[cluster.number] = cluster
    known.found.append((trace.case_number, cluster.number))
    if cluster.state == PROBLEM and cluster.problem_number:
        known.joined.setdefault(cluster.problem_number, []).append(trace)


def _attach(tx: Transaction, number: str, traces: Sequence[Trace]) -> None:
    problem = store.load(tx, number)
    if problem is not None and problem.allows("attach"):
        orders = [(one.order_number, one.case_number) for one in traces]
        handlers.attach_known(tx, problem, orders, PLATFORM)
        store.save(tx, problem)


# -- what a supervisor decides ---------------------------------------------------------------------


def make_problem(
    tx: Transaction, cluster: Cluster, title: str, answer: Answer, *, note: str, by: str
) -> Problem:
    """One standing problem with all its orders attached; later ones join by themselves.

    Raises:
        Refused: it is one already, or a rule does not allow it.
    """
    traces, before = cluster_store.traces_of(tx, cluster.number), cluster.version
    draft = Draft(
        title=title,
        why="standing",
        answer=answer,
        note=note,
        cluster=cluster.number,
        community_code=cluster.community_code,
        matter=cluster.matter,
        cases={one.order_number: one.case_number for one in traces},
    )
    problem = handlers.open_problem(tx, draft, by)
    cluster.make_problem(problem.number, tx.now, by)
    cluster_store.save(tx, cluster, before)
    return problem


def answer_of(tx: Transaction, cluster: Cluster) -> Answer:
    """Who answers, if nobody says otherwise: the department with most of its orders leads.

    The others that have some assist; where none has any, it is the fallback of disputed orders.
    """
    rule = supervision_for(tx.district)
    there = cluster_store.departments_of(tx, cluster.number) or [rule.arbitration.fallback]
    return Answer(there[0], tuple(there[1 : MOST_ASSISTING + 1]), rule.leader_of(there[0]))


def dismiss(tx: Transaction, cluster: Cluster, reason: str, by: str) -> None:
    """It is no problem, and why.

    Raises:
        Refused: it was decided before, or no reason is given.
    """
    before = cluster.version
    names = store.names_of(tx, [one.order_number for one in _traces(tx, cluster)])
    cluster.dismiss(mask_text(reason, *names), tx.now, by)
    cluster_store.save(tx, cluster, before)


def restore(tx: Transaction, cluster: Cluster, by: str) -> None:
    """It is watched again.

    Raises:
        Refused: it was not dismissed.
    """
    before = cluster.version
    cluster.restore(tx.now, by)
    cluster_store.save(tx, cluster, before)


def _traces(tx: Transaction, cluster: Cluster) -> list[Trace]:
    return cluster_store.traces_of(tx, cluster.number)
