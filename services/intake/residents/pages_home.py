"""Pages for anyone: the front door, the guides (办事指引), and what communities do not issue."""

from itertools import groupby

import flask
from werkzeug.exceptions import NotFound

from services.intake.ledger import store_catalogue
from services.intake.pages_common import runtime, workplace
from shared.district import Item, NotIssued
from shared.web.auth import current_user, public

blueprint = flask.Blueprint("home", __name__)

FOR_RESIDENTS = ("guide", "extra")
"""Classes of items a resident looks for; the others are the community's own duties."""
MOST_FOUND = 12
AT_THE_DOOR = 8
SHORTEST_PART = 2
"""Of a name, in characters: one alone says nothing."""


@blueprint.get("/")
@public("front.read")
def home() -> str:
    """The front door: where is my matter, how is it done, and the staff's entrance."""
    user = current_user()
    return flask.render_template(
        "intake/home.html",
        common=_one_of_each(_for_residents()),
        workplace=workplace(user) if user else None,
        communities=len(runtime().district.communities),
    )


@blueprint.get("/guides")
@public("front.read")
def guides() -> str:
    """All guides by domain, or those that fit what was typed."""
    asked = flask.request.args.get("q", "").strip()
    district = store_catalogue.district_now(runtime())
    found = district.search_items(asked, MOST_FOUND)
    return flask.render_template(
        "intake/guides.html",
        asked=asked,
        found=found,
        refusal=district.refusal_for(asked) or (None if found else certificate_named(asked)),
        domains=_by_domain(_for_residents()) if not asked else [],
    )


@blueprint.get("/guide/<code>")
@public("front.read")
def guide(code: str) -> str:
    """One guide: materials, procedure, limit, fee, legal basis (A13)."""
    district = store_catalogue.district_now(runtime())
    item = district.items.get(code.upper())
    if item is None:
        raise NotFound
    return flask.render_template(
        "intake/guide.html",
        item=item,
        department=district.departments.get(item.department or ""),
    )


@blueprint.get("/not-issued")
@public("front.read")
def not_issued() -> str:
    """The twenty certificates communities must not issue, and where to go (民发〔2020〕20号)."""
    return flask.render_template(
        "intake/not_issued.html", entries=list(runtime().district.not_issued.values())
    )


def certificate_named(asked: str) -> NotIssued | None:
    """Give the one certificate whose name has these words in it, for who types only a part."""
    if len(asked) < SHORTEST_PART:
        return None
    named = [entry for entry in runtime().district.not_issued.values() if asked in entry.name]
    return named[0] if len(named) == 1 else None


def _for_residents() -> list[Item]:
    items = store_catalogue.items_now(runtime()).values()
    return [item for item in items if item.item_class in FOR_RESIDENTS]


def _one_of_each(items: list[Item]) -> list[Item]:
    """Give the first guide of each domain: the front door shows how much can be done here."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.domain, item)
    return list(first.values())[:AT_THE_DOOR]


def _by_domain(items: list[Item]) -> list[tuple[str, list[Item]]]:
    order = list(dict.fromkeys(item.domain for item in items))
    placed = sorted(items, key=lambda item: order.index(item.domain))
    return [(domain, list(group)) for domain, group in groupby(placed, key=lambda i: i.domain)]
