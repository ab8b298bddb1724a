"""The feed a phone's calendar asks for: signed, revocable, with ETag (RFC 5545, RFC 7986)."""

import flask
from werkzeug.wrappers import Response

from services.intake.pages_common import runtime
from services.intake.rosters import actions
from services.intake.rosters.actions import named
from services.intake.rosters.feed import OFFICER, Link, Words, calendar_of, etag_of
from services.intake.rosters.pack import pack_for
from services.intake.rosters.present import hours
from services.intake.rosters.shift import Duty
from shared.clock import now
from shared.web.auth import public
from shared.web.i18n import msgid
from shared.web.problem import Problem

blueprint = flask.Blueprint("roster_feed", __name__)


@blueprint.get("/calendars/<token>.ics")
@public("roster.feed")
def feed(token: str) -> Response:
    """The duties of one officer, or of one community; 304 where the phone has them already."""
    found = actions.feed_of(runtime(), token, now())
    if found is None:
        raise Problem(404, "no-such-calendar", msgid("没有这个日历"), detail=_AGAIN)
    link, duties = found
    if duties is None:
        raise Problem(410, "calendar-revoked", msgid("这个日历链接已经停用"), detail=_AGAIN)
    told = calendar_of(duties, _words(link))
    response = flask.Response(told)
    response.content_type = "text/calendar; charset=utf-8; method=PUBLISH"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.set("Content-Disposition", "inline", filename="duties.ics")
    response.set_etag(etag_of(told))
    return response.make_conditional(flask.request.environ)


_AGAIN = msgid("请在值班表页面重新取一个链接。")


def _words(link: Link) -> Words:
    """What the calendar says, in the language it was asked for."""
    english, district = link.language == "en", runtime().district
    posts = pack_for(district).posts
    community = district.communities.get(link.community)
    place = community.short_name if community else link.community

    def summary(duty: Duty) -> str:
        post = posts.get(duty.post)
        seat = post.seat(duty.seat) if post else None
        called = named(post, english=english) or duty.post
        told = f"{called} {named(seat, english=english) or duty.seat}"
        return told if link.of == OFFICER else f"{told} {duty.name}"

    def description(duty: Duty) -> str:
        if duty.meal_starts_at is None or duty.meal_ends_at is None:
            return ""
        meal = hours(duty.meal_starts_at, duty.meal_ends_at)
        return f"Meal {meal}" if english else f"用餐 {meal}"

    name = f"{place} duties" if english else f"{place}值班"
    return Words(name, summary, description, place)
