"""The page of the rota: this week, who is on now, gaps, leave, swaps, calendars."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import flask
from werkzeug.wrappers import Response

from services.intake.pages_common import actor, lang, refuse, runtime
from services.intake.problems import field_error
from services.intake.reason import Forbidden, Rejected, Unknown
from services.intake.rosters import actions, calendar_pages, schemas
from services.intake.rosters.cover_store import open_days
from services.intake.rosters.feed import COMMUNITY, OFFICER
from services.intake.rosters.leave import ASKED
from services.intake.rosters.pack import pack_for
from services.intake.rosters.present import Words, rows, with_leave
from shared import clock
from shared.permissions import may
from shared.web.auth import requires, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid, ngettext
from shared.web.words import local_date_words
from shared.years import within_years

blueprint = flask.Blueprint(
    "rosters_pages", __name__, static_folder="../static", static_url_path="/desk/roster/static"
)
blueprint.register_blueprint(calendar_pages.blueprint)
LABELS = {
    "day": msgid("哪一天"),
    "weeks": msgid("排几周"),
    "post": msgid("哪个岗"),
    "seat": msgid("岗位"),
    "username": msgid("谁"),
    "partner": msgid("AB岗搭档"),
    "kind": msgid("什么假"),
    "starts_at": msgid("从什么时候"),
    "ends_at": msgid("到什么时候"),
    "reason": msgid("事由"),
    "duty": msgid("我的班"),
    "other": msgid("和谁换"),
    "other_duty": msgid("对方的班"),
    "words": msgid("说明"),
    "in_view": msgid("仍要这样安排的理由"),
}
_HERE = "/desk/roster"


@blueprint.get("/desk/roster")
@requires("roster.read")
def show() -> str:
    """The week that is asked for, or this one."""
    return _page(Form())


@blueprint.post("/desk/roster/plan")
@requires("roster.manage")
def plan() -> Response | tuple[str, int]:
    """Fill the coming weeks."""

    def work(given: dict[str, Any]) -> str:
        added = actions.plan(runtime(), actor(), given["day"], given["weeks"])
        return ngettext("排了 %(num)s 班。", "排了 %(num)s 班。", added)

    return _done("plan", schemas.RosterPlanBody(), work)


@blueprint.post("/desk/roster/duties")
@requires("roster.manage")
def assign() -> Response | tuple[str, int]:
    """Give a seat to somebody."""

    def work(given: dict[str, Any]) -> str:
        duty = actions.assign(runtime(), actor(), given)
        return gettext("%(day)s 由%(name)s值班。", day=local_date_words(duty.day), name=duty.name)

    return _done("assign", schemas.DutyBody(), work)


@blueprint.post("/desk/roster/duties/<duty>/cancel")
@requires("roster.manage")
def cancel(duty: str) -> Response | tuple[str, int]:
    """Take somebody off a duty."""

    def work(given: dict[str, Any]) -> str:
        gone = actions.remove(runtime(), actor(), duty, given["in_view"])
        return gettext("已取消%(name)s的这一班。", name=gone.name)

    return _done(duty, schemas.InViewBody(), work)


@blueprint.post("/desk/roster/members/<username>")
@requires("roster.manage")
def set_member(username: str) -> Response | tuple[str, int]:
    """Say at which posts somebody takes turns, and who makes a pair with them."""

    def work(given: dict[str, Any]) -> str:
        actions.set_member(runtime(), actor(), username, given)
        return gettext("轮岗人员已更新，往后排班按新的来。")

    return _done(username, schemas.RosterMemberBody(), work)


@blueprint.post("/desk/roster/leaves")
@requires("roster.swap")
def ask_leave() -> Response | tuple[str, int]:
    """Ask for leave."""

    def work(given: dict[str, Any]) -> str:
        asked = actions.ask_leave(runtime(), actor(), given)
        return gettext("已请假 %(number)s，等社区负责人答复。", number=asked.number)

    return _done("leave", schemas.LeaveBody(), work)


@blueprint.post("/desk/roster/leaves/<number>/withdraw")
@requires("roster.swap")
def withdraw_leave(number: str) -> Response | tuple[str, int]:
    """Take leave back."""

    def work(_given: dict[str, Any]) -> str:
        actions.withdraw_leave(runtime(), actor(), number, manages=_manages())
        return gettext("已撤回。")

    return _done(number, schemas.RosterEmptyBody(), work)


@blueprint.post("/desk/roster/leaves/<number>/decide/<verb>")
@requires("roster.manage")
def decide_leave(number: str, verb: str) -> Response | tuple[str, int]:
    """Grant or refuse leave."""
    if verb not in actions.OF_LEAVE:
        flask.abort(404)

    def work(given: dict[str, Any]) -> str:
        actions.decide_leave(runtime(), actor(), number, verb, given)
        return gettext("已准假，顶班的人已排好。") if verb == "grant" else gettext("已答复。")

    return _done(number, _body_of(verb), work)


@blueprint.post("/desk/roster/swaps")
@requires("roster.swap")
def ask_swap() -> Response | tuple[str, int]:
    """Ask somebody to swap."""

    def work(given: dict[str, Any]) -> str:
        swap = actions.ask_swap(runtime(), actor(), given)
        return gettext("已向%(name)s提出换班。", name=swap.other_name)

    return _done("swap", schemas.SwapBody(), work)


@blueprint.post("/desk/roster/swaps/<number>/answer/<verb>")
@requires("roster.swap")
def answer_swap(number: str, verb: str) -> Response | tuple[str, int]:
    """Agree, decline or take back."""
    if verb not in {"agree", "decline", "withdraw"}:
        flask.abort(404)

    def work(given: dict[str, Any]) -> str:
        actions.answer_swap(runtime(), actor(), number, verb, given["words"])
        return gettext("已答复。")

    return _done(number, schemas.SwapAnswerBody(), work)


@blueprint.post("/desk/roster/swaps/<number>/decide/<verb>")
@requires("roster.manage")
def decide_swap(number: str, verb: str) -> Response | tuple[str, int]:
    """The manager confirms or refuses it."""
    if verb not in {"confirm", "refuse"}:
        flask.abort(404)

    def work(given: dict[str, Any]) -> str:
        actions.decide_swap(runtime(), actor(), number, verb, given)
        return gettext("已答复，值班表已更新。")

    return _done(number, _body_of(verb), work)


@blueprint.post("/desk/roster/calendars")
@requires("roster.swap")
def make_calendar() -> Response | tuple[str, int]:
    """A link for a phone's calendar."""

    def work(given: dict[str, Any]) -> str:
        actions.make_link(runtime(), actor(), given | {"language": lang()})
        return gettext("日历链接在下面，订阅后手机会自动更新。")

    return _done("calendar", schemas.CalendarLinkBody(), work)


@blueprint.post("/desk/roster/calendars/<link>/revoke")
@requires("roster.swap")
def revoke_calendar(link: str) -> Response | tuple[str, int]:
    """The link opens nothing any more."""

    def work(_given: dict[str, Any]) -> str:
        actions.revoke_link(runtime(), actor(), link, manages=_manages())
        return gettext("链接已停用。")

    return _done(link, schemas.RosterEmptyBody(), work)


# ---- Showing ----


def _body_of(verb: str) -> Any:
    return schemas.RosterRefuseBody() if verb == "refuse" else schemas.RosterGrantBody()


def _manages() -> bool:
    return may(signed_in(), "roster.manage")


def _done(
    sent: str, schema: Any, work: Callable[[dict[str, Any]], str]
) -> Response | tuple[str, int]:
    """Do it and go back to the week; or show what is wrong, at the form it was sent from."""
    form = read_form(schema)
    if form.ok:
        try:
            flask.flash(work(form.data), "done")
        except (Forbidden, Unknown):
            raise  # of no form: it is another's, or not there
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            week = _asked_day()
            back = f"{_HERE}?week={week}" if week else _HERE
            return flask.redirect(back, code=303)
    return _page(form, sent), 422


def _asked_day() -> date | None:
    try:
        day = date.fromisoformat(flask.request.args.get("week", ""))
    except ValueError:
        return None
    return day if within_years(day) else None


def _page(form: Form, sent: str = "") -> str:
    ground, who = runtime(), actor()
    community = actions.community_of(ground, who, flask.request.args.get("community", ""))
    first = actions.monday(_asked_day() or actions.today())
    pack, words = pack_for(ground.district), Words(pack_for(ground.district), lang() == "en")
    found = actions.roster(ground, community, first, actions.WEEK)
    known, leaves = actions.members(ground, community), actions.leaves(ground, community)
    days = _days(first, found["duties"])
    today = actions.today()
    gaps = actions.gaps(ground, community, today, today + timedelta(days=pack.cover_days - 1))
    return flask.render_template(
        "rosters/roster.html",
        form=form,
        sent=sent,
        blank=Form(),
        labels={name: gettext(label) for name, label in LABELS.items()},
        community=ground.district.communities[community],
        communities=ground.district.communities if who.community is None else {},
        first=first,
        week=actions.WEEK,
        step=timedelta(days=actions.WEEK),
        today=today,
        days=[(day, words.day(day)) for day in days],
        rows=with_leave(rows(known, days, found["duties"], words), days, leaves),
        on_duty=found["on_duty"],
        gaps=[words.gap(gap) for gap in gaps],
        cover_days=pack.cover_days,
        members=known,
        posts=pack.posts.values(),
        seats=sorted({seat.code for post in pack.posts.values() for seat in post.seats}),
        words=words,
        pack=pack,
        manages=_manages() and who.community == community,
        swaps_may=may(signed_in(), "roster.swap"),
        me=who.username,
        at=clock.now(),
        **_asked(community, leaves, words),
    )


def _asked(community: str, leaves: list[Any], words: Words) -> dict[str, Any]:
    """Leave, swaps and calendar links, in words."""
    ground, who = runtime(), actor()
    swaps = actions.swaps(ground, community)
    duties = actions.duties_of(ground, {id_ for one in swaps for id_ in (one.duty, one.other_duty)})
    coming = actions.coming(ground, community)
    links = actions.links(ground, who)
    return {
        "leaves": [_leave(one, words) for one in leaves],
        "swaps": [words.swap(one, duties) for one in swaps],
        "mine": [(one.id, words.short(one)) for one in coming if one.username == who.username],
        "theirs": [
            (one.id, f"{words.short(one)} {one.name}")
            for one in coming
            if one.username != who.username
        ],
        "links": [(one, actions.url_of(ground, one)) for one in links],
        "of_officer": OFFICER,
        "of_community": COMMUNITY,
    }


def _leave(one: Any, words: Words) -> dict[str, Any]:
    told = _manages() or one.username == actor().username
    reason = actions.gap_of(runtime(), one) if told and one.state == ASKED else None
    warned = field_error(reason).told()["reason"] if reason is not None else ""
    return words.leave(one, told=told, reason=warned)


def _days(first: date, duties: list[Any]) -> list[date]:
    """The days of the week the desks are open, and those with a duty all the same."""
    pack, calendar = pack_for(runtime().district), runtime().district.calendar
    week = open_days(pack, calendar, first, first + timedelta(days=actions.WEEK - 1))
    return sorted({*week, *(one.day for one in duties)})
