"""The JSON API of the channels: how deliveries stand, onboarding, and departments' webhooks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import flask

from services.routing.api import runtime
from services.routing.channels import handlers, incoming, schemas, status, store
from services.routing.channels.channel import PAGE, STATES, Outcome, Sent
from services.routing.channels.trial import send_test
from shared.clock import now
from shared.db import Transaction
from shared.permissions import Place
from shared.web.auth import permit, public, requires, signed_in
from shared.web.blueprint import ApiBlueprint
from shared.web.problem import ProblemSchema, plain

api = ApiBlueprint(
    "channels", __name__, url_prefix="/api/routing", description="How departments get their orders"
)


@api.route("/channels", methods=["GET"])
@requires("channel.read")
@api.response(200, schemas.StatusList)
def list_channels() -> dict[str, Any]:
    """How each department gets its orders, what waits for it, and how old the oldest is."""
    return {"items": [one.as_data() for one in shown_statuses()]}


@api.route("/channels/<code>/deliveries", methods=["GET"])
@requires("channel.read")
@api.arguments(schemas.DeliveryQuery, location="query")
@api.response(200, schemas.Deliveries)
def list_deliveries(asked: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A department's deliveries, the newest first, without what they say."""
    known(code)
    permit("channel.read", Place(department=code))
    states = (asked["state"],) if asked["state"] else STATES
    page, size = asked["page"], asked["page_size"]
    with runtime().database.read() as connection:
        items, total = store.listed(connection, code, states, page, size)
    return {"items": items, "page": page, "page_size": size, "total": total}


@api.route("/channels/<code>", methods=["POST"])
@requires("channel.manage")
@api.arguments(schemas.OnboardBody)
@api.response(201, schemas.Secret)
def onboard(asked: Mapping[str, str], code: str) -> dict[str, str]:
    """Let a department get its orders so; the secret of a webhook is shown this once."""
    by = signed_in().name

    def work(tx: Transaction) -> dict[str, str]:
        made = handlers.onboard(tx, code, asked["kind"], asked["address"], by)
        return {"department": code, "kind": made.kind, "secret": made.secret}

    return runtime().database.run(work)


@api.route("/channels/<code>/offboard", methods=["POST"])
@requires("channel.manage")
@api.arguments(schemas.NoBody)
@api.response(200, schemas.Offboarded)
def offboard(_asked: Mapping[str, str], code: str) -> dict[str, str]:
    """Let a department work on the page alone; what waited is listed as dead."""
    runtime().database.run(lambda tx: handlers.offboard(tx, code))
    return {"department": code, "kind": PAGE}


@api.route("/channels/<code>/rotate", methods=["POST"])
@requires("channel.manage")
@api.arguments(schemas.NoBody)
@api.response(200, schemas.Secret)
def rotate(_asked: Mapping[str, str], code: str) -> dict[str, str]:
    """Give a webhook another secret; the old one is good for a day more."""
    secret = runtime().database.run(lambda tx: handlers.rotate(tx, code))
    return {"department": code, "kind": "webhook", "secret": secret}


@api.route("/channels/<code>/resend", methods=["POST"])
@requires("channel.manage")
@api.arguments(schemas.ResendBody)
@api.response(200, schemas.Resent)
def resend(asked: Mapping[str, Any], code: str) -> dict[str, int]:
    """Try dead deliveries again, now."""
    many = runtime().database.run(lambda tx: handlers.resend(tx, code, asked["ids"]))
    return {"resent": many}


@api.route("/channels/<code>/test", methods=["POST"])
@requires("channel.manage")
@api.arguments(schemas.NoBody)
@api.response(200, schemas.Tested)
def test(_asked: Mapping[str, str], code: str) -> dict[str, Any]:
    """Bring a test, at once, and say how it went."""
    return tested(send_test(runtime(), code))


@api.route("/departments/<code>/webhook", methods=["POST"])
@public("webhook.receive")
@api.doc(  # type: ignore[untyped-decorator]
    requestBody={
        "required": True,
        "description": "A reply, as docs/departments.md says: CloudEvents 1.0, structured, signed "
        "by Standard Webhooks",
        "content": {"application/cloudevents+json": {"schema": {"type": "object"}}},
    }
)
@api.response(200, schemas.Received)
@api.alt_response(401, schema=ProblemSchema, description="The signature is wrong or too old")
def receive(code: str) -> dict[str, bool]:
    """Take a department's reply; the same as one over the bus."""
    outcome = incoming.receive(
        runtime(), code, dict(_lower(flask.request.headers)), flask.request.get_data(cache=False)
    )
    if not outcome.applied:
        raise incoming.refusal(outcome)
    return {"applied": True, "repeated": outcome.repeated}


def _lower(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name.lower(), value) for name, value in headers)


def shown_statuses() -> list[status.Status]:
    """How the deliveries stand that whoever is signed in may see."""
    district = runtime().district
    codes = status.visible(signed_in(), district)
    with runtime().database.read() as connection:
        return status.statuses(connection, district, codes, now())


def known(code: str) -> None:
    """Raise Problem 404 for a department that this district does not have."""
    if code not in runtime().district.departments:
        raise plain(404)


def tested(outcome: Outcome) -> dict[str, Any]:
    """How a test went."""
    sent = isinstance(outcome, Sent)
    return {"sent": sent, "error": "" if isinstance(outcome, Sent) else outcome.why}
