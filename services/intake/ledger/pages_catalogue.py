"""The pages of the catalogue: its items and their history, the review, proposals and decisions."""

from collections.abc import Mapping
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.intake.ledger import (
    actions,
    item_form,
    pages_shown,
    proposal_handlers,
    proposal_store,
    queries,
    queries_review,
    schemas,
    store_catalogue,
)
from services.intake.ledger.documents import kept_of
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.pages_shown import CLASSES, FIELDS, KINDS, PLACES, UNITS
from services.intake.ledger.proposal import ADD, CHANGE, CHANGES, OPEN, WITHDRAW
from services.intake.pages_common import actor, named, refuse, runtime
from services.intake.reason import Rejected, msgid
from shared.clock import local, now
from shared.district import Item
from shared.permissions import may
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext
from shared.web.problem import plain

blueprint = flask.Blueprint("catalogue", __name__)
MOST_FOUND = 40
MOST_VERSIONS = 10
LABELS = {
    **FIELDS,
    "why": msgid("为什么"),
    "change": msgid("怎样调整"),
    "code": msgid("事项"),
    "limit": msgid("时限"),
    "evidence": msgid("依据的诉求"),
    "reason": msgid("理由"),
    "note": msgid("梳理的结论"),
}


@blueprint.get("/desk/catalogue")
@requires("catalogue.propose")
def items() -> str:
    """The items that hold now, the newest versions, and what waits to be decided."""
    asked = flask.request.args.get("q", "").strip()[:60]
    now_held = store_catalogue.catalogue_now(runtime())
    found = (
        now_held.district.search_items(asked, MOST_FOUND)
        if asked
        else list(now_held.district.items.values())
    )
    versions = actions.versions(runtime())
    changed: dict[str, int] = {}
    for version in versions:
        changed.setdefault(version.code, version.number)
    return flask.render_template(
        "ledger/catalogue.html",
        asked=Form({"q": asked}),
        items=found,
        current=now_held.version,
        versions=versions[:MOST_VERSIONS],
        changed=changed,
        waiting=actions.proposals(runtime(), OPEN),
        class_of=_class_of,
    )


@blueprint.get("/desk/catalogue/items/<code>")
@requires("catalogue.propose")
def item(code: str) -> str:
    """One item as it holds now, and its history, each change side by side."""
    known = store_catalogue.items_now(runtime()).get(code)
    history = actions.versions(runtime(), code)
    if known is None and not history:
        raise plain(404)
    return flask.render_template(
        "ledger/item.html", item=known, code=code, history=history, class_of=_class_of
    )


@blueprint.get("/desk/catalogue/versions/<int:number>")
@requires("catalogue.propose")
def version(number: int) -> str:
    """One version: who, when, why, and the item before and after, side by side."""
    with runtime().database.read() as connection:
        found = proposal_store.version(connection, number) if number < 2**31 else None
    if found is None:
        raise plain(404)
    current = store_catalogue.catalogue_now(runtime()).version
    return flask.render_template("ledger/version.html", version=found, current=current)


@blueprint.get("/desk/catalogue/review")
@requires("catalogue.propose")
def review_page() -> str:
    """What is asked for and missing, unmet, or unused (1-02)."""
    return _review(Form())


@blueprint.post("/desk/catalogue/review")
@requires("catalogue.propose")
@shows("demand.read")
def review_done() -> ResponseReturnValue:
    """The post went through the period that ended."""
    form = read_form(schemas.DemandNoteIn())
    if form.ok:
        who, note = actor(), form.data["note"]
        try:
            runtime().database.run(lambda tx: proposal_handlers.reviewed(tx, who, note))
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("已记下：这一期梳理过了"), "done")
            return flask.redirect("/desk/catalogue/review", 303)
    return _review(form), 422


@blueprint.get("/desk/catalogue/propose")
@requires("catalogue.propose")
def propose() -> str:
    """The form: a new item, or one of the catalogue as it is to be."""
    return _propose_page(_first_form())


@blueprint.post("/desk/catalogue/propose")
@requires("catalogue.propose")
@shows("demand.read")
def send_proposal() -> ResponseReturnValue:
    """Propose it; what is wrong comes back in the form."""
    form = read_form(schemas.ProposeForm())
    if form.ok:
        try:
            made = actions.propose(runtime(), actor(), {**form.data, "item": form.data})
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("建议已提交，等督办决定"), "done")
            return flask.redirect(f"/desk/catalogue/proposals/{made.number}", 303)
    return _propose_page(form), 422


@blueprint.get("/desk/catalogue/proposals")
@requires("catalogue.propose")
def proposals() -> str:
    """All proposals, the newest first."""
    return flask.render_template("ledger/proposals.html", found=actions.proposals(runtime(), ""))


@blueprint.get("/desk/catalogue/proposals/<number>")
@requires("catalogue.propose")
@shows("demand.read")
def proposal(number: str) -> str:
    """One proposal, what it changes and what speaks for it."""
    return _proposal_page(number, Form())


@blueprint.post("/desk/catalogue/proposals/<number>")
@requires("catalogue.decide")
@shows("demand.read")
def decide(number: str) -> ResponseReturnValue:
    """Accept it or refuse it, with a reason."""
    form = read_form(schemas.DecideIn())
    if form.ok:
        try:
            after = actions.decide(runtime(), number, actor(), form.data)
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            made = after.made_version
            said = gettext("已采纳，目录更新为第 %(n)s 版", n=made) if made else ""
            flask.flash(said or gettext("没有采纳，理由已记下"), "done")
            return flask.redirect(f"/desk/catalogue/proposals/{number}", 303)
    return _proposal_page(number, form), 422


# -- inside ----------------------------------------------------------------------------------------


def _class_of(item_class: str) -> str:
    return gettext(CLASSES[item_class])


def _review(form: Form) -> str:
    district, community = store_catalogue.district_now(runtime()), actor().community
    rules = ledger_of(district)
    with runtime().database.read() as connection:
        found = queries_review.review_of(
            connection, district, rules, community, local(now()).date()
        )
        done = queries.reviews(connection, found.period.name, community)
    return flask.render_template(
        "ledger/review.html",
        review=found,
        rules=rules,
        done=done,
        form=form,
        labels=_labels(),
        may_review=bool(community),
    )


def _first_form() -> Form:
    args = flask.request.args
    change, code = args.get("change", ADD), args.get("code", "")
    base = actions.last_changed(runtime(), code)  # before the item: never newer than what is shown
    known = store_catalogue.items_now(runtime()).get(code)
    evidence = args.getlist("evidence")[: proposal_handlers.MOST_EVIDENCE]
    if known is None:
        first: Mapping[str, Any] = {
            "class": "guide",
            "handled_at": "desk",
            "limit_kind": "local_to_set",
        }
        return Form(
            {**first, "change": ADD, "name": args.get("name", "")[:60], "evidence": evidence}
        )
    filled = item_form.form_of(kept_of(known))
    kind = change if change in (CHANGE, WITHDRAW) else CHANGE
    return Form({**filled, "change": kind, "code": code, "base": base, "evidence": evidence})


def _propose_page(form: Form) -> str:
    known = store_catalogue.items_now(runtime())
    item: Item | None = known.get(str(form.value("code")))
    change = str(form.value("change"))
    return flask.render_template(
        "ledger/propose.html",
        form=form,
        item=item,
        change=change if change in CHANGES else ADD,
        evidence=form.chosen("evidence"),
        labels=_labels(),
        classes=pages_shown.options(CLASSES),
        places=pages_shown.options(PLACES),
        units=pages_shown.options(UNITS),
        kinds=pages_shown.options(KINDS),
        departments=pages_shown.department_options(),
        duties=[(i.code, named(i)) for i in known.values() if i.item_class in _DUTIES],
    )


_DUTIES = ("statutory", "assist")


def _proposal_page(number: str, form: Form) -> str:
    found, evidence = actions.proposal(runtime(), number)
    known = store_catalogue.items_now(runtime()).get(found.code)
    before: Mapping[str, Any] | None = kept_of(known) if known and found.state == OPEN else None
    if found.made_version:
        with runtime().database.read() as connection:
            made = proposal_store.version(connection, found.made_version)
        before = made.before if made else None
    return flask.render_template(
        "ledger/proposal.html",
        proposal=found,
        evidence=evidence,
        before=before,
        form=form,
        labels=_labels(),
        may_decide=found.state == OPEN and may(signed_in(), "catalogue.decide"),
        own=actor().community,
    )


def _labels() -> dict[str, str]:
    return {name: gettext(label) for name, label in LABELS.items()}
