"""The waiting room: taking a ticket, the screen with numbers, and the officers' queue."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.intake.pages_common import named, refuse
from services.intake.reason import Conflict, Invalid, Rejected
from services.intake.slots import actions, lists, schemas, store_references, ticket_handlers
from services.intake.slots.actions import officer, runtime
from services.intake.slots.pack import slots_for
from services.intake.slots.ticket import Ticket
from shared.clock import local, now
from shared.db import Transaction
from shared.web.auth import public, requires
from shared.web.forms import Form, read_form
from shared.web.i18n import ENGLISH, gettext, language, msgid

blueprint = flask.Blueprint("queue", __name__)

WINDOW = "queue_window"
"""Which counter somebody sits at, remembered in their browser's session."""
DONE = {"done": msgid("%(number)s 号办完了"), "skip": msgid("%(number)s 号过号，放在后面")}


# -- the waiting room ------------------------------------------------------------------------------


@blueprint.get("/queue/<community>")
@public("queue.take")
def screen(community: str) -> str:
    """The screen on the wall: numbers only."""
    return _screen(community, "slots/queue_screen.html")


@blueprint.get("/queue/<community>/numbers")
@public("queue.take")
def numbers(community: str) -> str:
    """What stands on the screen, asked for again by itself."""
    return _screen(community, "slots/_queue_numbers.html")


@blueprint.route("/queue/<community>/take", methods=["GET", "POST"])
@public("queue.take")
def take(community: str) -> ResponseReturnValue:
    """Big buttons: which kind of ticket."""
    _known(community)
    form = Form()
    if flask.request.method == "POST":
        form = read_form(schemas.TakeForm())
        if form.ok:
            try:
                ticket = actions.take_ticket(community, form.data["kind"])
            except Rejected as rejected:
                refuse(form, rejected, {})
            else:
                return flask.redirect(f"/queue/{community}/ticket/{ticket.id}", 303)
    page = flask.render_template(
        "slots/queue_take.html",
        form=form,
        community=runtime().district.communities[community],
        kinds=_kinds(),
        waiting=len(_queue(community).waiting),
    )
    return page, 200 if form.ok else 422


@blueprint.get("/queue/<community>/ticket/<ticket>")
@public("queue.take")
def ticket(community: str, ticket: str) -> str:
    """One's number, and how many are before it."""
    return _turn(community, ticket, "slots/queue_ticket.html")


@blueprint.get("/queue/<community>/ticket/<ticket>/turn")
@public("queue.take")
def turn(community: str, ticket: str) -> str:
    """What stands on one's ticket, asked for again by itself."""
    return _turn(community, ticket, "slots/_queue_turn.html")


def _turn(community: str, ticket: str, template: str) -> str:
    _known(community)
    with runtime().database.read() as connection:
        found = lists.ticket_by(connection, ticket)
        ahead = lists.ahead_of(connection, found)
    if found.community != community:
        raise NotFound
    return flask.render_template(
        template,
        ticket=found,
        ahead=ahead,
        community=runtime().district.communities[community],
    )


# -- officers --------------------------------------------------------------------------------------


@blueprint.get("/desk/queue")
@requires("queue.call")
def desk() -> str:
    """Who waits, and the keys to call: N next, R again, S skip."""
    return _desk(Form())


@blueprint.get("/desk/queue/rows")
@requires("queue.call")
def rows() -> str:
    """Who waits, asked for again by itself."""
    return flask.render_template("slots/_queue_rows.html", **_desk_values())


@blueprint.post("/desk/queue/next")
@requires("queue.call")
def call_next() -> ResponseReturnValue:
    """Call whose turn it is."""
    by, form = officer(), read_form(schemas.WindowForm())
    window = _window(form)
    return _tried(
        form,
        lambda: runtime().database.run(
            lambda tx: ticket_handlers.call_next(tx, by, by.community or "", window)
        ),
    )


@blueprint.post("/desk/queue/take")
@requires("queue.call")
def take_for() -> ResponseReturnValue:
    """A ticket for somebody who cannot press the buttons."""
    by, form = officer(), read_form(schemas.TakeForm())
    return _tried(
        form,
        lambda: runtime().database.run(
            lambda tx: ticket_handlers.take(tx, by.community or "", form.data["kind"])
        ),
        msgid("已取号 %(number)s"),
    )


@blueprint.post("/desk/queue/<ticket>/call")
@requires("queue.call")
def call(ticket: str) -> ResponseReturnValue:
    """Call one who was skipped and came after all."""
    by, form = officer(), read_form(schemas.WindowForm())
    window = _window(form)
    return _tried(
        form,
        lambda: runtime().database.run(lambda tx: ticket_handlers.call(tx, ticket, by, window)),
    )


@blueprint.post("/desk/queue/<ticket>/accept")
@requires("queue.call")
def accept(ticket: str) -> ResponseReturnValue:
    """They sit at the counter: the number is done, and acceptance opens."""
    by, form = officer(), read_form(schemas.NothingIn())

    def work(tx: Transaction) -> str:
        ticket_handlers.done(tx, ticket, by)
        return store_references.keep(tx, by.username, {store_references.TICKET: ticket})

    try:
        kept = runtime().database.run(work)
    except Conflict as rejected:
        refuse(form, rejected, {})
        return _desk(form), 422
    return flask.redirect(f"/desk/new?from={kept}", 303)


@blueprint.post("/desk/queue/<ticket>/<verb>")
@requires("queue.call")
def act(ticket: str, verb: str) -> ResponseReturnValue:
    """Again, skip, done."""
    form = read_form(schemas.NothingIn())
    return _tried(form, lambda: actions.act_on_ticket(ticket, verb), DONE.get(verb, ""))


def _tried(form: Form, work: Any, told: str = "") -> ResponseReturnValue:
    """Back to the queue; with what is wrong, if it was refused."""
    if form.ok:
        try:
            done: Ticket = work()
        except (Conflict, Invalid) as rejected:  # another's is no fault of the form: 403, 404
            refuse(form, rejected, {})
        else:
            if told:
                flask.flash(gettext(told, number=done.number), "done")
            return flask.redirect("/desk/queue", 303)
    return _desk(form), 422


def _desk(form: Form) -> str:
    return flask.render_template("slots/queue_desk.html", form=form, **_desk_values())


def _desk_values() -> dict[str, Any]:
    by = officer()
    community = by.community or ""
    found = _queue(community)
    mine = next((one for one in found.called if one.called_by == by.username), None)
    return {
        "queue": found,
        "mine": mine,
        "others": [one for one in found.called if one is not mine],
        "window": flask.session.get(WINDOW, 1),
        "window_form": Form({"window": flask.session.get(WINDOW, 1)}),
        "windows": [(n, gettext("%(n)s 号窗口", n=n)) for n in _windows()],
        "kinds": _kinds(),
        "kind_names": {kind["code"]: kind["name"] for kind in _kinds()},
        "community": runtime().district.communities.get(community),
        "now": now(),
    }


def _windows() -> range:
    return range(1, slots_for(runtime().district).windows + 1)


def _window(form: Form) -> int:
    """The counter chosen, remembered for the next call; a command itself has no request."""
    if form.ok:
        flask.session[WINDOW] = form.data["window"]
    return int(flask.session.get(WINDOW, 1))


def _screen(community: str, template: str) -> str:
    _known(community)
    found = _queue(community)
    return flask.render_template(
        template,
        community=runtime().district.communities[community],
        called=lists.last_called(found, slots_for(runtime().district).called_shown),
        waiting=len(found.waiting),
        open=found.slot is not None and found.slot.starts_at <= now() < found.slot.ends_at,
        clock=f"{local(now()):%H:%M}",
    )


def _queue(community: str) -> lists.Queue:
    with runtime().database.read() as connection:
        return lists.queue(connection, community, now())


def _kinds() -> list[dict[str, str]]:
    english = language() == ENGLISH
    kinds = slots_for(runtime().district).ticket_kinds.values()
    return [
        {"code": k.code, "name": named(k), "hint": k.hint_en if english else k.hint}
        for k in sorted(kinds, key=lambda kind: -kind.rank)
    ]


def _known(community: str) -> None:
    if community not in runtime().district.communities:
        raise NotFound
