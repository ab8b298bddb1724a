"""Pages of the partners themselves: who they are, what they offer, joining, approval."""

import itertools
from collections.abc import Mapping
from typing import Any

import flask
import marshmallow as ma
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.partners import handlers_partners, pack, pages_needs, queries
from services.partners import partner as domain
from services.partners.api import add_partner, decides, here, public
from services.partners.need import ACCEPTED, CONFIRMED, FULFILLED, OFFERED, RAISED, UNMET
from services.partners.partner import Offering, Partner
from services.partners.refusal import Refused, Unknown
from services.partners.words import field_error
from shared import inputs
from shared.permissions import Scope, may, scope_of
from shared.web import auth
from shared.web.forms import Form, read_form
from shared.web.i18n import ENGLISH, gettext, language
from shared.web.problem import field_errors

blueprint = flask.Blueprint(
    "partners", __name__, static_folder="static", static_url_path="/partners/static"
)
WAITING, UNDER_WAY = (RAISED, OFFERED, UNMET), (ACCEPTED, FULFILLED)


class Application(ma.Schema):
    """The form by which one joins; one service to begin with."""

    code = fields.String(
        required=True,
        validate=validate.Regexp(
            "^(?!(?:join|needs|static)$)[a-z][a-z0-9-]{1,39}$",
            error="代号用小写字母、数字和连字符，以字母开头",
        ),
    )
    name = fields.String(required=True, validate=validate.Length(max=100))
    kind = fields.String(required=True, validate=validate.OneOf(list(domain.KINDS)))
    about = fields.String(load_default="", validate=validate.Length(max=1000))
    credit_code = inputs.CreditCode()
    contact = fields.String(required=True, validate=validate.Length(max=60))
    phone = inputs.Phone(required=True)
    community = inputs.CommunityCode()
    list = fields.String(required=True, validate=validate.OneOf(list(domain.LISTS)))
    category = fields.String(required=True, validate=validate.Length(max=40))
    offering = fields.String(required=True, validate=validate.Length(max=100))
    terms = fields.String(load_default="", validate=validate.Length(max=200))


@blueprint.app_context_processor
def words() -> dict[str, Any]:
    """What every page of this service speaks with."""
    return {
        "named": named,
        "category_name": category_name,
        "partner_kinds": domain.KINDS,
        "told": gettext,
    }


def named(thing: Any, key: str = "name") -> str:
    """The text of a thing in the reader's language; Chinese where there is no English."""
    get = thing.get if isinstance(thing, Mapping) else lambda k, d="": getattr(thing, k, d)
    english = get(f"{key}_en", "") if language() == ENGLISH else ""
    return str(english or get(key, "") or "")


def category_name(code: str) -> str:
    """A category in the reader's language."""
    return named(pack.of(here().district).category(code))


def area(partner: Partner) -> str:
    """Where a partner works, in words."""
    known = here().district.communities
    if not partner.communities:
        return gettext("全区")
    covered = [known[code] for code in partner.communities if code in known]
    if len(covered) == 1:
        return covered[0].short_name
    streets = dict.fromkeys(c.street for c in covered)
    return "、".join(streets) if len(covered) > len(streets) else _names(covered)


def _names(covered: list[Any]) -> str:
    return "、".join(c.short_name for c in covered)


def community_choices() -> list[tuple[str, str]]:
    """Every community for a select."""
    known = here().district.communities.values()
    return [(c.code, f"{c.street} · {c.short_name}") for c in known]


def category_choices() -> list[tuple[str, str]]:
    """Every category for a select."""
    return [(c.code, named(c)) for c in pack.of(here().district).categories.values()]


@blueprint.get("/partners")
@auth.public("partner.list")
def home() -> ResponseReturnValue:
    """The directory for everybody; partners and staff begin with the needs that wait for them."""
    user = auth.current_user()
    if user is not None and "view" not in flask.request.args:
        scope = scope_of(user, "need.read")
        if scope is Scope.PARTNER and user.partner:
            return pages_needs.mine(user)
        if scope in (Scope.COMMUNITY, Scope.DISTRICT):
            return pages_needs.board(user)
    return directory()


def directory() -> str:
    """Who the partners are and what they offer, by category."""
    user = auth.current_user()
    asked = {name: flask.request.args.get(name, "") for name in ("category", "community")}
    with here().database.read() as connection:
        found = queries.list_partners(connection, community=asked["community"])
        counts = queries.need_counts(connection)
    shown = list(pack.of(here().district).categories.values())
    if asked["category"]:
        shown = [c for c in shown if c.code == asked["category"]]
    offered = {
        category.code: [
            (partner, line)
            for partner in found
            for line in partner.offerings
            if line.category == category.code
        ]
        for category in shown
    }
    return flask.render_template(
        "partners/directory.html",
        has_needs=user is not None and may(user, "need.read"),
        registers=user is not None and may(user, "partner.register"),
        asked=Form(asked),
        categories=[c for c in shown if offered[c.code]],
        offered=offered,
        needs={code: _summed(states) for code, states in counts.items()},
        kinds=_by_kind(found),
        area=area,
        community_choices=community_choices(),
        category_choices=category_choices(),
    )


def _summed(states: Mapping[str, int]) -> Mapping[str, int]:
    return {
        "waiting": sum(states.get(s, 0) for s in WAITING),
        "under_way": sum(states.get(s, 0) for s in UNDER_WAY),
        "done": states.get(CONFIRMED, 0),
    }


def _by_kind(found: list[Partner]) -> dict[str, list[Partner]]:
    ordered = sorted(found, key=lambda p: list(domain.KINDS).index(p.kind))
    return {kind: list(group) for kind, group in itertools.groupby(ordered, lambda p: p.kind)}


@blueprint.get("/partners/<code>")
@auth.public("partner.list")
def show(code: str) -> str:
    """One partner: what it offers, where, and what it has done."""
    user = auth.current_user()
    with here().database.read() as connection:
        partner = queries.get_partner(connection, code)
        met = queries.needs_met(connection, code)
    if partner.state != domain.APPROVED and not decides(user):
        raise Unknown(code)
    return flask.render_template(
        "partners/partner.html",
        partner=public(partner),
        met=met,
        area=area(partner),
        decides=decides(user),
        states=domain.STATES,
        lists=[
            (k, v, [o for o in partner.offerings if o.list == k]) for k, v in domain.LISTS.items()
        ],
    )


@blueprint.post("/partners/<code>/<any(approve, refuse):action>")
@auth.requires("partner.decide")
def decide(code: str, action: str) -> ResponseReturnValue:
    """Approve or refuse."""
    by = auth.signed_in().name
    here().database.run(lambda tx: handlers_partners.decide(tx, code, action, by))
    flask.flash(gettext("已通过，欢迎加入") if action == "approve" else gettext("已记为未通过"))
    return flask.redirect(f"/partners/{code}", 303)


@blueprint.route("/partners/join", methods=["GET", "POST"])
@auth.requires("partner.register")
def join() -> ResponseReturnValue:
    """Register a partner; it waits until it is approved."""
    form = Form()
    if flask.request.method == "POST":
        form = read_form(Application())
        if form.ok:
            try:
                add_partner(_application(form.data))
            except ma.ValidationError as error:
                form.refuse(*field_errors(error.messages))
            except Refused as error:
                form.refuse(field_error(error))
            else:
                flask.flash(gettext("已登记，等区里审核"))
                return flask.redirect("/partners", 303)
    page = flask.render_template(
        "partners/join.html",
        form=form,
        kinds=domain.KINDS,
        lists=domain.LISTS,
        community_choices=community_choices(),
        category_choices=category_choices(),
    )
    return page, 200 if form.ok else 422


def _application(data: dict[str, Any]) -> dict[str, Any]:
    given = ("code", "name", "kind", "about", "credit_code", "contact", "phone")
    kept = {k: data[k] for k in given}
    line = Offering(data["list"], data["category"], data["offering"], terms=data["terms"])
    communities = [data["community"]] if data["community"] else []
    return kept | {"communities": communities, "offerings": [vars(line)]}
