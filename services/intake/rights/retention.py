"""How long people's data stays, by ``retention.yml`` of the district pack (PIPL 19 and 47).

Read and checked once. Months are the calendar's, counted from the day a matter ended.
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.clock import local
from shared.district import District, Document, Problem, once_a_district, read_part
from shared.workdays import end_of_day

FILE = "retention.yml"
REFUSALS, REQUESTS, MATTERS = "@refusals", "@requests", "@matters"
"""What is kept beside the cases, where kinds of cases are listed."""
_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """How long one kind of thing is kept.

    Attributes:
        kind: a kind of cases in the pack, REFUSALS, REQUESTS or MATTERS.
        months: from the day it ended.
        archive: the law keeps it: within the period it is not erased on request either (P47).
        confirmed: whether the district has a ground for it.
    """

    kind: str
    months: int
    archive: bool
    source: tuple[str, ...]
    confirmed: bool
    note: str = ""

    def ends(self, since: datetime) -> datetime:
        """The last moment it is kept (UTC), for what ended at ``since``."""
        return end_of_day(months_after(local(since).date(), self.months)).astimezone(UTC)

    def cutoff(self, now: datetime) -> datetime:
        """What ended before this moment (UTC) is due: the start of a day, so once a day more is.

        Where months are of different length it is up to three days late, and never early.
        """
        today = local(now).date()
        day = months_after(today, -self.months)
        return (end_of_day(day) - timedelta(days=1)).astimezone(UTC)

    def over(self, since: datetime, now: datetime) -> bool:
        """Whether what ended at ``since`` has been kept long enough."""
        return now > self.ends(since)


@dataclass(frozen=True)
class Retention:
    """retention.yml, loaded and checked.

    Attributes:
        answer_workdays: until a resident's request is answered.
        answer_confirmed: whether the district has a ground for that.
        cases: by kind of case; every kind of the pack is there.
    """

    answer_workdays: int
    answer_confirmed: bool
    cases: Mapping[str, Period]
    refusals: Period
    requests: Period
    matters: Period

    @property
    def periods(self) -> tuple[Period, ...]:
        """All of them, cases first."""
        return (*self.cases.values(), self.refusals, self.requests, self.matters)


def months_after(day: date, months: int) -> date:
    """The same day that many months later, or earlier; the month's last where it is too short."""
    count = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(count, _MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _sources() -> fields.List[Any]:
    return fields.List(fields.String(), required=True, validate=validate.Length(min=1))


class _PeriodSchema(Schema):
    months = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1200))
    archive = fields.Boolean(required=True)
    source = _sources()
    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Period:
        return Period(**{"kind": "", **data, "source": tuple(data["source"])})


class _KindSchema(_PeriodSchema):
    kind = fields.String(required=True)


class _AnswerSchema(Schema):
    value = fields.Integer(required=True, strict=True, validate=validate.Range(1, 60))
    source = _sources()
    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="")


class RetentionSchema(Schema):
    """retention.yml as a whole."""

    answer_workdays = fields.Nested(_AnswerSchema, required=True)
    cases = fields.List(fields.Nested(_KindSchema), required=True)
    refusals = fields.Nested(_PeriodSchema, required=True)
    requests = fields.Nested(_PeriodSchema, required=True)
    matters = fields.Nested(_PeriodSchema, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Retention:
        """Make the periods."""
        return Retention(
            answer_workdays=data["answer_workdays"]["value"],
            answer_confirmed=data["answer_workdays"]["confirmed"],
            cases={period.kind: period for period in data["cases"]},
            refusals=_named(data["refusals"], REFUSALS),
            requests=_named(data["requests"], REQUESTS),
            matters=_named(data["matters"], MATTERS),
        )


def _named(period: Period, kind: str) -> Period:
    return Period(kind, period.months, period.archive, period.source, period.confirmed, period.note)


@once_a_district
def retention_of(district: District) -> Retention:
    """The district's periods, read once.

    Raises:
        PackError: with file, line, field and what was expected, for everything that is wrong.
    """
    kinds = {kind.code for kind in district.rules.kinds}

    def every_kind_once(document: Document) -> Iterator[Problem]:
        listed = [entry.get("kind") for _, entry in document.entries("cases")]
        for missing in sorted(kinds - set(listed)):
            yield document.problem(("cases",), f"{missing} is missing", "every kind of rules.yml")
        for place, entry in document.entries("cases"):
            kind = entry.get("kind")
            if kind not in kinds or listed.count(kind) > 1:
                wanted = f"each of {', '.join(sorted(kinds))} once"
                yield document.problem((*place, "kind"), repr(kind), wanted)

    found: Retention = read_part(district.path, FILE, RetentionSchema, [every_kind_once])
    return found
