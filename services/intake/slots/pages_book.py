"""Booking for residents 预约: one thing a page, no sign-in; move or cancel by a signed link."""

from datetime import date, timedelta
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.intake.acceptance import read_phone
from services.intake.pages_common import named, offered, refuse
from services.intake.reason import Rejected
from services.intake.residents.pages_home import FOR_RESIDENTS
from services.intake.slots import actions, handlers, lists, present, schemas
from services.intake.slots.actions import runtime
from services.intake.slots.booking import Booking
from services.intake.slots.calendar_file import calendar_file
from services.intake.slots.materials import names, to_bring
from services.intake.slots.pack import SlotBook, slots_for
from services.intake.slots.slot import WALK_IN, Slot
from services.intake.staff.tries import TRACK, TRACK_FROM, counted
from shared.booking_link import booking_of, booking_token
from shared.clock import local, now
from shared.district import Community, Item
from shared.mask import mask_name, mask_phone
from shared.web.acting import client_address
from shared.web.auth import public
from shared.web.forms import Form, read_form
from shared.web.i18n import ENGLISH, gettext, language, msgid
from shared.web.problem import FieldError

blueprint = flask.Blueprint("book", __name__)

OTHER = "other"
"""Stands in addresses for a matter that is not in the catalogue."""
MOST_FOUND = 10
AT_THE_DOOR = 8
FOUR = 4
LABELS = {
    "number": msgid("预约号"),
    "name": msgid("姓名"),
    "phone": msgid("手机号"),
    "matter": msgid("要办的事"),
    "address": msgid("上门地址"),
    "group": msgid("您属于哪一类"),
    "slot": msgid("时间"),
}
STEPS = (msgid("社区"), msgid("事项"), msgid("时间"), msgid("联系方式"))
RESTING = FieldError("phone", msgid("试的次数太多了"), msgid("请过一刻钟再试，或到社区窗口查"))
NO_MATCH = FieldError("number", msgid("没有找到这个预约"), msgid("请核对预约号和手机号"))


@blueprint.get("/book")
@public("slot.book")
def door() -> ResponseReturnValue:
    """Which community."""
    chosen = flask.request.args.get("community", "")
    if chosen in runtime().district.communities:
        return flask.redirect(f"/book/{chosen}", 303)
    options = [
        (c.code, f"{c.street} · {c.short_name}", "zh-CN" if language() == ENGLISH else "")
        for c in runtime().district.communities.values()
    ]
    return _page("community", 1, options=options, form=Form(flask.request.args.to_dict()))


@blueprint.get("/book/<community>")
@public("slot.book")
def matters(community: str) -> str:
    """What for."""
    here, asked = _community(community), flask.request.args.get("q", "").strip()
    district = offered()
    known = [item for item in district.items.values() if item.item_class in FOR_RESIDENTS]
    found = district.search_items(asked, MOST_FOUND) if asked else known[:AT_THE_DOOR]
    return _page(
        "matter",
        2,
        community=here,
        search=Form({"q": asked}),
        asked=asked,
        found=found,
        all=known,
    )


@blueprint.get("/book/<community>/<item>")
@public("slot.book")
def bring(community: str, item: str) -> str:
    """Exactly what to bring, before one chooses the time."""
    here, about = _community(community), _item(item)
    materials = to_bring(offered(), item)
    return _page("bring", 2, community=here, item=about, code=item, materials=materials)


@blueprint.get("/book/<community>/<item>/times")
@public("slot.book")
def times(community: str, item: str) -> str:
    """Which day, then which time."""
    here, about = _community(community), _item(item)
    return _page("times", 3, community=here, item=about, code=item, **_times(here.code))


@blueprint.route("/book/<community>/<item>/<slot>", methods=["GET", "POST"])
@public("slot.book")
def person(community: str, item: str, slot: str) -> ResponseReturnValue:
    """Who comes; then it is booked."""
    here, about, chosen = _community(community), _item(item), _slot(slot, community)
    form = Form()
    if flask.request.method == "POST":
        form = read_form(schemas.BookForm())
        made = _booked(form, item, slot) if form.ok else None
        if made is not None:
            return flask.redirect(f"/book/of/{_token(made)}", 303)
    kind = slots_for(runtime().district).kinds[chosen.kind]
    page = _page(
        "person",
        4,
        community=here,
        item=about,
        code=item,
        slot=chosen,
        kind=kind,
        form=form,
        groups=[(g.code, named(g)) for g in slots_for(runtime().district).groups.values()],
        kept_for=bool(kind.kept_for),
    )
    return page, 200 if form.ok else 422


@blueprint.route("/book/mine", methods=["GET", "POST"])
@public("slot.book")
def mine() -> ResponseReturnValue:
    """Find one's booking by number and telephone; its address says nothing about the person."""
    form = Form({"number": flask.request.args.get("number", "")})
    if flask.request.method == "POST":
        form = read_form(schemas.MineForm())
        found = _found(form) if form.ok else None
        if found is not None:
            return flask.redirect(f"/book/of/{_token(found)}", 303)
    return _page("mine", 0, form=form), 200 if form.ok else 422


@blueprint.get("/book/of/<token>")
@public("slot.book")
def confirmation(token: str) -> str:
    """Number, time, place, what to bring; the calendar file; to move or to cancel."""
    return _confirmation(token, Form())


@blueprint.get("/book/of/<token>/calendar.ics")
@public("slot.book")
def calendar(token: str) -> flask.Response:
    """The appointment for a telephone's calendar."""
    one, slot = _of(token)
    body = calendar_file(
        one,
        slot,
        title=present.title_words(offered(), one),
        place=present.place_words(runtime().district, slot),
        words=gettext("请带：%(materials)s", materials=gettext("、").join(actions.to_bring(one)))
        if one.item
        else "",
        at=now(),
    )
    headers = {"Content-Disposition": f'attachment; filename="{one.number}.ics"'}
    return flask.Response(body, mimetype="text/calendar", headers=headers)


@blueprint.get("/book/of/<token>/move")
@public("slot.book")
def other_times(token: str) -> str:
    """Another time, in the same community."""
    one, slot = _of(token)
    return _move_page(token, one, slot, Form())


@blueprint.post("/book/of/<token>/move")
@public("slot.book")
def move(token: str) -> ResponseReturnValue:
    """Move it there; the old time goes to whoever waits for it."""
    (one, slot), form = _of(token), read_form(schemas.MoveForm())
    if form.ok:
        to = form.data["slot"]
        try:
            runtime().database.run(lambda tx: handlers.move(tx, one.number, to))
        except Rejected as rejected:
            refuse(form, rejected, LABELS)
        else:
            flask.flash(gettext("改好了，会给您发短信。加过手机日历的，请再加一次。"), "done")
            return flask.redirect(f"/book/of/{token}", 303)
    return _move_page(token, one, slot, form), 422


@blueprint.post("/book/of/<token>/cancel")
@public("slot.book")
def cancel(token: str) -> ResponseReturnValue:
    """Give it back."""
    (one, _), form = _of(token), read_form(schemas.NothingIn())
    if form.ok:
        try:
            runtime().database.run(lambda tx: handlers.cancel(tx, one.number))
        except Rejected as rejected:
            refuse(form, rejected, {})
        else:
            flask.flash(gettext("已取消，谢谢您告诉我们。"), "done")
            return flask.redirect(f"/book/of/{token}", 303)
    return _confirmation(token, form), 422


def _booked(form: Form, item: str, slot: str) -> Booking | None:
    """The booking; None when it was refused, and the form says why.

    Raises:
        Problem: 429, too many from one address.

    """
    code = "" if item == OTHER else item
    tongue = "en" if language() == ENGLISH else "zh"
    try:
        return actions.book_online(form.data | {"item": code, "slot": slot, "language": tongue})
    except Rejected as rejected:
        refuse(form, rejected, LABELS)
        return None


def _found(form: Form) -> Booking | None:
    """The booking of a number and a telephone, or its last four digits; guesses are counted."""
    number = form.data["number"].strip().upper()
    one, guess = counted(TRACK_FROM).begin(client_address()), counted(TRACK).begin(number)
    if one.rest or guess.rest:
        form.refuse(RESTING)
        return None
    try:
        with runtime().database.read() as connection:
            found, _ = lists.booking_by(connection, number)
    except Rejected:
        form.refuse(NO_MATCH)
        return None
    if not _phone_fits(found, form.data["phone"]):
        form.refuse(NO_MATCH)
        return None
    counted(TRACK_FROM).right(one)
    counted(TRACK).right(guess)
    return found


def _phone_fits(found: Booking, typed: str) -> bool:
    text = typed.strip()
    if not found.phone:
        return False
    if len(text) == FOUR and text.isdecimal():
        return found.phone.endswith(text)
    return read_phone(text) == found.phone


def _confirmation(token: str, form: Form) -> str:
    one, slot = _of(token)
    district, pack = offered(), slots_for(runtime().district)
    return _page(
        "confirmation",
        0,
        form=form,
        token=token,
        booking=one,
        slot=slot,
        state=present.state_words(one),
        title=present.title_words(district, one),
        materials=names(district, one.item, english=language() == ENGLISH),
        community=district.communities[slot.community],
        name=mask_name(one.name),
        phone=mask_phone(one.phone),
        changeable=one.held and not slot.begins_within(now(), _change_until(pack)),
        hours=pack.change_until_minutes,
    )


def _move_page(token: str, one: Booking, slot: Slot, form: Form) -> str:
    return _page(
        "move", 0, token=token, booking=one, slot=slot, form=form, **_times(slot.community)
    )


def _times(community: str) -> dict[str, Any]:
    """The days with times, and the times of the day that is looked at."""
    pack = slots_for(runtime().district)
    with runtime().database.read() as connection:
        days = lists.days_ahead(connection, community, actions.soonest(), pack.ahead_days)
        day = _day(days)
        found = lists.slots_on(connection, community, day, actions.soonest()) if day else []
    return {"days": days, "day": day, "slots": found, "most_waiting": pack.most_waiting}


def _day(days: list[lists.Day]) -> date | None:
    """The day asked for, if it has times; else the first with a place."""
    asked = actions.day_asked(flask.request.args.get("day", ""))
    known = [one.day for one in days]
    if "day" in flask.request.args and asked in known:
        return asked
    return next((one.day for one in days if one.left), known[0] if known else None)


def _of(token: str) -> tuple[Booking, Slot]:
    """The booking a link is for.

    Raises:
        NotFound: the link is not ours, or what it led to is gone.

    """
    number = booking_of(token, runtime().settings.secret_key)
    if number is None:
        raise NotFound
    with runtime().database.read() as connection:
        one, slot = lists.booking_by(connection, number)
    if one.erased_at is not None:
        raise NotFound
    return one, slot


def _token(one: Booking) -> str:
    return booking_token(one.number, runtime().settings.secret_key)


def _community(code: str) -> Community:
    found = runtime().district.communities.get(code)
    if found is None:
        raise NotFound
    return found


def _item(code: str) -> Item | None:
    """The item; None for a matter in one's own words. Raises NotFound for what is neither."""
    if code == OTHER:
        return None
    found = offered().items.get(code)
    if found is None:
        raise NotFound
    return found


def _slot(id_: str, community: str) -> Slot:
    with runtime().database.read() as connection:
        found = lists.slot_by(connection, id_)
    if found.community != community or found.kind == WALK_IN:
        raise NotFound
    return found


def _change_until(pack: SlotBook) -> timedelta:
    return timedelta(minutes=pack.change_until_minutes)


def _page(template: str, step: int, **values: Any) -> str:
    district = runtime().district
    return flask.render_template(
        f"slots/book_{template}.html",
        step=step,
        steps=[gettext(one) for one in STEPS],
        labels={field: gettext(label) for field, label in LABELS.items()},
        when_words=present.when_words,
        clock_words=present.clock_words,
        day_words=present.day_words,
        kind_words=lambda code: present.kind_words(district, code),
        place_words=lambda slot: present.place_words(district, slot),
        departments_words=lambda slot: present.departments_words(district, slot),
        hotline=district.phone,
        local_day=lambda moment: local(moment).date(),
        **values,
    )
