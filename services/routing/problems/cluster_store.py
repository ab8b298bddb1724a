"""Loading and saving traces and clusters; which clusters grow.

However many orders there are, nothing here reads them: a trace is found by its case, a cluster by
community and matter, and what grows by the partial index of clusters of several orders active in
this window, with the traces of just these in two windows. That is O(k log n + w) for k such
clusters with w orders in both windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.problems.cluster import OVER, Cluster, Growth, Trace
from services.routing.problems.place import place_from
from services.routing.problems.store import Attached
from shared import locks
from shared.db import Stale, Transaction

_of = models.problem_list
_orders = models.orders
MOST_ALIKE = 50
"""Clusters of a community and a matter that a new order is compared with, the newest first."""
MOST_SHOWN = 100
_TRACE = ("case_number", "order_number", "community_code", "matter", "words", "opened_at")
_ONE_AT_A_TIME = "clusters"


def hold(tx: Transaction) -> None:
    """Keep other replicas off what is in clusters and what waits for one, until the commit.

    Who puts orders into clusters takes nothing else; who changes a case's trace has the case
    already. So it comes after the case, never before it.
    """
    locks.hold(tx, [_ONE_AT_A_TIME])


# -- traces ----------------------------------------------------------------------------------------


def trace_of(row: Any) -> Trace:
    """The trace of a row."""
    given = {name: getattr(row, name) for name in _TRACE}
    return Trace(**given, place=place_from(row.place))


def trace_of_case(connection: Any, case_number: str) -> tuple[Trace, str | None] | None:
    """A case's trace and its cluster, or None; of a transaction or a connection."""
    table = _of.traces
    mine = table.c.case_number == case_number
    row = connection.execute(sa.select(table).where(mine)).one_or_none()
    return None if row is None else (trace_of(row), row.cluster)


def add_trace(tx: Transaction, trace: Trace) -> None:
    """Write a new trace; it is put into a cluster a moment later."""
    row = {name: getattr(trace, name) for name in _TRACE}
    place = trace.place.as_data() if trace.place else None
    tx.insert(_of.traces, **row, place=place, cluster=None)


def change_trace(tx: Transaction, case_number: str, **values: Any) -> None:
    """Give a trace new values."""
    table = _of.traces
    tx.execute(table.update().where(table.c.case_number == case_number).values(**values))


def waiting_traces(tx: Transaction, most: int) -> list[Trace]:
    """Traces that are in no cluster yet, the oldest first."""
    table = _of.traces
    query = sa.select(table).where(table.c.cluster.is_(None))
    query = query.order_by(table.c.opened_at, table.c.case_number).limit(most)
    return [trace_of(row) for row in tx.execute(query)]


def put_into_clusters(tx: Transaction, found: Sequence[tuple[str, str]]) -> None:
    """Say which case is in which cluster.

    Raises:
        Stale: another replica said so of one of them meanwhile; the command is run again.
    """
    table = _of.traces
    mine = sa.and_(table.c.case_number == sa.bindparam("case_of_trace"), table.c.cluster.is_(None))
    change = table.update().where(mine).values(cluster=sa.bindparam("cluster_of_trace"))
    rows = [{"case_of_trace": case, "cluster_of_trace": cluster} for case, cluster in found]
    if rows and tx.execute(change, rows).rowcount != len(rows):
        raise Stale


def traces_of(connection: Any, cluster: str, most: int = 500) -> list[Trace]:
    """The newest traces of a cluster."""
    table = _of.traces
    query = sa.select(table).where(table.c.cluster == cluster)
    query = query.order_by(table.c.opened_at.desc(), table.c.case_number).limit(most)
    return [trace_of(row) for row in connection.execute(query)]


def orders_of(connection: sa.Connection, cluster: str) -> list[Attached]:
    """The newest orders of a cluster, found by their traces."""
    table = _of.traces
    names = ("number", "title", "department", "state", "opened_at", "due_by")
    query = (
        sa.select(*(_orders.c[name] for name in names), table.c.opened_at.label("attached_at"))
        .join(table, table.c.order_number == _orders.c.number)
        .where(table.c.cluster == cluster)
        .order_by(table.c.opened_at.desc(), _orders.c.number)
        .limit(MOST_SHOWN)
    )
    return [Attached(**row) for row in connection.execute(query).mappings()]


def departments_of(connection: Any, cluster: str) -> list[str]:
    """The departments that have its orders, the one with most of them first."""
    table = _of.traces
    query = (
        sa.select(_orders.c.department, sa.func.count().label("orders"))
        .join(table, table.c.order_number == _orders.c.number)
        .where(table.c.cluster == cluster, _orders.c.department.is_not(None))
        .group_by(_orders.c.department)
        .order_by(sa.func.count().desc(), _orders.c.department)
    )
    return [row.department for row in connection.execute(query)]


# -- clusters --------------------------------------------------------------------------------------


def cluster_of(row: Any) -> Cluster:
    """The cluster of a row."""
    given = {column.name: getattr(row, column.name) for column in _of.clusters.columns}
    return Cluster(**given | {"place": place_from(row.place)})


def load(tx: Transaction, number: str) -> Cluster | None:
    """One cluster, or None."""
    return one(tx, number)


def one(connection: Any, number: str) -> Cluster | None:
    """The same, for looking only."""
    table = _of.clusters
    row = connection.execute(sa.select(table).where(table.c.number == number)).one_or_none()
    return None if row is None else cluster_of(row)


def alike(tx: Transaction, trace: Trace, since: datetime) -> list[Cluster]:
    """Clusters of the same community and matter with an order since then."""
    table = _of.clusters
    query = sa.select(table).where(
        table.c.community_code == trace.community_code,
        table.c.matter == trace.matter,
        table.c.last_at >= since,
    )
    newest = query.order_by(table.c.last_at.desc(), table.c.number).limit(MOST_ALIKE)
    found = [cluster_of(row) for row in tx.execute(newest)]
    return [one for one in found if one.state != OVER]


def of_problem(tx: Transaction, number: str) -> Cluster | None:
    """The cluster of which a problem was made."""
    table = _of.clusters
    row = tx.execute(sa.select(table).where(table.c.problem_number == number)).one_or_none()
    return None if row is None else cluster_of(row)


def add(tx: Transaction, cluster: Cluster) -> None:
    """Write a new one."""
    tx.insert(_of.clusters, **_row(cluster))


def save(tx: Transaction, cluster: Cluster, before: int) -> None:
    """Write a changed one, which was at version ``before`` when it was loaded.

    Raises:
        Stale: (at flush) somebody changed it meanwhile; the command is run again.
    """
    tx.change(_of.clusters, cluster.number, before, _row(cluster))


def _row(cluster: Cluster) -> dict[str, Any]:
    place = cluster.place.as_data() if cluster.place else None
    return asdict(replace(cluster, place=None)) | {"place": place}


# -- growth ----------------------------------------------------------------------------------------


def growing(state: str, now: datetime, days: int, least: int) -> sa.Select[Any]:
    """Number, orders of this window and of the one before, the fastest growing first.

    Only clusters with at least ``least`` orders in this window. A window is ``days`` long; an order
    from exactly its beginning is in the window before.
    """
    clusters, traces = _of.clusters, _of.traces
    middle = now - timedelta(days=days)
    start = middle - timedelta(days=days)
    this = sa.func.sum(sa.case((traces.c.opened_at > middle, 1), else_=0))
    before = sa.func.sum(sa.case((traces.c.opened_at > middle, 0), else_=1))
    return (
        sa.select(clusters.c.number, this.label("this"), before.label("before"))
        .join(
            traces,
            sa.and_(
                traces.c.cluster == clusters.c.number,
                traces.c.opened_at > start,
                traces.c.opened_at <= now,
            ),
        )
        .where(sa.text("size > 1"), clusters.c.size >= least)
        .where(clusters.c.state == state, clusters.c.last_at > middle)
        .group_by(clusters.c.number)
        .having(this >= least)
        .order_by((this - before).desc(), this.desc(), clusters.c.number)
    )


def rank(
    connection: sa.Connection, query: sa.Select[Any], days: int, page: int, size: int
) -> tuple[list[tuple[Cluster, Growth]], int]:
    """A page of what grows, and how many there are in all."""
    total = connection.execute(
        sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    ).scalar_one()
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).all()
    found = _by_number(connection, [row.number for row in rows])
    growth = [Growth(int(row.this), int(row.before), days) for row in rows]
    pairs = zip(rows, growth, strict=True)
    return [(found[row.number], one) for row, one in pairs if row.number in found], int(total)


def decided(
    connection: sa.Connection, state: str, page: int, size: int
) -> tuple[list[Cluster], int]:
    """Clusters about which somebody decided, the latest decision first, and how many."""
    table = _of.clusters
    mine = table.c.state == state
    total = connection.execute(sa.select(sa.func.count()).select_from(table).where(mine))
    query = sa.select(table).where(mine).order_by(table.c.decided_at.desc(), table.c.number)
    rows = connection.execute(query.limit(size).offset((page - 1) * size))
    return [cluster_of(row) for row in rows], int(total.scalar_one())


def growth_of(connection: sa.Connection, number: str, now: datetime, days: int) -> Growth:
    """Of one cluster."""
    table = _of.traces
    middle = now - timedelta(days=days)
    start = middle - timedelta(days=days)
    newer = sa.func.coalesce(sa.func.sum(sa.case((table.c.opened_at > middle, 1), else_=0)), 0)
    query = sa.select(sa.func.count(), newer).where(
        table.c.cluster == number, table.c.opened_at > start, table.c.opened_at <= now
    )
    total, this = connection.execute(query).one()
    return Growth(int(this), int(total) - int(this), days)


def _by_number(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, Cluster]:
    table = _of.clusters
    query = sa.select(table).where(table.c.number.in_(sorted(numbers)))
    return {row.number: cluster_of(row) for row in connection.execute(query)}
