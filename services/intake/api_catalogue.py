"""The JSON API of what the district pack says: items, communities, what is not issued, refusals."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import flask

from services.intake import queries, rules, schemas
from services.intake.api import actor_of
from services.intake.ledger import store_catalogue
from services.intake.problems import refusal_json
from services.intake.reason import Forbidden, Reason, Unknown, allow, msgid
from services.intake.refusal import Refusal
from shared.district import District, Item
from shared.permissions import Place
from shared.runtime import Runtime
from shared.web import reveal
from shared.web.auth import permit, public, requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.context import web_of
from shared.web.i18n import ENGLISH, language

MOST_ITEMS = 20

api = ApiBlueprint(
    "intake_catalogue", __name__, url_prefix="/api/intake", description="The district's catalogue"
)


@api.route("/items")
@public("catalogue.read")
@api.arguments(schemas.ItemQuery(), location="query")
@api.response(200, schemas.ListOut)
def items(asked: Mapping[str, str]) -> flask.Response:
    """Items of the catalogue; with `q` the best fits first."""
    district = _district()
    found = (
        district.search_items(asked["q"], MOST_ITEMS)
        if asked["q"].strip()
        else list(district.items.values())
    )
    return _list([_item(item) for item in found])


@api.route("/items/<code>")
@public("catalogue.read")
@api.response(200)
def item(code: str) -> dict[str, Any]:
    """One item: materials, procedure, limit, fee, basis (A13)."""
    found = _district().items.get(code.upper())
    if found is None:
        text = msgid("没有代码为“%(code)s”的事项")
        raise Unknown(Reason("item", text, msgid("请从事项目录里选"), {"code": code}))
    return _item(found) | {
        "materials": [
            {"name": m.name, "required": m.required, "when": m.when} for m in found.materials
        ],
        "procedure": list(found.procedure),
        "fee": found.fee,
        "legal_basis": found.legal_basis,
        "public_notice": found.public_notice,
        "source": list(found.source),
    }


@api.route("/communities")
@public("catalogue.read")
@api.response(200, schemas.ListOut)
def communities() -> flask.Response:
    """The district's communities."""
    return _list(
        [
            {"code": c.code, "name": c.name, "street": c.street}
            for c in _district().communities.values()
        ]
    )


@api.route("/not-issued")
@public("catalogue.read")
@api.response(200, schemas.ListOut)
def not_issued() -> flask.Response:
    """Certificates communities must not issue, and where to go (民发〔2020〕20号)."""
    return _list(
        [
            {
                "code": entry.code,
                "name": entry.name,
                "departments": list(entry.departments),
                "redirect": entry.redirect_text,
            }
            for entry in _district().not_issued.values()
        ]
    )


@api.route("/refusals/<number>")
@requires("refusal.read")
@api.response(200, schemas.RefusalOut)
def refusal(number: str) -> flask.Response:
    """A written refusal, to print (A38); who asked is masked."""
    return flask.jsonify(refusal_json(_refusal_here(number)))


@api.route("/refusals/<number>/reveal", methods=["POST"])
@requires("person.reveal")
@api.arguments(reveal.RevealIn())
@api.response(200, schemas.RefusalOut)
def reveal_refusal(given: Mapping[str, str], number: str) -> flask.Response:
    """A written refusal unmasked; who saw it and why is kept in the audit."""
    found = _refusal_here(number)
    permit("person.reveal", Place(community=found.community))
    reveal.record(_runtime().database, found.number, given["reason"])
    return flask.jsonify(refusal_json(found, whole=True))


def _refusal_here(number: str) -> Refusal:
    with _runtime().database.read() as connection:
        found = queries.get_refusal(connection, number)
    allow(rules.own_community(actor_of(signed_in()), found.community), as_=Forbidden)
    return found


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "class": item.item_class,
        "domain": item.domain,
        "handled_at": item.handled_at,
        "department": item.department,
        "limit_shown": item.limit.shown("en" if language() == ENGLISH else "zh"),
        "limit_promised": item.limit.promised,
    }


def _list(entries: Sequence[Any]) -> flask.Response:
    """The whole list as one page: a district's catalogue fits on one."""
    return flask.jsonify(items=entries, page=1, page_size=len(entries), total=len(entries))


def _district() -> District:
    return store_catalogue.district_now(_runtime())


def _runtime() -> Runtime:
    return cast("Runtime", web_of().service_context)
