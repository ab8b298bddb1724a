"""What is held of somebody outside their cases (PIPL 45): each package answers for its own tables.

A package offers ``held_of(connection, whose) -> list[Held]`` in its ``queries_held.py``;
``holders.HOLDERS`` lists them. What comes with somebody of another person is not theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from shared.sealing import KeyRing

MOST = 500
"""Things of a kind of one person shown or given out at once; where there are more, it says so."""
_AT_A_TIME = 100
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Whose:
    """Of whom, by any of these that is given.

    Attributes:
        phone: the telephone they are looked for by.
        own_phones: their telephones by the cases of their identity number; looked for as well.
        number: a number the package may have given itself: of a booking, a report, …
        cases: numbers of their cases and refusals.
        phones: every telephone they are known by: what stands with another's is not theirs.
        names: every name they are known by.
        ids: every identity number they are known by.
        mixed: several people have what they are looked for by, and a name does not tell whose
            something is that is sensitive.
        of_anybody: not what is somebody's, but all that is found.
        community: None is the whole district, "" nowhere.
    """

    phone: str = ""
    own_phones: frozenset[str] = frozenset()
    id_no: str = ""
    number: str = ""
    cases: tuple[str, ...] = ()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    mixed: bool = False
    of_anybody: bool = False
    community: str | None = None

    def theirs(self, row: Row) -> bool:
        """Whether what this row says was said by them, as far as can be known.

        A telephone says so where they are looked for by it, or where it came with their case. With
        their other telephones, or with none, nobody else's name may stand.
        """
        if self._asked_for(row):
            return True
        phone, came = row["phone"], row.get("case_number") in self.cases
        if phone and (phone == self.phone or (came and phone in self.phones)):
            return True
        if phone and self.phones and phone not in self.phones:
            return False
        name = row.get("name", "")
        return not name or name in self.names

    def is_of(self, row: Row) -> bool:
        """Whether this row is of this very person, for what is sensitive (PIPL 28).

        A telephone is not enough: an old parent may be reached by a child's. The identity number
        says it; where it is not known on both sides, the name.
        """
        if self._asked_for(row):
            return True
        known = self.ids | ({self.id_no} - {""})
        if row["id_no"] and known:
            return known == {row["id_no"]}
        return not self.mixed and row["name"] in self.names

    def _asked_for(self, row: Row) -> bool:
        return self.of_anybody or bool(self.number and row["number"] == self.number)


@dataclass(frozen=True)
class Held:
    """One thing that is held of somebody.

    Attributes:
        kind: one of ``views.THINGS``.
        at: since when.
        community: where, by its code; "" where that is its case's.
        said: what it says of them, by the names of the copy they get.
    """

    kind: str
    number: str
    at: datetime
    community: str
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FoundBy:
    """The columns by which a table's rows are somebody's."""

    table: sa.Table
    phone: str = ""
    id_no: str = ""
    number: str = ""
    cases: tuple[str, ...] = ()

    def rows(self, keys: KeyRing, whose: Whose) -> sa.ColumnElement[bool] | None:
        """The rows that may be theirs, in their community; None: nothing to find them by."""
        column = self.table.c
        any_of: list[sa.ColumnElement[bool]] = []
        if self.phone:
            phones = sorted({whose.phone, *whose.own_phones} - {""})
            any_of += [keys.matches(column[self.phone], phone) for phone in phones]
        if self.id_no and whose.id_no:
            any_of.append(keys.matches(column[self.id_no], whose.id_no))
        if self.number and whose.number:
            any_of.append(column[self.number] == whose.number)
        if whose.cases:
            any_of += [_one_of(column[name], whose.cases) for name in self.cases]
        if not any_of:
            return None
        return sa.and_(sa.or_(*any_of), *within(self.table, whose.community))


def within(table: sa.Table, community: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    """In this community, None: in any.

    Said so that no index of communities answers: SQLite would read all of the community's rows
    instead of the few of this person.
    """
    if community is None:
        return ()
    return (sa.func.coalesce(table.c.community, "") == community,)


def rows_of(
    connection: sa.Connection,
    asked: sa.Select[Any],
    where: sa.ColumnElement[bool] | None,
    theirs: Callable[[Row], bool] = lambda _row: True,
) -> list[Row]:
    """Those of these rows that are theirs; none where nothing is looked for.

    At most MOST and one more, by which one sees that it is not all. Nearly always one look is
    enough; where others' rows fill it, they are gone through piece by piece.
    """
    if where is None:
        return []
    found = connection.execute(asked.where(where).limit(MOST + 1)).mappings().all()
    if len(found) <= MOST:
        return list(filter(theirs, found))
    piecewise = asked.where(where).execution_options(yield_per=_AT_A_TIME)
    with connection.execute(piecewise) as all_of_them:
        return list(islice(filter(theirs, all_of_them.mappings()), MOST + 1))


def told(row: Row, *names: str) -> dict[str, Any]:
    """These columns of a row, without what is empty."""
    return {name: row[name] for name in names if row[name] not in (None, "", [], ())}


def own_cases(row: Row, whose: Whose, *names: str) -> dict[str, Any]:
    """Of these columns the numbers of their cases; another person's is nobody's to know."""
    return {name: row[name] for name in names if row[name] in whose.cases}


def _one_of(column: sa.Column[Any], cases: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Said as the partial indexes say it: else SQLite reads the whole table."""
    return sa.and_(column != sa.literal_column("''"), column.in_(cases))
