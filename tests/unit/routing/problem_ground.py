"""Orders, clusters and problems for tests, over any district's pack."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.routing import handlers as order_handlers
from services.routing import models
from services.routing.problems import cluster_handlers, cluster_store, handlers, look_back_store
from services.routing.problems import store as problem_store
from services.routing.problems.cluster import Cluster
from services.routing.problems.handlers import Draft
from services.routing.problems.look_back import LookBack
from services.routing.problems.problem import Answer, Problem
from shared.db import Database
from tests.unit.routing import ground, orders
from tests.unit.routing.ground import MONDAY

DISTRICTS = ("xiangshan", "beiguan", "huainan", "daguan")
BY = "郑建国"
NOISE = "烧烤店夜间噪声扰民"


def database(name: str = "xiangshan", url: str = "sqlite://") -> Database:
    """An empty database of routing over this pack."""
    return ground.database(url, orders.DISTRICTS[name])


class Desk:
    """Transfers cases to the database, each by its own number, and puts them into clusters."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.count = 0
        self.communities = list(db.district.communities.values())

    def order(self, title: str = NOISE, *, community: int = 0, **changes: Any) -> str:
        """An order opened now; returns its number."""
        self.count += 1
        where = self.communities[community]
        data: dict[str, Any] = {
            "number": f"XS-261123-{self.count:04d}-08",
            "title": title,
            "community": {"code": where.code, "name": where.name},
            "department": next(iter(self.db.district.departments)),
            "location": "",
            "item": None,
        }
        event = ground.transferred(**data | changes)
        self.db.run(lambda tx: order_handlers.open_order(tx, event))
        return f"{event.data['number']}-{event.data['transfer']}"

    def orders(self, n: int, title: str = NOISE, **changes: Any) -> list[str]:
        """Several of them."""
        return [self.order(title, **changes) for _ in range(n)]

    def gather(self) -> int:
        """Put what is new into clusters."""
        done = 0
        while found := self.db.run(cluster_handlers.gather):
            done += found
        return done

    def clusters(self) -> list[Cluster]:
        """All of them, the largest first."""
        self.gather()
        with self.db.read() as connection:
            rows = connection.execute(sa.select(models.problem_list.clusters)).all()
        found = [cluster_store.cluster_of(row) for row in rows]
        return sorted(found, key=lambda one: (-one.size, one.number))

    def sizes(self) -> list[int]:
        """How many orders each cluster has."""
        return [one.size for one in self.clusters()]

    def open_problem(self, orders: tuple[str, ...] = (), **changes: Any) -> Problem:
        """A problem by hand."""
        lead = next(iter(self.db.district.departments))
        answer = Answer(lead, (), "分管副局长")
        draft = Draft("幸福路夜间噪声反复", "by_hand", answer, orders=orders, **changes)
        return self.db.run(lambda tx: handlers.open_problem(tx, draft, BY))


def do(db: Database, number: str, act: Any, *args: Any, **kwargs: Any) -> None:
    """An act of ``handlers`` on a problem."""

    def work(tx: Any) -> None:
        problem = problem_store.load(tx, number)
        act(tx, problem, *args, **kwargs, by=BY)
        if problem.news:
            problem_store.save(tx, problem)

    db.run(work)


def problem_of(db: Database, number: str) -> Problem:
    """As it is stored."""
    found = db.run(lambda tx: problem_store.load(tx, number))
    assert found is not None
    return found


def problems_of(db: Database) -> list[Problem]:
    """All of them."""
    with db.read() as connection:
        rows = connection.execute(sa.select(models.problem_list.problems)).all()
    return [problem_store.problem_of(row) for row in rows]


def look_backs_of(db: Database, number: str) -> list[LookBack]:
    """Of a problem."""
    with db.read() as connection:
        return look_back_store.of_problem(connection, number)


def attached_to(db: Database, number: str) -> list[str]:
    """The orders of a problem, in order."""
    table = models.problem_list.attached
    query = sa.select(table.c.order_number).where(table.c.problem_number == number)
    with db.read() as connection:
        return sorted(connection.execute(query).scalars())


def day(n: float) -> datetime:
    """So many days after the Monday on which tests begin."""
    return MONDAY + timedelta(days=n)


def plans(db: Database, work: Any) -> list[str]:
    """How SQLite answers each query that ``work`` asks."""
    asked: list[tuple[str, Any]] = []

    def remember(*said: Any) -> None:
        if said[2].startswith("SELECT"):
            asked.append((said[2], said[3]))

    sa.event.listen(db.engine, "before_cursor_execute", remember)
    work()
    sa.event.remove(db.engine, "before_cursor_execute", remember)
    with db.engine.connect() as connection:
        return [
            row[-1]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def erase(db: Database, case: str) -> None:
    """The person of a case is forgotten."""
    db.run(lambda tx: order_handlers.people.erase(tx, ground.erased(number=case)))
