"""Finding dossiers among very many: every list is read from the end of one index, page by page.

A text is a number, a name, a telephone, an identity number, or words of the title. Nothing is
counted, and no page is reached by leaving rows out: the next one begins below the last `place`.
Of the whole district, lists that have an index by community are read from each and merged: in one
statement, and no more than a page of each.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.intake.acceptance import read_id_no, read_phone
from services.intake.archive.dossier import places_of
from services.intake.archive.words import MOST_WORDS, key_of, words_of
from services.intake.models import archive
from shared.case_number import BadCaseNumber, parse
from shared.sealing import keys_of

ON_A_PAGE = 30
ENOUGH = 1000
"""Of a word no more are counted to know which of several is the rarest."""
dossiers, words = archive.dossiers, archive.words
Row = sa.RowMapping


@dataclass(frozen=True)
class Wanted:
    """Which dossiers. What is empty does not narrow.

    Attributes:
        communities: of the district; where `community` is None, all of them.
        community: 12 digits; None is the whole district, and "" nowhere.
        text: a number, name, telephone, identity number, or words of a title.
        before: a place: only what stands below it, for the next page.
    """

    communities: tuple[str, ...]
    community: str | None = None
    text: str = ""
    item: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The communities that are looked into."""
        return self.communities if self.community is None else (self.community,)

    def within(self, place: sa.ColumnElement[int]) -> Iterator[sa.ColumnElement[bool]]:
        """The period and the page, of a column of places."""
        if self.first is not None:
            yield place >= places_of(self.first, self.first)[0]
        if self.last is not None:
            yield place < places_of(self.last, self.last)[1]
        if self.before is not None:
            yield place < self.before


@dataclass(frozen=True)
class Found:
    """One page, newest first; `more` is the place the next one begins below, or None."""

    rows: tuple[Row, ...]
    more: int | None = None


def search(connection: sa.Connection, wanted: Wanted, most: int = ON_A_PAGE) -> Found:
    """A page of dossiers, newest first."""
    places = _places(connection, wanted, most + 1)
    more = places[most - 1] if len(places) > most else None
    chosen = sa.select(dossiers).where(dossiers.c.place.in_(places[:most]))
    rows = connection.execute(chosen.order_by(dossiers.c.place.desc())).mappings().all()
    return Found(tuple(rows), more)


def _places(connection: sa.Connection, wanted: Wanted, most: int) -> list[int]:
    """Where they stand: the highest places of each list, merged in one statement."""
    lists = [query.limit(most).subquery() for query in _queries(connection, wanted)]
    if not lists:
        return []
    merged = sa.union(*(sa.select(one.c.place) for one in lists)).subquery()
    highest = sa.select(merged.c.place).order_by(merged.c.place.desc()).limit(most)
    return list(connection.execute(highest).scalars())


def get(connection: sa.Connection, number: str) -> Row | None:
    """What the dossier with this number is found by, if there is one."""
    one = sa.select(dossiers).where(dossiers.c.number == number)
    return connection.execute(one).mappings().first()


def _queries(connection: sa.Connection, wanted: Wanted) -> Iterator[sa.Select[Any]]:
    text = wanted.text.strip()
    if not text:
        yield from _lists(wanted)
        return
    exact = list(_exactly(connection, text))
    for condition in exact:
        yield _newest(wanted).where(condition, *_here(wanted))
    if not _is_a_number(text):
        yield from _by_words(connection, wanted, words_of(text)[:MOST_WORDS])


def _here(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.community is not None:
        yield dossiers.c.community == wanted.community


def _lists(wanted: Wanted) -> Iterator[sa.Select[Any]]:
    if wanted.community is None and not wanted.item:
        yield _newest(wanted)
        return
    for community in wanted.places:
        yield _newest(wanted).where(dossiers.c.community == community)


def _newest(wanted: Wanted) -> sa.Select[Any]:
    place = dossiers.c.place
    chosen = sa.select(place).where(*wanted.within(place)).order_by(place.desc())
    return chosen.where(dossiers.c.item == wanted.item) if wanted.item else chosen


def _exactly(connection: sa.Connection, text: str) -> Iterator[sa.ColumnElement[bool]]:
    """What a whole number, name, telephone or identity number finds."""
    keys = keys_of(connection.dialect)
    with suppress(BadCaseNumber):
        yield dossiers.c.number == str(parse(text))
        return
    phone, id_no = read_phone(text), read_id_no(text)
    if isinstance(phone, str) and phone:
        yield keys.matches(dossiers.c.applicant_phone_index, phone)
    if isinstance(id_no, str) and id_no:
        yield keys.matches(dossiers.c.applicant_id_index, id_no)
    if not _is_a_number(text):
        yield keys.matches(dossiers.c.applicant_name_index, text)


def _is_a_number(text: str) -> bool:
    """Digits and signs only, or a case number: no name, and no word of a title."""
    with suppress(BadCaseNumber):
        parse(text)
        return True
    return not any(char.isalpha() for char in text.removesuffix("X").removesuffix("x"))


def _by_words(
    connection: sa.Connection, wanted: Wanted, looked_for: Sequence[str]
) -> Iterator[sa.Select[Any]]:
    """Those whose titles have all the words; the rarest leads, the others are asked of each."""
    keys = [[key_of(place, word) for place in wanted.places] for word in looked_for]
    if len(keys) > 1:
        keys.sort(key=lambda of_word: _how_many(connection, of_word))
    for of_community in zip(*keys, strict=True):
        yield _with_all(wanted, of_community)


def _how_many(connection: sa.Connection, of_word: Sequence[int]) -> int:
    some = sa.select(sa.literal(1)).where(words.c.key.in_(of_word)).limit(ENOUGH).subquery()
    counted: int = connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return counted


def _with_all(wanted: Wanted, keys: Sequence[int]) -> sa.Select[Any]:
    """By the words' own index: the newest first, and no more than a page is looked at."""
    place = words.c.place
    chosen = sa.select(place).where(words.c.key == keys[0], *wanted.within(place))
    for key in keys[1:]:
        also = words.alias()
        chosen = chosen.where(sa.exists().where(also.c.key == key, also.c.place == place))
    if wanted.item:
        of_item = dossiers.c.place == place, dossiers.c.item == wanted.item
        chosen = chosen.where(sa.exists().where(*of_item))
    return chosen.order_by(place.desc())
