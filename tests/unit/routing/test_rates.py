"""The three rates: against numbers counted by hand, by every group and period, of nothing twice."""

import re
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.routing.follow_ups import lists_rates, rates
from services.routing.follow_ups.lists_rates import Wanted
from services.routing.follow_ups.rates import Counts, Span
from tests.unit.routing import follow_ups as f
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, ZONE, at

A, B = "340603002001", "340603009001"
DAY = MONDAY.date()
ALL = Wanted(DAY - timedelta(days=7), DAY + timedelta(days=40))
ITEM = {"code": "G-27", "name": "居民身份证申领/换领/补领"}


def case(n: int) -> str:
    return f"XS-261123-{n:04d}-00"


@pytest.fixture
def db():
    """Nine replies. Valid: 1 to 5 and the pending 8; 6 excluded, 7 rated online, 9 not asked.

    ======  ====  =========  =========  ======  =====  ==========================
    number  dept  community  contacted  solved  grade  then
    ======  ====  =========  =========  ======  =====  ==========================
    1       ga    A          yes        yes     5
    2       ga    A          yes        no      3
    3       ga    B          no         no      1
    4       cg    B          yes        yes     4      a week later
    5       cg    A          yes        yes     2      a week later
    6       cg    A          yes        yes     5      excluded, reviewed
    7       ga    B          not asked  -       4      rated online
    8       ga    A          yes        yes     5      exclusion asked, not reviewed
    9       ga    A          -          -       -      nobody asked yet
    ======  ====  =========  =========  ======  =====  ==========================
    """
    with at():
        made = ground.database()
        places = "AABBAABAA"
        for n, department in enumerate(["ga", "ga", "ga", "cg", "cg", "cg", "ga", "ga", "ga"], 1):
            code = A if places[n - 1] == "A" else B
            more = {"item": ITEM} if n == 1 else {}
            community = {"code": code, "name": "社区"}
            f.answered(made, case(n), department, community=community, **more)
        said = {
            1: {},
            2: {"solved": False, "grade": 3},
            3: {"contacted": False, "solved": False, "grade": 1},
            6: {},
            8: {},
        }
        for n, outcome in said.items():
            f.record(made, f"{case(n)}-1-f1", **outcome)
        rated = ground.rated(6, number=case(7), grade=4)
        f.hear(made, _remember, rated)
        f.exclude(made, f"{case(6)}-1-f1", agreed=True, reason="wrong_number")
        f.exclude(made, f"{case(8)}-1-f1", agreed=None)
        with at(days=7):
            f.record(made, f"{case(4)}-1-f1", grade=4)
            f.record(made, f"{case(5)}-1-f1", grade=2)
        yield made


def _remember(tx, event):
    from services.routing import handlers  # noqa: PLC0415 - only here

    handlers.remember_rating(tx, event)


def shares(counts: Counts) -> list[tuple[int, int]]:
    found = (counts.response, counts.solution, counts.satisfaction)
    return [(one.positive, one.asked) for one in found]


def test_in_all_as_counted_by_hand(db):
    with db.read() as connection:
        total = lists_rates.total(connection, ALL)
        assert total.valid == 7
        assert shares(total) == [(5, 6), (4, 6), (5, 7)]
        assert (total.excluded, total.lapsed) == (1, 0)
        assert lists_rates.excluded(connection, ALL) == {"wrong_number": 1}
        assert lists_rates.waiting(connection, ALL, MONDAY + timedelta(days=9)) == (1, 1)


def test_by_department_community_and_matter_as_counted_by_hand(db):
    with db.read() as connection:
        groups = {
            by: {code: (one.valid, shares(one)) for code, one in found}
            for by in rates.BY
            for found in [lists_rates.by_group(connection, ALL, by)]
        }
    assert groups["department"] == {
        "ga": (5, [(3, 4), (2, 4), (4, 5)]),
        "cg": (2, [(2, 2), (2, 2), (1, 2)]),
    }
    assert groups["community"] == {
        A: (4, [(4, 4), (3, 4), (3, 4)]),
        B: (3, [(1, 2), (1, 2), (2, 3)]),
    }
    assert groups["matter"]["G-27"] == (1, [(1, 1), (1, 1), (1, 1)])
    for found in groups.values():
        assert sum(valid for valid, _ in found.values()) == 7, "nothing is counted twice"


@pytest.mark.parametrize(
    ("per", "valid"),
    [
        ("day", {date(2026, 11, 23): 5, date(2026, 11, 30): 2}),
        ("week", {date(2026, 11, 23): 5, date(2026, 11, 30): 2}),
        ("month", {date(2026, 11, 1): 7}),
    ],
)
def test_by_period_as_counted_by_hand(db, per, valid):
    span = Span(DAY, DAY + timedelta(days=7), per)
    with db.read() as connection:
        found = rates.trend(span, lists_rates.by_day(connection, Wanted(span.first, span.last)))
    assert {start: one.valid for start, one in found if one.valid} == valid
    assert rates.total(one for _, one in found).valid == 7


def test_filters_narrow_what_is_counted(db):
    with db.read() as connection:
        one = lists_rates.total(connection, Wanted(ALL.first, ALL.last, "ga", B))
        assert (one.valid, shares(one)) == (2, [(0, 1), (0, 1), (1, 2)])
        assert lists_rates.total(connection, Wanted(DAY, DAY)).valid == 5
        assert lists_rates.total(connection, Wanted(ALL.first, DAY, matter="G-27")).valid == 1


def test_an_exclusion_counts_from_the_moment_another_agrees(db):
    def totals():
        with db.read() as connection:
            one = lists_rates.total(connection, ALL)
        return one.valid, one.excluded

    assert totals() == (7, 1), "8 waits for a review and counts until then"
    from services.routing.follow_ups import handlers, store  # noqa: PLC0415 - only here

    db.run(
        lambda tx: handlers.review_exclusion(
            tx, store.load(tx, f"{case(8)}-1-f1"), grant=True, note="", by=f.REVIEWER
        )
    )
    assert totals() == (6, 2)


def test_the_local_day_decides_not_that_of_utc():
    with at(datetime(2026, 11, 30, 7, 30, tzinfo=ZONE)):  # the 29th in UTC
        db = ground.database()
        f.record(db, f.answered(db))
    with db.read() as connection:
        assert list(lists_rates.by_day(connection, ALL)) == [date(2026, 11, 30)]


@pytest.mark.parametrize("by", ["department", "community", "matter"])
def test_the_database_goes_by_an_index(db, by):
    """Narrowed to a group, and in all: never a look at every row."""
    statements = []
    listen = lambda *event: statements.append((event[2], event[3]))  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    wanted = Wanted(DAY, DAY, **{by: "x"})
    with db.read() as connection:
        lists_rates.total(connection, wanted)
        lists_rates.by_group(connection, Wanted(DAY, DAY), by)
        lists_rates.by_day(connection, Wanted(DAY, DAY))
        lists_rates.waiting(connection, wanted, MONDAY)
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        for statement, given in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
            assert re.search("SEARCH follow_ups USING (COVERING )?INDEX", str(plan)), statement


def test_months_and_weeks_begin_where_people_begin_them():
    span = Span(date(2026, 12, 30), date(2027, 1, 12), "week")
    assert span.starts() == [date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 11)]
    assert Span(date(2026, 12, 30), date(2027, 1, 12), "month").starts() == [
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


@pytest.mark.parametrize(
    ("first", "last", "per", "field"),
    [
        (date(2026, 2, 1), date(2026, 1, 1), "day", "until"),
        (date(2010, 1, 1), date(2026, 1, 1), "month", "since"),
        (date(2026, 1, 1), date(2026, 12, 31), "day", "per"),
        (date(2026, 1, 1), date(2026, 12, 31), "week", None),
        (date(2016, 6, 1), date(2026, 1, 1), "month", "per"),
    ],
)
def test_a_span_nobody_can_read_is_refused(first, last, per, field):
    wrong = rates.wrong_span(first, last) or rates.too_many_periods(Span(first, last, per))
    assert (wrong.field if wrong else None) == field


def test_where_nobody_was_asked_there_is_no_rate():
    assert Counts().response.share is None
    assert Counts(contact_asked=4, contacted=3).response.share == 0.75
