"""``/supervise/follow-ups``: whom to ask, and what they said; ``/supervise/rates``."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from services.routing import access, present
from services.routing.api import problem_of, runtime
from services.routing.follow_ups import actions, lists, schemas
from services.routing.follow_ups import present as shown_as
from services.routing.follow_ups.lists import TABS, Wanted
from services.routing.follow_ups.rules import LAPSE_LABELS
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from shared.clock import now
from shared.web.auth import User, admit, requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.reveal import read_reveal, reason_of
from shared.web.words import pages as count_pages

pages = flask.Blueprint("follow_ups", __name__)

PAGE_SIZE = 30
TAB_LABELS = {
    "open": msgid("待回访"),
    "late": msgid("逾期未回访"),
    "review": msgid("待复核"),
    "bad": msgid("不满意，整改中"),
    "done": msgid("已回访"),
}
FORMS = {
    "record": schemas.RecordBody,
    "exclude": schemas.ExcludeBody,
    "review": schemas.FollowUpReviewBody,
}
"""What can be done beside a follow-up."""
DONE_WORDS = {
    "record": msgid("已记下回访结果"),
    "exclude": msgid("已提交，请另一位督办人员复核；复核前不影响统计"),
    "review": msgid("已复核"),
}
AGAIN = msgid("已记下回访结果；居民不满意，工单已提级重办")
Act = Callable[[Any, str, Mapping[str, Any], User], None]
_ACTS: Mapping[str, Act] = {
    "record": actions.record,
    "exclude": actions.exclude,
    "review": actions.review,
}


@pages.route("/supervise/follow-ups")
@requires("follow-up.read")
def follow_ups() -> ResponseReturnValue:
    """The list; the detail stands beside it once one is chosen."""
    return _page("", Form())


@pages.route("/supervise/follow-ups/<number>")
@requires("follow-up.read")
def follow_up(number: str) -> ResponseReturnValue:
    """One follow-up beside the list, with its form."""
    return _page(number, Form(), flask.request.args.get("act", ""))


@pages.route("/supervise/follow-ups/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@shows("follow-up.read")
def reveal(number: str) -> ResponseReturnValue:
    """Whom to call, unmasked, for a reason that is kept."""
    admit("follow-up.read")  # departments may reveal their orders, not read what residents said
    asked = read_reveal()
    if not asked.ok:
        return flask.make_response(_page(number, Form(), revealing=asked), 422)
    whole = actions.reveal(runtime(), number, signed_in(), reason_of(asked))
    return _page(number, Form(), revealed=whole)


@pages.route("/supervise/follow-ups/<number>/record", methods=["POST"])
@requires("follow-up.record")
@shows("follow-up.read")
def record(number: str) -> ResponseReturnValue:
    """What the resident said."""
    return _act(number, "record")


@pages.route("/supervise/follow-ups/<number>/exclude", methods=["POST"])
@requires("follow-up.record")
@shows("follow-up.read")
def exclude(number: str) -> ResponseReturnValue:
    """It should not count."""
    return _act(number, "exclude")


@pages.route("/supervise/follow-ups/<number>/review", methods=["POST"])
@requires("follow-up.review")
@shows("follow-up.read")
def review(number: str) -> ResponseReturnValue:
    """Whether it counts, decided by another person."""
    return _act(number, "review")


@pages.route("/supervise/rates")
@requires("rates.read")
def show_rates() -> ResponseReturnValue:
    """The three rates, in all and compared; a department sees its own."""
    user, district = signed_in(), runtime().district
    given = {name: value.strip() for name, value in flask.request.args.items() if value.strip()}
    form, found = _rates(given, user)
    return flask.make_response(
        flask.render_template(
            "routing/rates.html",
            rates=found,
            filters=form,
            departments=_departments(),
            communities=[(one.code, one.short_name) for one in district.communities.values()],
            sees_all=access.sees_all(user),
        ),
        200 if form.ok else 422,
    )


def _rates(given: Mapping[str, str], user: User) -> tuple[Form, dict[str, Any] | None]:
    """The filters as they were typed, and the rates if they can be read."""
    schema = schemas.RatesQuery(unknown="exclude")
    form = Form(given, errors={name: gettext("请核对") for name in schema.validate(given)})
    if not form.ok:
        return form, None
    try:
        found = actions.show_rates(runtime(), schema.load(given), user)
    except Refused as refused:
        return form.refuse_problem(problem_of(refused.reason)), None
    kept = {name: found[name] for name in ("per", "by", "department")}
    kept |= {"since": found["since"].isoformat(), "until": found["until"].isoformat()}
    return Form(dict(given) | kept), found


def _act(number: str, verb: str) -> ResponseReturnValue:
    form = read_form(FORMS[verb]())
    if form.ok:
        try:
            _ACTS[verb](runtime(), number, form.data, signed_in())
        except Refused as refused:
            form.refuse_problem(problem_of(refused.reason))
    if not form.ok:
        return flask.make_response(_page(number, form, verb), 422)
    bad = verb == "record" and actions.found(runtime(), number).follow_up.dissatisfied
    words = AGAIN if bad else DONE_WORDS[verb]
    flask.flash(gettext(words))
    kept = urlencode(_filters())
    here = flask.url_for(".follow_up", number=number)
    return flask.redirect(f"{here}?{kept}" if kept else here, 303)


def _page(
    number: str,
    form: Form,
    act: str = "",
    *,
    revealing: Form | None = None,
    revealed: dict[str, Any] | None = None,
) -> str:
    """The list of the open tab and, beside it, the chosen one, masked unless ``revealed``."""
    user, moment, district = signed_in(), now(), runtime().district
    asked = schemas.FollowUpQuery(unknown="exclude").load(_filters())
    page = asked.pop("page")
    asked.pop("page_size")
    wanted = Wanted(**asked)
    with runtime().database.read() as connection:
        counts = lists.tab_counts(connection, moment)
        found = lists.search(connection, wanted, moment, page, PAGE_SIZE)
    rule = supervision_for(district).follow_ups
    return flask.render_template(
        "routing/follow_ups.html",
        items=[shown_as.summary(one, district, moment, whole=False) for one in found.items],
        found=found,
        page_count=count_pages(found.total, PAGE_SIZE),
        tabs=[(tab, gettext(TAB_LABELS[tab]), counts.get(tab)) for tab in TABS],
        wanted=wanted,
        filters=Form(_filters()),
        filter_query={name: value for name, value in _filters().items() if name != "page"},
        departments=_departments(),
        chosen=revealed or (actions.shown(runtime(), number) if number else None),
        act=act,
        form=form,
        reveal_form=revealing or Form(),
        channels=shown_as.choices(rule.channels),
        invalid=shown_as.choices(rule.invalid),
        lapses={why: gettext(text) for why, text in LAPSE_LABELS.items()},
        me=user.username,
    )


def _filters() -> dict[str, str]:
    """What the list is filtered by, kept in every link of the page; what waits, unless asked."""
    names = ("tab", "department", "community", "order", "page")
    given = ((name, flask.request.args.get(name, "").strip()) for name in names)
    found = {name: value for name, value in given if value}
    return found if found.get("tab") or found.get("order") else found | {"tab": TABS[0]}


def _departments() -> list[tuple[str, str]]:
    district = runtime().district
    return [(code, present.department_name(district, code)) for code in district.departments]
