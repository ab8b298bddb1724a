"""What the API and the pages of rosters take, and what the API gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.rosters.feed import COMMUNITY, OFFICER
from shared.web.i18n import LANGUAGES
from shared.years import LocalDay, LocalMoment

LONGEST_WORDS = 500
MOST_DAYS = 62
WHEN = "Local time, ISO 8601; with an offset, or as the district's clocks read"


def words(*, least: int = 0, **more: Any) -> fields.String:
    """What somebody says."""
    return fields.String(validate=validate.Length(min=least, max=LONGEST_WORDS), **more)


def code(longest: int = 60, **more: Any) -> fields.String:
    """A code or a username."""
    return fields.String(validate=validate.Length(min=1, max=longest), **more)


def _in_view() -> fields.String:
    about = "Why a manager takes a gap in cover; without it the answer is 409"
    return words(load_default="", metadata={"description": about})


class RosterQuery(ma.Schema):
    """Which days of which community."""

    community = fields.String(load_default="", validate=validate.Length(max=12))
    day = LocalDay(load_default=None, data_key="from")
    days = fields.Integer(load_default=7, validate=validate.Range(min=1, max=MOST_DAYS))


class RosterOfCommunity(ma.Schema):
    """Of which community; one's own where it is left out."""

    community = fields.String(load_default="", validate=validate.Length(max=12))


class RosterPlanBody(ma.Schema):
    """From when, and for how many weeks."""

    day = LocalDay(load_default=None, data_key="from")
    weeks = fields.Integer(load_default=4, validate=validate.Range(min=1, max=12))


class DutyBody(ma.Schema):
    """Who sits where."""

    day = LocalDay(required=True)
    post = code(20, required=True)
    seat = code(4, required=True)
    username = code(required=True)


class InViewBody(ma.Schema):
    """Why a gap in cover is taken, if one opens."""

    in_view = _in_view()


class RosterMemberBody(ma.Schema):
    """At which posts somebody takes turns, and with whom they make an AB pair."""

    posts = fields.List(code(20), load_default=list, validate=validate.Length(max=20))
    partner = fields.String(load_default="", validate=validate.Length(max=60))
    version = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 10**9),
        metadata={"description": "Which version you saw: 409 if it was changed since"},
    )


class LeaveBody(ma.Schema):
    """Leave of one's own."""

    kind = code(20, required=True)
    starts_at = LocalMoment(required=True, metadata={"description": WHEN, "maxLength": 40})
    ends_at = LocalMoment(required=True, metadata={"description": WHEN, "maxLength": 40})
    reason = words(load_default="")


class RosterGrantBody(InViewBody):
    """What the manager says to it."""

    words = words(load_default="")


class RosterRefuseBody(ma.Schema):
    """Why not."""

    words = words(least=2, required=True)


class RosterEmptyBody(ma.Schema):
    """Nothing to say."""


class SwapAnswerBody(ma.Schema):
    """What the other says to it."""

    words = words(load_default="")


class SwapBody(ma.Schema):
    """One's own duty, for another's; without `other_duty` one asks to be relieved."""

    duty = code(32, required=True)
    other = code(required=True)
    other_duty = fields.String(load_default="", validate=validate.Length(max=32))
    reason = words(load_default="")


class CalendarLinkBody(ma.Schema):
    """Whose duties, and in which language."""

    of = fields.String(load_default=OFFICER, validate=validate.OneOf([OFFICER, COMMUNITY]))
    language = fields.String(load_default="zh", validate=validate.OneOf(list(LANGUAGES)))


# ---- What is given ----


class DutyView(ma.Schema):
    """A duty."""

    id = fields.String()
    day = fields.Date()
    post = fields.String()
    post_name = fields.String()
    seat = fields.String()
    seat_name = fields.String()
    username = fields.String()
    name = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    meal_starts_at = fields.AwareDateTime(allow_none=True)
    meal_ends_at = fields.AwareDateTime(allow_none=True)
    state = fields.String()
    why = fields.String()


class OnDutyView(ma.Schema):
    """An officer."""

    username = fields.String()
    name = fields.String()


class GapView(ma.Schema):
    """Where cover is missing."""

    day = fields.Date()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    why = fields.String()
    why_label = fields.String()
    post = fields.String()
    names = fields.List(fields.String())


class RosterView(ma.Schema):
    """Some days of a community."""

    community = fields.String()
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    duties = fields.List(fields.Nested(DutyView))
    on_duty = fields.List(fields.Nested(OnDutyView))
    gaps = fields.List(fields.Nested(GapView))


class DutiesAdded(ma.Schema):
    """How many duties were added."""

    added = fields.Integer()


class RosterMemberView(OnDutyView):
    """Who takes turns at which posts."""

    role = fields.String()
    posts = fields.List(fields.String())
    partner = fields.String()
    version = fields.Integer()


class RosterMembers(ma.Schema):
    """The officers of a community."""

    items = fields.List(fields.Nested(RosterMemberView))


class LeaveView(ma.Schema):
    """A leave. Why and of which kind is for its owner and the manager."""

    number = fields.String()
    username = fields.String()
    name = fields.String()
    kind = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    state = fields.String()
    state_label = fields.String()
    reason = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    in_view = fields.String(allow_none=True)
    gap = fields.String(allow_none=True)


class Leaves(ma.Schema):
    """Leave that is asked for or granted."""

    items = fields.List(fields.Nested(LeaveView))


class SwapView(ma.Schema):
    """A swap."""

    number = fields.String()
    username = fields.String()
    name = fields.String()
    other_username = fields.String()
    other_name = fields.String()
    duty = fields.String()
    other_duty = fields.String()
    state = fields.String()
    state_label = fields.String()
    reason = fields.String()
    answer = fields.String()


class Swaps(ma.Schema):
    """Swaps of the last weeks, the latest first."""

    items = fields.List(fields.Nested(SwapView))


class CalendarLinkView(ma.Schema):
    """A calendar link."""

    id = fields.String()
    of = fields.String()
    language = fields.String()
    url = fields.String()
    made_at = fields.AwareDateTime()


class CalendarLinks(ma.Schema):
    """One's own links that work."""

    items = fields.List(fields.Nested(CalendarLinkView))
