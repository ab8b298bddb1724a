"""What the API and the pages of deliberation take, and what the API gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.intake.deliberation.matter import STATES
from services.intake.rosters.schemas import WHEN
from shared import inputs
from shared.years import LocalDay, LocalMoment

LONGEST = 1000
MOST_PEOPLE = 100_000
MOST_YUAN = 1_000_000_000


def _words(longest: int = LONGEST, *, least: int = 1, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(min=least, max=longest), **more)


def _maybe(longest: int = LONGEST) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=longest))


def _people(**more: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(min=0, max=MOST_PEOPLE), **more)


class MatterQuery(ma.Schema):
    """Which matters, and which page of them."""

    community = _maybe(12)
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    kind = _maybe(20)
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))
    page_size = fields.Integer(load_default=20, validate=validate.Range(min=1, max=100))


class TalkQuery(ma.Schema):
    """Of which community, and which page."""

    community = _maybe(12)
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))


class DisputeQuery(ma.Schema):
    """Of which community and days; this year's where they are left out."""

    community = _maybe(12)
    first = LocalDay(load_default=None, data_key="from")
    last = LocalDay(load_default=None, data_key="to")


class MatterBody(ma.Schema):
    """A matter as it is raised. The title stands in lists and in public: it names nobody."""

    title = _words(100, least=2, required=True)
    kind = _words(20, required=True)
    story = _maybe()
    parties = fields.List(_words(20), required=True, validate=validate.Length(min=1, max=20))
    source = _maybe(40)


class AttendanceBody(ma.Schema):
    """A party at a meeting."""

    party = _words(20, required=True)
    people = _people(required=True)
    said = _maybe()


class MeetBody(ma.Schema):
    """A meeting with its minutes."""

    at = LocalMoment(required=True, metadata={"description": WHEN, "maxLength": 40})
    platform = _words(20, required=True)
    place = _maybe(100)
    attendance = fields.List(
        fields.Nested(AttendanceBody), required=True, validate=validate.Length(min=1, max=20)
    )
    agreed = _maybe()


class TaskBody(ma.Schema):
    """Who does what until when."""

    text = _words(500, required=True)
    party = _words(20, required=True)
    who = _maybe(60)
    due = LocalDay(required=True)


class TaskDoneBody(ma.Schema):
    """Which task is done, counted from 1."""

    task = fields.Integer(required=True, validate=validate.Range(min=1, max=50))
    note = _maybe(500)


class MeansBody(ma.Schema):
    """What a party brings; ``yuan`` where it is money."""

    party = _words(20, required=True)
    what = _words(500, required=True)
    yuan = fields.Integer(load_default=0, validate=validate.Range(min=0, max=MOST_YUAN))


class DecideBody(ma.Schema):
    """A vote."""

    question = _words(500, required=True)
    entitled = _people(required=True)
    present = _people(required=True)
    votes_for = _people(required=True)
    votes_against = _people(required=True)
    abstained = _people(required=True)


class GradeBody(ma.Schema):
    """A resident's grade, 5 is best."""

    score = fields.Integer(required=True, validate=validate.Range(min=1, max=5))
    words = _maybe(500)


class AdvanceBody(ma.Schema):
    """Why a step is skipped, if it is."""

    reason = _maybe(500)


class ResultBody(ma.Schema):
    """How it ended."""

    result = _words(least=2, required=True)


class ReopenMatterBody(ma.Schema):
    """Why it goes on."""

    reason = _words(500, least=2, required=True)


class PublishBody(ma.Schema):
    """What the public page says; it names nobody."""

    words = _words(least=2, required=True)


class UnpublishBody(ma.Schema):
    """Why it is taken off the public page."""

    reason = _words(500, least=2, required=True)


class MatterCaseBody(ma.Schema):
    """For whom a case is opened."""

    name = _words(60, required=True)
    phone = inputs.Phone(required=True)


# ---- What is given ----


class MatterRow(ma.Schema):
    """A matter in a list."""

    number = fields.String()
    community = fields.String()
    title = fields.String()
    kind = fields.String()
    step = fields.String()
    step_name = fields.String()
    state = fields.String()
    state_label = fields.String()
    dispute = fields.Boolean()
    opened_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class MatterView(MatterRow):
    """A matter with its papers."""

    story = fields.String()
    parties = fields.List(fields.String())
    source = fields.String()
    case_number = fields.String()
    result = fields.String()
    public_words = fields.String()
    meetings = fields.List(fields.Dict())
    tasks = fields.List(fields.Dict())
    means = fields.List(fields.Dict())
    decisions = fields.List(fields.Dict())
    grades = fields.List(fields.Dict())
    history = fields.List(fields.Dict())
    actions = fields.List(fields.String())


class MatterPage(ma.Schema):
    """A page of matters."""

    items = fields.List(fields.Nested(MatterRow))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class TalkView(ma.Schema):
    """What was decided, for everybody."""

    number = fields.String()
    community = fields.String()
    title = fields.String()
    kind_name = fields.String()
    state_label = fields.String()
    words = fields.String()
    published_at = fields.AwareDateTime()
    votes = fields.Dict(allow_none=True)


class TalkPage(ma.Schema):
    """A page of what was made public."""

    items = fields.List(fields.Nested(TalkView))
    page = fields.Integer()
    page_size = fields.Integer()
    total = fields.Integer()


class DisputeRow(ma.Schema):
    """Of one kind."""

    kind = fields.String()
    name = fields.String()
    dispute = fields.Boolean()
    settled = fields.Integer()
    unsettled = fields.Integer()


class Disputes(ma.Schema):
    """How many were settled, by kind; ``settled`` counts the disputes only."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    items = fields.List(fields.Nested(DisputeRow))
    settled = fields.Integer()
