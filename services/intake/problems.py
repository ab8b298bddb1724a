"""The domain's refusals as answers: field, reason, remedy (RFC 9457)."""

from typing import Any

import flask

from services.intake.desk.pack import desk_of
from services.intake.masked import masked_refusal
from services.intake.papers.remedies import NOTICE, remedy_words
from services.intake.reason import Conflict, Forbidden, Reason, Rejected, Unknown, msgid
from services.intake.refusal import Refusal
from shared.db import Unavailable
from shared.uploads.prepare import LONGEST_WAIT
from shared.uploads.refused import Busy
from shared.web.context import web_of
from shared.web.i18n import ENGLISH, gettext, language
from shared.web.problem import FieldError, Problem, map_error, plain

_STATUS: dict[type[Rejected], int] = {Conflict: 409, Forbidden: 403, Unknown: 404}


class NotIssuedHere(Problem):
    """A certificate that communities must not issue; the body carries the written refusal (A38)."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(
            422,
            "not-issued",
            msgid("社区不出具“%(name)s”"),
            [FieldError("title", msgid("按规定，这种证明不由社区出具"), refusal.redirect)],
            detail=refusal.redirect,
            values={"name": refusal.name},
        )

    def body(self) -> dict[str, Any]:
        """The problem with the refusal in it."""
        return super().body() | {"refusal": refusal_json(self.refusal)}


def install(app: flask.Flask) -> None:
    """Answer what the domain and the database raise with problems."""
    map_error(app, Rejected, problem_of)
    map_error(app, Unavailable, lambda _error: plain(503))
    map_error(app, Busy, try_again)


def problem_of(rejected: Rejected) -> Problem:
    """A problem that names each field."""
    problem = plain(_STATUS.get(type(rejected), 422))
    problem.errors = tuple(field_error(reason) for reason in rejected.reasons)
    return problem


def try_again(busy: Busy) -> Problem:
    """A file that had no turn: the same file may be sent again."""
    problem = plain(503, headers={"Retry-After": str(LONGEST_WAIT)})
    problem.errors = (FieldError(busy.field, busy.reason, busy.remedy),)
    return problem


def field_error(reason: Reason) -> FieldError:
    """A reason as one field's error, in the reader's language."""
    text = reason.en if reason.en and language() == ENGLISH else reason.text
    # Values may be words themselves, such as the name of a state.
    values = {n: gettext(v) if isinstance(v, str) else v for n, v in reason.values.items()}
    return FieldError(reason.field, text, reason.remedy, values)


def refusal_json(refusal: Refusal, *, whole: bool = False) -> dict[str, Any]:
    """The written refusal: what, why, where to go, and what the resident may do about it.

    Who asked is masked, unless the reader said why they have to see the `whole`.
    """
    refusal = refusal if whole else masked_refusal(refusal)
    district = web_of().service_context.district
    return {
        "number": refusal.number,
        "at": refusal.at.isoformat(),
        "code": refusal.code,
        "name": refusal.name,
        "redirect": refusal.redirect,
        "departments": [
            {"code": code, "name": district.departments[code].name} for code in refusal.departments
        ],
        "remedies": remedy_words(desk_of(district).remedies, NOTICE),
        "community": {"code": refusal.community, "name": refusal.community_name},
        "title": refusal.title,
        "description": refusal.description,
        "applicant": {"name": refusal.applicant_name, "phone": refusal.applicant_phone},
        "by": refusal.by_name,
    }
