"""Very many dossiers: one is sealed as always, the others are copies of its rows, made by SQL.

Copies differ in number, day, place, community, item, title and words, and in who brought them; a
few known people have twenty matters each. What is sealed is the template's, so sizes are true.
Ten years, whatever the size: more dossiers are more a day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
import yaml
from stdnum.cn import ric

from services.intake.archive.dossier import A_DAY
from services.intake.archive.words import key_of, words_of
from services.intake.figures.tables import DAY, MONTH, WHOLE
from services.intake.models import archive, figures
from shared.district import DISTRICTS, District
from shared.sealing import KeyRing

FIRST = date(2016, 1, 1)
DAYS = 3650
PEOPLE = 1000
MATTERS = 20
TITLES = 599
_A_CODE = 6
MOST_DOCUMENTS = 1_000_000
"""Documents are opened one at a time by their number; more of them would only fill the disk."""
CHANNELS = ("desk", "online", "hotline", "grid", "home_visit")
NUMBER = "XS-160101-{n:08d}-00"


@dataclass(frozen=True)
class Made:
    """What was made, for asking about it."""

    size: int
    communities: tuple[str, ...]
    titles: tuple[str, ...]
    last_day: date


def person(n: int) -> tuple[str, str, str]:
    """Name, telephone and identity number of the n-th known person."""
    born = f"34060319700101{n:03d}"
    return f"测试{n:04d}", f"139{n:08d}", f"{born}{ric.calc_check_digit(born + '0')}"


def generate(connection: sa.Connection, keys: KeyRing, pack: District, size: int) -> Made:
    """Fill the empty tables from the one dossier that is there, and make their indexes anew."""
    sql = _Sql(connection.dialect.name)
    titles, communities = _titles(pack), tuple(pack.communities)
    _helpers(connection, keys, communities, titles)
    dropped = _drop_indexes(connection, sql)
    for copy, of in (("bench_dossier", "dossiers"), ("bench_document", "dossier_documents")):
        connection.execute(sa.text(f"CREATE TABLE {copy} AS SELECT * FROM {of}"))  # noqa: S608
    for statement in (sql.dossiers(size), sql.documents(min(size, MOST_DOCUMENTS)), sql.words()):
        connection.execute(sa.text(statement))
    _figures(connection, sql)
    for statement in dropped:
        connection.execute(sa.text(statement))
    connection.execute(sa.text("ANALYZE"))
    last = FIRST + timedelta(days=DAYS - 1)
    return Made(size, communities, tuple(title for title, _ in titles), last)


def _titles(pack: District) -> list[tuple[str, str]]:
    """What the items are called, and what residents say, cut as titles are."""
    told = yaml.safe_load((DISTRICTS / "xiangshan" / "examples.yml").read_text(encoding="utf-8"))
    named = [(item.name, code) for code, item in pack.items.items()]
    said = [(text[:24], "@complaint") for text in _texts(told)]
    return list(islice(dict.fromkeys([*named, *said]), TITLES))


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, str) and len(told) > _A_CODE:
        yield told
    elif isinstance(told, (list, dict)):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _texts(one)


def _helpers(
    connection: sa.Connection,
    keys: KeyRing,
    communities: Sequence[str],
    titles: Sequence[tuple[str, str]],
) -> None:
    """Small tables the copies are joined with."""
    numbered = {"n": sa.Integer}
    _table(connection, "bench_communities", numbered | {"code": sa.String}, enumerate(communities))
    rows = ((n, title, item) for n, (title, item) in enumerate(titles))
    _table(connection, "bench_titles", numbered | {"title": sa.String, "item": sa.String}, rows)
    _table(connection, "bench_channels", numbered | {"code": sa.String}, enumerate(CHANNELS))
    words = (
        (title, place, key_of(code, word))
        for place, code in enumerate(communities)
        for title, (text, _) in enumerate(titles)
        for word in words_of(text)
    )
    columns = {"title": sa.Integer, "community": sa.Integer, "key": sa.BigInteger}
    _table(connection, "bench_words", columns, words)
    people = ((n, *_digests(keys, n)) for n in range(PEOPLE))
    blobs = dict.fromkeys(("name", "phone", "id_no"), sa.LargeBinary)
    _table(connection, "bench_people", numbered | blobs, people)


def _digests(keys: KeyRing, n: int) -> Iterable[bytes]:
    columns = ("applicant_name", "applicant_phone", "applicant_id_no")
    for column, text in zip(columns, person(n), strict=True):
        yield keys.first.digest(f"dossiers.{column}", text)


def _table(
    connection: sa.Connection, name: str, columns: dict[str, Any], rows: Iterable[Sequence[Any]]
) -> None:
    table = sa.Table(name, sa.MetaData(), *(sa.Column(c, kind) for c, kind in columns.items()))
    table.create(connection)
    connection.execute(table.insert(), [dict(zip(columns, row, strict=True)) for row in rows])


def _drop_indexes(connection: sa.Connection, sql: "_Sql") -> list[str]:
    """Take the indexes off while rows come in; returns what makes them again."""
    found = []
    for index in (i for table in (archive.dossiers,) for i in table.indexes):
        found.append(str(sa.schema.CreateIndex(index).compile(dialect=connection.dialect)))
        connection.execute(sa.schema.DropIndex(index))
    if sql.postgres:
        connection.execute(sa.text("ALTER TABLE dossier_words DROP CONSTRAINT dossier_words_pkey"))
        found.append("ALTER TABLE dossier_words ADD PRIMARY KEY (key, place)")
    return sorted(found)


class _Sql:
    """The few statements, in the words of either database."""

    def __init__(self, dialect: str) -> None:
        self.postgres = dialect != "sqlite"

    def dossiers(self, size: int) -> str:
        """Copies with their search columns; one in so many is a known person's."""
        known = max(1, size // (PEOPLE * MATTERS))
        day = f"(i * {DAYS} / {size})"
        own = {
            "number": self._number("i"),
            "place": f"({FIRST.toordinal()} + {day}) * {A_DAY} + i",
            "day": self._day(day),
            "item": "t.item",
            "title": "t.title",
            "community": "c.code",
            "channel": "h.code",
            "applicant_name_index": f"coalesce(p.name, {self._digest('i', 'a')})",
            "applicant_phone_index": f"coalesce(p.phone, {self._digest('i', 'b')})",
            "applicant_id_index": f"coalesce(p.id_no, {self._digest('i', 'c')})",
        }
        names = [column.name for column in archive.dossiers.c]
        chosen = ", ".join(own.get(name, f"d.{name}") for name in names)
        # Multiplied, so that neighbours differ, and the same i always gives the same row.
        return (
            f"INSERT INTO dossiers ({', '.join(names)}) {self._series(size)} SELECT {chosen} "  # noqa: S608
            "FROM s CROSS JOIN bench_dossier d "
            f"JOIN bench_titles t ON t.n = (i * 7919) % {TITLES} "
            "JOIN bench_communities c "
            "ON c.n = (i * 31 + i / 599) % (SELECT count(*) FROM bench_communities) "
            f"JOIN bench_channels h ON h.n = (i / 11) % {len(CHANNELS)} "
            f"LEFT JOIN bench_people p ON i % {known} = 0 AND p.n = (i / {known}) % {PEOPLE} "
        )

    def documents(self, size: int) -> str:
        """Copies of the sealed document."""
        names = [column.name for column in archive.documents.c]
        chosen = ", ".join(self._number("i") if c == "number" else f"d.{c}" for c in names)
        return (
            f"INSERT INTO dossier_documents ({', '.join(names)}) {self._series(size)} "  # noqa: S608
            f"SELECT {chosen} FROM s CROSS JOIN bench_document d"
        )

    def words(self) -> str:
        """What the words' table holds of every title, in the order of its key."""
        n = f"(d.place % {A_DAY})"
        return (
            "INSERT INTO dossier_words (key, place) SELECT w.key, d.place FROM dossiers d "  # noqa: S608
            "JOIN bench_communities c ON c.code = d.community "
            f"JOIN bench_words w ON w.community = c.n AND w.title = ({n} * 7919) % {TITLES} "
            f"WHERE d.number LIKE 'XS-160101-%' {'' if self.postgres else 'ORDER BY 1, 2'}"
        )

    def figures(self, grain: str, community: str, item: str, channel: str) -> str:
        """The rows of one kind: each dossier was accepted and done on its day, in ten minutes."""
        start = "day" if grain == DAY else self._month()
        values = {"accepted": "count(*)", "done": "count(*)", "on_spot": "count(*)"}
        values |= {"minutes": "10 * count(*)", "spot_minutes": "10 * count(*)", "t07": "count(*)"}
        names = [c.name for c in figures.c]
        key = {"grain": f"'{grain}'", "community": community, "start": start}
        key |= {"item": item, "channel": channel}
        chosen = ", ".join(key.get(name) or values.get(name, "0") for name in names)
        grouped = [value for value in (community, start, item, channel) if value[0] != "'"]
        return (
            f"INSERT INTO figure_days ({', '.join(names)}) SELECT {chosen} "  # noqa: S608
            f"FROM dossiers WHERE number LIKE 'XS-160101-%' GROUP BY {', '.join(grouped)}"
        )

    def _series(self, size: int) -> str:
        if self.postgres:
            return f"WITH s(i) AS (SELECT generate_series(0::bigint, {size - 1}))"
        count = f"SELECT i + 1 FROM s WHERE i < {size - 1}"  # noqa: S608 - a number of ours
        return f"WITH RECURSIVE s(i) AS (VALUES (0) UNION ALL {count})"

    def _number(self, n: str) -> str:
        padded = f"lpad({n}::text, 8, '0')" if self.postgres else f"printf('%08d', {n})"
        return f"'XS-160101-' || {padded} || '-00'"

    def _day(self, days: str) -> str:
        first = FIRST.isoformat()
        if self.postgres:
            return f"DATE '{first}' + CAST({days} AS int)"
        return f"date('{first}', '+' || {days} || ' days')"

    def _month(self) -> str:
        if self.postgres:
            return "CAST(date_trunc('month', day) AS date)"
        return "date(day, 'start of month')"

    def _digest(self, n: str, salt: str) -> str:
        return f"decode(md5('{salt}' || {n}), 'hex')" if self.postgres else "randomblob(16)"


def _figures(connection: sa.Connection, sql: _Sql) -> None:
    connection.execute(figures.delete())
    for grain in (DAY, MONTH):
        for dimensions in (
            ("community", "item", "channel"),
            ("community", f"'{WHOLE}'", f"'{WHOLE}'"),
            (f"'{WHOLE}'", "item", "channel"),
            (f"'{WHOLE}'", "item", f"'{WHOLE}'"),
        ):
            connection.execute(sa.text(sql.figures(grain, *dimensions)))
