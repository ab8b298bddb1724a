"""Looking: lists, searches, counts, timelines. Every function takes a read connection.

with runtime.database.read() as connection:
    case = queries.get_case(connection, number)
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.acceptance import read_id_no, read_phone
from services.intake.case import OPEN_STATES, WORKING_STATES, Case, Entry
from services.intake.models import cases, history, refusals
from services.intake.reason import Invalid, Reason, Unknown, msgid
from services.intake.refusal import Refusal
from services.intake.store import case_of, no_such_case
from shared.case_number import BadCaseNumber, parse
from shared.sealing import KeyRing, keys_of

MOST_ON_A_PAGE = 200
_LAST_DIGITS = 4


@dataclass(frozen=True)
class Filter:
    """Which cases. What is empty does not narrow.

    Attributes:
        states: one or more states.
        community: 12 digits, an officer's own; None is the whole district, and ``""``, of an
            officer who has none, is no place at all.
        owner: username of the first responder.
        text: a case number, an applicant's whole name, phone or identity number, or part of a
            title.
        due_before: only what is due, or to be reviewed (A42), before this moment.

    """

    states: tuple[str, ...] = ()
    community: str | None = None
    owner: str = ""
    text: str = ""
    due_before: datetime | None = None

    def conditions(self, keys: KeyRing) -> list[sa.ColumnElement[bool]]:
        """As SQL; people are found by the blind indexes of these keys."""
        table = cases.c
        found: list[sa.ColumnElement[bool]] = []
        if self.states:
            found.append(table.state.in_(self.states))
        if self.community is not None:
            found.append(table.community == self.community)
        if self.owner:
            found.append(table.owner_username == self.owner)
        if self.text.strip():
            found.append(_text_condition(self.text.strip(), keys))
        if self.due_before is not None:
            late = (table.due_at < self.due_before, table.review_by < self.due_before)
            found.append(sa.or_(*late))
        return found


@dataclass(frozen=True)
class Page:
    """One page of a list; `total` counts all of it."""

    items: tuple[Case, ...]
    page: int
    page_size: int
    total: int


def read_number(text: str) -> str:
    """A case number as it is printed, from how people type it.

    Raises:
        Invalid: it cannot be one; says why, e.g. that its check digits do not fit.

    """
    try:
        return str(parse(text))
    except BadCaseNumber as error:
        remedy = msgid("请核对受理回执上的编号")
        raise Invalid(Reason("number", error.zh, remedy, en=error.en)) from error


def get_case(connection: sa.Connection, text: str) -> Case:
    """The case with this number, typed as people type it.

    Raises:
        Invalid: it is no case number.
        Unknown: there is no such case.

    """
    number = read_number(text)
    row = connection.execute(sa.select(cases).where(cases.c.number == number)).mappings().first()
    if row is None:
        raise no_such_case(number)
    return case_of(row)


def case_for_resident(connection: sa.Connection, text: str, phone: str) -> Case:
    """The case, for who gives its number and the applicant's phone or its last 4 digits.

    Raises:
        Invalid: the number is no case number.
        Unknown: no such case, or not with this phone; which of the two is not told.

    """
    number = read_number(text)
    try:
        case = get_case(connection, number)
    except Unknown as error:
        raise _no_match() from error
    if not _phone_fits(case.applicant.phone, phone):
        raise _no_match()
    return case


def timeline(connection: sa.Connection, number: str) -> list[Entry]:
    """The case's timeline 流转轨迹, oldest first, in the order in which things happened."""
    told = sa.select(history).where(history.c.case_number == number)
    rows = connection.execute(told.order_by(history.c.at, history.c.seq))
    return [Entry(row.at, row.who, row.action, row.data, row.seq) for row in rows]


def list_cases(
    connection: sa.Connection, wanted: Filter, page: int = 1, page_size: int = 20
) -> Page:
    """A page of cases: running clocks first, the nearest deadline on top; then the newest."""
    size = max(1, min(page_size, MOST_ON_A_PAGE))
    where = wanted.conditions(keys_of(connection.dialect))
    total = connection.execute(sa.select(sa.func.count()).select_from(cases).where(*where))
    found = (
        sa.select(cases)
        .where(*where)
        .order_by(*_most_pressing_first())
        .limit(size)
        .offset((max(1, page) - 1) * size)
    )
    items = tuple(case_of(row) for row in connection.execute(found).mappings())
    return Page(items, max(1, page), size, total.scalar_one())


def answerable_for(
    connection: sa.Connection,
    username: str,
    page: int = 1,
    page_size: int = 20,
    community: str | None = None,
) -> Page:
    """What this first responder still answers for: neither closed nor withdrawn (B14)."""
    wanted = Filter(OPEN_STATES, community=community, owner=username)
    return list_cases(connection, wanted, page, page_size)


def still_answers_for(connection: sa.Connection, username: str) -> int:
    """How many matters an officer answers for; they are handed over before the officer goes."""
    wanted = Filter(OPEN_STATES, owner=username)
    return sum(count_by_state(connection, wanted).values())


def count_by_state(connection: sa.Connection, wanted: Filter) -> dict[str, int]:
    """How many cases are in each state; states without any are left out."""
    counted = (
        sa.select(cases.c.state, sa.func.count())
        .where(*wanted.conditions(keys_of(connection.dialect)))
        .group_by(cases.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(counted)}


def get_refusal(connection: sa.Connection, text: str) -> Refusal:
    """The refusal with this number.

    Raises:
        Invalid: it is no number of ours.
        Unknown: there is no such refusal.

    """
    number = read_number(text)
    asked = sa.select(refusals).where(refusals.c.number == number)
    row: Mapping[Any, Any] | None = connection.execute(asked).mappings().first()
    if row is None:
        values = {"number": number}
        raise Unknown(Reason("number", msgid("没有编号为 %(number)s 的告知书"), "", values))
    return Refusal.of(dict(row))


def _most_pressing_first() -> tuple[sa.ColumnElement[Any], ...]:
    """What waits for somebody else, or has its result, stands below what is late."""
    running = cases.c.state.in_(WORKING_STATES)
    due = sa.case((running, cases.c.due_at))
    accepted = (cases.c.accepted_at.desc(), cases.c.number)  # many may be of one moment
    return (due.is_(None), due, running.desc(), *accepted)


def _text_condition(text: str, keys: KeyRing) -> sa.ColumnElement[bool]:
    """A whole number, name, phone or identity number finds exactly; the rest looks into titles."""
    exact = [keys.matches(cases.c.applicant_name_index, text)]
    with suppress(BadCaseNumber):
        exact.append(cases.c.number == str(parse(text)))
    phone, id_no = read_phone(text), read_id_no(text)
    if isinstance(phone, str):
        exact.append(keys.matches(cases.c.applicant_phone_index, phone))
    if isinstance(id_no, str):
        exact.append(keys.matches(cases.c.applicant_id_index, id_no))
    return sa.or_(*exact, cases.c.title.contains(text, autoescape=True))


def _phone_fits(known: str, given: str) -> bool:
    read = read_phone(given.strip())
    if isinstance(read, str):
        return read == known
    digits = given.strip()
    return len(digits) == _LAST_DIGITS and digits.isdecimal() and known.endswith(digits)


def _no_match() -> Unknown:
    return Unknown(
        Reason(
            "number",
            msgid("没有找到这件事：编号和手机号对不上"),
            msgid("请核对受理回执上的编号，和登记时留的手机号"),
        )
    )
