"""Officers' pages of times: what can be booked, by pattern and by hand; taking one back."""

from datetime import timedelta

import flask
from flask.typing import ResponseReturnValue

from services.intake.pages_common import named
from services.intake.slots import actions, handlers, lists, present, schemas
from services.intake.slots.actions import officer, runtime
from services.intake.slots.pack import slots_for
from services.intake.slots.pages_shared import labels, tried
from services.intake.slots.slot import WALK_IN
from shared.clock import local, now
from shared.permissions import Place, may
from shared.web.auth import requires, shows, signed_in
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext

blueprint = flask.Blueprint("times", __name__)


@blueprint.get("/desk/bookings/slots")
@requires("slot.read")
def slots() -> str:
    """What can be booked, from a day on: by pattern and by hand."""
    return _slots_page()


@blueprint.route("/desk/bookings/slots/new", methods=["GET", "POST"])
@requires("slot.manage")
def new_slot() -> ResponseReturnValue:
    """A mobile desk, a reception day, one more hour (0-33, 0-35, 1-08)."""
    form = Form({"kind": "mobile_desk", "capacity": "20", "opens": "08:30", "closes": "11:00"})
    if flask.request.method == "POST":
        form = read_form(schemas.SlotForm())
        made = (
            tried(form, lambda: actions.add_slot(form.data, actions.community_asked("")))
            if form.ok
            else None
        )
        if made is not None:
            flask.flash(gettext("已增加，居民现在就能约"), "done")
            day = local(made.starts_at).date()
            return flask.redirect(f"/desk/bookings/slots?day={day.isoformat()}", 303)
    pack, district = slots_for(runtime().district), runtime().district
    page = flask.render_template(
        "slots/slots_new.html",
        form=form,
        labels=labels(),
        kinds=[(k.code, named(k)) for k in pack.kinds.values()],
        departments=[(d.code, named(d)) for d in district.line_departments],
    )
    return page, 200 if form.ok else 422


@blueprint.post("/desk/bookings/slots/<slot>/close")
@requires("slot.manage")
@shows("slot.read")
def close_slot(slot: str) -> ResponseReturnValue:
    """Take a time back; everybody who counted on it is told why."""
    form, by = read_form(schemas.ReasonForm()), officer()
    if form.ok:
        why = form.data["reason"]
        told = tried(
            form, lambda: runtime().database.run(lambda tx: handlers.close_slot(tx, slot, by, why))
        )
        if told is not None:
            flask.flash(gettext("已停约，会通知 %(count)s 位居民", count=told), "done")
            return flask.redirect("/desk/bookings/slots", 303)
    return _slots_page(form), 422


def _slots_page(form: Form | None = None) -> str:
    day = actions.day_asked(flask.request.args.get("day", ""))
    community = actions.community_asked(flask.request.args.get("community", ""))
    with runtime().database.read() as connection:
        first = lists.midnight(day)
        found = lists.slots_between(connection, community, first, first + timedelta(days=1))
        queue = lists.slots_between(
            connection, community, first, first + timedelta(days=1), WALK_IN
        )
    district = runtime().district
    return flask.render_template(
        "slots/slots.html",
        rows=[
            {
                "id": one.id,
                "clock": present.clock_words(one),
                "kind": present.kind_words(district, one.kind),
                "place": present.place_words(district, one),
                "departments": present.departments_words(district, one),
                "taken": one.taken,
                "capacity": one.capacity,
                "waiting": one.waiting,
                "remarks": one.remarks,
                "fixed": one.starts_at <= now() or one.kind == WALK_IN,
            }
            for one in [*queue, *found]
        ],
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        day_words=present.day_words,
        community=district.communities[community],
        manages=may(signed_in(), "slot.manage", Place(community=community)),
        form=form or Form(),
        labels=labels(),
    )
