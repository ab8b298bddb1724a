"""The JSON API of partners and needs; points are in api_points.py."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, cast

import marshmallow as ma

from services.partners import access, handlers, handlers_partners, pack, people, queries, schemas
from services.partners import partner as domain
from services.partners.partner import Offering, Partner
from services.partners.refusal import Reason, Unknown
from services.partners.store import NeedRow
from services.partners.words import reason_told
from shared.mask import mask_text
from shared.permissions import Scope, may, scope_of
from shared.runtime import Runtime
from shared.web import auth, reveal
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.person import PersonIn, PersonView, record_export
from shared.web.problem import ProblemSchema, plain
from shared.web.reveal import RevealIn

blueprint = ApiBlueprint("partners-api", __name__, url_prefix="/api/partners")


def here() -> Runtime:
    """This application's runtime."""
    return cast("Runtime", web_of().service_context)


@blueprint.route("/categories")
@auth.public("partner.list")
@blueprint.response(200, schemas.CategoryList)
def list_categories() -> Mapping[str, Any]:
    """Kinds of needs and the points each gives."""
    return whole(list(pack.of(here().district).categories.values()))


@blueprint.route("/partners")
@auth.public("partner.list")
@blueprint.arguments(schemas.PartnerQuery, location="query")
@blueprint.response(200, schemas.PartnerList)
@blueprint.alt_response(401, schema=ProblemSchema, description="Not the approved: sign in")
@blueprint.alt_response(403, schema=ProblemSchema, description="Only who decides sees those")
def list_partners(query: dict[str, Any]) -> Mapping[str, Any]:
    """Who the partners are, by what they offer and where."""
    if query["state"] != domain.APPROVED:
        auth.admit("partner.decide")
    with here().database.read() as connection:
        found = queries.list_partners(
            connection,
            category=query["category"],
            community=query["community"],
            state=query["state"],
        )
    first = (query["page"] - 1) * query["page_size"]
    items = [public(p) for p in found[first : first + query["page_size"]]]
    paging = {"page": query["page"], "page_size": query["page_size"]}
    return paging | {"items": items, "total": len(found)}


@blueprint.route("/partners", methods=["POST"])
@auth.requires("partner.register")
@blueprint.arguments(schemas.NewPartner)
@blueprint.response(201, schemas.Partner)
def register(data: dict[str, Any]) -> Partner:
    """Ask to become a partner; it waits until it is approved."""
    return add_partner(data)


def add_partner(data: Mapping[str, Any]) -> Partner:
    """Register what was sent, by API or page.

    Raises:
        ValidationError: a community or category this district does not have.
        Refused: the code is taken.
    """
    check_places(data)
    lines = tuple(Offering(**line) for line in data["offerings"])
    new = Partner(**dict(data) | {"offerings": lines, "communities": tuple(data["communities"])})
    by = auth.signed_in().name
    return here().database.run(partial(handlers_partners.register, partner=new, by=by))


def check_places(data: Mapping[str, Any]) -> None:
    """Only communities and categories of this district.

    Raises:
        ValidationError: naming the field.
    """
    district = here().district
    for community in data["communities"]:
        if community not in district.communities:
            raise ma.ValidationError({"communities": ["本区没有这个社区"]})
    for index, line in enumerate(data["offerings"]):
        if line["category"] not in pack.of(district).categories:
            raise ma.ValidationError({"offerings": {index: {"category": ["没有这个类别"]}}})


@blueprint.route("/partners/<code>")
@auth.public("partner.list")
@blueprint.response(200, schemas.Partner)
def get_partner(code: str) -> Partner:
    """One partner."""
    with here().database.read() as connection:
        found = queries.get_partner(connection, code)
    user = auth.current_user()
    if found.state != domain.APPROVED and not decides(user):
        raise Unknown(code)
    return public(found)


@blueprint.route("/partners/<code>/<any(approve, refuse):action>", methods=["POST"])
@auth.requires("partner.decide")
@blueprint.response(200, schemas.Partner)
def decide(code: str, action: str) -> Partner:
    """Approve or refuse one who registered."""
    by = auth.signed_in().name
    return here().database.run(partial(handlers_partners.decide, code=code, action=action, by=by))


def decides(user: auth.User | None) -> bool:
    """Whether they say who becomes a partner."""
    return user is not None and may(user, "partner.decide")


def public(partner: Partner) -> Partner:
    """A partner as this reader may see it: only staff learn whom to call."""
    if access.is_staff(auth.current_user()):
        return partner
    return replace(partner, contact="", phone="")


@blueprint.route("/needs")
@auth.requires("need.read")
@blueprint.arguments(schemas.NeedQuery, location="query")
@blueprint.response(200, schemas.NeedList)
def list_needs(query: dict[str, Any]) -> Mapping[str, Any]:
    """Needs: staff see their community's, partners those shown to them."""
    filters = {"case_number": query.pop("case"), **_filters(query)}
    with here().database.read() as connection:
        page = queries.page_of(connection, my_needs(filters), query["page"], query["page_size"])
    return vars(page) | {"items": [access.shown(NeedRow(**row)) for row in page.items]}


def my_needs(filters: Mapping[str, str | None]) -> Any:
    """The statement of the needs this user may see."""
    return queries.needs_for(auth.signed_in(), filters)


@blueprint.route("/needs/<number>")
@auth.requires("need.read")
@blueprint.response(200, schemas.NeedDetail)
def get_need(number: str) -> Mapping[str, Any]:
    """One need with its offers and history."""
    return need_detail(number)


def need_detail(number: str, *, whole: bool = False) -> dict[str, Any]:
    """A need as this user may see it; ``whole`` after they said why (`revealed`).

    Raises:
        Problem: 404 where it is not theirs to see.
    """
    user = auth.signed_in()
    need, offers = theirs(number, "need.read")
    with here().database.read() as connection:
        timeline = queries.steps_of(connection, number)
    seen = [o for o in offers if access.is_staff(user) or o["partner"] == user.partner]
    told = [dict(o) | {"reasons": [tell(r) for r in o["reasons"]]} for o in seen]
    shown = need if whole else access.shown(need)
    return asdict(shown) | {
        "offers": told,
        "timeline": timeline if whole else _masked(timeline, need),
        "may_reveal": not whole and access.may_reveal(need, user),
    }


def _masked(timeline: Sequence[Mapping[Any, Any]], need: NeedRow) -> list[dict[Any, Any]]:
    return [{**step, "note": mask_text(step["note"], need.applicant)} for step in timeline]


@blueprint.route("/needs/<number>/reveal", methods=["POST"])
@auth.requires("person.reveal")
@blueprint.arguments(RevealIn)
@blueprint.response(200, schemas.NeedDetail)
def reveal_need(data: dict[str, str], number: str) -> Mapping[str, Any]:
    """One need unmasked; who saw it and why is kept in the audit."""
    revealed(number, data["reason"])
    return need_detail(number, whole=True)


def revealed(number: str, reason: str) -> None:
    """Keep that this request's person sees the whole of a need, and why.

    Raises:
        Problem: 404 for a need that is not theirs to see, 403 for one they have not taken.
    """
    need, _offers = theirs(number, "need.read")
    if not access.may_reveal(need, auth.signed_in()):
        raise plain(403)
    reveal.record(here().database, need.case_number, reason)


@blueprint.route("/person", methods=["POST"])
@auth.requires("person.export")
@blueprint.arguments(PersonIn)
@blueprint.response(200, PersonView)
def person(asked: dict[str, str]) -> dict[str, Any]:
    """Everything held of a person here, for who may ask on their behalf (PIPL 45)."""
    return held_of(asked)


def held_of(asked: Mapping[str, str]) -> dict[str, Any]:
    """What is held, as far as the reader reaches; recorded before it is read."""
    database, wanted = here().database, {"phone": asked["phone"], "case": asked["case"]}
    record_export(database, asked)
    with database.read() as connection:
        items = list(people.held(connection, database.keys, auth.signed_in(), **wanted))
    return {"service": "partners", "items": items}


def theirs(number: str, action: str) -> tuple[NeedRow, list[Any]]:
    """A need and its offers, for who may do ``action`` to it.

    Raises:
        Unknown: there is none of that number.
        Problem: 404; that there is another's is none of this user's business.
    """
    with here().database.read() as connection:
        need = queries.get_need(connection, number)
        offers = queries.offers_of(connection, number)
    place = access.place_of(need, (offer["partner"] for offer in offers))
    if not may(auth.signed_in(), action, place):
        raise plain(404)
    return need, offers


def tell(reason: Mapping[str, Any]) -> str:
    """A stored reason in the reader's language."""
    return reason_told(Reason(reason["text"], reason["values"]))


@blueprint.route("/needs/<number>/accept", methods=["POST"])
@auth.requires("need.answer")
@blueprint.response(200, schemas.Need)
def accept(number: str) -> NeedRow:
    """We take it; the first one wins."""
    partner = access.own_partner(auth.signed_in())
    theirs(number, "need.answer")
    after = here().database.run(partial(handlers.accept, number=number, partner=partner))
    return access.shown(after)


@blueprint.route("/needs/<number>/<any(decline, fulfil):verb>", methods=["POST"])
@auth.requires("need.answer")
@blueprint.arguments(schemas.Note)
@blueprint.response(200, schemas.Need)
def answer(data: dict[str, str], number: str, verb: str) -> NeedRow:
    """We cannot; or: it is done."""
    act = handlers.decline if verb == "decline" else handlers.fulfil
    partner = access.own_partner(auth.signed_in())
    theirs(number, "need.answer")
    after = here().database.run(partial(act, number=number, partner=partner, note=data["note"]))
    return access.shown(after)


@blueprint.route("/needs/<number>/confirm", methods=["POST"])
@auth.requires("need.confirm")
@blueprint.arguments(schemas.Note)
@blueprint.response(200, schemas.Need)
def confirm(data: dict[str, str], number: str) -> NeedRow:
    """It is done: said by the partner (as fulfil) and then by the community, each once."""
    user, note = auth.signed_in(), data["note"]
    if scope_of(user, "need.confirm") is Scope.PARTNER:
        mine = access.own_partner(user)
        theirs(number, "need.confirm")
        said = here().database.run(partial(handlers.fulfil, number=number, partner=mine, note=note))
        return access.shown(said)
    theirs(number, "need.confirm")
    officer = access.officer(user)
    after = here().database.run(
        partial(handlers.confirm, number=number, officer=officer, note=note)
    )
    return access.shown(after)


@blueprint.route("/needs/<number>/send-back", methods=["POST"])
@auth.requires("need.settle")
@blueprint.arguments(schemas.NoteRequired)
@blueprint.response(200, schemas.Need)
def send_back(data: dict[str, str], number: str) -> NeedRow:
    """It is not done: the partner goes on."""
    theirs(number, "need.settle")
    officer = access.officer(auth.signed_in())
    after = here().database.run(
        partial(handlers.send_back, number=number, officer=officer, note=data["note"])
    )
    return access.shown(after)


@blueprint.route("/needs/<number>/offer", methods=["POST"])
@auth.requires("need.offer")
@blueprint.arguments(schemas.Partners)
@blueprint.response(200, schemas.Need)
def offer(data: dict[str, Any], number: str) -> NeedRow:
    """Show it to partners of one's choice."""
    theirs(number, "need.offer")
    officer = access.officer(auth.signed_in())
    after = here().database.run(
        partial(handlers.offer_by_hand, number=number, partners=data["partners"], officer=officer)
    )
    return access.shown(after)


def whole(items: list[Any]) -> dict[str, Any]:
    """A list that is short enough to be one page."""
    return {"items": items, "page": 1, "page_size": len(items), "total": len(items)}


def _filters(query: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: query[name] for name in ("state", "category", "community")}
