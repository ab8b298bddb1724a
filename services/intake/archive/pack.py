"""``archive.yml`` of a district pack: when the day ends, and what is closed then."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.clock import LOCAL_ZONE, local
from shared.district import District, once_a_district, read_part

FILE = "archive.yml"


@dataclass(frozen=True)
class ArchiveRules:
    """archive.yml, loaded and checked.

    Attributes:
        day_ends: local time at which what is finished is archived by itself.
        rating_workdays: a resolved case without a rating is closed after so many; 0 at once.
    """

    day_ends: time
    rating_workdays: int

    def last_end(self, now: datetime) -> datetime:
        """The day's end that was last (UTC): today's, or yesterday's where it is yet to come."""
        here = local(now)
        ends = datetime.combine(here.date(), self.day_ends, LOCAL_ZONE)
        return (ends if here >= ends else ends - timedelta(days=1)).astimezone(UTC)


class _ValueSchema(Schema):
    source = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    confirmed = fields.Boolean(required=True)
    note = fields.String(load_default="")


class _TimeSchema(_ValueSchema):
    value = fields.String(required=True, validate=validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d"))


class _DaysSchema(_ValueSchema):
    value = fields.Integer(required=True, strict=True, validate=validate.Range(0, 60))


class ArchiveSchema(Schema):
    """archive.yml as a whole."""

    day_ends = fields.Nested(_TimeSchema, required=True)
    rating_workdays = fields.Nested(_DaysSchema, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ArchiveRules:
        """Make the rules."""
        ends = time.fromisoformat(data["day_ends"]["value"])
        return ArchiveRules(ends, data["rating_workdays"]["value"])


@once_a_district
def archive_rules(district: District) -> ArchiveRules:
    """The district's rules, read once.

    Raises:
        PackError: with file, line, field and what was expected.
    """
    found: ArchiveRules = read_part(district.path, FILE, ArchiveSchema)
    return found
