"""The pages of slots: for residents (`pages_book`), the waiting room (`pages_queue`), officers."""

from datetime import timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from services.intake.pages_common import may_reveal, named, offered, refuse
from services.intake.reason import Conflict, Invalid
from services.intake.residents.pages_home import FOR_RESIDENTS
from services.intake.slots import (
    actions,
    handlers,
    lists,
    pages_book,
    pages_queue,
    pages_slots,
    present,
    schemas,
    store_references,
)
from services.intake.slots.actions import officer, runtime
from services.intake.slots.booking import VIA, Booking
from services.intake.slots.pack import slots_for
from services.intake.slots.pages_shared import LABELS, labels, slot_label, tried
from services.intake.slots.slot import Slot
from shared.clock import local, now
from shared.mask import mask_name, mask_phone, mask_text
from shared.permissions import Place, may
from shared.web import reveal
from shared.web.auth import permit, requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext, msgid
from shared.web.problem import plain

blueprint = flask.Blueprint("slots_pages", __name__)
blueprint.register_blueprint(pages_book.blueprint)
blueprint.register_blueprint(pages_queue.blueprint)
blueprint.register_blueprint(pages_slots.blueprint)

WEEK = 7
VIA_WORDS = {
    "online": msgid("网上"),
    "desk": msgid("窗口"),
    "phone": msgid("电话"),
    "wechat_group": msgid("小区微信群"),
}
DONE = {
    "come": msgid("已记为到场"),
    "no-show": msgid("已记为未到"),
    "cancel": msgid("已取消，会通知居民"),
    "move": msgid("已改约，会通知居民"),
}


# -- bookings --------------------------------------------------------------------------------------


@blueprint.get("/desk/bookings")
@requires("slot.read")
def bookings() -> str:
    """Who comes today, or this week, by time."""
    return _bookings_page()


@blueprint.get("/desk/bookings/<number>")
@requires("slot.read")
def booking(number: str) -> str:
    """One booking beside the list."""
    return _bookings_page(number)


@blueprint.post("/desk/bookings/<number>/reveal")
@requires("person.reveal")
@shows("slot.read")
def reveal_booking(number: str) -> ResponseReturnValue:
    """Show who it is, for a reason that is kept."""
    one, _ = _here(number)
    form = reveal.read_reveal()
    permit("person.reveal", Place(community=one.community))
    if not form.ok:
        return _bookings_page(number, reveal_form=form), 422
    reveal.record(runtime().database, number, reveal.reason_of(form))
    return _bookings_page(number, whole=True)


@blueprint.post("/desk/bookings/<number>/accept")
@requires("booking.manage")
def accept(number: str) -> ResponseReturnValue:
    """They are here: on to the form of acceptance, filled from the server's side."""
    one, slot = _here(number)
    by, kind = officer(), slots_for(runtime().district).kinds[slot.kind]
    fields = {
        store_references.BOOKING: number,
        "item": one.item,
        "title": "" if one.item else one.matter,
        "name": one.name,
        "applicant.phone": one.phone,
        "location": one.address,
        "channel": kind.channel,
        "groups": [one.group] if one.group else [],
        "language": one.language,
    }

    def work(tx: Any) -> str:
        if one.allows("come"):
            handlers.come(tx, number, by)
        return store_references.keep(tx, by.username, fields)

    kept = runtime().database.run(work)
    chosen = f"item={one.item}" if one.item else "kind=apply"
    return flask.redirect(f"/desk/new?{chosen}&from={kept}", 303)


@blueprint.post("/desk/bookings/<number>/<verb>")
@requires("booking.manage")
@shows("slot.read")
def act(number: str, verb: str) -> ResponseReturnValue:
    """Came, did not come, cancel, move; what is wrong comes back beside the list."""
    by = officer()
    form = read_form(
        {"cancel": schemas.ReasonForm, "move": schemas.MoveForm}.get(verb, schemas.NothingIn)()
    )
    _here(number)
    if form.ok:
        try:
            if verb == "cancel":
                why = form.data["reason"]
                runtime().database.run(lambda tx: handlers.cancel(tx, number, by, why))
            elif verb == "move":
                to = form.data["slot"]
                runtime().database.run(lambda tx: handlers.move(tx, number, to, by))
            else:
                actions.act_on_booking(number, verb)
        except (Conflict, Invalid) as rejected:
            refuse(form, rejected, LABELS)
    if not form.ok:
        return _bookings_page(number, form=form), 422
    flask.flash(gettext(DONE[verb]), "done")
    return flask.redirect(f"/desk/bookings/{number}", 303)


@blueprint.route("/desk/bookings/new", methods=["GET", "POST"])
@requires("booking.manage")
def new_booking() -> ResponseReturnValue:
    """Book for a resident who called, wrote in the group, or stands there (0-29)."""
    form = Form({"via": "phone", "day": flask.request.args.get("day", "")})
    if flask.request.method == "POST":
        form = read_form(schemas.OfficerWishIn())
        made = tried(form, lambda: actions.book_for(form.data)) if form.ok else None
        if made is not None:
            flask.flash(gettext("已约好 %(number)s，会通知居民", number=made.number), "done")
            return flask.redirect(f"/desk/bookings/{made.number}", 303)
    return _new_page(form), 200 if form.ok else 422


def _new_page(form: Form) -> str:
    district, community = offered(), _community()
    day = actions.day_asked(flask.request.args.get("day", ""))
    with runtime().database.read() as connection:
        days = lists.days_ahead(
            connection, community, actions.soonest(), slots_for(district).ahead_days
        )
        free = lists.slots_on(connection, community, day, actions.soonest())
        if not free and days:
            day = days[0].day
            free = lists.slots_on(connection, community, day, actions.soonest())
    items = [i for i in district.items.values() if i.item_class in FOR_RESIDENTS]
    return flask.render_template(
        "slots/bookings_new.html",
        form=form,
        labels=labels(),
        day_words=present.day_words,
        day=day,
        days=days,
        slots=[(s.id, slot_label(s)) for s in free],
        items=[(i.code, named(i)) for i in items],
        groups=[(g.code, named(g)) for g in slots_for(district).groups.values()],
        vias=[(code, gettext(word)) for code, word in VIA_WORDS.items() if code != "online"],
    )


def _bookings_page(
    number: str = "",
    *,
    form: Form | None = None,
    reveal_form: Form | None = None,
    whole: bool = False,
) -> str:
    chosen = _here(number) if number else None
    week = flask.request.args.get("view") == "week"
    default = local(chosen[1].starts_at).date() if chosen else local(now()).date()
    day = (
        actions.day_asked(flask.request.args.get("day", ""))
        if "day" in flask.request.args
        else default
    )
    first = lists.midnight(day)
    community = (
        chosen[0].community if chosen else _community(flask.request.args.get("community", ""))
    )
    last = first + timedelta(days=WEEK if week else 1)
    with runtime().database.read() as connection:
        found = lists.bookings_between(connection, community, first, last)
        free = _free(connection, chosen[1]) if chosen else []
    return flask.render_template(
        "slots/bookings.html",
        rows=[_row(one, slot) for one, slot in found],
        day=day,
        week=week,
        before=day - timedelta(days=WEEK if week else 1),
        after=day + timedelta(days=WEEK if week else 1),
        today=local(now()).date(),
        day_words=present.day_words,
        community=runtime().district.communities[community],
        manages=may(signed_in(), "booking.manage", Place(community=community)),
        slot_manage=may(signed_in(), "slot.manage", Place(community=community)),
        chosen=_detail(*chosen, whole=whole) if chosen else None,
        whole=whole,
        free=free,
        form=form or Form(),
        labels=labels(),
        may_reveal=bool(chosen and not chosen[0].erased_at and may_reveal(community)),
        reveal_form=reveal_form or Form(),
    )


def _row(one: Booking, slot: Slot) -> dict[str, Any]:
    district = offered()
    return {
        "number": one.number,
        "day": present.day_words(local(slot.starts_at).date()),
        "clock": present.clock_words(slot),
        "kind": present.kind_words(district, slot.kind),
        "name": mask_name(one.name),
        "title": present.title_words(district, one),
        "lamp": present.LAMPS.get(one.state, "none"),
        "state": present.state_words(one),
        "state_code": one.state,
        "first": one.rank == 0,
        "unreached": one.unreached_at is not None,
    }


def _detail(one: Booking, slot: Slot, *, whole: bool) -> dict[str, Any]:
    district = offered()
    groups = slots_for(district).groups
    return _row(one, slot) | {
        "when": present.when_words(slot),
        "place": present.place_words(district, slot),
        "item": one.item,
        "title": (one.matter if whole else present.title_words(district, one)),
        "name": one.name if whole else mask_name(one.name),
        "phone": one.phone if whole else mask_phone(one.phone),
        "address": one.address
        if whole
        else mask_text(one.address, one.name)[:6] + "…"
        if one.address
        else "",
        "group": named(groups[one.group]) if one.group in groups else "",
        "via": gettext(VIA_WORDS.get(one.via, one.via)),
        "materials": actions.to_bring(one),
        "reason": mask_text(one.reason, one.name),
        "case": one.case_number,
        "steps": {step: one.allows(step) for step in ("come", "miss", "cancel", "move")},
        "begun": now() >= slot.starts_at,
    }


def _free(connection: Any, slot: Slot) -> list[tuple[str, str]]:
    """Times with a place within a week, for moving."""
    last = lists.midnight(local(now()).date() + timedelta(days=WEEK))
    found = lists.slots_between(connection, slot.community, actions.soonest(), last)
    return [
        (one.id, f"{present.day_words(local(one.starts_at).date())} {slot_label(one)}")
        for one in found
        if one.left and one.id != slot.id
    ]


def _community(asked: str = "") -> str:
    """Whose bookings are shown.

    Raises:
        Problem: 403 for another community, or for who serves none.

    """
    return actions.community_asked(asked)


def _here(number: str) -> tuple[Booking, Slot]:
    """A booking this officer may see.

    Raises:
        Unknown: there is none; Problem: 403, another community's.

    """
    with runtime().database.read() as connection:
        one, slot = lists.booking_by(connection, number)
    if not may(signed_in(), "slot.read", Place(community=one.community)):
        raise plain(403)
    return one, slot


if set(VIA_WORDS) != set(VIA):
    raise TypeError("every way a booking may come has its words")
