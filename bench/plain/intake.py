"""Plain intake: accept a case over HTTP, transfer it, keep its timeline."""

# mypy: disable-error-code="misc, untyped-decorator"
# (nameko has no types)

import json
import secrets

from marshmallow import Schema, fields, validate
from nameko.events import EventDispatcher, event_handler
from nameko.web.handlers import http
from werkzeug.wrappers import Request, Response

from bench.plain.models import Case, Entry
from bench.plain.session import DatabaseSession


class Applicant(Schema):
    """Who asks."""

    name = fields.String(required=True)
    phone = fields.String(required=True)


class CaseSchema(Schema):
    """What is asked."""

    community = fields.String(required=True, validate=validate.Length(equal=12))
    title = fields.String(required=True)
    description = fields.String(load_default="")
    kind = fields.String(required=True)
    channel = fields.String(load_default="desk")
    urgency = fields.String(load_default="normal")
    location = fields.String(load_default="")
    applicant = fields.Nested(Applicant, required=True)


class TransferSchema(Schema):
    """Where it goes."""

    department = fields.String(required=True)


class PlainIntake:
    """Cases."""

    name = "plain_intake"
    db = DatabaseSession()
    dispatch = EventDispatcher()

    @http("POST", "/api/intake/cases")
    def accept(self, request: Request) -> Response:
        """Store the case and tell of it."""
        asked = CaseSchema().loads(request.get_data(as_text=True))
        case = Case(
            number=secrets.token_hex(8),
            state="accepted",
            community=asked["community"],
            title=asked["title"],
            description=asked["description"],
            kind=asked["kind"],
            applicant_name=asked["applicant"]["name"],
            applicant_phone=asked["applicant"]["phone"],
            location=asked["location"],
        )
        self.db.add(case)
        self.db.flush()
        self.db.add(Entry(case_number=case.number, action="accepted"))
        self.db.commit()
        self.dispatch("case_accepted", _told(case))
        return _answer(case)

    @http("POST", "/api/intake/cases/<number>/transfer")
    def transfer(self, request: Request, number: str) -> Response:
        """Mark the case as transferred and tell routing."""
        asked = TransferSchema().loads(request.get_data(as_text=True))
        case = self.db.query(Case).filter_by(number=number).one()
        case.state = "transferred"
        self.db.add(Entry(case_number=number, action="transferred"))
        self.db.commit()
        self.dispatch("case_transferred", {**_told(case), "department": asked["department"]})
        return _answer(case)

    @event_handler("plain_routing", "order.dispatched.ga")
    def order_dispatched(self, order: dict[str, str]) -> None:
        """A line in the timeline."""
        self.db.add(Entry(case_number=order["case_number"], action="order dispatched"))
        self.db.commit()


def _told(case: Case) -> dict[str, str]:
    return {
        "number": case.number,
        "state": case.state,
        "community": case.community,
        "title": case.title,
        "description": case.description,
        "kind": case.kind,
        "applicant_name": case.applicant_name,
        "applicant_phone": case.applicant_phone,
        "location": case.location,
    }


def _answer(case: Case) -> Response:
    return Response(json.dumps(_told(case)), status=201, mimetype="application/json")
