"""随手拍: a rider or passer-by sends a photo, a place and a few words; a number is the answer.

Open to everybody (2-20), so counted by address; nothing that was sent is ever shown back.
"""

import uuid
from math import ceil

import flask
from flask.typing import ResponseReturnValue

from services.intake.acceptance import read_phone
from services.intake.case import Actor
from services.intake.grids import actions, actions_photos, schemas, show
from services.intake.grids.pages_blueprint import blueprint
from services.intake.grids.report_new_handlers import OUTSIDE
from services.intake.pages_common import refuse, runtime
from services.intake.reason import Invalid, Reason, Rejected
from services.intake.staff import tries
from shared.web.acting import client_address
from shared.web.auth import public
from shared.web.forms import Form, read_form
from shared.web.i18n import gettext
from shared.web.problem import plain

PASSER_BY = Actor("", OUTSIDE, "resident")
KIND = "snapshot"


@blueprint.get("/snap")
@public("snapshot.send")
def snap() -> str:
    """The form; after sending, the number."""
    given = flask.request.args
    chosen = {"id": str(uuid.uuid4()), "community": given.get("community", "")[:12]}
    return _page(Form(chosen), given.get("sent", "")[:40])


@blueprint.post("/snap/files")
@public("snapshot.send")
def send_snapshot() -> ResponseReturnValue:
    """Take one in: once for each id, and not without end from one address."""
    form = read_form(schemas.SnapshotIn())
    guess = tries.counted(tries.SNAPSHOTS).begin(client_address())
    if guess.rest:
        raise plain(429, headers={"Retry-After": str(ceil(guess.rest.total_seconds()))})
    if form.ok:
        try:
            number = _taken(form)
        except Rejected as rejected:
            refuse(form, rejected, show.LABELS)
        else:
            return flask.redirect(f"/snap?sent={number}", 303)
    return _page(form), 422


def _taken(form: Form) -> str:
    phone = read_phone(form.data["phone"]) if form.data["phone"] else ""
    if isinstance(phone, Reason):
        raise Invalid(Reason("phone", phone.text, phone.remedy))
    said = form.data | {"kind": KIND, "phone": phone, "done": "", "care": "", "urgency": ""}
    ready = [actions_photos.ready(one) for one in actions_photos.of_request(said["id"])]
    draft = actions.draft_of(said | {"photos": len(ready)}, PASSER_BY, said["community"])
    made = actions.make(runtime(), draft)
    for one in ready:
        actions_photos.keep(runtime(), made.report.number, PASSER_BY, one)
    return made.report.number


def _page(form: Form, sent: str = "") -> str:
    district = runtime().district
    return flask.render_template(
        "grids/snap.html",
        form=form,
        sent=sent,
        labels={name: gettext(label) for name, label in show.LABELS.items()},
        categories=show.choices(show.work().categories),
        communities=[
            (one.code, f"{one.short_name} {one.street}") for one in district.communities.values()
        ],
    )
