"""``rosters.yml`` of a district pack: reading and checking it."""

from collections.abc import Iterator, Mapping
from datetime import time
from itertools import pairwise
from typing import Any

from marshmallow import Schema, fields, validate

from services.intake.rosters.posts import TURNS, Named, Pack, Post, Seat
from shared.district import District, Document, Problem, once_a_district, read_part
from shared.district.made import Made
from shared.permissions import ROLE_NAMES
from shared.workdays import Hours

FILE = "rosters.yml"


def _text(longest: int = 60, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=1, max=longest), **more)


def _count(low: int, high: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=low, max=high), **more)


def _clock(**more: Any) -> fields.Time:
    return fields.Time(format="%H:%M", metadata={"expected": 'a time such as "11:30"'}, **more)


class _Name(Made):
    makes = Named
    code = _text(20, required=True)
    name = _text(required=True)
    name_en = _text(required=True)


class _Seat(Made):
    makes = Seat
    code = _text(4, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    starts = _clock(data_key="from")
    ends = _clock(data_key="to")
    meal = fields.List(_clock(), validate=validate.Length(equal=2))


class _Post(Made):
    makes = Post
    code = _text(20, required=True)
    name = _text(required=True)
    name_en = _text(required=True)
    roles = fields.List(fields.String(validate=validate.OneOf(ROLE_NAMES)), required=True)
    turn = fields.String(required=True, validate=validate.OneOf(TURNS))
    weekday = _count(1, 7)
    covers = fields.Boolean()
    least = _count(1, 9, required=True)
    seats = fields.List(fields.Nested(_Seat), required=True, validate=validate.Length(min=1, max=9))
    source = fields.List(fields.String())
    confirmed = fields.Boolean()


class _File(Schema):
    weeks_ahead = _count(1, 12, required=True)
    fair_days = _count(7, 400, required=True)
    cover_days = _count(1, 60, required=True)
    posts = fields.List(fields.Nested(_Post), required=True, validate=validate.Length(min=1))
    leave_kinds = fields.List(fields.Nested(_Name), required=True, validate=validate.Length(min=1))


def load(district: District) -> Pack:
    """Read and check the district's ``rosters.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """
    read: Mapping[str, Any] = read_part(district.path, FILE, _File, [_checks])
    hours = district.service_hours
    open_from, open_until = time.fromisoformat(hours.opens), time.fromisoformat(hours.closes)
    posts = {one.code: one for one in read["posts"]}
    return Pack(
        weeks_ahead=read["weeks_ahead"],
        fair_days=read["fair_days"],
        cover_days=read["cover_days"],
        posts=posts,
        leave_kinds=tuple(read["leave_kinds"]),
        hours=Hours(open_from, open_until, hours.days),
    )


def _checks(document: Document) -> Iterator[Problem]:
    """Meals of one post come one after the other; there are seats enough; no code comes twice."""
    seen: set[Any] = set()
    for path, entry in document.entries("posts"):
        code, seats = entry.get("code"), entry.get("seats")
        if code in seen:
            yield document.problem((*path, "code"), f"{code!r} is there twice", "another code")
        seen.add(code)
        if not isinstance(seats, list):
            continue  # the schema has said so
        least = entry.get("least")
        if isinstance(least, int) and least > len(seats):
            wrong = f"{least} of {len(seats)} seats"
            yield document.problem((*path, "least"), wrong, "no more than there are seats")
        if (apart := _overlapping(seats)) is not None:
            wanted = "meals that begin when the one before has ended"
            yield document.problem((*path, "seats"), f"meals overlap: {apart}", wanted)


def _overlapping(seats: list[Any]) -> str | None:
    meals = sorted(
        one["meal"]
        for one in seats
        if isinstance(one, dict) and isinstance(one.get("meal"), list) and len(one["meal"]) > 1
    )
    for before, after in pairwise(meals):
        if after[0] < before[1]:
            return f"{before} and {after}"
    return None


@once_a_district
def pack_for(district: District) -> Pack:
    """The district's rosters, read once: a loaded pack never changes.

    Raises:
        PackError: the file is missing or wrong.
    """
    return load(district)
