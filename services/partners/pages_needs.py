"""Pages of needs: a partner's own, the staff's board, and one need."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue

from services.partners import access, handlers, pages, queries
from services.partners import need as domain
from services.partners import partner as partner_domain
from services.partners import queries_points as points
from services.partners.api import (
    decides,
    held_of,
    here,
    my_needs,
    need_detail,
    revealed,
    tell,
    theirs,
)
from services.partners.refusal import Refused
from services.partners.store import NeedRow
from services.partners.words import refusal_told
from shared.web import auth, reveal
from shared.web.forms import Form, page_asked, typed
from shared.web.i18n import gettext, msgid
from shared.web.person import as_file, asked_on_page
from shared.web.words import pages as count_pages

blueprint = flask.Blueprint("partners_needs", __name__)
PAGE_SIZE = 30
FILTERS = ("state", "category", "community")
LAMPS = {
    domain.UNMET: "late",
    domain.FULFILLED: "soon",
    domain.OFFERED: "none",
    domain.RAISED: "none",
    domain.ACCEPTED: "ok",
    domain.CONFIRMED: "done",
    domain.CANCELLED: "none",
}
ACTIONS = {
    "raise": msgid("提出需求"),
    "offer": msgid("推送给合伙人"),
    "accept": msgid("认领"),
    "decline": msgid("不方便"),
    "fulfil": msgid("报告完成"),
    "confirm": msgid("社区确认完成"),
    "send_back": msgid("社区说还没办好"),
    "give_up": msgid("没有人认领"),
    "cancel": msgid("取消"),
}
TOLD = {
    "accept": msgid("已认领，请尽快联系居民。"),
    "decline": msgid("已记下，您这次不方便。"),
    "fulfil": msgid("已报告完成，等社区确认后积分记入存折。"),
    "confirm": msgid("已确认完成，积分已记入合伙人的存折。"),
    "send_back": msgid("已告诉合伙人还没办好。"),
    "offer": msgid("已推送。"),
}


def mine(user: auth.User) -> str:
    """What waits for the partner, what it has taken, and what it has done."""
    code = user.partner or ""
    with here().database.read() as connection:
        partner = queries.get_partner(connection, code)
        offered = queries.offered_to(connection, code, domain.OPEN)
        taken = queries.taken_by(connection, code, domain.ACCEPTED, domain.FULFILLED)
        done = queries.taken_by(connection, code, domain.CONFIRMED, domain.CANCELLED)
        approved = partner.state == partner_domain.APPROVED
        balance = points.balance(connection, code) if approved else 0
    return flask.render_template(
        "partners/mine.html",
        partner=partner,
        offered=[_card(row) for row in offered],
        taken=[_card(row) for row in taken],
        done=done,
        balance=balance,
        states=domain.STATES,
    )


def _card(row: Any) -> dict[str, Any]:
    kept = {k: v for k, v in row.items() if k not in ("reasons", "shown_at")}
    need = access.shown(NeedRow(**kept))
    return vars(need) | {
        "reasons": [tell(reason) for reason in row.get("reasons", [])],
        "shown_at": row.get("shown_at"),
    }


def board(
    user: auth.User, chosen: str = "", *, whole: bool = False, form: Form | None = None
) -> str:
    """The needs of the officer's community, or of all, beside the one they look at."""
    asked = {name: flask.request.args.get(name, "") for name in FILTERS}
    page = page_asked()
    community = access.officer(user).community
    with here().database.read() as connection:
        found = queries.page_of(connection, my_needs(asked), page, PAGE_SIZE)
        counts = queries.state_counts(connection, community)
        names = queries.partner_names(connection)
        joined = queries.list_partners(connection)
        pending = queries.list_partners(connection, state=partner_domain.PENDING)
    need = need_detail(chosen, whole=whole) if chosen else None
    return flask.render_template(
        "partners/board.html",
        found=found,
        pages=count_pages(found.total, PAGE_SIZE),
        asked=Form(asked),
        counts=counts,
        states=domain.STATES,
        state_choices=[(code, gettext(name)) for code, name in domain.STATES.items()],
        kept=_kept(asked),
        offer_states=domain.OFFER_STATES,
        lamps=LAMPS,
        partner_names={k: {"name": v[0], "name_en": v[1]} for k, v in names.items()},
        need=need,
        reveal_form=form or Form(),
        timeline=timeline(need) if need else [],
        choices=_choices(need, joined) if need else [],
        pending=pending if decides(user) else [],
        district=community is None,
        community_choices=pages.community_choices(),
        category_choices=pages.category_choices(),
    )


def _kept(asked: dict[str, str]) -> str:
    """The filters as the end of an address, so that the list stays as it was."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"?{query}" if query else ""


def _choices(need: dict[str, Any], joined: list[Any]) -> list[tuple[str, str]]:
    """Partners to offer a need to by hand: those who work there first."""
    near = [p for p in joined if not p.communities or need["community"] in p.communities]
    far = [p for p in joined if p not in near]
    return [(p.code, f"{pages.named(p)}（{pages.area(p)}）") for p in (*near, *far)]


def timeline(need: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened, for the trail of the page."""
    return [
        {
            "at": step["at"],
            "who": _ours(step["who"]),
            "what": told(step["action"]),
            "note": _ours(step["note"]),
            "state": "now" if number == 0 else "past",
        }
        for number, step in enumerate(need["timeline"])
    ]


def told(action: str) -> str:
    """What happened, in the reader's language."""
    label = ACTIONS[action]
    return gettext(label)


def _ours(text: str) -> str:
    """Our own words are translated; what people wrote stands as they wrote it."""
    return gettext(text) if text in handlers.OUR_WORDS else text


@blueprint.post("/partners/person")
@auth.requires("person.export")
def person() -> ResponseReturnValue:
    """All that partners holds of a person as a file, asked for on intake's page of that person."""
    return as_file(held_of(asked_on_page()))


@blueprint.get("/partners/needs/<number>")
@auth.requires("need.read")
def show(number: str) -> str:
    """One need: for staff beside the list, for a partner a page of its own."""
    return _need_page(number, Form())


@blueprint.post("/partners/needs/<number>/reveal")
@auth.requires("person.reveal")
@auth.shows("need.read")
def reveal_need(number: str) -> str | tuple[str, int]:
    """One need unmasked in this one answer; who saw it and why is kept in the audit."""
    form = reveal.read_reveal()
    if not form.ok:
        return _need_page(number, form), 422
    revealed(number, reveal.reason_of(form))
    return _need_page(number, form, whole=True)


def _need_page(number: str, form: Form, *, whole: bool = False) -> str:
    user = auth.signed_in()
    if access.is_staff(user):
        return board(user, number, whole=whole, form=form)
    need = need_detail(number, whole=whole)
    return flask.render_template(
        "partners/need.html",
        need=need,
        timeline=timeline(need),
        states=domain.STATES,
        reveal_form=form,
    )


@blueprint.post("/partners/needs/<number>/<any(accept, decline, fulfil):verb>")
@auth.requires("need.answer")
def answer(number: str, verb: str) -> ResponseReturnValue:
    """The partner takes it, cannot, or says it is done."""
    mine = access.own_partner(auth.signed_in())
    theirs(number, "need.answer")
    said = {} if verb == "accept" else {"note": _note()}
    act: Any = {
        "accept": handlers.accept,
        "decline": handlers.decline,
        "fulfil": handlers.fulfil,
    }[verb]
    return _done(partial(act, number=number, partner=mine, **said), verb, "/partners")


@blueprint.post("/partners/needs/<number>/<any(confirm, send_back):verb>")
@auth.requires("need.settle")
def settle(number: str, verb: str) -> ResponseReturnValue:
    """The community says it is done, or is not."""
    theirs(number, "need.settle")
    act = handlers.confirm if verb == "confirm" else handlers.send_back
    note = _note()
    officer = access.officer(auth.signed_in())
    back = f"/partners/needs/{number}"
    return _done(partial(act, number=number, officer=officer, note=note), verb, back)


@blueprint.post("/partners/needs/<number>/offer")
@auth.requires("need.offer")
def offer(number: str) -> ResponseReturnValue:
    """Show it to partners by hand."""
    theirs(number, "need.offer")
    chosen = [code for code in typed("partners") if code]
    officer = access.officer(auth.signed_in())
    act = partial(handlers.offer_by_hand, number=number, partners=chosen, officer=officer)
    return _done(act, "offer", f"/partners/needs/{number}")


def _note() -> str:
    return "".join(typed("note")[:1])[:1000]


def _done(act: Any, verb: str, back: str) -> ResponseReturnValue:
    """Do it and go back; a refusal is told on the page one came from, not on a page of its own."""
    try:
        here().database.run(act)
    except Refused as error:
        flask.flash(refusal_told(error), "error")
    else:
        flask.flash(gettext(TOLD[verb]))
    return flask.redirect(back, 303)
